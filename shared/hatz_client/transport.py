"""httpx, and nothing of it beyond this room but the response: pools, requests, and its exceptions as ours.

One `httpx.Client` serves a process and one `httpx.AsyncClient` each running event loop, whoever asks: they hold connections and
nothing else, no key, no cookie. A loop closes its own before it ends; one that did not is forgotten at the next look-up.
A client of the user's own (httpx or httpx2) is used as it is and never closed.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import threading
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from hatz_client.errors import HatzConnectionError, HatzError, HatzStreamInterruptedError, HatzTimeoutError

_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=30.0)
_lock = threading.Lock()
_sync: dict[int, httpx.Client] = {}
_async: dict[int, tuple[asyncio.AbstractEventLoop, httpx.AsyncClient, AsyncGenerator[None, None]]] = {}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, ready to be sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None
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


def http_client() -> httpx.Client:
    """This process's client; a child process after a fork gets its own."""
    client = _sync.get(os.getpid())
    if client is None:
        with _lock:
            if os.getpid() not in _sync:
                _sync.clear()
                _sync[os.getpid()] = httpx.Client(limits=_LIMITS, cookies=_no_cookies(), follow_redirects=False)
            client = _sync[os.getpid()]
    return client


async def http_async_client() -> httpx.AsyncClient:
    """The running loop's client."""
    loop = asyncio.get_running_loop()
    found = _async.get(id(loop))
    if found is None or found[0] is not loop:
        client = httpx.AsyncClient(limits=_LIMITS, cookies=_no_cookies(), follow_redirects=False)
        guard = _closing_with_the_loop(client)
        with _lock:
            for key in [key for key, (other, *_) in _async.items() if other.is_closed()]:
                del _async[key]
            _async[id(loop)] = found = (loop, client, guard)
        await anext(guard)
    return found[1]


async def _closing_with_the_loop(client: httpx.AsyncClient) -> AsyncGenerator[None, None]:
    """Once begun, closes the client in its own loop: `asyncio.run` finishes open generators before it closes the loop."""
    try:
        yield
    finally:
        await client.aclose()


@atexit.register
def close() -> None:
    """Close this process's connections; the next call opens new ones."""
    if client := _sync.pop(os.getpid(), None):
        client.close()


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
        raise ours from error


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
