"""Connection pools, keyed by event loop, route and maximum of connections; sync code shares one pool per process.

They hold connections only: no key, no cookie. The life of an httpx client in a pool:

1. *created* when every other client is busy with `_ROOM` requests;
2. *lent* to up to `_ROOM` requests at a time, and given back when a response is read or abandoned;
3. *leaky* after a request in it was cancelled: not lent again, and closed when its last request is done;
4. *draining* after its pool was closed: the same;
5. *surplus* when it is idle and the process would keep more than `_MOST_IDLE` connections: closed when given back.

An event loop closes its pools before it ends; pools of a loop that did not are dropped at the next look-up.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Generic, TypeAlias, TypeVar

import httpx

from hatz_client.connection import httpx_clients
from hatz_client.connection.http.time_limits import NO_DEADLINE, Deadline
from hatz_client.connection.max_connections import Slots, acquire, default_connections
from hatz_client.connection.route import Route

C = TypeVar("C", bound=httpx.Client | httpx.AsyncClient)
Key: TypeAlias = tuple[Route | None, int | None]
"""The route, and the maximum number of connections in use (None: `max_connections.default_connections`)."""

_KEEPALIVE = 30.0
_ROOM = 8
"""Maximum number of concurrent requests in one httpx client; more requests use another client. For each request, httpcore's
pool scans all its connections several times, which is expensive with a hundred of them."""
_MOST_IDLE = 20
"""Maximum number of idle connections in a process, over all its event loops and routes."""
_MOST_ROUTES = 64
"""Maximum number of routes whose empty pools are kept."""
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=_ROOM, keepalive_expiry=_KEEPALIVE)


@dataclass(slots=True, eq=False)
class PooledClient(Generic[C]):
    """An httpx client and the number of its current requests."""

    client: C
    busy: int = 0
    peak: int = 0
    """The maximum number of concurrent requests since its connections were new: it has at most as many connections."""
    used: float = field(default_factory=time.monotonic)
    leaky: bool = False
    """Whether a request was cancelled: httpcore may keep the connection that it made for the request, which nothing uses and
    nothing closes (encode/httpcore#1093)."""
    draining: bool = False
    """Whether it is not lent again, and closed when it is given back."""

    @property
    def is_stale(self) -> bool:
        """Whether it has been idle for longer than a connection is kept."""
        return not self.busy and time.monotonic() - self.used > _KEEPALIVE


class _Pool(Generic[C]):
    """Connections for any number of requests, in as many httpx clients as needed."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._members: list[PooledClient[C]] = []

    def take(self) -> PooledClient[C]:
        """A client that can take another request."""
        with _pools.lock:
            free = (member for member in self._members if member.busy < _ROOM and not member.leaky)
            member = next(free, None)
            if member is None:
                self._members.append(member := PooledClient(self._make()))
            if member.is_stale:
                self._forget(member)
            member.busy += 1
            if member.busy > member.peak:
                member.peak = member.busy
            else:
                _pools.idle -= 1
        return member

    def give_back(self, member: PooledClient[C]) -> bool:
        """Whether to close the client now: this was its last request, and it is draining or surplus."""
        with _pools.lock:
            member.busy -= 1
            member.used = time.monotonic()
            _pools.idle += not member.draining
            if member.busy or (not member.draining and _pools.idle <= _MOST_IDLE):
                return False
            if member in self._members:
                self._members.remove(member)
                self._forget(member)
            return True

    def drain(self) -> list[C]:
        """Stop lending all clients. Returns the idle ones, to be closed now; the others are closed when they are given back."""
        with _pools.lock:
            drained, self._members = self._members, []
            for member in drained:
                self._forget(member)
                member.draining = True
        return [member.client for member in drained if not member.busy]

    def stale(self) -> list[C]:
        """Clients to close and not to lend again: leaky ones, and all but the first that have been idle for long."""
        members = self._members
        if not members or (len(members) == 1 and not members[0].leaky):
            return []
        with _pools.lock:
            found = [member for member in self._members if member.leaky and not member.busy]
            self._members = [member for member in self._members if member not in found]
            while len(self._members) > 1 and self._members[-1].is_stale:
                found.append(self._members.pop())
            for member in found:
                self._forget(member)
        return [member.client for member in found]

    def clients(self) -> list[C]:
        """All clients, to be closed."""
        return [member.client for member in self._members]

    @property
    def empty(self) -> bool:
        """Whether it holds no client."""
        return not self._members

    @staticmethod
    def _forget(member: PooledClient[C]) -> None:
        if not member.draining:
            _pools.idle -= member.peak - member.busy
        member.peak = member.busy


class Pool(_Pool[httpx.Client]):
    """The clients of a process."""

    def __init__(self, make: Callable[[], httpx.Client], connections: int | None = None) -> None:
        super().__init__(make)
        self.slots = Slots(connections or default_connections())

    def lend(self, deadline: Deadline = NO_DEADLINE) -> Loan:
        """A context manager: a client for one request, until its response is read. It waits for a free slot."""
        return Loan(self, deadline)


class Loan:
    """A client of a pool for one request."""

    def __init__(self, pool: Pool, deadline: Deadline) -> None:
        self._pool = pool
        self._deadline = deadline

    def __enter__(self) -> httpx.Client:
        self._pool.slots.acquire(self._deadline)
        try:
            self._member = self._pool.take()
        except BaseException:
            self._pool.slots.release()
            raise
        return self._member.client

    def __exit__(self, *_: object) -> None:
        try:
            if self._pool.give_back(self._member):
                self._member.client.close()
        finally:
            self._pool.slots.release()


class AsyncPool(_Pool[httpx.AsyncClient]):
    """The clients of an event loop."""

    def __init__(self, make: Callable[[], httpx.AsyncClient], connections: int | None = None) -> None:
        super().__init__(make)
        self.slots = asyncio.Semaphore(connections or default_connections())

    def lend(self, deadline: Deadline = NO_DEADLINE) -> AsyncLoan:
        """An async context manager: a client for one request, until its response is read. It waits for a free slot."""
        return AsyncLoan(self, deadline)


class AsyncLoan:
    """A client of an event loop's pool for one request. Not an async generator: an ending loop would close it twice."""

    def __init__(self, pool: AsyncPool, deadline: Deadline) -> None:
        self._pool = pool
        self._deadline = deadline

    async def __aenter__(self) -> httpx.AsyncClient:
        await acquire(self._pool.slots, self._deadline)
        try:
            self._member = self._pool.take()
        except BaseException:
            self._pool.slots.release()
            raise
        return self._member.client

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            self._member.leaky = True
        try:
            if self._pool.give_back(self._member):
                await self._member.client.aclose()
        finally:
            self._pool.slots.release()


@dataclass(frozen=True, slots=True)
class _LoopPool:
    loop: asyncio.AbstractEventLoop
    pool: AsyncPool
    guard: AsyncGenerator[None, None]
    """An open async generator that closes the pool: `asyncio.run` finishes open generators before it closes the loop."""


class _Pools:
    """The pools of this process and of each of its event loops."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start empty, as a child process must: it cannot use its parent's connections, nor a lock that was held there."""
        # Reentrant: garbage collection may end an abandoned stream, and give its client back, while this thread holds the
        # lock.
        self.lock = threading.RLock()
        self.of_process: dict[Key, Pool] = {}
        self.of_loops: dict[tuple[int, Key], _LoopPool] = {}
        self.idle = 0
        """The possible number of idle connections: of each client its peak, without the requests in progress."""


_pools = _Pools()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.reset)


def process_pool(route: Route | None = None, connections: int | None = None) -> Pool:
    """This process's pool for a route and a maximum of connections."""
    pool = _pools.of_process.get((route, connections))
    if pool is None:
        with _pools.lock:
            if len(_pools.of_process) >= _MOST_ROUTES:
                for other in [other for other, held in _pools.of_process.items() if held.empty]:
                    del _pools.of_process[other]
            made = Pool(
                lambda: httpx_clients.make_client(httpx_clients.Client, httpx.HTTPTransport, route, _LIMITS),
                connections,
            )
            pool = _pools.of_process.setdefault((route, connections), made)
    for client in pool.stale():
        with contextlib.suppress(Exception):  # it is not what this call is about
            client.close()
    return pool


async def loop_pool(route: Route | None = None, connections: int | None = None) -> AsyncPool:
    """The running event loop's pool for a route and a maximum of connections."""
    loop = asyncio.get_running_loop()
    key = (id(loop), (route, connections))
    found = _pools.of_loops.get(key)
    if found is None:
        pool = AsyncPool(
            lambda: httpx_clients.make_client(httpx_clients.AsyncClient, httpx.AsyncHTTPTransport, route, _LIMITS),
            connections,
        )
        found = _LoopPool(loop, pool, _close_with_loop(key, pool))
        with _pools.lock:
            for ended in [ended for ended, other in _pools.of_loops.items() if other.loop.is_closed()]:
                _pools.of_loops.pop(ended).pool.drain()
            _pools.of_loops[key] = found
        await anext(found.guard)
    for client in found.pool.stale():
        with contextlib.suppress(Exception):  # it is not what this call is about
            await client.aclose()
    return found.pool


async def _close_with_loop(key: tuple[int, Key], pool: AsyncPool) -> AsyncGenerator[None, None]:
    """Close the pool in its own loop: see `_LoopPool.guard`."""
    try:
        yield
    finally:
        _pools.of_loops.pop(key, None)
        for client in (*pool.clients(), *pool.drain()):
            await client.aclose()


def close(route: Route | None = None, connections: int | None = None) -> None:
    """Close the connections of one of this process's pools; those in use are closed after use. The next call opens new ones."""
    for client in pool.drain() if (pool := _pools.of_process.get((route, connections))) else ():
        client.close()


async def aclose(route: Route | None = None, connections: int | None = None) -> None:
    """`close` for the running event loop's connections."""
    found = _pools.of_loops.get((id(asyncio.get_running_loop()), (route, connections)))
    for client in found.pool.drain() if found else ():
        await client.aclose()


@atexit.register
def close_all() -> None:
    """Close all connections of this process, including those in use."""
    pools, _pools.of_process = _pools.of_process, {}
    for client in (client for pool in pools.values() for client in (*pool.clients(), *pool.drain())):
        client.close()
