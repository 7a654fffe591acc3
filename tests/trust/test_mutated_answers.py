"""Answers of the sandbox with bytes or values changed at random: an error of ours or an answer, and half an answer is never whole."""

import json
import os
import random
import urllib.request

import httpx
import pytest
from llama_index.core.base.llms.types import ChatMessage

from hatz_client import AsyncClient, Client, HatzError, fold
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.harness.ways import prompt

from .wires import MODEL

ROUNDS = 3000 if os.environ.get("HATZ_SOAK") else 120
pytestmark = pytest.mark.timeout(900 if os.environ.get("HATZ_SOAK") else 120)
PATHS = {"messages": "/anthropic/messages", "responses": "/openai/responses", "chat": "/chat/completions"}
TOOL = {"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {}}}


def recordings():
    """Of each wire: streams and bodies with text, thoughts and calls, byte for byte."""
    found = []
    with Sandbox() as sandbox:
        for wire in PATHS:
            for streamed in (True, False):
                sandbox.reply(
                    "Grüße, 世界 🌍: one two three.", reasoning="Let me think.", usage={"input": 9, "output": 5}
                )
                found.append((wire, streamed, "words", _recorded(sandbox, wire, streamed)))
                if wire != "chat":
                    sandbox.tool_calls([("look", {"where": "Paris", "n": [1, {"a": None}]}), ("look", {})], text="So:")
                    found.append((wire, streamed, "calls", _recorded(sandbox, wire, streamed)))
    return found


def _recorded(sandbox, wire, streamed):
    body = {"model": MODEL if wire != "responses" else "gpt-5.2", "stream": streamed}
    if wire == "responses":
        body |= {"input": "Hello", "tools": [{"type": "function", "name": "look", "parameters": TOOL["input_schema"]}]}
    else:
        body |= {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 99}
        body |= {"tools": [TOOL]} if wire == "messages" else {}
    request = urllib.request.Request(  # noqa: S310 (the sandbox's)
        sandbox.base_url + PATHS[wire],
        json.dumps(body).encode(),
        {"X-API-Key": sandbox.api_key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return response.read()


RECORDINGS = recordings()
GIVEN = {"api_key": "k", "base_url": "https://gateway.example/v1", "max_retries": 0}


def _client(http, wire):
    client = Client(**GIVEN, endpoint=wire, http_client=http)
    return lambda: fold(client.stream(prompt())).text, lambda: client.ask(prompt()).text


def _langchain(http, wire):
    model = ChatHatz(MODEL, **GIVEN, endpoint=wire, http_client=http)
    return lambda: "".join(chunk.text for chunk in model.stream("Hello")), lambda: model.invoke("Hello").text


def _llama_index(http, wire):
    llm = HatzLLM(MODEL, **GIVEN, endpoint=wire, http_client=http)
    said = [ChatMessage("Hello")]
    return (
        lambda: "".join(chunk.delta for chunk in llm.stream_chat(said)),
        lambda: llm.chat(said).message.content or "",
    )


def _async_client(http, wire):
    client = AsyncClient(**GIVEN, endpoint=wire, http_async_client=http)

    async def stream():
        return fold([event async for event in client.stream(prompt())]).text

    async def ask():
        return (await client.ask(prompt())).text

    return stream, ask


def _async_langchain(http, wire):
    model = ChatHatz(MODEL, **GIVEN, endpoint=wire, http_async_client=http)

    async def stream():
        return "".join([chunk.text async for chunk in model.astream("Hello")])

    async def ask():
        return (await model.ainvoke("Hello")).text

    return stream, ask


def _async_llama_index(http, wire):
    llm = HatzLLM(MODEL, **GIVEN, endpoint=wire, http_async_client=http)
    said = [ChatMessage("Hello")]

    async def stream():
        return "".join([chunk.delta async for chunk in await llm.astream_chat(said)])

    async def ask():
        return (await llm.achat(said)).message.content or ""

    return stream, ask


FACES = {"client": _client, "langchain": _langchain, "llama_index": _llama_index}
ASYNC_FACES = {
    "async client": _async_client,
    "async langchain": _async_langchain,
    "async llama_index": _async_llama_index,
}


class Replay:
    """Answers every request with `data`, cut into a few pieces."""

    def __init__(self, loop, wire, streamed, face):
        kind = "application/json" if not streamed else "application/x-ndjson" if wire == "chat" else "text/event-stream"
        self.data = b""
        self._headers = {"Content-Type": kind}
        if face in FACES:
            stream, ask = FACES[face](httpx.Client(transport=httpx.MockTransport(self._answer)), wire)
            self._run = stream if streamed else ask
        else:
            http = httpx.AsyncClient(transport=httpx.MockTransport(self._async_answer))
            stream, ask = ASYNC_FACES[face](http, wire)
            self._run = lambda: loop.run(stream() if streamed else ask())

    def _pieces(self):
        third = len(self.data) // 3 + 1
        return [self.data[at : at + third] for at in range(0, len(self.data), third)]

    def _answer(self, _):
        return httpx.Response(200, headers=self._headers, content=iter(self._pieces()))

    async def _async_answer(self, _):
        async def pieces():
            for piece in self._pieces():
                yield piece

        return httpx.Response(200, headers=self._headers, content=pieces())

    def text(self, data):
        """The text, or None for an error of ours. Any other exception goes through."""
        self.data = data
        try:
            return self._run()
        except HatzError:
            return None


cases = pytest.mark.parametrize(
    ("wire", "streamed", "data", "face"),
    [
        pytest.param(wire, streamed, data, face, id=f"{wire}-{what}-{'stream' if streamed else 'whole'}-{face}")
        for wire, streamed, what, data in RECORDINGS
        for face in (*FACES, *ASYNC_FACES)
    ],
)


def changed(data, chance):
    """Bytes overwritten, taken out, doubled or put in."""
    at, length = chance.randrange(len(data)), chance.choice([1, 1, 2, 7, 40])
    match chance.randrange(5):
        case 0:
            return data[:at] + chance.randbytes(length) + data[at + length :]
        case 1:
            return data[:at] + data[at + length :]
        case 2:
            return data[:at] + data[at : at + length] + data[at:]
        case 3:
            return (
                data[:at]
                + chance.choice([b"\n\n", b"\r", b"\x00", b"{", b'"', b"\xff", b"data: ", b"null"])
                + data[at:]
            )
        case _:
            lines = data.split(b"\n")
            chance.shuffle(lines)
            return b"\n".join(lines)


ODD = (
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x",
    "\ud800",
    [],
    [None],
    [[]],
    {},
    {"type": "x"},
    {"text": 1},
    "text",
    "error",
)


def odd(value, chance):
    """The same JSON with one value of another kind, one missing, or one more."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        key = chance.choice(list(value))
        match chance.randrange(5):
            case 0:
                return {name: item for name, item in value.items() if name != key}
            case 1:
                return {**value, key: chance.choice(ODD)}
            case 2:
                return {**value, chance.choice(["type", "error", "delta", "index", "item", "id"]): chance.choice(ODD)}
            case _:
                return {**value, key: odd(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], odd(value[at], chance), *value[at + 1 :]]
    return chance.choice(ODD)


def oddly(data, chance):
    """One object of the answer made odd."""
    lines = data.split(b"\n")
    holders = [at for at, line in enumerate(lines) if b"{" in line]
    at = chance.choice(holders)
    prefix, _, text = lines[at].rpartition(b"data: ")
    lines[at] = (b"data: " if b"data: " in lines[at] else prefix) + json.dumps(odd(json.loads(text), chance)).encode()
    return b"\n".join(lines)


@cases
@pytest.mark.parametrize("change", [changed, oddly])
def test_no_change_makes_another_kind_of_error(loop, wire, streamed, data, face, change):
    replay = Replay(loop, wire, streamed, face)
    assert replay.text(data) is not None
    for round_ in range(ROUNDS if face in FACES else ROUNDS // 4):  # the decoders are the same
        chance = random.Random(f"{wire} {streamed} {round_}")  # noqa: S311 (not for secrets)
        broken = change(data, chance)
        try:
            replay.text(broken)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__} from {broken!r}") from error


@cases
def test_half_an_answer_is_never_a_whole_one(loop, wire, streamed, data, face):
    replay = Replay(loop, wire, streamed, face)
    whole = replay.text(data)
    step = 1 if os.environ.get("HATZ_SOAK") else max(1, len(data) // 150)
    for at in range(0, len(data) - 1, step):
        text = replay.text(data[:at])
        if wire == "chat" and streamed:
            assert text is None or whole.startswith(text)  # its streams have no last event
        else:
            assert text in (None, whole), at
