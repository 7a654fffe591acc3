"""httpx clients without cookies, and without default headers to merge into each request.

Measured: one exchange takes 195 µs of CPU time with them and 265 µs with httpx's own (a quarter less). Requests are sent as with
any other client: tools that wrap `httpx.Client.send` or a transport (Sentry, OpenTelemetry, vcrpy, pytest-httpx) see them.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.request import getproxies

import httpx

from hatz_client.connection.route import Route
from hatz_client.errors import HatzInvalidInputError

T = TypeVar("T")
C = TypeVar("C", bound=httpx.Client | httpx.AsyncClient)


@lru_cache(maxsize=64)
def _target(url: str) -> tuple[httpx.URL, str]:
    """A URL, and the host and port for the header `Host`."""
    parsed = httpx.URL(url)
    return parsed, parsed.netloc.decode("ascii")


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep no cookies: connections serve many keys, and a cookie of the gateway belongs to one of them."""


_NO_COOKIES = _NoCookies()


class _Lean:
    """Mixin to put before a class of httpx."""

    if TYPE_CHECKING:
        headers: httpx.Headers

    @property
    def cookies(self) -> httpx.Cookies:
        """Always empty."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        """Nothing."""

    @cached_property
    def _defaults(self) -> list[tuple[str, str, str]]:
        return [(name.lower(), name, self.headers[name]) for name in ("Accept-Encoding", "Connection")]

    def build_request(
        self, method: str, url: Any, *, headers: Any = None, content: Any = None, extensions: Any = None, **more: Any
    ) -> httpx.Request:
        """The request. Our requests name all their headers, except those that depend on the connection: those are added here.

        httpx adds headers to a body given as `content`, and reads all headers a second time for it (15 µs); it adds none for a `stream`.
        """
        built: httpx.Request
        if more or headers is None or extensions is None or not (content and isinstance(content, bytes)):
            more |= {"headers": headers, "content": content, "extensions": extensions}
            built = super().build_request(method, url, **more)  # type: ignore[misc]  # the next class has it
            return built
        parsed, host = _target(url)
        given = set(map(str.lower, headers))
        defaults = {name: value for lower, name, value in self._defaults if lower not in given}
        complete = {"Host": host, **defaults, **headers, "Content-Length": str(len(content))}
        stream = httpx.ByteStream(content)
        built = httpx.Request(method, parsed, headers=complete, stream=stream, extensions=extensions)
        built.read()  # as with `content`: `request.content` is there for those that look at it
        return built


class Client(_Lean, httpx.Client):
    """Synchronous."""


class AsyncClient(_Lean, httpx.AsyncClient):
    """Asynchronous."""


NO_PROXY = dict.fromkeys(("all://localhost", "all://127.0.0.1", "all://[::1]"))
"""httpx's `mounts` that keep the environment's proxies from this machine: they would get the key unencrypted, and cannot reach it."""


def client_maker(
    client: Callable[..., C], transport: Callable[..., Any], route: Route | None, limits: httpx.Limits
) -> Callable[[], C]:
    """A function that makes clients for a route to the gateway. It raises `HatzInvalidInputError` if httpx cannot use the proxy.

    Proxies of the environment are looked up now: httpx looks them up for each client, which costs more than all the rest.
    """
    if route is None and getproxies():
        settings = {"follow_redirects": False, "limits": limits, "mounts": NO_PROXY}
        return lambda: _with_proxy("environment's proxy", lambda: client(verify=certificates(), **settings))
    return lambda: client(follow_redirects=False, transport=_transport(transport, route or Route(), limits))


def _transport(transport: Callable[..., Any], route: Route, limits: httpx.Limits) -> Any:
    """An httpx client with an explicit transport ignores the environment's proxies."""
    return _with_proxy(
        "proxy",
        lambda: transport(
            limits=limits,
            verify=certificates(),
            proxy=_proxy(route.proxy) if route.proxy else None,
            socket_options=route.socket_options or None,
        ),
    )


def _with_proxy(name: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except HatzInvalidInputError:  # about the certificates
        raise
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        problem = "pip install 'httpx[socks]'" if isinstance(error, ImportError) else "httpx does not accept its URL"
    raise HatzInvalidInputError(f"The {name} cannot be used: {problem}.")


def _proxy(url: str) -> httpx.Proxy:
    return httpx.Proxy(url, ssl_context=certificates() if url.lower().startswith("https:") else None)


@cache
def certificates() -> ssl.SSLContext:
    """The TLS context, shared: httpx creates one per client, which takes 20 ms, and event loops are often short-lived.

    Raises:
        HatzInvalidInputError: if the certificates of `SSL_CERT_FILE` or `SSL_CERT_DIR` cannot be read.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # also `ssl.SSLError`: the file has no certificate
        problem = error.strerror or error
    name = next((name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if os.environ.get(name)), "")
    cure = f"correct {name}={os.environ[name]!r:.200}" if name else "install certifi again"
    raise HatzInvalidInputError(f"The certificates cannot be read ({problem}): {cure}.")
