"""A request limit and an amount of credits, to rehearse what happens when they are exceeded."""

from __future__ import annotations

import math
import re
import threading
import time

from hatz_sandbox.neutral import GatewayError

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_LIMIT = re.compile(rf"([1-9][0-9]{{0,8}})/({'|'.join(_SECONDS)})")


class Budget:
    """What is left of the request limit and of the credits; `sandbox.budget`. Thread-safe.

    Args:
        limit: Such as "50/second" (or minute, hour): a token bucket of 50 that is refilled evenly, as Anthropic documents its
            limits. A request over it gets a 429 with `Retry-After`.
        credits: The number of answers. Requests after the last one get a 429 that says that the credits are used up.

    Raises:
        ValueError: The limit has no such form, or the credits are negative.
    """

    def __init__(self, limit: str | None = None, credits: int | None = None) -> None:  # noqa: A002 (Hatz's word)
        found = _LIMIT.fullmatch(limit or "")
        if limit and not found:
            raise ValueError(f"limit={limit!r} must have a form such as '50/second' (or minute, or hour)")
        if credits is not None and credits < 0:
            raise ValueError(f"credits={credits} is less than 0")
        self._size = int(found[1]) if found else 0
        self._seconds = _SECONDS[found[2]] if found else 0.0
        self._credits = credits
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Restore the limit and the credits, and set the counts to 0."""
        self._tokens = float(self._size)
        self._time = time.monotonic()
        self._bodies: set[int] = set()
        self.answers = 0
        """Requests for an answer that were accepted."""
        self.refusals = 0
        """Requests that got a 429."""
        self.repeats = 0
        """Accepted requests with the same body as an earlier one."""

    def spend(self, body: bytes, *, generates: bool) -> None:
        """Count a request; a `GatewayError` if it is over the limit or there are no credits left."""
        with self._lock:
            error = self._find_error(generates)
            if error:
                self.refusals += 1
                raise error
            self._tokens -= 1
            if generates:
                self.answers += 1
                self.repeats += hash(body) in self._bodies
                self._bodies.add(hash(body))

    def _find_error(self, generates: bool) -> GatewayError | None:
        if generates and self._credits is not None and self.answers >= self._credits:
            return GatewayError("The monthly credit allowance is used up.", status=429, code="insufficient_quota")
        if not self._size:
            return None
        now = time.monotonic()
        self._tokens = min(self._tokens + (now - self._time) * self._size / self._seconds, self._size)
        self._time = now
        if self._tokens >= 1:
            return None
        wait = math.ceil((1 - self._tokens) * self._seconds / self._size)
        message = f"Too many requests: {self._size} per {self._seconds:g} s are allowed."
        return GatewayError(message, status=429, headers={"Retry-After": str(wait)})
