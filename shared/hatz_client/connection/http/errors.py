"""Translate httpx's exceptions to `HatzError`s, without the request's secrets.

A user's own client may come from httpx or httpx2, so classes are recognized by name.
"""

from __future__ import annotations

import errno
import ssl
import sys
import traceback
from collections.abc import Iterator
from json import JSONDecodeError
from types import FrameType
from urllib.parse import urlsplit

from hatz_client.connection.http.request import HttpRequest
from hatz_client.connection.max_connections import open_files_limit
from hatz_client.connection.route import environment_proxy
from hatz_client.errors import (
    HatzConnectionError,
    HatzError,
    HatzInvalidInputError,
    HatzStreamInterruptedError,
    HatzTimeoutError,
)

_TOO_MANY_FILES = {errno.EMFILE, errno.ENFILE}
UNKNOWN_AUTHORITY = {18, 19, 20, 21}
"""OpenSSL's codes for a certificate whose issuer it does not know (X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT and the next)."""
_QUOTES = (JSONDecodeError, UnicodeError)
"""Exceptions that contain the whole text that failed."""


def clear_locals(error: BaseException) -> None:
    """Clear the local variables of the frames that an error has left: they may hold what the gateway repeated of a secret."""
    for cause in causes(error):
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
            _mask_error(error, self._request)
        elif isinstance(error, Exception):
            translated = _translate(error, self._request)
            if translated is not None:
                _mask_error(translated, self._request)
                raise translated from _without_secrets(error, self._request)


def _mask_error(error: HatzError, request: HttpRequest) -> None:
    """Take the request's secrets out of an error: a gateway may have repeated them anywhere."""
    for name, value in vars(error).items():
        if name != "partial":
            setattr(error, name, request.mask(value))
    error.args = request.mask(error.args)
    chain = list(causes(error))
    quotes = [cause for cause in chain if isinstance(cause, _QUOTES)]
    for cause in chain:
        if cause.__cause__ in quotes:
            cause.__cause__ = None
        if cause.__context__ in quotes:
            cause.__context__ = None


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all its causes; not an exception that the caller of this package is handling, which is the caller's own."""
    found: dict[int, BaseException] = {}
    links: list[BaseException | None] = [error]
    running = _running_frames()
    while links:
        link = links.pop()
        if link is None or id(link) in found or (link is not error and _is_handled(link, running)):
            continue
        found[id(link)] = link
        links += [link.__context__, link.__cause__]
        yield link


def _running_frames() -> set[int]:
    """The ids of the frames of all functions that are running in this thread or task."""
    running: set[int] = set()
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 (`inspect.currentframe` does the same)
    while frame is not None:
        running.add(id(frame))
        frame = frame.f_back
    return running


def _is_handled(error: BaseException, running: set[int]) -> bool:
    """Whether a function that is running caught the error: the traceback begins there."""
    return error.__traceback__ is not None and id(error.__traceback__.tb_frame) in running


def _without_secrets(error: BaseException, request: HttpRequest) -> BaseException:
    """The error and its causes without tracebacks, request headers, queries and secrets in messages (see "Secrets in tracebacks")."""
    for cause in causes(error):
        cause.__traceback__ = None
        cause.args = request.mask(cause.args)
        kept = getattr(cause, "_request", None)  # `request` raises when there is none
        if kept is not None:
            kept.headers = type(kept.headers)()
            kept.url = kept.url.copy_with(query=None)
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
        found.is_retryable = not (certificate_error(error) or str(error).startswith("4"))  # a proxy's status
    elif "InvalidURL" in names:
        return HatzInvalidInputError(
            f"httpx does not accept the request's URL ({_describe_error(error)}): check base_url, default_query and the call's arguments."
        )
    elif _is_host_error(error):
        found = HatzConnectionError(f"No connection ({_describe_error(error)}): {where}. {_check_network(request)}")
        found.is_retryable = False
    elif "TransportError" in names or "DecodingError" in names:
        stale = _STALE if request.trace.reused else ""
        found = HatzStreamInterruptedError(
            f"The connection broke ({kind}: {_describe_error(error)}): {where}.{stale} Try again."
        )
    else:
        return None
    found.request_id = request.id
    return found


def _is_host_error(error: Exception) -> bool:
    """Whether `socket` rejected a host name, such as that of the environment's proxy. Python 3.12 names the codec in a note."""
    notes: list[str] = getattr(error, "__notes__", [])
    return isinstance(error, UnicodeError) and any("idna" in text for text in (str(error), *notes))


_STALE = (
    " It had been used before and may have been closed meanwhile: whether the gateway processed the request is unknown."
)


def _proxy_name(request: HttpRequest) -> str:
    """The proxy on the way to the gateway, without its password; empty if there is none."""
    proxy = request.route.proxy if request.route else environment_proxy(request.url)
    if not proxy:
        return ""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "of the environment"
    return f"{parts.scheme}://{parts.hostname}{port}"


def _reason(error: Exception, request: HttpRequest) -> str:
    proxy = _proxy_name(request)
    reason = (
        f"the proxy said {_describe_error(error)}: {proxy}"
        if proxy and str(error)[:3].isdecimal()
        else _describe_error(error)
    )
    if any(isinstance(cause, OSError) and cause.errno in _TOO_MANY_FILES for cause in causes(error)):
        reason += f"; the limit of open files is reached (ulimit -n: {open_files_limit()}): raise it, or set max_connections to less"
    certificate = certificate_error(error)
    if certificate is not None and certificate.verify_code in UNKNOWN_AUTHORITY:
        reason += (
            "; if it is your own authority, set the path of its certificate in the environment variable SSL_CERT_FILE"
        )
    return reason


def _check_network(request: HttpRequest) -> str:
    """What to check if no connection could be made."""
    proxy = _proxy_name(request)
    if proxy:
        return f"Check that the proxy {proxy} is right and lets you through."
    return "Check base_url, and that this machine can reach that host."


def certificate_error(error: Exception) -> ssl.SSLCertVerificationError | None:
    """The error for a rejected certificate; a retry would not help."""
    return next((cause for cause in causes(error) if isinstance(cause, ssl.SSLCertVerificationError)), None)


def _describe_error(error: Exception) -> str:
    """The error's words, or those of its cause: in async code httpx's own error often has none."""
    words = (" ".join(str(cause).split())[:200] for cause in causes(error))
    return next(filter(None, words), type(error).__name__)
