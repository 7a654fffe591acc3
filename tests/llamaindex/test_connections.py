"""Retries, timeouts, errors, early ends, loops and threads, seen from both ends of a real socket."""

import asyncio
import gc
import threading
from pathlib import Path

import httpx
import pytest
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from hatz_client.errors import HatzBadRequestError, HatzTimeoutError

EVERYWHERE = pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
HI = [ChatMessage(content="hi")]

pytestmark = pytest.mark.usefixtures("no_waiting")


class Words(BaseModel):
    """Words."""

    words: str


@pytest.fixture
async def arrived(sandbox):
    """Set when the sandbox has got a request."""
    loop, event = asyncio.get_running_loop(), asyncio.Event()
    sandbox.requests._on_request = lambda _: loop.call_soon_threadsafe(event.set)
    yield event
    sandbox.requests._on_request = None


class TestConnections:
    @EVERYWHERE
    def test_retries_are_counted_once(self, make, sandbox):
        sandbox.fail(503, times=5)
        with pytest.raises(Exception, match="503"):
            make(max_retries=2).chat(HI)
        assert len(sandbox.requests) == 3

    @EVERYWHERE
    def test_streams_are_retried_until_they_begin(self, make, sandbox):
        sandbox.fail(429, times=1)
        sandbox.reply("hello")
        assert list(make(max_retries=1).stream_chat(HI))[-1].message.content == "hello"
        assert len(sandbox.requests) == 2

    def test_no_retry_when_it_makes_no_sense(self, make, sandbox):
        sandbox.fail(400, times=2)
        with pytest.raises(Exception, match="400"):
            make(max_retries=2).chat(HI)
        assert len(sandbox.requests) == 1

    @EVERYWHERE
    def test_errors_say_what_is_known(self, make, sandbox):
        sandbox.fail(429, "Too many requests")
        with pytest.raises(Exception, match="429") as caught:
            make().chat(HI)
        assert caught.value.status_code == 429
        assert caught.value.request_id
        assert caught.value.body

    @pytest.mark.parametrize(
        ("words", "settings", "hint"),
        [
            ("text.format: not supported", {"structured_output_strategy": "native"}, "structured_output_strategy"),
            ("output_config.format: Extra inputs", {"structured_output_strategy": "native"}, "a forced tool call"),
            ("tool_choice: not supported", {}, "structured output"),
            ("disable_parallel_tool_use: unknown", {}, "allow_parallel_tool_calls"),
            ("reasoning: unknown", {"reasoning_effort": "high"}, "comes from reasoning_effort"),
        ],
    )
    async def test_refusals_say_which_setting_they_are_about(self, make, sandbox, words, settings, hint):
        for _ in range(3):
            sandbox.fail(400, words)
        llm, prompt = make(**settings), PromptTemplate("x")
        for call in (llm.structured_predict, lambda *given: list(llm.stream_structured_predict(*given))):
            with pytest.raises(HatzBadRequestError, match=hint) as caught:
                call(Words, prompt)
            assert words in str(caught.value)
        with pytest.raises(HatzBadRequestError, match=hint):
            await llm.astructured_predict(Words, prompt)

    def test_refusals_name_no_setting_that_was_not_made(self, llm, sandbox):
        sandbox.fail(400, "reasoning: unknown")
        with pytest.raises(HatzBadRequestError) as caught:
            llm.chat(HI)
        assert "comes from" not in str(caught.value)

    @pytest.mark.parametrize("patience", [0.2, httpx.Timeout(0.2)])
    async def test_timeouts(self, make, sandbox, patience):
        for _ in range(2):
            sandbox.stall(30)
        llm = make(timeout=patience)
        with pytest.raises(HatzTimeoutError):
            llm.chat(HI)
        with pytest.raises(TimeoutError):
            await llm.achat(HI)

    def test_streams_that_stall(self, make, sandbox):
        sandbox.stall(after_events=3, reply="one two three four five")
        with pytest.raises(TimeoutError):
            list(make(stream_idle_timeout=0.2).stream_chat(HI))

    async def test_a_cancelled_call_ends_at_once(self, llm, sandbox, arrived):
        sandbox.stall(30)
        task = asyncio.create_task(llm.achat(HI))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 20)

    def test_one_connection_serves_many_calls(self, llm, sandbox):
        llm.chat(HI)
        before = sandbox.connections
        for _ in range(5):
            llm.chat(HI)
            list(llm.stream_chat(HI))
        assert sandbox.connections == before


@EVERYWHERE
class TestLoops:
    def test_one_llm_in_many_loops(self, llm):
        assert all(asyncio.run(llm.acomplete("hi")).text for _ in range(5))

    def test_one_llm_in_loops_of_many_threads(self, llm):
        said = []

        def work():
            said.extend(asyncio.run(llm.acomplete("hi")).text for _ in range(3))

        threads = [threading.Thread(target=work, daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(said) == 24

    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files the Linux way")
    def test_loops_that_ended_leave_no_connection_open(self, llm):
        def count():
            gc.collect()
            return len(list(Path("/proc/self/fd").iterdir()))

        asyncio.run(llm.acomplete("hi"))
        before = count()
        for _ in range(20):
            asyncio.run(llm.acomplete("hi"))
        assert count() <= before + 2

    async def test_the_sync_calls_work_within_a_loop(self, llm):
        assert llm.complete("hi").text
        assert list(llm.stream_chat(HI))

    async def test_many_at_once(self, llm):
        answers = await asyncio.gather(*(llm.acomplete(f"say {n}") for n in range(30)))
        assert len(answers) == 30

    def test_streams_in_loops_that_end(self, llm):
        async def read():
            return [chunk async for chunk in await llm.astream_chat(HI)][-1].message.content

        assert all(asyncio.run(read()) for _ in range(3))
