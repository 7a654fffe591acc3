"""httpx clients without cookies, and without default headers to merge into each request.

Measured: one exchange takes 195 µs of CPU time with them and 265 µs with httpx's own (a quarter less). Requests are sent as with
any other client: tools that wrap `httpx.Client.send` or a transport (Sentry, OpenTelemetry, vcrpy, pytest-httpx) see them.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.request import getproxies

import httpx

from hatz_client.connection.route import LOOPBACK, Route
from hatz_client.errors import HatzInvalidInputError

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


_SEPARATORS = re.compile(r"[\s,;]+")


def environment_proxies() -> dict[str, str | None]:
    """The proxies of the environment by httpx's patterns for URLs; None for hosts without a proxy, such as this machine.

    This machine has none because a proxy would get the key unencrypted, and cannot reach it. httpx's own function raises an
    error for a host in `NO_PROXY` that it cannot read, such as "[::1]" (0.28.1); here such a host is left out.
    """
    found = getproxies()
    direct = [*LOOPBACK, *_SEPARATORS.split(found.get("no", ""))]
    if "*" in direct:
        return {}
    proxies = {f"{scheme}://": found[scheme] for scheme in ("http", "https", "all") if found.get(scheme)}
    patterns = filter(None, map(_pattern, direct)) if proxies else ()
    return {
        **{scheme: proxy if "://" in proxy else f"http://{proxy}" for scheme, proxy in proxies.items()},
        **dict.fromkeys(patterns),
    }


def _pattern(host: str) -> str | None:
    """The pattern of httpx for a host in `NO_PROXY` and its subdomains; None if httpx cannot read it."""
    if host.count(":") > 1 and "://" not in host:
        pattern = f"all://{host}" if host.startswith("[") else f"all://[{host}]"
    else:
        pattern = host if "://" in host else f"all://*{host}"
    try:
        readable = bool(httpx.URL(pattern).host.strip("*"))
    except httpx.InvalidURL:
        return None
    return pattern if readable else None


def client_maker(
    client: Callable[..., C], transport: Callable[..., Any], route: Route | None, limits: httpx.Limits
) -> Callable[[], C]:
    """A function that makes clients for a route to the gateway. It raises `HatzInvalidInputError` if httpx cannot use the proxy.

    Proxies of the environment are looked up now: httpx looks them up for each client, which costs more than all the rest.
    """
    proxies = environment_proxies() if route is None else {}

    def make() -> C:
        mounts = {
            pattern: proxy and _transport(transport, Route(proxy), limits, "environment's proxy")
            for pattern, proxy in proxies.items()
        }
        return client(follow_redirects=False, transport=_transport(transport, route or Route(), limits), mounts=mounts)

    return make


def _transport(transport: Callable[..., Any], route: Route, limits: httpx.Limits, name: str = "proxy") -> Any:
    """An httpx client with an explicit transport ignores the environment's proxies."""
    verify = certificates()
    try:
        return transport(
            limits=limits,
            verify=verify,
            proxy=_proxy(route.proxy) if route.proxy else None,
            socket_options=route.socket_options or None,
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        problem = "pip install 'httpx[socks]'" if isinstance(error, ImportError) else "httpx does not accept its URL"
    raise HatzInvalidInputError(f"The {name} cannot be used: {problem}.")


def _proxy(url: str) -> httpx.Proxy:
    return httpx.Proxy(url, ssl_context=certificates() if url.lower().startswith("https:") else None)


@cache
def certificates() -> ssl.SSLContext:
    """The TLS context, shared: httpx creates one per client, which takes 20 ms, and event loops are often short-lived.

    Raises:
        HatzInvalidInputError: if the certificates that the environment names cannot be read.
    """
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # an SSLError is one
        names = [name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE") if os.environ.get(name)]
        shown = ", ".join(f"{name}={os.environ[name]!r}" for name in names) or "the certificates of the package certifi"
        raise HatzInvalidInputError(f"TLS cannot be set up ({error}): check {shown}.") from error
