"""One request as httpx takes it, and what httpx raises as errors of ours.

A client of the user's own may be of httpx or of httpx2: nothing here asks which.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hatz_client.connection.settings import Settings
from hatz_client.errors import (
    HatzConnectionError,
    HatzError,
    HatzInvalidInputError,
    HatzStreamInterruptedError,
    HatzTimeoutError,
)
from hatz_client.util.values import quick


class HttpResponse(Protocol):
    """What both `httpx.Response` and httpx2's are to a `Client`."""

    @property
    def status_code(self) -> int:
        """Such as 200."""
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
        """What it is answered."""
        ...


class AsyncHttpClient(Protocol):
    """An `httpx.AsyncClient`, or httpx2's."""

    def build_request(
        self, method: str, url: str, *, content: Any = ..., headers: Any = ..., extensions: Any = ...
    ) -> Any:
        """A request, to be sent."""
        ...

    def send(self, request: Any, *, stream: bool = ..., follow_redirects: Any = ...) -> Awaitable[Any]:
        """What it is answered."""
        ...


def own(given: Any, name: str, closing: str, settings: Settings) -> Any:
    """The user's own HTTP client, given as `name`; its kind is told by the name of its method for closing.

    Raises:
        HatzInvalidInputError: when it is of the other kind, or the settings would have a say in its connections.
    """
    if settings.proxy or settings.http_socket_options:
        raise HatzInvalidInputError(
            f"proxy and http_socket_options are for connections of ours: give them to the {name} you made."
        )
    if not hasattr(given, closing) and hasattr(given, "close" if closing == "aclose" else "aclose"):
        raise HatzInvalidInputError(
            f"{name}=… is of the class {type(given).__name__}: calls that block take an httpx.Client, async calls an httpx.AsyncClient."
        )
    return given


_UNKNOWN_AUTHORITY = {18, 19, 20, 21}
"""OpenSSL's codes for a certificate whose issuer it does not know (X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT and the next)."""


@quick
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
    query: str = field(default="", repr=False)
    """What follows the URL, such as "?tenant=1"; errors and logs do not show it."""

    @property
    def parts(self) -> dict[str, Any]:
        """The arguments of `build_request`; the timeouts as a plain mapping, which httpx and httpx2 both take."""
        return {
            "method": self.method,
            "url": self.url + self.query,
            "headers": self.headers,
            "content": self.content,
            "extensions": {"timeout": dict(self.timeouts)},
        }


def wait_at_most(response: Any, seconds: float | None) -> None:
    """Bound each wait for more of the body, the first one too: httpcore reads the value once, when the body is first read from."""
    extensions = response.request.extensions
    if isinstance(extensions.get("timeout"), dict):
        extensions["timeout"]["read"] = seconds


def wait_briefly(response: Any, seconds: float) -> None:
    """Bound each further wait for a body whose end is all that is missing.

    The connection's own stream is told: the time allowed was taken when the body was first read from. A response that is closed
    has given its connection to the next; one of HTTP/2 shares it with others.
    """
    if not response.extensions.get("http_version", b"").startswith(b"HTTP/1"):
        return
    stream = response.extensions.get("network_stream")
    if read := getattr(type(stream), "read", None):
        stream.read = lambda size, timeout=None: read(stream, size, timeout if response.is_closed else seconds)


class OurErrors:
    """Within it, what httpx (or httpx2) raises is raised as the error of ours that says the same."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, HatzError):
            ours = _our_error(error, self._exchange)
            if ours is not None:
                raise ours from _without_frames(error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it came of, what that came of."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _without_frames(error: BaseException) -> BaseException:
    """The error and its causes without their tracebacks.

    The HTTP library's frames hold the request's headers, and a traceback with the values of local variables (Sentry's,
    rich's) would show them, the key among them.
    """
    for cause in _causes(error):
        cause.__traceback__ = None
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
        words = f"the proxy said {_words(error)}" if "ProxyError" in names else _words(error)
        refused = HatzConnectionError(f"No connection ({words}{_hint(error)}): {where}", request_id=request_id)
        refused.is_retryable = not (_of_certificate(error) or str(error).startswith("4"))  # a proxy's status
        return refused
    if "TransportError" in names or "DecodingError" in names:
        message = f"The connection broke ({kind}: {_words(error)}): {where}"
        return HatzStreamInterruptedError(message, request_id=request_id)
    return None


def _of_certificate(error: Exception) -> ssl.SSLCertVerificationError | None:
    """Why the other side's certificate was not taken; the next attempt meets the same one."""
    return next((cause for cause in _causes(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)


def _hint(error: Exception) -> str:
    found = _of_certificate(error)
    if found is None or found.verify_code not in _UNKNOWN_AUTHORITY:
        return ""
    return "; if the authority is one of your own, name its certificate in the environment variable SSL_CERT_FILE"


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
