"""Every way to ask: both clients, `ChatHatz` and `HatzLLM`, each verb run to its end and told in the same few words."""

import asyncio
import threading
from contextlib import aclosing, closing
from dataclasses import dataclass, field

from langchain_core.messages import AIMessage
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock

from hatz_client import AsyncClient, Client, HatzError, Prompt, Text, Turn, fold
from hatz_client import errors as tree
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

from .wires import MODEL


@dataclass
class Told:
    """What came of one call."""

    error: HatzError | None = None
    text: str = ""
    calls: tuple = ()
    """Name and arguments of each tool call; arguments as text are invalid."""
    finish: str | None = None
    usage: object = None
    answer: object = None
    """The whole of it, as the verb gives it."""
    pieces: list = field(default_factory=list)
    """What a stream handed on, in order."""

    @property
    def name(self):
        """The error's class in the client's own tree, or "answer"."""
        if self.error is None:
            return "answer"
        return next(cls.__name__ for cls in type(self.error).__mro__ if cls.__module__ == tree.__name__)

    @property
    def partial(self):
        """What the error kept of the answer."""
        return self.error.partial.text if self.error and self.error.partial else None


def prompt(text="Hello!", **settings):
    return Prompt(settings.pop("model", MODEL), (Turn("user", (Text(text),)),), **settings)


def _of_reply(told, reply):
    told.answer = reply
    told.text = reply.text
    told.calls = tuple((call.name, call.arguments) for call in reply.tool_calls)
    told.finish = reply.finish.reason if reply.finish else None
    told.usage = reply.usage


def _of_message(told, message: AIMessage):
    told.answer = message
    told.text = message.text
    told.calls = tuple((call["name"], call["args"]) for call in (*message.tool_calls, *message.invalid_tool_calls))
    told.finish = message.response_metadata.get("finish_reason")
    told.usage = message.usage_metadata


def _of_response(told, response):
    told.answer = response
    told.text = response.message.content or ""
    told.calls = tuple(
        (block.tool_name, block.tool_kwargs) for block in response.message.blocks if isinstance(block, ToolCallBlock)
    )
    told.finish = response.raw.get("finish_reason")
    told.usage = response.raw.get("usage")


# One function a verb: it takes the object and what to ask, and fills `told` as it goes.


def client_ask(told, settings, text):
    _of_reply(told, Client(**settings).ask(prompt(text)))


def client_stream(told, settings, text):
    events = []
    for event in Client(**settings).stream(prompt(text)):
        events.append(event)
        told.pieces = [fold(events).text]
    _of_reply(told, fold(events))


async def async_ask(told, settings, text):
    _of_reply(told, await AsyncClient(**settings).ask(prompt(text)))


async def async_stream(told, settings, text):
    events = []
    async for event in AsyncClient(**settings).stream(prompt(text)):
        events.append(event)
        told.pieces = [fold(events).text]
    _of_reply(told, fold(events))


def invoke(told, settings, text):
    _of_message(told, ChatHatz(MODEL, **settings).invoke(text))


def stream(told, settings, text):
    whole = None
    with closing(ChatHatz(MODEL, **settings).stream(text)) as chunks:
        for chunk in chunks:
            told.pieces.append(chunk.text)
            whole = chunk if whole is None else whole + chunk
    _of_message(told, whole)


async def ainvoke(told, settings, text):
    _of_message(told, await ChatHatz(MODEL, **settings).ainvoke(text))


async def astream(told, settings, text):
    whole = None
    async with aclosing(ChatHatz(MODEL, **settings).astream(text)) as chunks:
        async for chunk in chunks:
            told.pieces.append(chunk.text)
            whole = chunk if whole is None else whole + chunk
    _of_message(told, whole)


def chat(told, settings, text):
    _of_response(told, HatzLLM(MODEL, **settings).chat([ChatMessage(text)]))


def stream_chat(told, settings, text):
    for chunk in HatzLLM(MODEL, **settings).stream_chat([ChatMessage(text)]):
        told.pieces.append(chunk.delta)
        last = chunk
    _of_response(told, last)


async def achat(told, settings, text):
    _of_response(told, await HatzLLM(MODEL, **settings).achat([ChatMessage(text)]))


async def astream_chat(told, settings, text):
    async for chunk in await HatzLLM(MODEL, **settings).astream_chat([ChatMessage(text)]):
        told.pieces.append(chunk.delta)
        last = chunk
    _of_response(told, last)


WHOLE = {
    "Client.ask": client_ask,
    "AsyncClient.ask": async_ask,
    "ChatHatz.invoke": invoke,
    "ChatHatz.ainvoke": ainvoke,
    "HatzLLM.chat": chat,
    "HatzLLM.achat": achat,
}
STREAM = {
    "Client.stream": client_stream,
    "AsyncClient.stream": async_stream,
    "ChatHatz.stream": stream,
    "ChatHatz.astream": astream,
    "HatzLLM.stream_chat": stream_chat,
    "HatzLLM.astream_chat": astream_chat,
}


class Loop:
    """An event loop that runs in a thread of its own, so that async verbs need no loop each."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


def tell(loop, verb, settings, text="Hello!"):
    """Run one verb; only errors of ours are told, any other goes through."""
    told = Told()
    try:
        if asyncio.iscoroutinefunction(verb):
            loop.run(verb(told, settings, text))
        else:
            verb(told, settings, text)
    except HatzError as error:
        told.error = error
    return told
