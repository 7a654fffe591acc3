"""Every way to ask: both clients, `ChatHatz` and `HatzLLM`, sync and async, non-streaming and streaming; one outcome for all.

A way is a function that takes an `Outcome` to fill, the settings of the client or model, and a prompt.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, TextBlock, ThinkingBlock, ToolCallBlock

from hatz_client import (
    AsyncClient,
    Client,
    Delta,
    HatzError,
    Prompt,
    Reply,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    errors,
    fold,
)
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

MODEL = "anthropic.claude-haiku-4-5"


@dataclass
class Outcome:
    """What one call returned or raised, in words of no framework."""

    text: str = ""
    calls: tuple[tuple[str, Any], ...] = ()
    """Name and arguments of each tool call; arguments as text are invalid."""
    reasoning: str = ""
    finish: str | None = None
    usage: tuple[int, int] | None = None
    """Tokens of the prompt, tokens of the answer; None when the service did not report them."""
    request_id: str | None = None
    raw: Any = None
    """The answer as the method returns it; for a stream, its chunks merged."""
    chunks: list[Any] = field(default_factory=list)
    """What a stream yielded, in order; also if it failed then."""
    error: HatzError | None = None

    @property
    def name(self) -> str:
        """The error's class in the client's own tree, or "answer"."""
        if self.error is None:
            return "answer"
        return next(cls.__name__ for cls in type(self.error).__mro__ if cls.__module__ == errors.__name__)

    @property
    def partial(self) -> str | None:
        """The text that the error kept."""
        return self.error.partial.text if self.error and self.error.partial else None

    @property
    def streamed_text(self) -> str:
        """The text of the chunks."""
        if any(isinstance(chunk, AIMessageChunk | ChatResponse) for chunk in self.chunks):
            return "".join(_text_of(chunk) for chunk in self.chunks)
        return fold(self.chunks).text

    @property
    def pieces(self) -> int:
        """The number of chunks that have content."""
        return sum(_has_content(chunk) for chunk in self.chunks)


Way: TypeAlias = Callable[[Outcome, Mapping[str, Any], Prompt], "Awaitable[None] | None"]


def prompt(text: str = "Hello!", **settings: Any) -> Prompt:
    return Prompt(settings.pop("model", MODEL), (Turn("user", (Text(text),)),), **settings)


# The client


def client_ask(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    _from_reply(outcome, Client(**settings).ask(prompt))


def client_stream(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    for event in Client(**settings).stream(prompt):
        outcome.chunks.append(event)
    _from_reply(outcome, fold(outcome.chunks))


async def async_ask(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    _from_reply(outcome, await AsyncClient(**settings).ask(prompt))


async def async_stream(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    async for event in AsyncClient(**settings).stream(prompt):
        outcome.chunks.append(event)
    _from_reply(outcome, fold(outcome.chunks))


def _from_reply(outcome: Outcome, reply: Reply) -> None:
    outcome.raw = reply
    outcome.text, outcome.reasoning = reply.text, reply.reasoning
    outcome.calls = tuple((call.name, call.arguments) for call in reply.tool_calls)
    outcome.finish = reply.finish.reason if reply.finish else None
    outcome.usage = (reply.usage.input, reply.usage.output) if reply.usage else None
    outcome.request_id = reply.request_id


# LangChain


def invoke(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    _from_message(outcome, _chat_hatz(settings, prompt).invoke(_messages(prompt.turns)))


def stream(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    with closing(_chat_hatz(settings, prompt).stream(_messages(prompt.turns))) as chunks:
        for chunk in chunks:
            outcome.chunks.append(chunk)
    _from_message(outcome, sum(outcome.chunks[1:], outcome.chunks[0]))


async def ainvoke(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    _from_message(outcome, await _chat_hatz(settings, prompt).ainvoke(_messages(prompt.turns)))


async def astream(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    async with aclosing(_chat_hatz(settings, prompt).astream(_messages(prompt.turns))) as chunks:
        async for chunk in chunks:
            outcome.chunks.append(chunk)
    _from_message(outcome, sum(outcome.chunks[1:], outcome.chunks[0]))


def _chat_hatz(settings: Mapping[str, Any], prompt: Prompt) -> Any:
    model = ChatHatz(prompt.model, **_parameters(prompt), **settings)
    return model.bind_tools(_functions(prompt.tools), tool_choice=prompt.tool_choice) if prompt.tools else model


def _messages(turns: Iterable[Turn]) -> list[BaseMessage]:
    return [message for turn in turns for message in _message(turn)]


def _message(turn: Turn) -> list[BaseMessage]:
    match turn.role:
        case "system":
            return [SystemMessage(_text(turn.parts))]
        case "assistant":
            calls = [part for part in turn.parts if isinstance(part, ToolCall)]
            tool_calls = [{"type": "tool_call", "id": one.id, "name": one.name, "args": one.arguments} for one in calls]
            return [AIMessage(_text(turn.parts), tool_calls=tool_calls)]
        case "tool":
            results = [part for part in turn.parts if isinstance(part, ToolResult)]
            return [ToolMessage(_text(result.content), tool_call_id=result.call_id) for result in results]
        case _:
            return [HumanMessage(_text(turn.parts))]


def _from_message(outcome: Outcome, message: AIMessage) -> None:
    outcome.raw = message
    outcome.text = str(message.text)
    outcome.calls = tuple((call["name"], call["args"]) for call in (*message.tool_calls, *message.invalid_tool_calls))
    outcome.reasoning = "".join(block.get("reasoning", "") for block in message.content_blocks)
    outcome.finish = message.response_metadata.get("finish_reason")
    usage = message.usage_metadata
    outcome.usage = (usage["input_tokens"], usage["output_tokens"]) if usage else None
    outcome.request_id = message.response_metadata.get("request_id")


# LlamaIndex


def chat(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    _from_response(outcome, _hatz_llm(settings, prompt).chat(**_chat_arguments(prompt)))


def stream_chat(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    for chunk in _hatz_llm(settings, prompt).stream_chat(**_chat_arguments(prompt)):
        outcome.chunks.append(chunk)
    _from_responses(outcome)


async def achat(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    _from_response(outcome, await _hatz_llm(settings, prompt).achat(**_chat_arguments(prompt)))


async def astream_chat(outcome: Outcome, settings: Mapping[str, Any], prompt: Prompt) -> None:
    async for chunk in await _hatz_llm(settings, prompt).astream_chat(**_chat_arguments(prompt)):
        outcome.chunks.append(chunk)
    _from_responses(outcome)


def _hatz_llm(settings: Mapping[str, Any], prompt: Prompt) -> HatzLLM:
    return HatzLLM(prompt.model, **_parameters(prompt), **settings)


def _chat_arguments(prompt: Prompt) -> dict[str, Any]:
    tools = {"tools": _functions(prompt.tools), "tool_choice": prompt.tool_choice} if prompt.tools else {}
    return {"messages": [message for turn in prompt.turns for message in _chat_message(turn)], **tools}


def _chat_message(turn: Turn) -> list[ChatMessage]:
    if turn.role == "tool":
        results = [part for part in turn.parts if isinstance(part, ToolResult)]
        return [
            ChatMessage(role="tool", content=_text(one.content), additional_kwargs={"tool_call_id": one.call_id})
            for one in results
        ]
    return [ChatMessage(role=turn.role, blocks=[_block(part) for part in turn.parts])]


def _block(part: Any) -> Any:
    if isinstance(part, ToolCall):
        return ToolCallBlock(tool_call_id=part.id, tool_name=part.name, tool_kwargs=part.arguments)
    return TextBlock(text=part.text)


def _from_response(outcome: Outcome, response: ChatResponse) -> None:
    blocks, beside = response.message.blocks, response.additional_kwargs
    outcome.raw = response
    outcome.text = "".join(block.text for block in blocks if isinstance(block, TextBlock))
    outcome.calls = tuple((block.tool_name, block.tool_kwargs) for block in blocks if isinstance(block, ToolCallBlock))
    outcome.reasoning = "".join(block.content or "" for block in blocks if isinstance(block, ThinkingBlock))
    outcome.finish = beside.get("finish_reason")
    outcome.usage = (beside["prompt_tokens"], beside["completion_tokens"]) if "prompt_tokens" in beside else None
    outcome.request_id = beside.get("request_id")


def _from_responses(outcome: Outcome) -> None:
    last = outcome.chunks[-1]
    assert outcome.streamed_text == (last.message.content or "")
    _from_response(outcome, last)


# Shared by both frameworks


def _parameters(prompt: Prompt) -> dict[str, Any]:
    return {"max_tokens": prompt.max_tokens, "temperature": prompt.temperature}


def _functions(tools: Iterable[Any]) -> list[dict[str, Any]]:
    fields = ("name", "description", "parameters")
    return [{"type": "function", "function": {name: getattr(tool, name) for name in fields}} for tool in tools]


def _text(parts: Iterable[Any]) -> str:
    return "".join(part.text for part in parts if isinstance(part, Text))


def _text_of(chunk: AIMessageChunk | ChatResponse) -> str:
    return str(chunk.text) if isinstance(chunk, AIMessageChunk) else chunk.delta or ""


def _has_content(chunk: Any) -> bool:
    match chunk:
        case AIMessageChunk():
            return bool(chunk.content_blocks)
        case ChatResponse():
            calls = any(isinstance(block, ToolCallBlock) for block in chunk.message.blocks)
            return bool(chunk.delta or chunk.additional_kwargs.get("thinking_delta")) or calls
        case _:
            return isinstance(chunk, Delta)


USERS: dict[str, dict[str, Way]] = {
    "Client": {"ask": client_ask, "stream": client_stream},
    "AsyncClient": {"ask": async_ask, "stream": async_stream},
    "ChatHatz": {"ask": invoke, "stream": stream},
    "ChatHatz-async": {"ask": ainvoke, "stream": astream},
    "HatzLLM": {"ask": chat, "stream": stream_chat},
    "HatzLLM-async": {"ask": achat, "stream": astream_chat},
}
"""The ways of each user of the gateway."""
WHOLE = {
    "Client.ask": client_ask,
    "AsyncClient.ask": async_ask,
    "ChatHatz.invoke": invoke,
    "ChatHatz.ainvoke": ainvoke,
    "HatzLLM.chat": chat,
    "HatzLLM.achat": achat,
}
"""The non-streaming ways by the names of their methods."""
STREAM = {
    "Client.stream": client_stream,
    "AsyncClient.stream": async_stream,
    "ChatHatz.stream": stream,
    "ChatHatz.astream": astream,
    "HatzLLM.stream_chat": stream_chat,
    "HatzLLM.astream_chat": astream_chat,
}
ALL: dict[str, Way] = {**WHOLE, **STREAM}


async def ask(user: str, mode: str, prompt: Prompt, **settings: Any) -> Outcome:
    """The outcome of one call, from async code; errors are raised.

    Args:
        user: One of `USERS`.
        mode: "ask" or "stream".
        prompt: What to ask.
        **settings: Of the client or model.
    """
    outcome = Outcome()
    waiting = USERS[user][mode](outcome, settings, prompt)
    if inspect.isawaitable(waiting):
        await waiting
    return outcome


async def chat_answer(model: Any, method: str, messages: Any = "Hi", **kwargs: Any) -> Any:
    """The message of a LangChain model by "invoke", "ainvoke", "stream" or "astream"; a stream's chunks merged."""
    match method:
        case "invoke":
            return model.invoke(messages, **kwargs)
        case "ainvoke":
            return await model.ainvoke(messages, **kwargs)
        case "stream":
            chunks = list(model.stream(messages, **kwargs))
        case _:
            chunks = [chunk async for chunk in model.astream(messages, **kwargs)]
    return sum(chunks[1:], chunks[0])


class Loop:
    """An event loop in a thread of its own, so that async methods need no loop each."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


def run(loop: Loop | None, way: Way, settings: Mapping[str, Any], text: str = "Hello!") -> Outcome:
    """The outcome of one way, from sync code; an error of this package is in it, any other is raised."""
    outcome = Outcome()
    try:
        waiting = way(outcome, settings, prompt(text))
        if loop is not None and inspect.isawaitable(waiting):
            loop.run(waiting)
    except HatzError as error:
        outcome.error = error
    return outcome
