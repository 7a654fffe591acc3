"""Async generators within others, which an event loop that ends must not close a second time."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class closable(AsyncGenerator[T, None]):  # noqa: N801 (used like a function)
    """An async generator within another one, which closes it: the end of an event loop does not close it a second time.

    An event loop that ends closes all open async generators at once, the caller's and, were it known to the loop, this one. The
    caller's closes this one too, and closing a generator twice at a time is an error that asyncio prints. So the loop is not told
    of it (`firstiter`); garbage collection still closes it (`finalizer`).
    """

    def __init__(self, generator: AsyncGenerator[T, None]) -> None:
        self._generator = generator
        self._begun = False

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    def __anext__(self) -> Coroutine[Any, Any, T]:
        return self._generator.asend(None) if self._begun else self.asend(None)

    def asend(self, value: None) -> Coroutine[Any, Any, T]:
        """As of a generator."""
        if self._begun:
            return self._generator.asend(value)
        self._begun = True
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=None)
        try:
            return self._generator.asend(value)
        finally:
            sys.set_asyncgen_hooks(*hooks)

    async def athrow(self, *args: Any) -> T:
        """As of a generator."""
        return await self._generator.athrow(*args)

    async def aclose(self) -> None:
        """End the stream and close its connection; nothing when that is already happening."""
        if not getattr(self._generator, "ag_running", False):
            await self._generator.aclose()
