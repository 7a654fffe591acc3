"""LlamaIndex's spans, events and callbacks of a call, made when there is somebody to see them.

LlamaIndex makes a span of each call and an event of each chunk for nobody too: a quarter of what a chunk costs, and more the
longer the history is, for each event looks at every message of it again.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
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


def if_observed(callback: Callable[[F], F]) -> Callable[[F], F]:
    """What LlamaIndex's span and `callback` (`llm_chat_callback()`, say) make of a method, for the calls that are observed.

    The other calls are the method's alone. Who begins to observe while an answer is streamed sees the next one.
    """

    def around(method: F) -> F:
        of_spans = get_dispatcher(method.__module__)
        with_events = callback(method)
        with_all: Any = of_spans.span(with_events)

        def call(self: BaseLLM, *args: Any, **kwargs: Any) -> Any:
            if _observed(self, of_spans):
                return with_all.__get__(self)(*args, **kwargs)
            return method(self, *args, **kwargs)

        async def acall(self: BaseLLM, *args: Any, **kwargs: Any) -> Any:
            if _observed(self, of_spans):
                return await with_all.__get__(self)(*args, **kwargs)
            return await method(self, *args, **kwargs)

        made: Any = functools.wraps(with_events)(acall if inspect.iscoroutinefunction(method) else call)
        setattr(made, DISPATCHER_SPAN_DECORATED_ATTR, True)  # else the class would put a second span around each call
        return made  # type: ignore[no-any-return]

    return around


def _observed(llm: BaseLLM, of_spans: Dispatcher) -> bool:
    """Whether there is something to do for this call: observers to tell, or a rate limiter to wait for."""
    manager = llm.callback_manager
    return (
        type(manager) is not CallbackManager
        or bool(manager.handlers)
        or getattr(llm, "rate_limiter", None) is not None
        or _heard(of_events)
        or _heard(of_spans)
    )


def _heard(at: Dispatcher) -> bool:
    """Whether what is dispatched here reaches a handler."""
    while _NOBODY.issuperset(map(type, at.event_handlers)) and _NOBODY.issuperset(map(type, at.span_handlers)):
        if not at.propagate:
            return False
        at = at.parent
    return True
