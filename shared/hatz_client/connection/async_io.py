"""The asynchronous I/O of `AsyncClient`. `sync_io` has the same names for `Client`."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from inspect import isawaitable
from typing import Any, TypeVar

from hatz_client.connection import pools
from hatz_client.connection.api_key import Key, clean_key
from hatz_client.connection.http.request import HttpRequest
from hatz_client.connection.http.time_limits import limit_body
from hatz_client.connection.http.user_client import check_user_client
from hatz_client.connection.limits.admission import Admission
from hatz_client.connection.max_connections import acquire
from hatz_client.connection.settings import Settings
from hatz_client.errors import HatzUnsupportedError
from hatz_client.util.async_generators import closable as closable  # noqa: PLC0414 (`AsyncClient` calls it `io.closable`)

T = TypeVar("T")

sleep = asyncio.sleep


async def resolve_key(settings: Settings) -> Key:
    """The key for one request."""
    key = settings.given_key()
    return clean_key(await key if isawaitable(key) else key)


async def lend_http(settings: Settings, given: Any, request: HttpRequest) -> AbstractAsyncContextManager[Any]:
    """An `httpx.AsyncClient` for one request: the user's own, or one from the event loop's pool.

    Raises:
        HatzUnsupportedError: if no asyncio event loop is running (under trio, for example).
    """
    _check_loop()
    if given is not None:
        return nullcontext(check_user_client(given, "http_async_client", "aclose", settings))
    return (await pools.loop_pool(request.route, settings.max_connections)).lend(request.deadline)


async def wait_for_admission(admission: Admission) -> None:
    """Wait until an attempt may begin. Calls under the same limit queue: only the first of them asks.

    Raises:
        HatzTimeoutError: if the call's deadline is earlier.
        HatzConnectionError: if the limit's count cannot be reached.
    """
    _check_loop()
    limiter = admission.limiter
    if limiter is None:
        await _wait(admission)
        return
    queue = limiter.loop_queue
    await acquire(queue, admission.deadline)
    try:
        await _wait(admission)
    finally:
        queue.release()


async def _wait(admission: Admission) -> None:
    blocks = admission.limiter is not None and admission.limiter.blocks
    while seconds := (await asyncio.to_thread(admission.ask) if blocks else admission.ask()):
        await sleep(seconds)


async def close_idle(settings: Settings) -> None:
    """Close the idle connections of these settings' route."""
    _check_loop()
    await pools.aclose(settings.route, settings.max_connections)


def _check_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        running = False
    else:
        running = True
    if not running:
        raise HatzUnsupportedError(
            "AsyncClient needs a running asyncio event loop, and there is none. Under trio or curio call the sync Client in a thread, "
            "such as trio.to_thread.run_sync(lambda: client.ask(prompt))."
        )


async def run_blocking(function: Callable[..., T], *args: Any) -> T:
    """Run a blocking function in a thread and return its result."""
    _check_loop()
    return await asyncio.to_thread(function, *args)


async def send(http: Any, request: HttpRequest, *, is_users: bool) -> Any:
    """The response, its body not read. A user's own client may use any transport, so there the limit cancels the request.

    Raises:
        TimeoutError: if it is cancelled.
    """

    async def report(name: str, info: Any) -> None:
        request.report(name, info)

    seconds = request.header_seconds
    timeouts = request.timeouts if is_users else request.deadline.shorten(request.timeouts)
    built = http.build_request(**request.arguments(report, dict(timeouts)))
    with request.trace.sending(seconds, request.secrets):
        if not is_users:
            return await http.send(built, stream=True, follow_redirects=False)
        async with asyncio.timeout(_finite(seconds)):
            return await http.send(built, stream=True, follow_redirects=False)


def raw_body(response: Any, end: Callable[[], float]) -> AsyncIterator[bytes]:
    """The body's bytes as they arrive, still compressed; `aiter_raw` gives the same, and counts and cuts them first.

    Args:
        response: The response.
        end: Called for each wait; returns the time by which bytes must arrive, as `time.monotonic` counts.
    """
    if getattr(response, "is_stream_consumed", False):
        return _Once(response.content)
    found: AsyncIterator[bytes] = aiter(response.stream)
    return found if limit_body(response, end) else _Limited(found, end)


class _Limited(AsyncIterator[bytes]):
    def __init__(self, pieces: AsyncIterator[bytes], end: Callable[[], float]) -> None:
        self._pieces = pieces
        self._end = end

    async def __anext__(self) -> bytes:
        async with asyncio.timeout(_finite(self._end() - time.monotonic())):
            return await anext(self._pieces)


def _finite(seconds: float) -> float | None:
    return None if seconds == math.inf else seconds


class _Once(AsyncIterator[bytes]):
    def __init__(self, content: bytes) -> None:
        self._contents = [content]

    async def __anext__(self) -> bytes:
        if not self._contents:
            raise StopAsyncIteration
        return self._contents.pop()
