"""One request for httpx, and httpx's exceptions as `HatzError`s.

A user's own client may come from httpx or httpx2: this code works with both.
"""

from __future__ import annotations

import errno
import math
import ssl
import traceback
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any, Protocol
from urllib.parse import urlsplit

from hatz_client.connection import time_limits
from hatz_client.connection.bounds import open_files_limit
from hatz_client.connection.http_logs import mask_report
from hatz_client.connection.route import Route, environment_proxy
from hatz_client.connection.settings import Settings
from hatz_client.connection.time_limits import Deadline, RequestTrace
from hatz_client.errors import (
    HatzConnectionError,
    HatzError,
    HatzInvalidInputError,
    HatzStreamInterruptedError,
    HatzTimeoutError,
)
from hatz_client.util.masking import mask


class HttpResponse(Protocol):
    """The interface of a response of httpx and httpx2."""

    @property
    def status_code(self) -> int:
        """The HTTP status, such as 200."""
        ...

    def read(self) -> bytes:
        """The whole body."""
        ...


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
        HatzInvalidInputError: if it is of the other kind, or if settings are set that only the package's own connections
            apply.
    """
    if settings.proxy or settings.http_socket_options:
        raise HatzInvalidInputError(
            f"proxy and http_socket_options apply to the package's own connections: set them on your {name} instead."
        )
    if not hasattr(given, closing) and hasattr(given, "close" if closing == "aclose" else "aclose"):
        raise HatzInvalidInputError(
            f"{name}=… is of type {type(given).__name__}: sync calls take an httpx.Client, async calls an httpx.AsyncClient."
        )
    return given


_TOO_MANY_FILES = {errno.EMFILE, errno.ENFILE}
_UNKNOWN_AUTHORITY = {18, 19, 20, 21}
"""OpenSSL's codes for a certificate whose issuer it does not know (X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT and the next)."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, ready to send."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    timeouts: Mapping[str, float | None]
    idle: float | None = None
    """Seconds of silence allowed within the response's body; None for no limit."""
    query: str = field(default="", repr=False)
    """The query string of the URL, such as "?tenant=1"; errors and logs do not show it."""
    byte_limit: int = 0
    """The maximum size of the response's body, in bytes."""
    attempt: int = 1
    route: Route | None = None
    deadline: Deadline = field(default_factory=lambda: Deadline(None), repr=False)
    trace: RequestTrace = field(default_factory=RequestTrace, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What is masked in responses and errors."""

    def arguments(self, trace: Any, timeouts: Mapping[str, float | None]) -> dict[str, Any]:
        """The arguments of `build_request`; the timeouts are a dict, which both httpx and httpx2 accept."""
        return {
            "method": self.method,
            "url": self.url + self.query,
            "headers": self.headers,
            "content": self.content,
            "extensions": {"timeout": timeouts, "trace": trace},
        }

    def report(self, name: str, info: Any) -> None:
        """Process one report of httpcore's `trace` extension."""
        self.trace.event(name, info)
        mask_report(name, info, self.secrets)

    @property
    def id(self) -> str | None:
        """The id in the request's headers."""
        return self.headers.get("X-Request-ID")

    def is_of_same_call(self, request_id: str) -> bool:
        """Whether this id belongs to an attempt of this call."""
        first = (self.id or "").removesuffix(f"-{self.attempt}") if self.attempt > 1 else self.id or ""
        return request_id == first or (request_id.startswith(f"{first}-") and request_id[len(first) + 1 :].isdecimal())

    @property
    def header_seconds(self) -> float:
        """Seconds until the response's headers must be complete, including preceding 1xx responses."""
        read = self.timeouts["read"]
        connect = self.timeouts["connect"] or 0
        return self.deadline.limit(math.inf if read is None else connect + time_limits.PATIENCE * read)

    @property
    def body_seconds(self) -> float:
        """Seconds until a non-streaming body must be complete."""
        read = self.timeouts["read"]
        return self.deadline.limit(math.inf if read is None else time_limits.PATIENCE * read)

    def mask(self, value: Any) -> Any:
        """The value without this request's secrets."""
        return mask(value, self.secrets)

    def mask_error(self, error: HatzError) -> None:
        """Take this request's secrets out of an error: a gateway may have repeated them anywhere."""
        secrets = self.secrets
        for name, value in vars(error).items():
            if name != "partial":
                setattr(error, name, mask(value, secrets))
        error.args = mask(error.args, secrets)
        for cause in _causes(error):
            if isinstance(cause.__cause__, _QUOTES):
                cause.__cause__ = None
            if isinstance(cause.__context__, _QUOTES):
                cause.__context__ = None


_QUOTES = (JSONDecodeError, UnicodeError)
"""Exceptions that contain the whole text that failed."""


def clear_locals(error: BaseException) -> None:
    """Clear the local variables of the frames that an error has left: they may hold what the gateway repeated of a secret."""
    for cause in _causes(error):
        traceback.clear_frames(cause.__traceback__)


class translate_http_errors:  # noqa: N801 (a context manager, used like a function)
    """Context manager: translates httpx's (or httpx2's) exceptions to `HatzError`s, and removes the request's secrets from both."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, HatzError):
            if error.request_id is None and not isinstance(error, HatzInvalidInputError):
                error.request_id = self._request.id
            self._request.mask_error(error)
        elif isinstance(error, Exception):
            translated = _translate(error, self._request)
            if translated is not None:
                self._request.mask_error(translated)
                raise translated from _without_secrets(error, self._request)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all its causes."""
    found: dict[int, BaseException] = {}
    links: list[BaseException | None] = [error]
    while links:
        link = links.pop()
        if link is not None and id(link) not in found:
            found[id(link)] = link
            links += [link.__context__, link.__cause__]
            yield link


def _without_secrets(error: BaseException, request: HttpRequest) -> BaseException:
    """The error and its causes without tracebacks, request headers and secrets in messages (see "Secrets in tracebacks")."""
    for cause in _causes(error):
        cause.__traceback__ = None
        cause.args = request.mask(cause.args)
        kept = getattr(cause, "_request", None)  # `request` raises when there is none
        if kept is not None:
            kept.headers = type(kept.headers)()
    return error


def _translate(error: Exception, request: HttpRequest) -> HatzError | None:
    """Translate by the name and module of the class: a user's client may come from httpx2, which has other classes."""
    names = {cls.__name__ for cls in type(error).__mro__ if cls.__module__.split(".")[0] in {"httpx", "httpx2"}}
    if isinstance(error, TimeoutError):  # see `time_limits`
        names.add("TimeoutException")
    where = f"{request.method} {request.url} [request id {request.id}]"
    kind = type(error).__name__
    found: HatzError
    if "TimeoutException" in names and request.deadline.is_over:
        found = request.deadline.error()
    elif "ConnectTimeout" in names:
        allowed = request.timeouts["connect"]
        found = HatzTimeoutError(f"No connection within {allowed} s: {where}. {_check_network(request)}")
    elif "TimeoutException" in names:
        found = HatzTimeoutError(
            f"No answer arrived within the time limit ({kind}; timeout={request.timeouts['read']} s, idle={request.idle} s): {where}. "
            "Raise timeout if the model needs longer, or stream the answer."
        )
    elif "ConnectError" in names or "ProxyError" in names:
        found = HatzConnectionError(f"No connection ({_reason(error, request)}): {where}. {_check_network(request)}")
        found.is_retryable = not (_certificate_error(error) or str(error).startswith("4"))  # a proxy's status
    elif "TransportError" in names or "DecodingError" in names:
        stale = _STALE if request.trace.reused else ""
        found = HatzStreamInterruptedError(
            f"The connection broke ({kind}: {_describe_error(error)}): {where}.{stale} Try again."
        )
    else:
        return None
    found.request_id = request.id
    return found


_STALE = (
    " It had been used before and may have been closed meanwhile: whether the gateway processed the request is unknown."
)


def _proxy_name(request: HttpRequest) -> str:
    """The proxy on the way to the gateway, without its password; empty if there is none."""
    proxy = request.route.proxy if request.route else environment_proxy(request.url)
    if not proxy:
        return ""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def _reason(error: Exception, request: HttpRequest) -> str:
    proxy = _proxy_name(request)
    said = (
        f"the proxy said {_describe_error(error)}: {proxy}"
        if proxy and str(error)[:3].isdecimal()
        else _describe_error(error)
    )
    if any(isinstance(cause, OSError) and cause.errno in _TOO_MANY_FILES for cause in _causes(error)):
        said += f"; the limit of open files is reached (ulimit -n: {open_files_limit()}): raise it, or set max_connections to less"
    certificate = _certificate_error(error)
    if certificate is not None and certificate.verify_code in _UNKNOWN_AUTHORITY:
        said += (
            "; if it is your own authority, set the path of its certificate in the environment variable SSL_CERT_FILE"
        )
    return said


def _check_network(request: HttpRequest) -> str:
    """A hint what to check after a connection could not be made."""
    proxy = _proxy_name(request)
    if proxy:
        return f"Check that the proxy {proxy} is right and lets you through."
    return "Check base_url, and that this machine can reach that host."


def _certificate_error(error: Exception) -> ssl.SSLCertVerificationError | None:
    """The error for a rejected certificate; a retry would not help."""
    return next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)


def _describe_error(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
