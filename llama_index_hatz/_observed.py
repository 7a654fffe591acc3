"""LlamaIndex's callbacks and events of a call, made when there is somebody to see them.

`llm_chat_callback` makes an event of each call and of each chunk for nobody too: a quarter of what a chunk costs, and more the
longer the history is, for each event looks at every message of it again.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.callbacks import CallbackManager
from llama_index.core.llms.callbacks import dispatcher
from llama_index_instrumentation.dispatcher import Dispatcher
from llama_index_instrumentation.event_handlers import NullEventHandler

F = TypeVar("F", bound=Callable[..., Any])


def if_observed(callback: Callable[[F], F]) -> Callable[[F], F]:
    """What `callback` (`llm_chat_callback()`, say) makes of a method, for the calls that are observed; the others go without it.

    Who begins to observe while an answer is streamed sees the next one.
    """

    def around(method: F) -> F:
        with_events = callback(method)

        def call(self: BaseLLM, *args: Any, **kwargs: Any) -> Any:
            return (with_events if _observed(self) else method)(self, *args, **kwargs)

        async def acall(self: BaseLLM, *args: Any, **kwargs: Any) -> Any:
            return await (with_events if _observed(self) else method)(self, *args, **kwargs)

        made: Any = functools.wraps(with_events)(acall if inspect.iscoroutinefunction(method) else call)
        made.__signature__ = inspect.signature(
            with_events
        )  # else LlamaIndex's span around each call works it out each time
        return made  # type: ignore[no-any-return]

    return around


def _observed(llm: BaseLLM) -> bool:
    """Whether the callback has something to do for this call: an observer to tell, or a rate limiter to wait for."""
    manager = llm.callback_manager
    return (
        type(manager) is not CallbackManager
        or bool(manager.handlers)
        or getattr(llm, "rate_limiter", None) is not None
        or _heard(dispatcher)
    )


def _heard(at: Dispatcher) -> bool:
    """Whether an event that is dispatched here reaches a handler."""
    while all(type(handler) is NullEventHandler for handler in at.event_handlers):
        if not at.propagate:
            return False
        at = at.parent
    return True
