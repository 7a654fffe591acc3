"""The interface of a user's own HTTP client, and its check. It may come from httpx or httpx2."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

from hatz_client.connection.settings import Settings
from hatz_client.errors import HatzInvalidInputError


class HttpResponse(Protocol):
    """The part of a response of httpx and httpx2 by which a type checker distinguishes sync clients from async ones."""

    status_code: int


class HttpClient(Protocol):
    """An `httpx.Client`, or httpx2's."""

    def build_request(
        self, method: str, url: str, *, content: Any = ..., headers: Any = ..., extensions: Any = ...
    ) -> Any:
        """A request, to be sent."""
        ...

    def send(self, request: Any, *, stream: bool = ..., follow_redirects: Any = ...) -> HttpResponse:
        """Its response."""
        ...


class AsyncHttpClient(Protocol):
    """An `httpx.AsyncClient`, or httpx2's."""

    def build_request(
        self, method: str, url: str, *, content: Any = ..., headers: Any = ..., extensions: Any = ...
    ) -> Any:
        """A request, to be sent."""
        ...

    def send(self, request: Any, *, stream: bool = ..., follow_redirects: Any = ...) -> Awaitable[Any]:
        """Its response."""
        ...


def check_user_client(given: Any, name: str, closing: str, settings: Settings) -> Any:
    """Check the user's own HTTP client, the argument `name`, and return it. Sync and async differ in the name of `closing`.

    Raises:
        HatzInvalidInputError: if it is of the other kind, no client, or closed, or if settings are set that only the package's own connections
            apply.
    """
    if settings.proxy or settings.http_socket_options:
        raise HatzInvalidInputError(
            f"proxy and http_socket_options apply to the package's own connections: set them on your {name} instead."
        )
    other = "close" if closing == "aclose" else "aclose"
    if not hasattr(given, "build_request") or (hasattr(given, other) and not hasattr(given, closing)):
        raise HatzInvalidInputError(
            f"{name}=… is of type {type(given).__name__}: sync calls take an httpx.Client, async calls an httpx.AsyncClient."
        )
    if getattr(given, "is_closed", False) is True:
        raise HatzInvalidInputError(f"{name}=… is closed: pass an open client, or none.")
    return given


def response_of(error: Any, request_id: str | None) -> Any:
    """The response to this request for which a hook of the user's client raised the error (`raise_for_status`); None for other errors.

    An error about another request, such as the one that gets a token for an `httpx.Auth`, is the user's.
    """
    is_ours = type(error).__name__ == "HTTPStatusError" and error.request.headers.get("X-Request-ID") == request_id
    return error.response if is_ours else None
