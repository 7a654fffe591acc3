"""Connection pools, keyed by event loop, route and maximum of connections; sync code shares one pool per process.

They hold connections only: no key, no cookie. An httpx client in a pool has one connection, and serves one request at a time:
httpcore's pool scans all its connections several times for each request. The life of such a client:

1. *busy*: made for a request, or idle before; no other request uses it;
2. *idle*: its response was read to the end; the next request takes the client that was used last;
3. *closed*: its request was abandoned or cancelled, or its pool was closed meanwhile, or it was idle for the longest time when
   the process had more than `_MOST_IDLE` idle clients, or for longer than `_KEEPALIVE`.

An event loop closes its pools before it ends; pools of a loop that did not are dropped when another loop makes a pool.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import os
import threading
import time
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any, Generic, TypeAlias, TypeVar

import httpx

from hatz_client.connection import httpx_clients
from hatz_client.connection.http.time_limits import NO_DEADLINE, Deadline
from hatz_client.connection.max_connections import Slots, acquire, default_connections
from hatz_client.connection.route import Route

C = TypeVar("C", bound=httpx.Client | httpx.AsyncClient)
Key: TypeAlias = tuple[Route | None, int | None]
"""The route, and the maximum number of connections in use (None: `max_connections.default_connections`)."""

_KEEPALIVE = 30.0
_MOST_IDLE = 20
"""Maximum number of idle connections in a process, over all its event loops and routes."""
_MOST_ROUTES = 64
"""Maximum number of pools with which empty ones are kept."""
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=1, keepalive_expiry=_KEEPALIVE)


class _Pool(Generic[C]):
    """Connections for any number of requests."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self.idle: list[C] = []
        """The client that was used last is at the end."""
        self.busy: set[C] = set()

    def take(self) -> C:
        """An idle client, or a new one."""
        with _pools.lock:
            client = self.idle.pop() if self.idle else None
            _pools.idle.pop(client, None)
        client = client or self._make()
        self.busy.add(client)
        return client

    def give_back(self, client: C, failure: type[BaseException] | None) -> None:
        """Keep the client for the next request, or close it.

        Args:
            client: What `take` returned.
            failure: Its request's exception. After a cancellation httpcore may keep a connection that nothing uses and
                nothing closes (encode/httpcore#1093), so the client is closed.
        """
        if failure is not None and not issubclass(failure, Exception):
            self.discard(client)
            return
        with _pools.lock:
            if client not in self.busy:
                surplus: list[tuple[_Pool[Any], Any]] = [(self, client)]
            else:
                self.busy.remove(client)
                self.idle.append(client)
                _pools.idle[client] = (self, time.monotonic())
                surplus = _pools.surplus()
        for pool, unused in surplus:
            pool.discard(unused)

    def discard(self, client: C) -> None:
        """Close a client that is not idle; from any thread."""
        raise NotImplementedError

    def drain(self) -> tuple[list[C], set[C]]:
        """Take out the idle clients, and the busy ones, which are closed when they are given back."""
        with _pools.lock:
            idle, busy, self.idle, self.busy = self.idle, self.busy, [], set()
            for client in idle:
                _pools.idle.pop(client, None)
        return idle, busy


class Pool(_Pool[httpx.Client]):
    """The clients of a process."""

    def __init__(self, make: Callable[[], httpx.Client], connections: int | None = None) -> None:
        super().__init__(make)
        self.slots = Slots(connections or default_connections())

    def lend(self, deadline: Deadline = NO_DEADLINE) -> Loan:
        """A context manager: a client for one request, until its response is read. It waits for a free slot."""
        return Loan(self, deadline)

    def discard(self, client: httpx.Client) -> None:
        """Close a client that is not idle."""
        self.busy.discard(client)
        with contextlib.suppress(Exception):  # it is not what this call is about
            client.close()


class Loan:
    """A client of a pool for one request."""

    def __init__(self, pool: Pool, deadline: Deadline) -> None:
        self._pool = pool
        self._deadline = deadline

    def __enter__(self) -> httpx.Client:
        self._pool.slots.acquire(self._deadline)
        try:
            self._client = self._pool.take()
        except BaseException:
            self._pool.slots.release()
            raise
        return self._client

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        try:
            self._pool.give_back(self._client, failure)
        finally:
            self._pool.slots.release()


class AsyncPool(_Pool[httpx.AsyncClient]):
    """The clients of the running event loop."""

    def __init__(self, make: Callable[[], httpx.AsyncClient], connections: int | None = None) -> None:
        super().__init__(make)
        self.loop = asyncio.get_running_loop()
        self.guard = self._close_with_loop()
        """An open async generator that closes the pool: `asyncio.run` finishes open generators before it closes the loop."""
        self.slots = asyncio.Semaphore(connections or default_connections())

    def lend(self, deadline: Deadline = NO_DEADLINE) -> AsyncLoan:
        """An async context manager: a client for one request, until its response is read. It waits for a free slot."""
        return AsyncLoan(self, deadline)

    def discard(self, client: httpx.AsyncClient) -> None:
        """Close a client that is not idle, in the pool's own loop as soon as that runs; from any thread."""
        self.busy.add(client)  # until it is closed, so that it is closed at the latest with the loop
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self.loop.call_soon_threadsafe(lambda: asyncio.ensure_future(self._close(client)))

    async def _close(self, client: httpx.AsyncClient) -> None:
        with contextlib.suppress(Exception):  # it is not what a call is about
            await client.aclose()
        self.busy.discard(client)

    async def _close_with_loop(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            _pools.forget(self)
            for client in itertools.chain(*self.drain()):
                await client.aclose()


class AsyncLoan:
    """A client of an event loop's pool for one request. Not an async generator: an ending loop would close it twice."""

    def __init__(self, pool: AsyncPool, deadline: Deadline) -> None:
        self._pool = pool
        self._deadline = deadline

    async def __aenter__(self) -> httpx.AsyncClient:
        await acquire(self._pool.slots, self._deadline)
        try:
            self._client = self._pool.take()
        except BaseException:
            self._pool.slots.release()
            raise
        return self._client

    async def __aexit__(self, failure: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        try:
            self._pool.give_back(self._client, failure)
        finally:
            self._pool.slots.release()


class _Pools:
    """The pools of this process and of each of its event loops."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start empty, as a child process must: it cannot use its parent's connections, nor a lock that was held there."""
        # Reentrant: garbage collection may end an abandoned stream while this thread holds the lock.
        self.lock = threading.RLock()
        self.of_process: dict[Key, Pool] = {}
        self.of_loops: dict[tuple[int, Key], AsyncPool] = {}
        self.idle: dict[Any, tuple[_Pool[Any], float]] = {}
        """All idle clients, with their pools and since when they are idle; the one that has been idle the longest is first."""

    def forget(self, pool: AsyncPool) -> None:
        """Remove a loop's pool."""
        with self.lock:
            self.of_loops = {key: other for key, other in self.of_loops.items() if other is not pool}

    def surplus(self) -> list[tuple[_Pool[Any], Any]]:
        """The clients that have been idle for too long, or the longest when there are too many: not lent again."""
        expired = time.monotonic() - _KEEPALIVE
        found = []
        while self.idle:
            client, (pool, since) = next(iter(self.idle.items()))
            if len(self.idle) <= _MOST_IDLE and since > expired:
                break
            del self.idle[client]
            pool.idle.remove(client)
            found.append((pool, client))
        return found


_pools = _Pools()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.reset)


def process_pool(route: Route | None = None, connections: int | None = None) -> Pool:
    """This process's pool for a route and a maximum of connections."""
    pool = _pools.of_process.get((route, connections))
    if pool is None:
        with _pools.lock:
            _drop_empty(_pools.of_process)
            make = httpx_clients.client_maker(httpx_clients.Client, httpx.HTTPTransport, route, _LIMITS)
            pool = _pools.of_process.setdefault((route, connections), Pool(make, connections))
    return pool


async def loop_pool(route: Route | None = None, connections: int | None = None) -> AsyncPool:
    """The running event loop's pool for a route and a maximum of connections."""
    loop = asyncio.get_running_loop()
    key = (id(loop), (route, connections))
    pool = _pools.of_loops.get(key)
    if pool is None:
        make = httpx_clients.client_maker(httpx_clients.AsyncClient, httpx.AsyncHTTPTransport, route, _LIMITS)
        pool = AsyncPool(make, connections)
        with _pools.lock:
            for ended in [ended for ended, other in _pools.of_loops.items() if other.loop.is_closed()]:
                _pools.of_loops.pop(ended).drain()
            _drop_empty(_pools.of_loops)
            _pools.of_loops[key] = pool
        await anext(pool.guard)
    return pool


def _drop_empty(pools: dict[Any, Any]) -> None:
    if len(pools) >= _MOST_ROUTES:
        for key in [key for key, pool in pools.items() if not (pool.idle or pool.busy)]:
            del pools[key]


def close(route: Route | None = None, connections: int | None = None) -> None:
    """Close the connections of one of this process's pools; those in use are closed after use. The next call opens new ones."""
    if pool := _pools.of_process.get((route, connections)):
        for client in pool.drain()[0]:
            client.close()


async def aclose(route: Route | None = None, connections: int | None = None) -> None:
    """`close` for the running event loop's connections."""
    if pool := _pools.of_loops.get((id(asyncio.get_running_loop()), (route, connections))):
        for client in pool.drain()[0]:
            await client.aclose()


@atexit.register
def close_all() -> None:
    """Close all connections of this process, including those in use."""
    pools, _pools.of_process = _pools.of_process, {}
    for pool in pools.values():
        for client in itertools.chain(*pool.drain()):
            client.close()
