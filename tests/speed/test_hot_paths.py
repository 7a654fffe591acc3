"""What the hot paths cost, counted and not timed: calls (of Python and C functions) and bytes, per delta, message and stream.

The bounds are a tenth more than was counted with Python 3.11: they are to notice a layer too many and anything that grows
with what has come before, not a single call.
"""

import asyncio
import gc
import itertools
import json
import tracemalloc

import httpx
import llama_index.core
import pytest
from llama_index.core import Settings as LlamaIndexSettings
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.instrumentation import get_dispatcher

from hatz_client import AsyncClient, Client, Prompt, Text, Tool, Turn
from hatz_client.connection import httpx_clients as lean
from hatz_client.operations import request_alternatives
from hatz_client.wire.endpoints import codec
from langchain_hatz import ChatHatz
from langchain_hatz._messages.convert import to_turns as langchain_turns
from llama_index_hatz import HatzLLM
from llama_index_hatz._messages.convert import to_turns as llama_index_turns
from tests.harness.counting import calls, counted, per_item
from tests.harness.long_histories import langchain_history, llama_index_history

MODELS = {"responses": "gpt-5.2", "messages": "claude-haiku-4-5"}
WIRES = pytest.mark.parametrize("dialect", MODELS)
KINDS = pytest.mark.parametrize("kind", ["text", "tool"])


@pytest.fixture(autouse=True)
def _nobody_observes(monkeypatch):
    """What other tests have attached to LlamaIndex is not counted."""
    for place in (get_dispatcher(), get_dispatcher(HatzLLM.__module__)):
        monkeypatch.setattr(place, "event_handlers", [])
        monkeypatch.setattr(place, "span_handlers", [])
    monkeypatch.setattr(LlamaIndexSettings, "_callback_manager", None)
    monkeypatch.setattr(llama_index.core, "global_handler", None)
    monkeypatch.setattr(request_alternatives, "_accepted_forms", set())  # else each request looks for alternatives


def events(dialect, kind, count):
    """The events of a stream of so many deltas, as each wire has them."""
    pieces = ['{"text": "', *["word "] * (count - 2), '"}']
    if dialect == "messages":
        block = (
            {"type": "text", "text": ""}
            if kind == "text"
            else {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
        )
        name, field = ("text_delta", "text") if kind == "text" else ("input_json_delta", "partial_json")
        return [
            {
                "type": "message_start",
                "message": {"id": "msg_1", "role": "assistant", "usage": {"input_tokens": 1, "output_tokens": 1}},
            },
            {"type": "content_block_start", "index": 0, "content_block": block},
            *({"type": "content_block_delta", "index": 0, "delta": {"type": name, field: piece}} for piece in pieces),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
            {"type": "message_stop"},
        ]
    whole = "".join(pieces)
    if kind == "text":
        item = {"type": "message", "id": "i_1", "role": "assistant", "content": []}
        done = {**item, "content": [{"type": "output_text", "text": whole, "annotations": []}]}
        delta = {"type": "response.output_text.delta", "item_id": "i_1", "output_index": 0, "content_index": 0}
    else:
        item = {"type": "function_call", "id": "i_1", "call_id": "call_1", "name": "f", "arguments": ""}
        done = {**item, "arguments": whole}
        delta = {"type": "response.function_call_arguments.delta", "item_id": "i_1", "output_index": 0}
    usage = {"input_tokens": 1, "output_tokens": 9, "total_tokens": 10}
    return [
        {"type": "response.created", "response": {"id": "resp_1", "object": "response", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *({**delta, "delta": piece} for piece in pieces),
        {"type": "response.output_item.done", "output_index": 0, "item": done},
        {
            "type": "response.completed",
            "response": {"id": "resp_1", "status": "completed", "output": [done], "usage": usage},
        },
    ]


def body(dialect, kind, count):
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events(dialect, kind, count)]


class Pieces(httpx.SyncByteStream):
    """A response's body, an event at a time."""

    def __init__(self, pieces):
        self._pieces = pieces

    def __iter__(self):
        return iter(self._pieces)


def stream_of(library, dialect, kind, count):
    """A stream of so many deltas."""
    pieces = body(dialect, kind, count)
    answer = {"headers": {"content-type": "text/event-stream"}, "stream": Pieces(pieces)}
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, **answer)))
    if library == "client":
        prompt = Prompt(MODELS[dialect], (Turn("user", (Text("Hi"),)),))
        return Client("key", http_client=http).stream(prompt)
    if library == "langchain":
        return ChatHatz(MODELS[dialect], api_key="key", http_client=http).stream("Hi")
    return HatzLLM(MODELS[dialect], api_key="key", http_client=http).stream_chat([ChatMessage(content="Hi")])


def exhaust(stream):
    for _ in stream:
        pass


def calls_each(stream, after):
    """What each of the hundred deltas after so many costs."""
    exhaust(itertools.islice(stream, after))
    found = calls(lambda: exhaust(itertools.islice(stream, 100)))
    stream.close()
    return found / 100


# Counted on Messages; on Responses 4 fewer: client 22, LangChain 49 (text) and 55 (tool), LlamaIndex 40 and 45.
MOST_CALLS = {
    ("client", "text"): 29,
    ("client", "tool"): 29,
    ("langchain", "text"): 58,
    ("langchain", "tool"): 65,
    ("llama_index", "text"): 48,
    ("llama_index", "tool"): 53,
}


@WIRES
@KINDS
@pytest.mark.parametrize("library", ["client", "langchain", "llama_index"])
def test_a_delta_costs_little_and_the_same_however_long_the_answer(library, dialect, kind):
    exhaust(stream_of(library, dialect, kind, 10))  # what only the first time costs
    early, late = (calls_each(stream_of(library, dialect, kind, 10_000), after) for after in (100, 9_500))
    assert early <= MOST_CALLS[library, kind]
    assert late == pytest.approx(early, rel=0.05)


@WIRES
@KINDS
def test_many_deltas_take_hardly_more_room_than_their_text(dialect, kind):
    exhaust(stream_of("client", dialect, kind, 10))
    stream = stream_of("client", dialect, kind, 20_000)
    exhaust(itertools.islice(stream, 1_000))
    gc.collect()
    tracemalloc.start()
    try:
        exhaust(itertools.islice(stream, 18_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        stream.close()
    assert peak <= 2 * 18_000 * len("word ") + 4_096 * 80  # twice while it is joined, and the pieces that are not yet


# A call

# Besides what httpx needs for an empty one. Counted: client 396 (Responses) and 371 (Messages), LlamaIndex 648 and 607, LangChain 1,009 and 970.
MOST_CALLS_OF_ONE = {"client": 415, "llama_index": 670, "langchain": 1035}


def answer(dialect):
    """An answer in one piece."""
    usage = {"input_tokens": 1, "output_tokens": 9}
    if dialect == "messages":
        content = [{"type": "text", "text": "word"}]
        return {"id": "msg_1", "type": "message", "content": content, "stop_reason": "end_turn", "usage": usage}
    item = {"type": "message", "id": "i_1", "role": "assistant", "content": [{"type": "output_text", "text": "word"}]}
    return {"id": "resp_1", "object": "response", "status": "completed", "output": [item], "usage": usage}


@WIRES
@pytest.mark.parametrize("library", MOST_CALLS_OF_ONE)
def test_a_call_costs_little(library, dialect):
    http = lean.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer(dialect))))
    client, prompt = Client("key", http_client=http), Prompt(MODELS[dialect], "Hi")
    llm, said = HatzLLM(MODELS[dialect], api_key="key", http_client=http), [ChatMessage(content="Hi")]
    model = ChatHatz(MODELS[dialect], api_key="key", http_client=http)
    ask = {
        "client": lambda: client.ask(prompt),
        "llama_index": lambda: llm.chat(said),
        "langchain": lambda: model.invoke("Hi"),
    }[library]

    def bare():
        http.send(http.build_request("POST", "http://x", headers={}, content=b"{}", extensions={}))

    for run in (bare, ask):
        run()  # what only the first time costs
    assert calls(ask) - calls(bare) <= MOST_CALLS_OF_ONE[library]


@WIRES
@pytest.mark.parametrize("strict", [None, True])
def test_a_tool_costs_little_after_the_first_request_that_has_it(strict, dialect):
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"enum": ["c", "d"]}}, "required": ["a"]}

    def encode(count):
        tools = tuple(Tool(f"tool_{number}", "A tool", schema, strict=strict) for number in range(count))
        return codec(dialect).encode(Prompt("m", (Turn("user", "Hi"),), tools=tools))

    assert per_item(encode, 10, 20) <= 6  # counted: 4


# A history


@WIRES
def test_calls_per_message_of_history(dialect):
    sent = {
        "langchain": lambda count: langchain_turns(langchain[count], dialect),
        "llama_index": lambda count: llama_index_turns(llama_index[count], "messages"),
        "encode": lambda count: codec(dialect).encode(prompts[count]),
    }
    counts = (40, 80, 800, 1600)
    langchain = {count: langchain_history(count) for count in counts}
    llama_index = {count: llama_index_history(count) for count in counts}
    prompts = {count: Prompt("m", langchain_turns(langchain[count], dialect)) for count in counts}
    found = {name: (per_item(run, 40, 80), per_item(run, 800, 1600)) for name, run in sent.items()}
    for early, late in found.values():
        assert late == pytest.approx(early, rel=0.05)
    assert found["langchain"][0] <= 5
    assert found["llama_index"][0] <= 8.5
    assert found["encode"][0] <= 13


# Many at once


class Answering(asyncio.Protocol):
    """One connection of a server that answers when all requests are there."""

    def __init__(self, waiting, count, answer):
        self._waiting, self._count = waiting, count
        self._answer = (
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n" % len(answer) + answer
        )
        self._received = b""

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._received += data
        if self._received.endswith(b"}"):  # the end of the request's body
            self._received = b""
            self._waiting.append(self._transport)
            if len(self._waiting) == self._count:
                for transport in self._waiting:
                    transport.write(self._answer)
                self._waiting.clear()


async def calls_together(count):
    """The calls of so many streams at a time, over connections that are open already."""
    waiting, answer = [], b"".join(body("messages", "text", 10))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(waiting, count, answer), "127.0.0.1", 0)
    client = AsyncClient("key", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    prompt = Prompt("claude-haiku-4-5", (Turn("user", (Text("Hi"),)),))

    async def read():
        assert len([event async for event in client.stream(prompt)]) > 10

    async def all_of_them():
        await asyncio.gather(*(read() for _ in range(count)))

    async with server:
        await all_of_them()
        with counted() as counts:
            await all_of_them()
        server.close()
        return sum(counts)


def test_a_stream_costs_the_same_however_many_there_are_at_once():
    few, many = (asyncio.run(calls_together(count)) / count for count in (8, 64))
    assert many <= 1.5 * few
