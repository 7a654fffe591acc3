"""The blocking I/O of `Client`, which is generated from `AsyncClient`. `async_io` has the same names for that one."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar

from hatz_client.connection import pools
from hatz_client.connection.api_key import Key, clean_key
from hatz_client.connection.http.request import HttpRequest
from hatz_client.connection.http.time_limits import RequestTimeouts, limit_body
from hatz_client.connection.http.user_client import check_user_client
from hatz_client.connection.limits.admission import Admission
from hatz_client.connection.settings import Settings

T = TypeVar("T")

sleep = time.sleep


def resolve_key(settings: Settings) -> Key:
    """The key for one request."""
    return clean_key(settings.given_key())


def lend_http(settings: Settings, given: Any, request: HttpRequest) -> AbstractContextManager[Any]:
    """An `httpx.Client` for one request: the user's own, or one from the process's pool."""
    if given is not None:
        return nullcontext(check_user_client(given, "http_client", "close", settings))
    return pools.process_pool(request.route, settings.max_connections).lend(request.deadline)


def wait_for_admission(admission: Admission) -> None:
    """Wait until an attempt may begin. Calls under the same limit queue: only the first of them asks.

    Raises:
        HatzTimeoutError: if the call's deadline is earlier.
        HatzConnectionError: if the limit's count cannot be reached.
    """
    limiter, deadline = admission.limiter, admission.deadline
    if limiter is None:
        _wait(admission)
        return
    if not limiter.queue.acquire(timeout=-1 if deadline.timeout is None else deadline.timeout):
        raise deadline.error()
    try:
        _wait(admission)
    finally:
        limiter.queue.release()


def _wait(admission: Admission) -> None:
    while seconds := admission.ask():
        sleep(seconds)


def close_idle(settings: Settings) -> None:
    """Close the idle connections of these settings' route."""
    pools.close(settings.route, settings.max_connections)


def run_blocking(function: Callable[..., T], *args: Any) -> T:
    """Call a blocking function and return its result."""
    return function(*args)


def send(http: Any, request: HttpRequest, *, is_users: bool) -> Any:
    """The response, its body not read. A user's own client may use HTTP/2.

    Raises:
        TimeoutError: if the response's headers are not complete in time over HTTP/2.
    """
    seconds = request.header_seconds
    timeouts = request.deadline.shorten(request.timeouts)
    if is_users:
        end = time.monotonic() + seconds
        timeouts = RequestTimeouts(timeouts, lambda: end)
    built = http.build_request(**request.arguments(request.report, timeouts))
    with request.trace.sending(seconds, request.secrets):
        return http.send(built, stream=True, follow_redirects=False)


def raw_body(response: Any, end: Callable[[], float]) -> Iterator[bytes]:
    """The body's bytes as they arrive, still compressed; `iter_raw` gives the same, and counts and cuts them first.

    Args:
        response: The response.
        end: Called for each wait; returns the time by which bytes must arrive, as `time.monotonic` counts.
    """
    if getattr(response, "is_stream_consumed", False):
        return iter((response.content,))
    pieces: Iterator[bytes] = iter(response.stream)
    return pieces if limit_body(response, end) else _report_waits(pieces, end)


def _report_waits(pieces: Iterator[bytes], end: Callable[[], float]) -> Iterator[bytes]:
    """The pieces; `end` is called before each, so that a wait is measured where it cannot be limited."""
    end()
    for piece in pieces:
        yield piece
        end()


def closable(generator: Generator[T, None, None]) -> Generator[T, None, None]:
    """The generator unchanged; async generators need a wrapper here."""
    return generator
