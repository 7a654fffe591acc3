"""The state of a limit, in the memory of this process."""

from __future__ import annotations

import time

from pyrate_limiter import InMemoryStateStore


class MemoryStore(InMemoryStateStore):
    """In this process."""

    blocks = False
    failures: tuple[type[Exception], ...] = ()

    def look(self) -> tuple[int, float]:
        """The time in milliseconds, and no pause: `connection.limits.pauses` keeps those of this process."""
        return time.monotonic_ns() // 1_000_000, 0.0

    def pause(self, seconds: float) -> None:
        """Nothing to do."""
