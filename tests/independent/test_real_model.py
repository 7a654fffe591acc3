"""Against a real model in llama.cpp, which nobody here wrote: when a call is left, the server stops writing.

`make independent LLAMA_SERVER=http://127.0.0.1:8101`, the address of a llama-server that was started with `--slots`. What a small
model says is often nonsense: only the form is looked at.
"""

import asyncio
import json
import os
import time
import urllib.request
from contextlib import aclosing, closing, suppress

import pytest
from llama_index.core.base.llms.types import ChatMessage

from hatz_client import AsyncClient, Client, Delta, HatzError, HatzTimeoutError, Prompt
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.cassettes.cases import MODELS, asked
from tests.harness import ways
from tests.independent.tunnel import Tunnel

LLAMA = os.environ.get("LLAMA_SERVER", "")
TALE = "Write a very long tale about a tower, in many chapters."
LONG = 1500
"""Tokens that the model would write for longer than these tests wait."""
pytestmark = [
    pytest.mark.skipif(not LLAMA, reason="LLAMA_SERVER is not set: the address of a running llama-server"),
    pytest.mark.timeout(300),
]
everywhere = pytest.mark.parametrize("wire", MODELS)


@pytest.fixture(scope="module")
def tunnel():
    with Tunnel(LLAMA) as running:
        yield running


@pytest.fixture
def connection(tunnel):
    _idle()
    return {"base_url": tunnel.base_url, "api_key": "no-one-asks", "max_retries": 0}


def _busy():
    with urllib.request.urlopen(f"{LLAMA}/slots") as response:  # noqa: S310 (loopback)
        return sum(slot["is_processing"] for slot in json.load(response))


def _idle(seconds=20):
    """Whether the server writes for nobody any more."""
    until = time.monotonic() + seconds
    while _busy() and time.monotonic() < until:
        time.sleep(0.05)
    return not _busy()


def streams(wire, connection):
    """Each way to stream: what it gives, and whether a piece of it has text."""
    model = MODELS[wire]
    given = {**connection, "endpoint": wire}
    long = {**given, "max_tokens": LONG}
    prompt = Prompt(model, asked(TALE), max_tokens=LONG)
    said = [ChatMessage(TALE)]

    async def of_llama_index():
        async for piece in await HatzLLM(model, **long).astream_chat(said):
            yield piece

    return {
        "Client": lambda: Client(**given).stream(prompt),
        "ChatHatz": lambda: ChatHatz(model, **long).stream(TALE),
        "HatzLLM": lambda: HatzLLM(model, **long).stream_chat(said),
        "AsyncClient": lambda: AsyncClient(**given).stream(prompt),
        "ChatHatz, async": lambda: ChatHatz(model, **long).astream(TALE),
        "HatzLLM, async": of_llama_index,
    }


def _has_text(piece):
    return isinstance(piece, Delta) or bool(getattr(piece, "delta", "") or getattr(piece, "content", ""))


@everywhere
@pytest.mark.parametrize("face", ["Client", "ChatHatz", "HatzLLM"])
def test_a_stream_left_early_stops_the_model(connection, wire, face):
    with closing(streams(wire, connection)[face]()) as stream:
        next(piece for piece in stream if _has_text(piece))
        assert _busy()
    assert _idle()


@everywhere
@pytest.mark.parametrize("face", ["AsyncClient", "ChatHatz, async", "HatzLLM, async"])
@pytest.mark.parametrize("way", ["aclose", "cancel", "timeout"])
async def test_an_async_stream_left_early_stops_the_model(connection, wire, face, way):
    begun = asyncio.Event()

    async def read():
        async with aclosing(streams(wire, connection)[face]()) as stream:
            async for piece in stream:
                if _has_text(piece):
                    begun.set()
                    if way == "aclose":
                        return

    task = asyncio.create_task(read())
    await asyncio.wait_for(begun.wait(), 60)
    if way == "aclose":
        await task
    elif way == "cancel":
        assert await asyncio.to_thread(_busy)
        task.cancel()
    with suppress(asyncio.CancelledError, TimeoutError):
        await asyncio.wait_for(task, 0.2)
    assert await asyncio.to_thread(_idle)


@everywhere
@pytest.mark.parametrize("user", ways.USERS)
async def test_a_call_that_takes_too_long_closes_its_connection(connection, tunnel, wire, user):
    """llama-server writes a whole answer to its end all the same, whoever hung up: it is kept short."""
    prompt = Prompt(MODELS[wire], asked(TALE), max_tokens=60)
    with pytest.raises(HatzTimeoutError) as caught:
        await ways.ask(user, "ask", prompt, **connection, timeout=0.2)
    assert caught.value.request_id
    assert await asyncio.to_thread(tunnel.settles)


@everywhere
async def test_many_at_a_time_have_an_answer_each(connection, wire):
    """More than the server takes at once: the rest wait, and none is lost or had twice."""
    prompt = Prompt(MODELS[wire], asked("Say a word."), max_tokens=5)
    client = AsyncClient(**connection, endpoint=wire)

    async def one():
        return [event async for event in client.stream(prompt)]

    answers = await asyncio.gather(*(one() for _ in range(8)))
    assert all(any(isinstance(event, Delta) for event in events) for events in answers)
    assert {events[-1].finish.reason for events in answers} <= {"stop", "length"}
    assert len({events[0].request_id for events in answers}) == 8
    assert await asyncio.to_thread(_idle)


@everywhere
@pytest.mark.parametrize("user", ways.USERS)
async def test_whole_and_streamed_answers_have_text_and_usage(connection, wire, user):
    prompt = Prompt(MODELS[wire], asked("Say a word."), max_tokens=5)
    whole = await ways.ask(user, "ask", prompt, **connection)
    streamed = await ways.ask(user, "stream", prompt, **connection)
    assert whole.text
    assert streamed.text
    assert streamed.pieces
    assert whole.usage[0] == streamed.usage[0] > 0
    assert 0 < streamed.usage[1] <= 6


@everywhere
def test_a_prompt_that_is_too_long_is_said_to_be(connection, wire):
    with pytest.raises(HatzError) as caught:
        Client(**connection, endpoint=wire).ask(Prompt(MODELS[wire], asked("word " * 20_000), max_tokens=5))
    assert type(caught.value).__name__ == "HatzContextOverflowError"
