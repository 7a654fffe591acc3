"""LlamaIndex's decorators for endpoints that stream, made to close what they wrap.

The generator they put around the endpoint's own does not close it, and leaves that to its being forgotten. But closing is
an exception, and an observer that keeps it (LlamaDebugHandler does) keeps with its traceback the frame in which the
endpoint's generator is held: the connection stayed open (seen with llama-index-core 0.14.25).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import wraps
from typing import Any, ParamSpec, TypeAlias, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Observing: TypeAlias = Callable[[], Callable[..., Any]]
"""`llm_chat_callback` or `llm_completion_callback`."""
Streaming: TypeAlias = Callable[P, Generator[T, None, None]]
AsyncStreaming: TypeAlias = Callable[P, Coroutine[Any, Any, AsyncGenerator[T, None]]]


def observed(by: Observing) -> Callable[[Streaming[P, T]], Streaming[P, T]]:
    """An endpoint that streams, with LlamaIndex's events around it; closing its stream closes the endpoint's own."""

    def decorate(method: Streaming[P, T]) -> Streaming[P, T]:
        @wraps(method)
        def endpoint(*args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
            inner: list[Generator[T, None, None]] = []

            def begun(*args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
                inner.append(method(*args, **kwargs))
                return inner[0]

            return _closing(by()(begun)(*args, **kwargs), inner)

        return endpoint

    return decorate


def aobserved(by: Observing) -> Callable[[AsyncStreaming[P, T]], AsyncStreaming[P, T]]:
    """The same for an endpoint whose stream must be awaited."""

    def decorate(method: AsyncStreaming[P, T]) -> AsyncStreaming[P, T]:
        @wraps(method)
        async def endpoint(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T, None]:
            inner: list[AsyncGenerator[T, None]] = []

            async def begun(*args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T, None]:
                inner.append(await method(*args, **kwargs))
                return inner[0]

            return _aclosing(await by()(begun)(*args, **kwargs), inner)

        return endpoint

    return decorate


def _closing(outer: Generator[T, None, None], inner: list[Generator[T, None, None]]) -> Generator[T, None, None]:
    try:
        yield from outer
    finally:
        for stream in inner:
            stream.close()


async def _aclosing(outer: AsyncGenerator[T, None], inner: list[AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    try:
        async for chunk in outer:
            yield chunk
    finally:
        for stream in (outer, *inner):
            await stream.aclose()
