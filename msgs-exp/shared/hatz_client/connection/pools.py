"""The connections: for each way to the gateway one set for a process and one for each running event loop, whoever asks.

They are connections and nothing else: no key, no cookie. A loop closes its own before it ends; one that did not is forgotten at
the next look-up.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import ssl
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar

import httpx

from hatz_client.connection import httpx_clients as lean
from hatz_client.connection.route import Route
from hatz_client.errors import HatzInvalidInputError

C = TypeVar("C", bound=httpx.Client | httpx.AsyncClient)

_KEEPALIVE = 30.0
_ROOM = 8
"""Requests at a time in one httpx client: for each request its pool looks several times at each of its connections, which
makes a hundred at a time cost more than all they carry. Further ones go to a further client."""
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=_ROOM, keepalive_expiry=_KEEPALIVE)


@dataclass(slots=True, eq=False)
class _Member(Generic[C]):
    """A client, and how many requests it is busy with."""

    client: C
    busy: int = 0
    used: float = field(default_factory=time.monotonic)
    spoiled: bool = False
    """A request was cancelled: httpcore may keep a connection that was made for it, which nothing uses and nothing closes
    (encode/httpcore#1093)."""
    dismissed: bool = False
    """It is not lent again, and closed when it is given back."""


class _Shared(Generic[C]):
    """Connections for any number of requests: as many httpx clients as it takes."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._members: list[_Member[C]] = []
        # Collecting garbage may end an abandoned stream, and so give its client back, while this very thread holds the lock.
        self._lock = threading.RLock()

    def _take(self) -> _Member[C]:
        with self._lock:
            free = (member for member in self._members if member.busy < _ROOM and not member.spoiled)
            member = next(free, None)
            if member is None:
                self._members.append(member := _Member(self._make()))
            member.busy += 1
        return member

    def _give_back(self, member: _Member[C]) -> bool:
        """Whether it is to be closed now: it was dismissed, and this was its last request."""
        with self._lock:
            member.busy -= 1
            member.used = time.monotonic()
            return member.dismissed and not member.busy

    def dismiss(self) -> list[C]:
        """Lend none of the clients again: those to be closed now; the others are closed when they are given back."""
        with self._lock:
            dismissed, self._members = self._members, []
            for member in dismissed:
                member.dismissed = True
        return [member.client for member in dismissed if not member.busy]

    def stale(self) -> list[C]:
        """Clients to be closed, and not lent again: the spoiled, and the further ones not used for as long as a connection is kept."""
        members = self._members
        if not members or (len(members) == 1 and not members[0].spoiled):
            return []
        with self._lock:
            found = [member for member in self._members if member.spoiled and not member.busy]
            self._members = [member for member in self._members if member not in found]
            while len(self._members) > 1 and self._unused(self._members[-1]):
                found.append(self._members.pop())
        return [member.client for member in found]

    def all(self) -> list[C]:
        """All of them, to be closed."""
        return [member.client for member in self._members]

    @staticmethod
    def _unused(member: _Member[C]) -> bool:
        return not member.busy and time.monotonic() - member.used > _KEEPALIVE


class Shared(_Shared[httpx.Client]):
    """The clients of a process."""

    @contextlib.contextmanager
    def lent(self) -> Iterator[httpx.Client]:
        """A client to send one request with, until its response is read."""
        member = self._take()
        try:
            yield member.client
        finally:
            if self._give_back(member):
                member.client.close()


class AsyncShared(_Shared[httpx.AsyncClient]):
    """The clients of an event loop."""

    @contextlib.asynccontextmanager
    async def lent(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client to send one request with, until its response is read."""
        member = self._take()
        try:
            yield member.client
        except asyncio.CancelledError:
            member.spoiled = True
            raise
        finally:
            if self._give_back(member):
                await member.client.aclose()


class _Known:
    """The connections of this process, and of each of its event loops."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a child process does: its parent's connections are not its own, nor is a lock somebody held there."""
        self.lock = threading.RLock()
        self.shared: dict[Route | None, Shared] = {}
        self.loops: dict[tuple[int, Route | None], _Loop] = {}


@dataclass(frozen=True, slots=True)
class _Loop:
    loop: asyncio.AbstractEventLoop
    shared: AsyncShared
    guard: AsyncGenerator[None, None]


_known = _Known()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_known.forget)


def http_clients(route: Route | None = None) -> Shared:
    """This process's clients for a way to the gateway."""
    shared = _known.shared.get(route)
    if shared is None:
        with _known.lock:
            shared = _known.shared.setdefault(route, Shared(lambda: _made(lean.Client, httpx.HTTPTransport, route)))
    for client in shared.stale():
        with contextlib.suppress(Exception):  # it is not what this call is about
            client.close()
    return shared


async def http_async_clients(route: Route | None = None) -> AsyncShared:
    """The running loop's clients for a way to the gateway."""
    loop = asyncio.get_running_loop()
    found = _known.loops.get((id(loop), route))
    if found is None:
        shared = AsyncShared(lambda: _made(lean.AsyncClient, httpx.AsyncHTTPTransport, route))
        found = _Loop(loop, shared, _closing_with_the_loop((id(loop), route), shared))
        with _known.lock:
            for key in [key for key, other in _known.loops.items() if other.loop.is_closed()]:
                del _known.loops[key]
            _known.loops[id(loop), route] = found
        await anext(found.guard)
    for client in found.shared.stale():
        with contextlib.suppress(Exception):  # it is not what this call is about
            await client.aclose()
    return found.shared


async def _closing_with_the_loop(key: tuple[int, Route | None], shared: AsyncShared) -> AsyncGenerator[None, None]:
    """Once begun, closes the clients in their own loop: `asyncio.run` finishes open generators before it closes the loop."""
    try:
        yield
    finally:
        _known.loops.pop(key, None)
        for client in shared.all():
            await client.aclose()


def close(route: Route | None = None) -> None:
    """Close this process's connections of one way to the gateway, those in use when they no longer are; the next call opens new ones."""
    for client in shared.dismiss() if (shared := _known.shared.get(route)) else ():
        client.close()


async def aclose(route: Route | None = None) -> None:
    """`close` for the running event loop's connections."""
    for client in (
        found.shared.dismiss() if (found := _known.loops.get((id(asyncio.get_running_loop()), route))) else ()
    ):
        await client.aclose()


@atexit.register
def close_all() -> None:
    """Close all of this process's connections, those in use too."""
    shared, _known.shared = _known.shared, {}
    for client in (client for found in shared.values() for client in found.all()):
        client.close()


# A proxy of the environment is for other hosts: it would be sent the key in the clear, and does not reach this machine.
_NO_PROXY = dict.fromkeys(("all://localhost", "all://127.0.0.1", "all://[::1]"))


def _made(client: Callable[..., C], transport: Callable[..., Any], route: Route | None) -> C:
    """A client for a way to the gateway.

    Raises:
        HatzInvalidInputError: when httpx knows no such way; never showing the proxy.
    """
    if route is None:
        return client(follow_redirects=False, limits=_LIMITS, verify=_certificates(), mounts=_NO_PROXY)
    return client(follow_redirects=False, transport=_transport(transport, route))


def _transport(transport: Callable[..., Any], route: Route) -> Any:
    """With a transport of its own a client of httpx looks for no proxy in the environment."""
    try:
        return transport(
            limits=_LIMITS,
            verify=_certificates(),
            proxy=_proxy(route.proxy) if route.proxy else None,
            socket_options=route.socket_options or None,
        )
    except (ImportError, ValueError) as error:
        problem = (
            "pip install 'httpx[socks]'" if isinstance(error, ImportError) else "its URL is not one that httpx takes"
        )
    raise HatzInvalidInputError(f"The proxy cannot be used: {problem}.")


def _proxy(url: str) -> httpx.Proxy:
    return httpx.Proxy(url, ssl_context=_certificates() if url.lower().startswith("https:") else None)


@cache
def _certificates() -> ssl.SSLContext:
    """What httpx makes for each client anew, at 20 ms: an event loop is often made for one call."""
    return httpx.create_ssl_context()
