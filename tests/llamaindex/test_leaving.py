"""Streams that are left before their end: the sandbox sees their connections closed, whoever observes them."""

import asyncio
import gc

import pytest
from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

EVERYWHERE = pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
HI = [ChatMessage(content="hi")]


class Words(BaseModel):
    """Words."""

    words: str


@pytest.fixture(autouse=True)
def _long(sandbox):
    sandbox.stall(after_events=8, reply="word " * 50)


@pytest.fixture(params=["nobody", "a handler that keeps every event"])
def llm(request, make):
    """LlamaDebugHandler keeps the exception that closing is, and with it the frame that holds the stream within."""
    if request.param == "nobody":
        return make()
    return make(callback_manager=CallbackManager([LlamaDebugHandler(print_trace_on_end=False)]))


def left(sandbox):
    return sandbox.last_request.client_closed.wait(10)


STREAMS = pytest.mark.parametrize("name", ["chat", "complete"])


def begun(llm, name):
    return llm.stream_chat(HI) if name == "chat" else llm.stream_complete("hi")


async def abegun(llm, name):
    return await (llm.astream_chat(HI) if name == "chat" else llm.astream_complete("hi"))


@EVERYWHERE
@STREAMS
def test_breaking_out(llm, sandbox, name):
    for chunk in begun(llm, name):
        if chunk.delta:
            break
    assert left(sandbox)


@STREAMS
def test_closing(llm, sandbox, name):
    chunks = begun(llm, name)
    next(chunks)
    chunks.close()
    assert left(sandbox)
    assert list(chunks) == []


@STREAMS
def test_forgetting(llm, sandbox, name):
    chunks = begun(llm, name)
    next(chunks)
    knot = [chunks]
    knot.append(knot)
    del chunks, knot
    gc.collect()
    assert left(sandbox)


@EVERYWHERE
@STREAMS
async def test_breaking_out_async(llm, sandbox, name):
    async def first():
        async for chunk in await abegun(llm, name):
            if chunk.delta:
                return

    await first()
    assert await asyncio.to_thread(left, sandbox)


@STREAMS
async def test_closing_async(llm, sandbox, name):
    chunks = await abegun(llm, name)
    await anext(chunks)
    await chunks.aclose()
    assert await asyncio.to_thread(left, sandbox)
    assert [chunk async for chunk in chunks] == []


@STREAMS
def test_a_loop_that_ends(llm, sandbox, name):
    async def first():
        chunks = await abegun(llm, name)
        await anext(chunks)
        return chunks

    chunks = asyncio.run(first())
    assert left(sandbox)
    del chunks


async def test_cancelling(llm, sandbox):
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    sandbox.requests._on_request = lambda _: loop.call_soon_threadsafe(arrived.set)

    async def read():
        async for _ in await llm.astream_chat(HI):
            pass

    task = asyncio.create_task(read())
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(left, sandbox)
    sandbox.requests._on_request = None


@pytest.fixture
def _tool(sandbox):
    sandbox.reset()
    sandbox.stall(after_events=9)


USE_IT = PromptTemplate("Use the tool on these words: one two three")


@pytest.mark.usefixtures("_tool")
def test_a_structured_stream(llm, sandbox):
    drafts = llm.stream_structured_predict(Words, USE_IT)
    next(drafts)
    drafts.close()
    assert left(sandbox)


@pytest.mark.usefixtures("_tool")
async def test_a_structured_stream_async(llm, sandbox):
    drafts = await llm.astream_structured_predict(Words, USE_IT)
    await anext(drafts)
    await drafts.aclose()
    assert await asyncio.to_thread(left, sandbox)


@EVERYWHERE
@STREAMS
def test_breaking_out_right_before_the_end_of_the_loop_prints_nothing(llm, sandbox, name, caplog, capsys):
    """An event loop that ends closes all generators at once, those within others too: asyncio printed "already running"."""

    async def breaking():
        async for _ in await abegun(llm, name):
            break

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(breaking())
    assert left(sandbox)
    assert not [record for record in caplog.records if record.name == "asyncio"]
    assert "Error" not in capsys.readouterr().err
