"""Async generators inside others, which an ending event loop must not close a second time."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class closable(AsyncGenerator[T, None]):  # noqa: N801 (used like a function)
    """An async generator inside another one, which closes it: an ending event loop does not close it a second time.

    An ending event loop closes all async generators that it knows: the caller's and, normally, this one. The caller's
    generator closes this one too, and closing a generator twice at the same time is an error that asyncio prints. So
    this one is hidden from the loop (`firstiter`); garbage collection still closes it (`finalizer`).
    """

    def __init__(self, generator: AsyncGenerator[T, None]) -> None:
        self._generator = generator
        self._begun = False

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    def __anext__(self) -> Coroutine[Any, Any, T]:
        return self._generator.asend(None) if self._begun else self.asend(None)

    def asend(self, value: None) -> Coroutine[Any, Any, T]:
        """Like the method of a generator."""
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
        """Like the method of a generator."""
        return await self._generator.athrow(*args)

    async def aclose(self) -> None:
        """End the stream and close its connection; does nothing if it is already closing."""
        if not getattr(self._generator, "ag_running", False):
            await self._generator.aclose()
