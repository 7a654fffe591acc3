"""Several processes at once against a sandbox with a limit: what is lost, what is sent twice, and who shares what."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hatz_client import AsyncClient, Client, HatzConnectionError, HatzCreditsError, Prompt
from hatz_client.connection import max_connections
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz

STORM = Path(__file__).with_name("storm.py")
ROWS, LIMIT = 600, 50


def repeat(question):
    return question.text.rpartition(": ")[2]


@pytest.fixture
def busy():
    """A sandbox that grants 50 requests a second, and the times at which it was asked."""
    times = []
    with Sandbox(
        limit=f"{LIMIT}/second", max_requests=5000, on_request=lambda _: times.append(time.monotonic())
    ) as server:
        server.answer(repeat)
        server.times = times
        yield server


def storm(sandbox, processes, rows=ROWS, **environment):
    """What each of the processes says at its end."""
    given = {**os.environ, "HATZ_BASE_URL": sandbox.base_url, "HATZ_API_KEY": sandbox.api_key, **environment}
    share = rows // processes
    running = [
        subprocess.Popen(
            [sys.executable, STORM, str(share), str(at * share)], env=given, stdout=subprocess.PIPE, text=True
        )
        for at in range(processes)
    ]
    return [json.loads(process.communicate(timeout=100)[0].splitlines()[-1]) for process in running]


@pytest.mark.parametrize(("kept", "processes"), [("sqlite", 2), ("redis", 4)])
def test_processes_share_one_limit_and_lose_nothing(busy, kept, processes, tmp_path, request):
    place = request.getfixturevalue("redis_server").url if kept == "redis" else f"sqlite:///{tmp_path}/limits.db"
    said = storm(busy, processes, HATZ_LIMIT=f"{LIMIT}/second {place}")
    assert [part["right"] for part in said] == [ROWS // processes] * processes, said
    assert len(busy.times) <= 1.05 * ROWS
    assert busy.budget.repeats == 0
    # A tenth goes at once; then, as long as anybody waits, neither more nor less than the limit.
    rate = (ROWS - LIMIT / 10) / (busy.times[ROWS - 1] - busy.times[0])
    assert 0.95 * LIMIT <= rate <= 1.05 * LIMIT


# Redis goes away in the middle


@pytest.mark.parametrize("unavailable", ["error", "ignore"])
async def test_redis_is_killed_in_the_middle(sandbox, redis_server, unavailable):
    sandbox.answer(repeat)
    client = AsyncClient(
        sandbox.api_key,
        sandbox.base_url,
        limit=f"200/second {redis_server.url}",
        limit_unavailable=unavailable,
        max_retries=1,
    )
    asked = [f"Repeat: row {number}" for number in range(200)]
    calls = [asyncio.create_task(client.ask(Prompt("gpt-5.2", text))) for text in asked]
    while len(sandbox.requests) < 60:  # noqa: ASYNC110 (the sandbox has threads of its own)
        await asyncio.sleep(0.01)
    redis_server.kill()
    done = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 60)
    right = [
        isinstance(reply, Exception) or reply.text == text.partition(": ")[2]
        for text, reply in zip(asked, done, strict=True)
    ]
    assert all(right)
    failed = [reply for reply in done if isinstance(reply, Exception)]
    assert len(sandbox.requests) == 200 - len(failed)  # none was sent and then lost
    if unavailable == "ignore":
        assert not failed
    else:
        assert failed
        assert all(isinstance(error, HatzConnectionError) and str(redis_server.port) in str(error) for error in failed)


# Credits run out


async def in_batches(model, rows, answers):
    for at in range(0, len(rows), 20):
        answers += await model.abatch(rows[at : at + 20], return_exceptions=True)
        if stop := next((answer for answer in answers if getattr(answer, "stops_all", False)), None):
            raise stop


async def test_a_batch_that_looks_at_stops_all_ends_when_credits_are_used_up():
    with Sandbox(credits=50) as sandbox:
        sandbox.answer(repeat)
        model = ChatHatz("gpt-5.2", base_url=sandbox.base_url, api_key=sandbox.api_key)
        answers = []
        with pytest.raises(HatzCreditsError):
            await in_batches(model, [f"Repeat: row {number}" for number in range(300)], answers)
        assert sum(not isinstance(answer, Exception) for answer in answers) == 50
        assert len(sandbox.requests) == 60


# Connections and open files


FEW_FILES = f"""
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
sys.argv = ["storm", "1000", "0"]
runpy.run_path({str(STORM)!r}, run_name="__main__")
"""


def test_a_thousand_rows_at_once_need_no_more_than_256_open_files(sandbox):
    given = {**os.environ, "HATZ_BASE_URL": sandbox.base_url, "HATZ_API_KEY": sandbox.api_key}
    sandbox.answer(repeat)
    said = subprocess.run(
        [sys.executable, "-c", FEW_FILES], env=given, capture_output=True, text=True, timeout=100, check=True
    )
    assert json.loads(said.stdout.splitlines()[-1]) == {"right": 1000, "errors": {}}
    assert said.stderr == ""  # no retry was logged
    assert len(sandbox.requests) == 1000


@pytest.fixture
def few_files():
    """This process may open few more files than it has open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (opened + 8, hard))
    yield opened + 8
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_the_error_names_the_limit_of_open_files(sandbox, few_files):
    client = AsyncClient(sandbox.api_key, "http://127.0.0.1:9/v1", max_connections=100, max_retries=0)
    held = []
    try:
        while True:
            held.append(open(os.devnull))  # noqa: ASYNC230, PTH123, SIM115
    except OSError:
        pass
    try:
        with pytest.raises(
            HatzConnectionError, match=rf"limit of open files is reached \(ulimit -n: {few_files}\).*max_connections"
        ):
            await client.ask(Prompt("gpt-5.2", "hi"))
    finally:
        for file in held:
            file.close()


@pytest.mark.parametrize(("files", "connections"), [(None, 1000), (1_000_000, 1000), (1024, 512), (256, 128), (10, 8)])
def test_the_default_is_a_thousand_or_half_of_the_open_files(monkeypatch, files, connections):
    monkeypatch.setattr(max_connections, "open_files_limit", lambda: files)
    assert max_connections.default_connections() == connections


async def test_max_connections_is_a_maximum_and_the_rest_waits(sandbox):
    sandbox.answer(lambda _: time.sleep(0.02) or "ok")
    client = AsyncClient(sandbox.api_key, sandbox.base_url, max_connections=3, max_retries=0)
    before = sandbox.connections
    replies = await asyncio.gather(*(client.ask(Prompt("gpt-5.2", "hi")) for _ in range(30)))
    assert {reply.text for reply in replies} == {"ok"}
    assert sandbox.connections - before <= 3


async def test_a_deadline_ends_the_wait_for_a_connection(sandbox):
    client = AsyncClient(sandbox.api_key, sandbox.base_url, max_connections=1, max_retries=0)
    sandbox.stall(before_first_byte=3)
    first = asyncio.create_task(client.ask(Prompt("gpt-5.2", "hi")))
    await asyncio.sleep(0.1)
    with pytest.raises(TimeoutError, match=r"deadline of 0\.2 s"):
        await client.ask(Prompt("gpt-5.2", "hi"), deadline=0.2)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert (await client.ask(Prompt("gpt-5.2", "hi"))).text


def test_threads_wait_for_a_connection_too(sandbox):
    from concurrent.futures import ThreadPoolExecutor

    client = Client(sandbox.api_key, sandbox.base_url, max_connections=2, max_retries=0)
    before = sandbox.connections
    with ThreadPoolExecutor(10) as threads:
        replies = list(threads.map(lambda _: client.ask(Prompt("gpt-5.2", "hi")), range(30)))
    assert len(replies) == 30
    assert sandbox.connections - before <= 2
    stream = client.stream(Prompt("gpt-5.2", "hi"))
    other = client.stream(Prompt("gpt-5.2", "hi"))
    next(stream), next(other)
    with pytest.raises(TimeoutError):
        client.ask(Prompt("gpt-5.2", "hi"), deadline=0.1)
    stream.close()
    assert client.ask(Prompt("gpt-5.2", "hi"), deadline=5)
