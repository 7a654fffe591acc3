"""httpx's clients without what ours have no use for: cookies, and settings of their own to be merged into each request.

It is a quarter of what httpx costs per request. They are sent with as any other: what wraps `httpx.Client.send` or a transport
(Sentry, OpenTelemetry, vcrpy, pytest-httpx) finds them.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import httpx

_url = lru_cache(maxsize=64)(httpx.URL)


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        """Keep none: connections serve many keys, and a gateway's cookie is for one of them."""


_NO_COOKIES = _NoCookies()


class _Lean:
    """Comes before a class of httpx."""

    if TYPE_CHECKING:
        headers: httpx.Headers

    @property
    def cookies(self) -> httpx.Cookies:
        """None, whatever comes."""
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
        """The request; of one that says all itself, as ours do, only what httpx can decode and that the connection is kept is added."""
        if more or headers is None or extensions is None:
            more |= {"headers": headers, "content": content, "extensions": extensions}
            built: httpx.Request = super().build_request(method, url, **more)  # type: ignore[misc]  # the next class has it
            return built
        given = {name.lower() for name in headers}
        defaults = {name: value for name, value in self._defaults.items() if name.lower() not in given}
        return httpx.Request(method, _url(url), headers={**defaults, **headers}, content=content, extensions=extensions)


class Client(_Lean, httpx.Client):
    """For code that waits by blocking."""


class AsyncClient(_Lean, httpx.AsyncClient):
    """For code that waits in an event loop."""
