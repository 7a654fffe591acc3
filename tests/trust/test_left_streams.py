"""An async stream that is left by `break` prints nothing when its event loop ends."""

import asyncio
import gc
import subprocess
import sys

import pytest

from hatz_client.util.async_generators import closable
from hatz_sandbox import Sandbox

PROGRAM = """
import asyncio, sys
from contextlib import aclosing
from hatz_client import AsyncClient, Prompt
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from llama_index.core.llms import ChatMessage

MODEL = "anthropic.claude-haiku-4-5"
how, held, settings = sys.argv[1], sys.argv[2] == "held", {"api_key": sys.argv[3], "base_url": sys.argv[4]}
kept = []

async def nested():
    async with aclosing(AsyncClient(**settings).stream(Prompt(MODEL, "Hi"))) as events:
        async for event in events:
            yield event

async def main():
    match how:
        case "client":
            stream = AsyncClient(**settings).stream(Prompt(MODEL, "Hi"))
        case "nested":
            stream = nested()
        case "langchain":
            stream = ChatHatz(MODEL, **settings).astream("Hi")
        case "llama_index":
            stream = await HatzLLM(MODEL, **settings).astream_chat([ChatMessage("Hi")])
        case "complete":
            stream = await HatzLLM(MODEL, **settings).astream_complete("Hi")
    if held:
        kept.append(stream)
    count = 0
    async for _ in stream:
        count += 1
        if count == 4:
            break

for _ in range(3):
    asyncio.run(main())
"""


@pytest.mark.parametrize("held", ["held", "dropped"])
@pytest.mark.parametrize("how", ["client", "nested", "langchain", "llama_index", "complete"])
def test_a_stream_left_by_break_prints_nothing(how, held):
    with Sandbox() as sandbox:
        for _ in range(3):
            sandbox.reply(" ".join(map(str, range(60))))
        sandbox.pace = 0.005
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PROGRAM, how, held, sandbox.api_key, sandbox.base_url],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_generator_that_its_owner_closes_is_still_closed_by_garbage_collection():
    closed = []

    async def events():
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    async def main():
        stream = closable(events())
        assert await anext(stream) == 1
        del stream
        gc.collect()
        await asyncio.sleep(0.05)

    asyncio.run(main())
    assert closed == [True]


async def test_a_generator_that_was_closed_does_not_begin():
    async def events():
        yield 1

    stream = closable(events())
    await stream.aclose()
    assert [event async for event in stream] == []
