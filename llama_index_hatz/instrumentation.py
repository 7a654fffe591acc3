"""LlamaIndex's spans, events and callbacks of a call, made only if somebody observes them.

LlamaIndex makes a span for each call and an event for each chunk even without an observer. This takes a quarter of the time of
a chunk, and more with longer histories, because each event processes every message again.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing
from typing import Any, TypeVar

from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms.callbacks import dispatcher as event_dispatcher
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.dispatcher import DISPATCHER_SPAN_DECORATED_ATTR, Dispatcher
from llama_index_instrumentation.event_handlers import NullEventHandler
from llama_index_instrumentation.span_handlers import NullSpanHandler

from hatz_client.util.async_generators import closable

F = TypeVar("F", bound=Callable[..., Any])
_NOBODY = {NullEventHandler, NullSpanHandler}


def observed(callback: Callable[[], Callable[[Any], Any]]) -> Callable[[F], F]:
    """Decorate a method of an LLM with LlamaIndex's span, events and callbacks for observed calls.

    Other calls run only the method. An observer that is added during a stream sees the next call.

    Args:
        callback: `llm_chat_callback` or `llm_completion_callback`.
    """

    def decorate(method: F) -> F:
        decorated: Any = (_async_method if inspect.iscoroutinefunction(method) else _sync_method)(method, callback)
        return with_one_span(decorated)  # type: ignore[no-any-return]

    return decorate


def with_one_span(method: F) -> F:
    """Mark a method that calls LlamaIndex's own method, which already has a span: the class must not add a second one."""
    setattr(method, DISPATCHER_SPAN_DECORATED_ATTR, True)
    return method


# LlamaIndex wraps the generator of a streaming method and leaves closing it to garbage collection. Closing raises an
# exception in the generator; if an observer keeps it (LlamaDebugHandler does), its traceback keeps the frame with the
# method's generator alive, and the connection stays open (seen with llama-index-core 0.14.25). So both are closed here.


def _sync_method(method: Callable[..., Any], callback: Callable[[], Any]) -> Callable[..., Any]:
    spans = get_dispatcher(method.__module__)

    @spans.span
    @functools.wraps(method)
    def with_events(*args: Any, **kwargs: Any) -> Any:
        own: list[Any] = []

        def call(*args: Any, **kwargs: Any) -> Any:
            own.append(method(*args, **kwargs))
            return own[0]

        answer = callback()(call)(*args, **kwargs)
        return close_both(answer, own[0]) if isinstance(answer, Generator) else answer

    @functools.wraps(method)
    def choose(self: BaseLLM, *args: Any, **kwargs: Any) -> Any:
        chosen: Any = with_events if _is_observed(self, spans) else method
        return chosen.__get__(self)(*args, **kwargs)  # bound, because the span has the name of the class

    return choose


def _async_method(method: Callable[..., Any], callback: Callable[[], Any]) -> Callable[..., Any]:
    """Async version of `_sync_method`."""
    spans = get_dispatcher(method.__module__)

    @spans.span
    @functools.wraps(method)
    async def with_events(*args: Any, **kwargs: Any) -> Any:
        own: list[Any] = []

        async def call(*args: Any, **kwargs: Any) -> Any:
            answer = await method(*args, **kwargs)
            own.append(closable(answer) if isinstance(answer, AsyncGenerator) else answer)
            return own[0]

        answer = await callback()(call)(*args, **kwargs)
        return _aclose_both(closable(answer), own[0]) if isinstance(answer, AsyncGenerator) else answer

    @functools.wraps(method)
    async def choose(self: BaseLLM, *args: Any, **kwargs: Any) -> Any:
        chosen: Any = with_events if _is_observed(self, spans) else method
        return await chosen.__get__(self)(*args, **kwargs)

    return choose


def close_both(outer: Generator[Any, None, None], inner: Generator[Any, None, None]) -> Generator[Any, None, None]:
    """The outer stream; closing it closes the inner one too.

    Without this, closing relies on the outer generator giving up its local variables, which CPython 3.13.0 does not do.
    """
    with closing(inner), closing(outer):
        yield from outer


async def _aclose_both(outer: AsyncGenerator[Any, None], inner: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    """Async version of `close_both`."""
    async with aclosing(inner), aclosing(outer):
        async for chunk in outer:
            yield chunk


def _is_observed(llm: BaseLLM, span_dispatcher: Dispatcher) -> bool:
    """Whether this call needs LlamaIndex's decorator: for observers, or for a rate limiter."""
    manager = llm.callback_manager
    return (
        type(manager) is not CallbackManager
        or bool(manager.handlers)
        or getattr(llm, "rate_limiter", None) is not None
        or _has_handler(event_dispatcher)
        or _has_handler(span_dispatcher)
    )


def _has_handler(at: Dispatcher) -> bool:
    """Whether events dispatched here reach a handler."""
    while _NOBODY.issuperset(map(type, at.event_handlers)) and _NOBODY.issuperset(map(type, at.span_handlers)):
        if not at.propagate:
            return False
        at = at.parent
    return True
