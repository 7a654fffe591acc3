"""Exactly one: N calls make N answers, whatever fails between; what is left early is given back or closed at once.

`HATZ_SOAK=1` makes the numbers large (`make soak`).
"""

import asyncio
import gc
import os
import re
import threading
import time
import tracemalloc
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from llama_index.core.base.llms.types import ChatMessage

from hatz_client import AsyncClient, Client, HatzError, HatzTimeoutError
from hatz_client.connection import pools
from hatz_client.connection.http import time_limits
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.harness import ways

from . import faults, wires
from .server import CLOSE, END, RESET, Server, chunk, whole
from .wires import MODEL

SOAK = bool(os.environ.get("HATZ_SOAK"))
CANCELLED = 1000 if SOAK else 100
CALLS = 10_000 if SOAK else 500
pytestmark = [pytest.mark.timeout(3600 if SOAK else 240), pytest.mark.usefixtures("no_waiting")]


class Gateway:
    """Answers "answer to N" to the call "N"; every twentieth call fails, in one of several ways, the first time."""

    def __init__(self):
        self.asked = Counter()
        self.broken = set()
        self._lock = threading.Lock()

    def __call__(self, asked):
        number = int(re.findall(r"call (\d+)", asked.raw.decode())[-1])
        with self._lock:
            self.asked[number] += 1
            first = self.asked[number] == 1
        if first and number % 20 == 7:
            return self._fault(asked, number, (number // 20) % 6)
        return self._answer(asked, number)

    @staticmethod
    def _answer(asked, number):
        text = f"answer to {number}"
        if not asked.streamed:
            return [whole(wires.body(asked.wire, text))]
        frames = wires.frames(asked.wire, wires.events(asked.wire, ("answer ", f"to {number}")))
        return [faults.opening(asked), *(chunk(frame) for frame in frames), END]

    def _fault(self, asked, number, kind):
        match kind:
            case 0:
                return [whole(b"<html>", 502, "text/html")]
            case 1:
                return [RESET]
            case 2:
                return [whole({"error": {"message": "slower"}}, 429, Retry_After="0.02")]
            case 3:
                return [faults.opening(asked), CLOSE]
            case 4:
                return [whole({"error": {"message": "busy"}}, 529)]
            case _:  # it breaks off when the answer has begun: the one fault that is not made good
                with self._lock:
                    self.broken.add(number)
                if not asked.streamed:
                    return [whole(wires.body(asked.wire, "x"))[:-9], RESET]
                answer = self._answer(asked, number)
                begun = next(at for at, step in enumerate(answer) if b"answer " in step)
                return [*answer[: begun + 1], 0.05, RESET]


async def _client(where, said):
    outcome = ways.Outcome()
    await ways.async_stream(outcome, {"api_key": "k", "base_url": where}, ways.prompt(said))
    return outcome.text


async def _langchain(where, said):
    model = ChatHatz(MODEL, api_key="k", base_url=where)
    async with aclosing(model.astream(said)) as chunks:
        return "".join([chunk.text async for chunk in chunks])


async def _llama_index(where, said):
    chunks = await HatzLLM(MODEL, api_key="k", base_url=where).astream_chat([ChatMessage(said)])
    return "".join([chunk.delta async for chunk in chunks])


@pytest.mark.parametrize("ask", [_client, _langchain, _llama_index])
def test_two_hundred_streams_at_once_with_faults_are_two_hundred_answers(ask):
    gateway = Gateway()

    async def all_of_them(where):
        calls = (ask(where, f"This is call {number}") for number in range(200))
        return await asyncio.gather(*calls, return_exceptions=True)

    with Server(gateway) as server:
        answers = asyncio.run(all_of_them(server.base_url))
    _counted(gateway, answers, streamed=True)


@pytest.mark.parametrize("verb", ["Client.ask", "ChatHatz.stream", "HatzLLM.chat"])
def test_fifty_threads_with_faults_make_every_call_once(verb):
    gateway = Gateway()
    run = ways.ALL[verb]

    def one(number):
        outcome = ways.run(None, run, {"api_key": "k", "base_url": server.base_url}, f"This is call {number}")
        return outcome.error or outcome.text

    with Server(gateway) as server, ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(one, range(200)))
    _counted(gateway, answers, streamed="stream" in verb)


def _counted(gateway, answers, *, streamed):
    """Each call has its own answer, asked for once, and once more only where the first attempt gave nothing."""
    for number, answer in enumerate(answers):
        if streamed and number in gateway.broken:
            assert isinstance(answer, HatzError), number
            assert answer.partial.text == "answer "
            assert gateway.asked[number] == 1
        else:
            assert answer == f"answer to {number}"
            assert gateway.asked[number] == (2 if number % 20 == 7 else 1)
    assert len(gateway.broken) == 1


# Leaving early


def begins(asked):
    """An answer that begins, and then nothing."""
    yield faults.opening(asked)
    for frame in wires.frames(asked.wire)[:3]:
        yield chunk(frame)
    yield faults.FOR_EVER


@pytest.fixture
def stalling():
    with Server(begins) as server:
        yield server


def made(where, **settings):
    given = {"api_key": "k", "base_url": where, "timeout": 30.0, "max_retries": 0, **settings}
    return {
        "client": lambda: Client(**given).stream(ways.prompt()),
        "langchain": lambda: ChatHatz(MODEL, **given).stream("Hi"),
        "llama_index": lambda: HatzLLM(MODEL, **given).stream_chat([ChatMessage("Hi")]),
    }


def amade(where, **settings):
    given = {"api_key": "k", "base_url": where, "timeout": 30.0, "max_retries": 0, **settings}

    async def llama_index():
        async for piece in await HatzLLM(MODEL, **given).astream_chat([ChatMessage("Hi")]):
            yield piece

    return {
        "client": lambda: AsyncClient(**given).stream(ways.prompt()),
        "langchain": lambda: ChatHatz(MODEL, **given).astream("Hi"),
        "llama_index": llama_index,
    }


FACES = ["client", "langchain", "llama_index"]


@pytest.mark.parametrize("face", FACES)
def test_a_break_closes_the_connection(stalling, face):
    for _ in made(stalling.base_url)[face]():
        break
    assert stalling.settles()
    assert stalling.requests[0].gone.wait(10)


@pytest.mark.parametrize("face", FACES)
def test_close_closes_the_connection(stalling, face):
    with closing(made(stalling.base_url)[face]()) as stream:
        next(stream)
    assert stalling.settles()


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("way", ["break", "aclose", "cancel", "timeout", "error"])
async def test_leaving_an_async_stream_closes_the_connection(stalling, face, way):
    stream = amade(stalling.base_url)[face]()
    begun = asyncio.Event()

    async def read(stream):
        async for _ in stream:
            begun.set()
            if way == "break":
                return
            if way == "error":
                raise ZeroDivisionError

    match way:
        case "aclose":
            await anext(stream)
            await stream.aclose()
        case "timeout":
            with suppress(TimeoutError):
                await asyncio.wait_for(read(stream), 0.5)
        case "cancel":
            task = asyncio.create_task(read(stream))
            await asyncio.wait_for(begun.wait(), 20)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            del task
        case _:
            with suppress(ZeroDivisionError):
                await read(stream)
    del stream
    gc.collect()
    assert await asyncio.to_thread(stalling.settles)
    assert len(stalling.requests) <= 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("face", FACES)
async def test_a_timeout_of_ours_closes_the_connection(stalling, face):
    with pytest.raises(HatzTimeoutError) as caught:
        async for _ in amade(stalling.base_url, stream_idle_timeout=0.3)[face]():
            pass
    # The error still refers to what was going on; the connection is closed all the same.
    assert caught.value is not None
    assert await asyncio.to_thread(stalling.settles)


async def test_cancelling_while_waiting_for_the_answer_closes_the_connection():
    with Server(lambda _: [faults.FOR_EVER]) as server:
        for call in (
            AsyncClient("k", server.base_url).ask(ways.prompt()),
            ChatHatz(MODEL, api_key="k", base_url=server.base_url).ainvoke("Hi"),
            HatzLLM(MODEL, api_key="k", base_url=server.base_url).achat([ChatMessage("Hi")]),
        ):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call, 0.4)
        assert await asyncio.to_thread(server.settles)


@pytest.fixture
def room_for_idle(monkeypatch):
    """The idle connections that other tests left count too: with twenty of them each further one is closed after its use."""
    monkeypatch.setattr(pools, "_MOST_IDLE", 1000)


@pytest.mark.usefixtures("room_for_idle")
def test_a_stream_read_to_its_end_gives_its_connection_back():
    with Server(faults.good) as server:
        for face in FACES:
            for _ in range(5):
                list(made(server.base_url)[face]())
        assert server.accepted == 1

    async def several(where):
        for face in FACES:
            for _ in range(5):
                assert [piece async for piece in amade(where)[face]()]

    with Server(faults.good) as server:
        asyncio.run(several(server.base_url))
        assert server.accepted == 1
        assert server.settles()


@pytest.mark.parametrize("wire", faults.SSE)
def test_a_connection_kept_open_after_the_answers_end_is_not_waited_for(wire):
    """The last event is the end, for those who read to the end too: what does not close is closed, after a moment for its end."""

    def read(verb):
        with Server(lambda asked: [b"".join(faults.good(asked)[:-1]), faults.FOR_EVER]) as server, ways.Loop() as loop:
            began = time.monotonic()
            settings = {"api_key": "k", "base_url": server.base_url, "endpoint": wire, "stream_idle_timeout": 50.0}
            outcome = ways.run(loop, verb, settings)
            assert time.monotonic() - began < 40
            assert (outcome.error, outcome.text, outcome.finish) == (None, wires.TEXT, "stop")
            assert server.settles()

    # Time passes for all verbs at once.
    with ThreadPoolExecutor(len(ways.STREAM)) as pool:
        list(pool.map(read, ways.STREAM.values()))


@pytest.mark.usefixtures("room_for_idle")
@pytest.mark.parametrize("face", FACES)
def test_the_moment_allowed_for_a_streams_end_is_no_limit_for_the_next(face):
    """The same connection serves an answer that takes its time."""

    def acts(asked):
        return faults.good(asked) if asked.number == 1 else [1.5, *faults.good(asked)]

    with Server(acts) as server:
        stream = made(server.base_url)[face]
        for _ in range(2):
            assert list(stream())
        assert server.accepted == 1


@pytest.mark.parametrize(
    ("version", "protocol", "allowed"),
    [(b"HTTP/1.1", None, 1.0), (b"HTTP/1.0", "http/1.1", 1.0), (b"HTTP/2", "h2", 300.0)],
)
def test_a_connection_that_carries_other_answers_too_is_not_hurried(version, protocol, allowed):
    """A user's own client may speak HTTP/2, where all streams share one connection."""

    class Connection:
        def read(self, size, timeout=None):
            return timeout

        def get_extra_info(self, name):
            return protocol and SimpleNamespace(selected_alpn_protocol=lambda: protocol)

    shared = Connection()
    response = SimpleNamespace(
        extensions={"network_stream": shared, "http_version": version},
        is_closed=False,
        request=SimpleNamespace(extensions={}),
    )
    time_limits.watch(shared)
    end = time.monotonic() + 1.0
    time_limits.limit_body(response, lambda: end)
    assert shared.read(1, timeout=300.0) == pytest.approx(allowed, abs=0.1)
    response.is_closed = True
    assert shared.read(1, timeout=300.0) == 300.0


@pytest.mark.usefixtures("room_for_idle")
def test_a_refusal_gives_its_connection_back():
    with Server(lambda _: [whole({"error": {"message": "no"}}, 400)]) as server:
        for _ in range(5):
            with pytest.raises(HatzError):
                list(Client("k", server.base_url).stream(ways.prompt()))
        assert server.accepted == 1


# Nothing is left behind


def test_cancelled_streams_leave_no_task_and_no_socket():
    def acts(asked):
        yield from begins(asked) if asked.streamed else faults.good(asked)

    async def cancelled(where):
        before = _open_files()
        streams = [amade(where)[face] for face in FACES]

        async def one(number):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.05 + number % 5 * 0.05):
                    async for _ in streams[number % 3]():
                        pass

        for batch in range(0, CANCELLED, 50):
            await asyncio.gather(*(one(batch + number) for number in range(50)))
        gc.collect()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        # The next call is answered, and closes what httpcore had left open; its own connection is kept.
        assert (await AsyncClient("k", where).ask(ways.prompt())).text == wires.TEXT
        assert await asyncio.to_thread(server.settles, 1)
        return before

    with Server(acts) as server:
        before = asyncio.run(cancelled(server.base_url))
        assert server.settles()
        assert _open_files() <= before


def test_streams_left_in_blocking_code_leave_no_socket():
    with Server(begins) as server:
        before = _open_files()
        for number in range(CANCELLED):
            with closing(made(server.base_url)[FACES[number % 3]]()) as stream:
                next(stream)
        assert server.settles()
        assert server.accepted == CANCELLED
        assert _open_files() <= before


@pytest.mark.parametrize("verb", ways.ALL)
def test_a_call_that_takes_too_long_closes_its_connection(verb):
    with Server(lambda _: [faults.FOR_EVER]) as server, ways.Loop() as loop:
        settings = {"api_key": "k", "base_url": server.base_url, "timeout": 0.4, "max_retries": 0}
        outcome = ways.run(loop, ways.ALL[verb], settings)
        assert isinstance(outcome.error, HatzTimeoutError)
        assert server.settles()


async def test_a_call_cancelled_at_any_moment_leaves_no_connection():
    with Server(faults.good) as server:
        client = AsyncClient("k", server.base_url)
        for moment in range(60):
            task = asyncio.create_task(client.ask(ways.prompt()))
            for _ in range(moment):
                await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert (await client.ask(ways.prompt())).text == wires.TEXT
        assert await asyncio.to_thread(server.settles, 1)


def _open_files():
    """How many of this process's files are sockets; 0 where the system does not say."""
    folder = Path("/proc/self/fd")
    if not folder.exists():
        return 0
    found = 0
    for file in folder.iterdir():
        with suppress(OSError):
            found += "socket" in os.readlink(file)  # noqa: PTH115 (Path.readlink reads it as a path)
    return found


def test_memory_stays_flat():
    def calls(count):
        for number in range(count):
            verb = table[number % len(table)]
            outcome = ways.run(loop, verb, settings)
            if number % 25 == 3:  # failures are remembered no longer than answers
                ways.run(loop, verb, {**settings, "endpoint": "chat"})
            assert outcome.error is None
            server.requests.clear()

    def acts(asked):
        return faults.good(asked) if asked.wire == "messages" else [whole({"detail": "no"}, 400)]

    table = list(ways.ALL.values())
    with Server(acts) as server, ways.Loop() as loop:
        settings = {"api_key": "k", "base_url": server.base_url, "endpoint": "messages"}
        calls(120)
        tracemalloc.start()
        calls(60)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        calls(CALLS)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        assert server.accepted <= 3
    assert after - before < 400_000, f"{(after - before) / CALLS:.0f} bytes a call"
