"""Which idle connections a process keeps: at most 20, the ones that were used last, over all event loops and routes."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from hatz_client import AsyncClient, Client, Prompt
from hatz_client.connection import pools

from . import faults
from .server import Server
from .wires import MODEL, TEXT

pytestmark = pytest.mark.usefixtures("connections_of_ones_own")

PROMPT = Prompt(MODEL, "Hi")


class Loops:
    """Event loops in threads of their own, which stay open between calls."""

    def __init__(self, count):
        self.all = [asyncio.new_event_loop() for _ in range(count)]
        self._threads = [threading.Thread(target=loop.run_forever) for loop in self.all]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for loop, thread in zip(self.all, self._threads, strict=True):
            asyncio.run_coroutine_threadsafe(loop.shutdown_asyncgens(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    def run(self, number, make):
        return asyncio.run_coroutine_threadsafe(make(), self.all[number]).result(30)


def slow(asked):
    return [0.2, *faults.good(asked)]


def test_a_loop_that_comes_late_keeps_its_connection_and_the_oldest_is_closed():
    async def burst():
        client = AsyncClient("sk-1", server.base_url)
        return await asyncio.gather(*(client.ask(PROMPT) for _ in range(7)))

    async def several():
        client = AsyncClient("sk-1", server.base_url)
        return [(await client.ask(PROMPT)).text for _ in range(5)]

    with Server(slow) as server, Loops(4) as loops:
        for number in range(3):
            loops.run(number, burst)
        assert server.settles(20)
        accepted = server.accepted
        assert loops.run(3, several) == [TEXT] * 5
        assert server.accepted == accepted + 1
        assert server.settles(20)
        assert len(pools._pools.idle) == 20


def test_sync_calls_and_loops_share_the_cap():
    async def burst():
        client = AsyncClient("sk-1", server.base_url)
        await asyncio.gather(*(client.ask(PROMPT) for _ in range(20)))

    with Server(slow) as server, Loops(1) as loops:
        loops.run(0, burst)
        client = Client("sk-1", server.base_url)
        with ThreadPoolExecutor(20) as executor:
            list(executor.map(lambda _: client.ask(PROMPT), range(20)))
        assert server.settles(20)
        accepted = server.accepted
        loops.run(0, burst)
        assert server.accepted == accepted + 20, "the connections of the loop were the oldest"
        assert server.settles(20)


async def test_long_streams_of_a_burst_do_not_keep_the_idle_connections_of_its_short_calls():
    def acts(asked):
        answer = faults.good(asked)
        return [answer[0], 4.0, *answer[1:]] if asked.streamed else [0.3, *answer]

    with Server(acts) as server:
        client = AsyncClient("sk-1", server.base_url)

        async def stream():
            return [event async for event in client.stream(PROMPT)]

        calls = []
        for _ in range(8):
            calls += [stream(), *(client.ask(PROMPT) for _ in range(7))]
        tasks = [asyncio.ensure_future(call) for call in calls]
        await asyncio.gather(*(task for number, task in enumerate(tasks) if number % 8))
        assert await asyncio.to_thread(server.settles, 20 + 8, 2), f"{server.open} are open"
        await asyncio.gather(*tasks)
        assert await asyncio.to_thread(server.settles, 20)


def test_a_connection_that_was_idle_for_too_long_is_closed_with_the_next_call(monkeypatch):
    with Server(slow) as server:
        client = Client("sk-1", server.base_url)
        with ThreadPoolExecutor(5) as executor:
            list(executor.map(lambda _: client.ask(PROMPT), range(5)))
        assert server.open == 5
        monkeypatch.setattr(pools, "_KEEPALIVE", 0.1)
        client.ask(PROMPT)
        assert server.settles(1)


def test_close_closes_what_is_idle_and_later_what_was_in_use():
    with Server(slow) as server:
        client = Client("sk-1", server.base_url)
        stream = client.stream(PROMPT)
        next(stream)
        client.ask(PROMPT)
        client.close()
        assert server.settles(1)
        assert list(stream)
        assert server.settles(0)
        assert client.ask(PROMPT).text == TEXT


async def test_aclose_closes_what_is_idle_and_later_what_was_in_use():
    with Server(slow) as server:
        client = AsyncClient("sk-1", server.base_url)
        stream = client.stream(PROMPT)
        await anext(stream)
        await client.ask(PROMPT)
        await client.aclose()
        assert await asyncio.to_thread(server.settles, 1)
        assert [event async for event in stream]
        assert await asyncio.to_thread(server.settles, 0)
        assert (await client.ask(PROMPT)).text == TEXT
