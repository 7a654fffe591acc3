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
from hatz_client.connection.bounds import acquire
from hatz_client.connection.room import Room
from hatz_client.connection.settings import Settings
from hatz_client.connection.time_limits import BodyLimit, Deadline
from hatz_client.connection.transport import HttpRequest, check_user_client
from hatz_client.errors import HatzUnsupportedError
from hatz_client.util.closable import closable as closable  # noqa: PLC0414 (`AsyncClient` calls it `io.closable`)

T = TypeVar("T")

sleep = asyncio.sleep


async def resolve_key(settings: Settings) -> Key:
    """The key for one request."""
    key = settings.given_key()
    return clean_key(await key if isawaitable(key) else key)


async def lend_http(settings: Settings, given: Any, deadline: Deadline) -> AbstractAsyncContextManager[Any]:
    """An `httpx.AsyncClient` for one request: the user's own, or one from the event loop's pool.

    Raises:
        HatzUnsupportedError: if no asyncio event loop is running (under trio, for example).
    """
    _check_loop()
    if given is not None:
        return nullcontext(check_user_client(given, "http_async_client", "aclose", settings))
    return (await pools.loop_pool(settings.route, settings.connections)).lend(deadline)


async def wait_for_room(room: Room) -> None:
    """Wait until an attempt may begin. Calls under the same limit queue: only the first of them asks.

    Raises:
        HatzTimeoutError: if the call's deadline is earlier.
        HatzConnectionError: if the limit's count cannot be reached.
    """
    limiter = room.limiter
    if limiter is None:
        await _wait(room)
        return
    queue = limiter.loop_queue
    await acquire(queue, room.deadline)
    try:
        await _wait(room)
    finally:
        queue.release()


async def _wait(room: Room) -> None:
    blocks = room.limiter is not None and room.limiter.blocks
    while seconds := (await asyncio.to_thread(room.ask) if blocks else room.ask()):
        await sleep(seconds)


async def close_idle(settings: Settings) -> None:
    """Close the idle connections of these settings' route."""
    _check_loop()
    await pools.aclose(settings.route, settings.connections)


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
    return await asyncio.to_thread(function, *args)


async def send(http: Any, request: HttpRequest, *, is_users: bool) -> Any:
    """The response, its body not read. A user's own client may use any transport, so there the limit cancels the request.

    Raises:
        TimeoutError: if it is cancelled.
    """

    async def event(name: str, info: Any) -> None:
        request.report(name, info)

    seconds = request.header_seconds
    timeouts = request.timeouts if is_users else request.deadline.shorten(request.timeouts)
    built = http.build_request(**request.arguments(event, dict(timeouts)))
    with request.trace.sending(seconds, request.secrets):
        if not is_users:
            return await http.send(built, stream=True, follow_redirects=False)
        async with asyncio.timeout(_finite(seconds)):
            return await http.send(built, stream=True, follow_redirects=False)


def raw_body(response: Any, limit: BodyLimit) -> AsyncIterator[bytes]:
    """The body's bytes as they arrive, still compressed; `aiter_raw` gives the same, and counts and cuts them first."""
    if getattr(response, "is_stream_consumed", False):
        return _Once(response.content)
    found: AsyncIterator[bytes] = aiter(response.stream)
    return found if limit.is_applied else _Limited(found, limit)


class _Limited(AsyncIterator[bytes]):
    def __init__(self, pieces: AsyncIterator[bytes], limit: BodyLimit) -> None:
        self._pieces = pieces
        self._limit = limit

    async def __anext__(self) -> bytes:
        async with asyncio.timeout(_finite(self._limit.end - time.monotonic())):
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
