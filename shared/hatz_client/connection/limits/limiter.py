"""Count calls under a limit: one `Limiter` per limit, host and key, for all threads and event loops of a process."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from pyrate_limiter import GCRA, Decision, InMemoryStateStore, Rate

from hatz_client.connection.limits.spec import LimitSpec
from hatz_client.errors import HatzConnectionError, HatzInvalidInputError
from hatz_client.util.masking import mask

_DOWN = 1.0
"""Seconds before a store that failed is asked again: otherwise each call would wait for its time limit."""
_MOST = 1024
"""Maximum number of limiters that a process keeps."""
_LEAST = 0.001
_UNKNOWN = 0.05
"""Seconds to wait if a bucket of the user's own does not say how long."""
_ALGORITHM = GCRA()

_logger = logging.getLogger("hatz_client")


class Store(Protocol):
    """The storage of a limit's state."""

    blocks: bool
    """Whether asking may wait for a file or a network."""
    failures: tuple[type[Exception], ...]
    """The exceptions that mean that it is not available."""

    def look(self) -> tuple[int, float]:
        """The time in milliseconds, and the seconds until a pause ends."""
        ...

    def pause(self, seconds: float) -> None:
        """Make all who share the limit wait for so many seconds."""
        ...

    def check(self, algorithm: Any, rates: Any, now: int, weight: int) -> Any:
        """Count one call, if the limit allows it."""
        ...


class MemoryStore(InMemoryStateStore):
    """In the memory of this process."""

    blocks = False
    failures: tuple[type[Exception], ...] = ()

    def look(self) -> tuple[int, float]:
        """The time in milliseconds, and no pause: `connection.limits.pauses` keeps those of this process."""
        return time.monotonic_ns() // 1_000_000, 0.0

    def pause(self, seconds: float) -> None:
        """Nothing to do."""


class Limiter:
    """Counts calls under a limit. Only one call of a thread or event loop asks at a time, the others queue."""

    def __init__(self, spec: LimitSpec, name: str) -> None:
        self.place = spec.place
        self.queue = threading.Lock()
        """The queue of sync calls."""
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()
        self._secrets = spec.secrets
        self._rates = [Rate(rate.calls, rate.seconds * 1000, rate.burst) for rate in spec.rates]
        self._store = _make_store(spec, name)
        self._fallback = MemoryStore()
        """Counts the calls of this process while the store is unavailable, with `limit_unavailable="ignore"`."""
        self._down_until = 0.0
        self._problem = ""

    @property
    def blocks(self) -> bool:
        """Whether asking may wait for a file or a network."""
        return self._store.blocks

    @property
    def loop_queue(self) -> asyncio.Lock:
        """The queue of the running event loop's calls."""
        loop = asyncio.get_running_loop()
        found = self._queues.get(loop)
        return found if found is not None else self._queues.setdefault(loop, asyncio.Lock())

    def take(self, unavailable: str = "error") -> float:
        """Count one call, if the limit allows it.

        Args:
            unavailable: What to do if the store cannot be used: "error", or "ignore", which counts in this process alone.

        Returns:
            0.0 if the call may be made, else the seconds after which to ask again.

        Raises:
            HatzConnectionError: if the store cannot be used.
        """
        if time.monotonic() >= self._down_until:
            try:
                return self._ask(self._store)
            except HatzInvalidInputError:
                raise
            except self._store.failures as error:
                self._remember(error)
                if unavailable != "error":  # else the call's error says it
                    _logger.warning("%s", self._problem)
        if unavailable == "error":
            raise HatzConnectionError(self._problem)
        return self._ask(self._fallback) if self._rates else 0.0

    def pause(self, seconds: float) -> None:
        """Make all who share the limit wait. If the store cannot be used, the next call says so."""
        try:
            self._store.pause(seconds)
        except self._store.failures as error:
            self._remember(error)
            _logger.warning("%s", self._problem)

    def _ask(self, store: Store) -> float:
        now, paused = store.look()
        if paused:
            return paused
        decision: Decision = store.check(_ALGORITHM, self._rates, now, 1)
        if decision.allowed:
            return 0.0
        wait = decision.retry_after_ms
        return _UNKNOWN if wait is None else max(wait / 1000, _LEAST)

    def _remember(self, error: Exception) -> None:
        words = mask(" ".join(str(error).split())[:200], self._secrets)
        self._problem = (
            f"The limit's count at {self.place} cannot be used ({type(error).__name__}: {words}): make it available, correct limit=…, "
            'or count in each process alone with limit_unavailable="ignore".'
        )
        self._down_until = time.monotonic() + _DOWN


def _make_store(spec: LimitSpec, name: str) -> Store:
    if spec.make is not None:
        from hatz_client.connection.limits.user_bucket import UserBucket  # noqa: PLC0415

        return UserBucket(spec.make, name)
    if spec.file:
        from hatz_client.connection.limits.sqlite_store import SqliteStore  # noqa: PLC0415 (Python may be built without SQLite)

        return SqliteStore(spec.file, name)
    if spec.url:
        from hatz_client.connection.limits.redis_store import RedisStore  # noqa: PLC0415 (the package may not be installed)

        return RedisStore(spec, name)
    return MemoryStore()


_limiters: dict[tuple[LimitSpec, str], Limiter] = {}
_lock = threading.RLock()
_of_parent: list[Any] = []
"""The limiters of the parent process. They are kept: closing a SQLite connection of the parent could lose its locks."""


def limiter_for(spec: LimitSpec, name: str) -> Limiter:
    """The process's limiter for this limit and name."""
    found = _limiters.get((spec, name))
    if found is None:
        with _lock:
            while len(_limiters) >= _MOST:
                del _limiters[next(iter(_limiters))]
            found = _limiters.get((spec, name)) or _limiters.setdefault((spec, name), Limiter(spec, name))
    return found


def _start_in_child() -> None:
    global _limiters, _lock
    _of_parent.append(_limiters)
    _limiters, _lock = {}, threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_in_child)
