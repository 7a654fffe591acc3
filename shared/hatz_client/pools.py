"""The connections: one set for a process and one for each running event loop, whoever asks.

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
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Generic, TypeVar

import httpx

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


class Shared(Generic[C]):
    """Connections for any number of requests: as many httpx clients as it takes."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._members = [_Member(make())]
        # Collecting garbage may end an abandoned stream, and so give its client back, while this very thread holds the lock.
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def lent(self) -> Iterator[C]:
        """A client to send one request with, until its response is read."""
        with self._lock:
            free = (member for member in self._members if member.busy < _ROOM and not member.spoiled)
            member = next(free, None)
            if member is None:
                self._members.append(member := _Member(self._make()))
            member.busy += 1
        try:
            yield member.client
        except asyncio.CancelledError:
            member.spoiled = True
            raise
        finally:
            with self._lock:
                member.busy -= 1
                member.used = time.monotonic()

    def stale(self) -> list[C]:
        """Clients to be closed, and not lent again: the spoiled, and the further ones not used for as long as a connection is kept."""
        if len(self._members) == 1 and not self._members[0].spoiled:
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


class _Known:
    """The connections of this process, and of each of its event loops."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew, as a child process does: its parent's connections are not its own, nor is a lock somebody held there."""
        self.lock = threading.RLock()
        self.shared: Shared[httpx.Client] | None = None
        self.loops: dict[int, _Loop] = {}


@dataclass(frozen=True, slots=True)
class _Loop:
    loop: asyncio.AbstractEventLoop
    shared: Shared[httpx.AsyncClient]
    guard: AsyncGenerator[None, None]


_known = _Known()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_known.forget)


def http_clients() -> Shared[httpx.Client]:
    """This process's clients."""
    shared = _known.shared
    if shared is None:
        with _known.lock:
            shared = _known.shared = _known.shared or Shared(lambda: httpx.Client(**_arguments()))
    for client in shared.stale():
        with contextlib.suppress(Exception):  # it is not what this call is about
            client.close()
    return shared


async def http_async_clients() -> Shared[httpx.AsyncClient]:
    """The running loop's clients."""
    loop = asyncio.get_running_loop()
    found = _known.loops.get(id(loop))
    if found is None:
        shared = Shared(lambda: httpx.AsyncClient(**_arguments()))
        found = _Loop(loop, shared, _closing_with_the_loop(loop, shared))
        with _known.lock:
            for key in [key for key, other in _known.loops.items() if other.loop.is_closed()]:
                del _known.loops[key]
            _known.loops[id(loop)] = found
        await anext(found.guard)
    for client in found.shared.stale():
        with contextlib.suppress(Exception):  # it is not what this call is about
            await client.aclose()
    return found.shared


async def _closing_with_the_loop(
    loop: asyncio.AbstractEventLoop, shared: Shared[httpx.AsyncClient]
) -> AsyncGenerator[None, None]:
    """Once begun, closes the clients in their own loop: `asyncio.run` finishes open generators before it closes the loop."""
    try:
        yield
    finally:
        _known.loops.pop(id(loop), None)
        for client in shared.all():
            await client.aclose()


@atexit.register
def close() -> None:
    """Close this process's connections; the next call opens new ones."""
    shared, _known.shared = _known.shared, None
    for client in shared.all() if shared else ():
        client.close()


# A proxy of the environment is for other hosts: it would be sent the key in the clear, and does not reach this machine.
_NO_PROXY = dict.fromkeys(("all://localhost", "all://127.0.0.1", "all://[::1]"))


def _arguments() -> dict[str, Any]:
    return {
        "limits": _LIMITS,
        "cookies": _no_cookies(),
        "follow_redirects": False,
        "verify": _certificates(),
        "mounts": _NO_PROXY,
    }


@cache
def _certificates() -> ssl.SSLContext:
    """What httpx makes for each client anew, at 20 ms: an event loop is often made for one call."""
    return httpx.create_ssl_context()


def _no_cookies() -> CookieJar:
    """A jar that keeps nothing: a pool serves many keys, and a gateway's cookie is for one of them."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))
