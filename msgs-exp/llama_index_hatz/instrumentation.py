"""LlamaIndex's spans, events and callbacks of a call, made when there is somebody to see them.

LlamaIndex makes a span of each call and an event of each chunk for nobody too: a quarter of what a chunk costs, and more the
longer the history is, for each event looks at every message of it again.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, TypeVar

from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms.callbacks import dispatcher as of_events
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.dispatcher import DISPATCHER_SPAN_DECORATED_ATTR, Dispatcher
from llama_index_instrumentation.event_handlers import NullEventHandler
from llama_index_instrumentation.span_handlers import NullSpanHandler

F = TypeVar("F", bound=Callable[..., Any])
_NOBODY = {NullEventHandler, NullSpanHandler}


def observed(callback: Callable[[], Callable[[Any], Any]]) -> Callable[[F], F]:
    """An endpoint, with LlamaIndex's span, events and callbacks around the calls that are observed.

    The other calls are the method's alone. Who begins to observe while an answer is streamed sees the next one.

    Args:
        callback: `llm_chat_callback` or `llm_completion_callback`.
    """

    def decorate(method: F) -> F:
        of_spans = get_dispatcher(method.__module__)
        asynchronous = inspect.iscoroutinefunction(method)
        told = functools.wraps(method)((_atold if asynchronous else _told)(method, callback))
        spanned: Any = of_spans.span(told)

        def endpoint(self: BaseLLM, *args: Any, **kwargs: Any) -> Any:
            called = spanned if _is_observed(self, of_spans) else method
            return called.__get__(self)(*args, **kwargs)

        async def aendpoint(self: BaseLLM, *args: Any, **kwargs: Any) -> Any:
            called = spanned if _is_observed(self, of_spans) else method
            return await called.__get__(self)(*args, **kwargs)

        made: Any = functools.wraps(method)(aendpoint if asynchronous else endpoint)
        return with_one_span(made)  # type: ignore[no-any-return]

    return decorate


def with_one_span(method: F) -> F:
    """A method that hands on to LlamaIndex's own, which has a span: the class is to put no second one around it."""
    setattr(method, DISPATCHER_SPAN_DECORATED_ATTR, True)
    return method


# LlamaIndex puts a generator around that of a streaming endpoint and does not close it, but leaves that to its being
# forgotten. But closing is an exception, and an observer that keeps it (LlamaDebugHandler does) keeps with its traceback the
# frame in which the endpoint's generator is held: the connection stayed open (seen with llama-index-core 0.14.25). So both
# are closed here.


def _told(method: Callable[..., Any], callback: Callable[[], Any]) -> Callable[..., Any]:
    """The endpoint with LlamaIndex's events around it; closing its stream closes the endpoint's own."""

    def told(*args: Any, **kwargs: Any) -> Any:
        own: Any = None

        def begun(*args: Any, **kwargs: Any) -> Any:
            nonlocal own
            own = method(*args, **kwargs)
            return own

        answer = callback()(begun)(*args, **kwargs)
        return _closing(answer, own) if isinstance(answer, Generator) else answer

    return told


def _atold(method: Callable[..., Any], callback: Callable[[], Any]) -> Callable[..., Any]:
    """The same for an endpoint that must be awaited."""

    async def told(*args: Any, **kwargs: Any) -> Any:
        own: Any = None

        async def begun(*args: Any, **kwargs: Any) -> Any:
            nonlocal own
            own = await method(*args, **kwargs)
            return own

        answer = await callback()(begun)(*args, **kwargs)
        return _aclosing(answer, own) if isinstance(answer, AsyncGenerator) else answer

    return told


def _closing(outer: Generator[Any, None, None], inner: Generator[Any, None, None]) -> Generator[Any, None, None]:
    try:
        yield from outer
    finally:
        inner.close()


async def _aclosing(outer: AsyncGenerator[Any, None], inner: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    try:
        async for chunk in outer:
            yield chunk
    finally:
        await outer.aclose()
        await inner.aclose()


def _is_observed(llm: BaseLLM, of_spans: Dispatcher) -> bool:
    """Whether there is something to do for this call: observers to tell, or a rate limiter to wait for."""
    manager = llm.callback_manager
    return (
        type(manager) is not CallbackManager
        or bool(manager.handlers)
        or getattr(llm, "rate_limiter", None) is not None
        or _is_heard(of_events)
        or _is_heard(of_spans)
    )


def _is_heard(at: Dispatcher) -> bool:
    """Whether what is dispatched here reaches a handler."""
    while _NOBODY.issuperset(map(type, at.event_handlers)) and _NOBODY.issuperset(map(type, at.span_handlers)):
        if not at.propagate:
            return False
        at = at.parent
    return True
