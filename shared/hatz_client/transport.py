"""httpx, and nothing of it beyond this room but the response: pools, requests, and its exceptions as ours.

A process shares its connections, and each running event loop its own, whoever asks: they are connections and nothing else, no
key, no cookie. A loop closes its own before it ends; one that did not is forgotten at the next look-up.
A client of the user's own (httpx or httpx2) is used as it is and never closed.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import ssl
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Generic, TypeVar

import httpx

from hatz_client.errors import HatzConnectionError, HatzError, HatzStreamInterruptedError, HatzTimeoutError

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


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, ready to be sent."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    timeouts: Mapping[str, float | None]
    idle: float | None = None
    """Seconds of silence allowed within the response's body; None: for ever."""

    @property
    def parts(self) -> dict[str, Any]:
        """The arguments of `build_request`; the timeouts as a plain mapping, which httpx and httpx2 both take."""
        return {
            "method": self.method,
            "url": self.url,
            "headers": self.headers,
            "content": self.content,
            "extensions": {"timeout": dict(self.timeouts)},
        }


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


def wait_at_most(response: Any, seconds: float | None) -> None:
    """Bound each wait for more of the body; httpx takes the value when the body is first read from."""
    extensions = response.request.extensions
    if isinstance(extensions.get("timeout"), dict):
        extensions["timeout"]["read"] = seconds


@contextlib.contextmanager
def our_errors(exchange: Exchange) -> Iterator[None]:
    """Raise what httpx (or httpx2) raises as the error of ours that says the same."""
    try:
        yield
    except HatzError:
        raise
    except Exception as error:
        ours = _our_error(error, exchange)
        if ours is None:
            raise
        raise ours from _without_frames(error)


def _without_frames(error: BaseException) -> BaseException:
    """The error and its causes without their tracebacks.

    The HTTP library's frames hold the request's headers, and a traceback with the values of local variables (Sentry's,
    rich's) would show them, the key among them.
    """
    cause: BaseException | None = error
    while cause is not None:
        cause.__traceback__ = None
        cause = cause.__cause__ or cause.__context__
    return error


def _our_error(error: Exception, exchange: Exchange) -> HatzError | None:
    """Judged by the class's name and module: an injected client may be of httpx2, whose classes are others."""
    names = {cls.__name__ for cls in type(error).__mro__ if cls.__module__.split(".")[0] in {"httpx", "httpx2"}}
    request_id = exchange.headers.get("X-Request-ID")
    where = f"{exchange.method} {exchange.url} [request id {request_id}]"
    kind = type(error).__name__
    if "ConnectTimeout" in names:
        allowed = exchange.timeouts["connect"]
        return HatzTimeoutError(f"No connection within {allowed} s: {where}", request_id=request_id)
    if "TimeoutException" in names:
        message = f"Nothing came within the time allowed ({kind}; timeout={exchange.timeouts['read']} s, idle={exchange.idle} s): {where}"
        return HatzTimeoutError(message, request_id=request_id)
    if "ConnectError" in names or "ProxyError" in names:
        return HatzConnectionError(f"No connection ({_words(error)}): {where}", request_id=request_id)
    if "TransportError" in names or "DecodingError" in names:
        message = f"The connection broke ({kind}: {_words(error)}): {where}"
        return HatzStreamInterruptedError(message, request_id=request_id)
    return None


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
