"""Time limits that httpx does not have: for a whole call, a response's headers and body, and a stream without progress.

httpx limits each wait for bytes, so a peer that sends a byte now and then never times out. Here each read of a connection
also has an absolute limit. httpcore's `trace` extension reports the connections as they are made (`watch`). HTTP/2 connections
serve several requests at once, so there each request brings its own limit (`RequestTimeouts`). Async code can also cancel a
request in a user's own client (`async_io`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Protocol

from hatz_client.connection.http.logs import secrets_sent
from hatz_client.errors import HatzTimeoutError

STALL_FACTOR = 4
"""While bytes arrive but no content does (pings, 1xx responses, single header bytes), a wait may last this many times the
allowed silence."""
_LEAST = 0.001
"""The shortest wait in seconds: 0 would mean not to wait at all, which raises another error."""


class Timeouts(Protocol):
    """The interface of `httpx.Timeout`: seconds, or None for no limit."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


class Deadline:
    """The time by which a whole call must be over."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.end = math.inf if seconds is None else time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """Seconds left; infinite without a deadline."""
        return self.end - time.monotonic() if self.seconds is not None else math.inf

    @property
    def timeout(self) -> float | None:
        """Seconds left, at least 0; None without a deadline."""
        return None if self.seconds is None else max(self.seconds_left, 0.0)

    def limit(self, seconds: float) -> float:
        """These seconds, or the seconds left if that is less."""
        return seconds if self.seconds is None else min(seconds, self.seconds_left)

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return self.seconds is not None and self.seconds_left <= 0

    def check(self) -> None:
        """Raise an error if no time is left.

        Raises:
            HatzTimeoutError: when no time is left.
        """
        if self.is_over:
            raise self.error()

    def error(self) -> HatzTimeoutError:
        """The error for a missed deadline."""
        error = HatzTimeoutError(f"The call was not complete within its deadline of {self.seconds:g} s.")
        error.is_retryable = False
        return error

    def shorten(self, timeouts: Mapping[str, float | None]) -> dict[str, float | None]:
        """The timeouts of a request, shortened to the time that is left."""
        if self.seconds is None:
            return dict(timeouts)
        left = max(self.seconds_left, _LEAST)
        return {name: left if value is None else min(value, left) for name, value in timeouts.items()}


NO_DEADLINE = Deadline(None)


class RequestTimeouts(dict[str, float | None]):
    """The timeouts of a request, as httpcore looks them up: over HTTP/2 before each read. `end` returns the time by which its bytes must arrive."""

    def __init__(self, timeouts: Mapping[str, float | None], end: Callable[[], float]) -> None:
        super().__init__(timeouts)
        self.end = end

    def get(self, name: str, default: Any = None) -> Any:
        """The timeout in seconds, at most until the end.

        Raises:
            TimeoutError: after the end. It ends this request only; an error of a read ends all requests of its connection.
        """
        timeout = super().get(name, default)
        if name != "read" or (end := self.end()) == math.inf:
            return timeout
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("no progress")
        return left if timeout is None else min(timeout, left)


class StallTimer:
    """Measures the time spent waiting for a stream without progress, without the time that the caller takes between events.

    Args:
        idle: Seconds of silence allowed; None for no limit.
        deadline: When the call must be over.
    """

    def __init__(self, idle: float | None, deadline: Deadline) -> None:
        self.limit = math.inf if idle is None else STALL_FACTOR * idle
        self.waited = 0.0
        self._since: float | None = None
        self._latest = deadline.end

    def start(self) -> float:
        """Begin or continue a wait; returns the time at which it ends, as `time.monotonic` counts."""
        if self._since is None:
            self._since = time.monotonic()
        return min(self._since + self.limit - self.waited, self._latest)

    def end_in(self, seconds: float) -> None:
        """From now on wait for these seconds, whatever was allowed before."""
        self.limit, self._latest = math.inf, time.monotonic() + seconds

    def stop(self) -> None:
        """End a wait, with or without new bytes."""
        if self._since is not None:
            self.waited += time.monotonic() - self._since
            self._since = None

    def reset(self) -> None:
        """Start from zero, because there was progress."""
        self.waited = 0.0
        self._since = None

    @property
    def stalled(self) -> bool:
        """Whether the wait is over its limit."""
        return self.waited >= self.limit


_LIMIT = "hatz_limit"
"""The attribute of a connection that holds the response being read and the function that returns the time by which its next bytes must arrive."""
_CONNECTED = frozenset({"connect_tcp.complete", "start_tls.complete", "connect_unix_socket.complete"})
_SEND_FAILED = frozenset({"send_request_headers.failed", "send_request_body.failed"})
_request_end: ContextVar[float] = ContextVar("request_end", default=math.inf)
_reads: ContextVar[list[int] | None] = ContextVar("reads", default=None)


class RequestTrace:
    """What happened to one request on its connection, as httpcore's `trace` extension reports it."""

    def __init__(self) -> None:
        self.seen = False
        """Whether there were any reports; a user's own transport may make none."""
        self.connected = False
        """Whether a new connection was made for it."""
        self.answered = False
        """Whether the response's headers have arrived."""
        self.handed_over = False
        """Whether the request was given to the HTTP client."""
        self.send_began = False
        """Whether writing the request began."""
        self.send_failed = False
        """Whether the request could not be written completely, so that nobody can have processed it."""
        self.unread = False
        """Whether its response was there before any read of a reused connection."""
        self.foreign = False
        """Whether its response belongs to another request."""
        self._reads = [0]

    @property
    def reused(self) -> bool:
        """Whether it was sent on a reused connection and not answered."""
        return self.seen and not self.connected and not self.answered

    def event(self, name: str, info: Mapping[str, Any]) -> None:
        """Process one report of httpcore."""
        self.seen = True
        if name == "http11.receive_response_headers.complete":
            self.answered = True
            self.unread = not self.connected and not self._reads[0]
            return
        _, _, step = name.partition(".")
        if step in _CONNECTED:
            self.connected = True
            watch(info.get("return_value"))
        elif step == "send_request_headers.started":
            self.send_began = True
        elif step in _SEND_FAILED:
            self.send_failed = True

    def sending(self, seconds: float, secrets: tuple[str, ...]) -> _Sending:
        """Context manager: bounds the time until the response's headers are complete, and masks the secrets in logs."""
        self.handed_over = True
        return _Sending(seconds, self._reads, secrets)


class _Sending:
    """While a request is being sent: the time by which its response's headers must arrive, and how often its connection was read."""

    def __init__(self, seconds: float, reads: list[int], secrets: tuple[str, ...]) -> None:
        self._values = seconds, reads, secrets

    def __enter__(self) -> None:
        seconds, reads, secrets = self._values
        self._end = _request_end.set(time.monotonic() + seconds)
        self._reads = _reads.set(reads)
        self._secrets = secrets_sent.set(secrets)

    def __exit__(self, *_: object) -> None:
        _request_end.reset(self._end)
        _reads.reset(self._reads)
        secrets_sent.reset(self._secrets)


def watch(stream: Any) -> None:
    """Apply the current limits to each read of this connection; not with HTTP/2 (see `RequestTimeouts`)."""
    if stream is None or _LIMIT in getattr(stream, "__dict__", {_LIMIT: None}):
        return
    tls = stream.get_extra_info("ssl_object")
    read = getattr(type(stream), "read", None)
    if read is None or (tls is not None and tls.selected_alpn_protocol() == "h2"):
        return

    def limited(max_bytes: int, timeout: float | None = None) -> Any:
        end, reads = _request_end.get(), _reads.get()
        if reads is not None:  # a request is being sent
            reads[0] += 1
        elif (limit := stream.hatz_limit) is not None and not limit[0].is_closed:
            end = limit[1]()
        if end != math.inf:
            left = max(end - time.monotonic(), _LEAST)
            timeout = left if timeout is None else min(timeout, left)
        return read(stream, max_bytes, timeout)

    stream.hatz_limit = None
    stream.read = limited


def was_read_before_request(request: RequestTrace, response: Any) -> bool:
    """Whether the response was received before its request was sent, so that it answers another one."""
    stream = response.extensions.get("network_stream")
    return request.unread and _LIMIT in getattr(stream, "__dict__", {})  # else its reads were not counted


def limit_body(response: Any, end: Callable[[], float]) -> bool:
    """Limit the time until more of a response's body must have arrived.

    Args:
        response: The response.
        end: Called for each read of the connection; returns the time by which its bytes must arrive, as `time.monotonic` counts; infinite for no limit.

    Returns:
        Whether each read of its connection asks: those of HTTP/2 ask only in sync code, those of a user's own transport never.
    """
    timeouts = response.request.extensions.get("timeout")
    if isinstance(timeouts, RequestTimeouts):
        timeouts.end = end
    if not response.extensions.get("http_version", b"").startswith(b"HTTP/1"):
        return False
    stream = response.extensions.get("network_stream")
    watch(stream)
    if _LIMIT not in getattr(stream, "__dict__", {}):
        return False
    stream.hatz_limit = (response, end)
    return True


def set_read_timeout(response: Any, seconds: float | None) -> None:
    """Limit each silence within the body: httpcore reads the value once, when the body is first read."""
    timeouts = response.request.extensions.get("timeout")
    if isinstance(timeouts, dict):
        timeouts["read"] = seconds
