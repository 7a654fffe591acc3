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
    """Connections for any number of requests: as many httpx clients as it takes, the first of them always."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._members = [_Member(make())]
        self._lock = threading.Lock()

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


_lock = threading.Lock()
_sync: dict[int, Shared[httpx.Client]] = {}
_async: dict[int, tuple[asyncio.AbstractEventLoop, Shared[httpx.AsyncClient], AsyncGenerator[None, None]]] = {}


def http_clients() -> Shared[httpx.Client]:
    """This process's clients; a child process after a fork gets its own."""
    shared = _sync.get(os.getpid())
    if shared is None:
        with _lock:
            if os.getpid() not in _sync:
                _sync.clear()
                _sync[os.getpid()] = Shared(lambda: httpx.Client(**_arguments()))
            shared = _sync[os.getpid()]
    for client in shared.stale():
        client.close()
    return shared


async def http_async_clients() -> Shared[httpx.AsyncClient]:
    """The running loop's clients."""
    loop = asyncio.get_running_loop()
    found = _async.get(id(loop))
    if found is None or found[0] is not loop:
        shared = Shared(lambda: httpx.AsyncClient(**_arguments()))
        guard = _closing_with_the_loop(shared)
        with _lock:
            for key in [key for key, (other, *_) in _async.items() if other.is_closed()]:
                del _async[key]
            _async[id(loop)] = found = (loop, shared, guard)
        await anext(guard)
    for client in found[1].stale():
        await client.aclose()
    return found[1]


async def _closing_with_the_loop(shared: Shared[httpx.AsyncClient]) -> AsyncGenerator[None, None]:
    """Once begun, closes the clients in their own loop: `asyncio.run` finishes open generators before it closes the loop."""
    try:
        yield
    finally:
        for client in shared.all():
            await client.aclose()


@atexit.register
def close() -> None:
    """Close this process's connections; the next call opens new ones."""
    if shared := _sync.pop(os.getpid(), None):
        for client in shared.all():
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
