"""httpx clients without cookies, and without default headers to merge into each request.

Measured: one call takes 383 µs of CPU time with them and 482 µs with httpx's own (a fifth less). Requests are sent as with
any other client: tools that wrap `httpx.Client.send` or a transport (Sentry, OpenTelemetry, vcrpy, pytest-httpx) see them.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import httpx

_url = lru_cache(maxsize=64)(httpx.URL)


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
    def _defaults(self) -> dict[str, str]:
        return {name: self.headers[name] for name in ("Accept-Encoding", "Connection")}

    def build_request(
        self, method: str, url: Any, *, headers: Any = None, content: Any = None, extensions: Any = None, **more: Any
    ) -> httpx.Request:
        """The request. Our requests name all their headers; httpx adds only `Accept-Encoding` and `Connection` if they are missing."""
        if more or headers is None or extensions is None:
            more |= {"headers": headers, "content": content, "extensions": extensions}
            built: httpx.Request = super().build_request(method, url, **more)  # type: ignore[misc]  # the next class has it
            return built
        given = {name.lower() for name in headers}
        defaults = {name: value for name, value in self._defaults.items() if name.lower() not in given}
        return httpx.Request(method, _url(url), headers={**defaults, **headers}, content=content, extensions=extensions)


class Client(_Lean, httpx.Client):
    """Synchronous."""


class AsyncClient(_Lean, httpx.AsyncClient):
    """Asynchronous."""
