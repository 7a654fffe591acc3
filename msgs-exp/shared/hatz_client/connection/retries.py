"""How often to try again, and when: stamina does the waiting, `errors.backoff` the deciding."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import stamina

from hatz_client.errors import backoff


class Attempts:
    """Attempts as stamina makes them: it waits the way the running program does, adds jitter, and obeys `backoff`.

    The first is made without it, for most calls need no other. When that fails and may be repeated, stamina's own first one
    fails the same way at once, and stamina goes on from there.
    """

    def __init__(self, max_retries: int) -> None:
        self._max_retries = max_retries
        self._first = _First()
        self._others: Any = None

    def __iter__(self) -> Self:
        return self

    def __aiter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        if not self._first.made:
            return self._first
        if self._others is None:
            if (failure := self._first.failure()) is None:
                raise StopIteration
            self._others = iter(self._retrying())
            with next(self._others):
                raise failure
        return next(self._others)

    async def __anext__(self) -> Any:
        if not self._first.made:
            return self._first
        if self._others is None:
            if (failure := self._first.failure()) is None:
                raise StopAsyncIteration
            self._others = aiter(self._retrying())
            with await anext(self._others):
                raise failure
        return await anext(self._others)

    def _retrying(self) -> Any:
        return stamina.retry_context(
            on=backoff, attempts=self._max_retries + 1, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=0.5
        )


class _First:
    """The first attempt: keeps an error that is worth another."""

    num = 1

    def __init__(self) -> None:
        self.made = False
        self._error: Exception | None = None

    def __enter__(self) -> None:
        self.made = True

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> bool:
        if isinstance(error, Exception) and backoff(error) is not False:
            self._error = error
        return self._error is not None

    def failure(self) -> Exception | None:
        """The error, if it failed; kept no longer, for the error holds frames that hold this."""
        error, self._error = self._error, None
        return error
