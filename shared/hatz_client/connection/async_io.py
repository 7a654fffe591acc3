"""The asynchronous I/O of `AsyncClient`. `sync_io` has the same names for `Client`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from inspect import isawaitable
from typing import Any, TypeVar

from hatz_client.connection import pools
from hatz_client.connection.api_key import Key, clean_key
from hatz_client.connection.http.time_limits import Deadline, RequestTrace
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


async def lend_http(settings: Settings, given: Any, deadline: Deadline) -> AbstractAsyncContextManager[Any]:
    """An `httpx.AsyncClient` for one request: the user's own, or one from the event loop's pool.

    Raises:
        HatzUnsupportedError: if no asyncio event loop is running (under trio, for example).
    """
    _check_loop()
    if given is not None:
        return nullcontext(check_user_client(given, "http_async_client", "aclose", settings))
    return (await pools.loop_pool(settings.route, settings.max_connections)).lend(deadline)


async def wait_for_admission(admission: Admission) -> None:
    """Wait until an attempt may begin. Calls under the same limit queue: only the first of them asks.

    Raises:
        HatzTimeoutError: if the call's deadline is earlier.
        HatzConnectionError: if the limit's count cannot be reached.
    """
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
    return await asyncio.to_thread(function, *args)


def trace_function(trace: RequestTrace) -> Callable[..., Coroutine[Any, Any, None]]:
    """The trace as a callback for httpcore's `trace` extension."""

    async def event(name: str, info: Any) -> None:
        trace.event(name, info)

    return event


def raw_body(response: Any) -> AsyncIterator[bytes]:
    """The body's bytes as they arrive, still compressed; `aiter_raw` gives the same, and counts and cuts them first."""
    if getattr(response, "is_stream_consumed", False):
        return _Once(response.content)
    found: AsyncIterator[bytes] = aiter(response.stream)
    return found


class _Once(AsyncIterator[bytes]):
    def __init__(self, content: bytes) -> None:
        self._contents = [content]

    async def __anext__(self) -> bytes:
        if not self._contents:
            raise StopAsyncIteration
        return self._contents.pop()
