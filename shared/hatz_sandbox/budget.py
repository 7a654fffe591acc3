"""A limit of requests and an amount of credits, so that a storm of requests can be rehearsed."""

from __future__ import annotations

import math
import re
import threading
import time

from hatz_sandbox.gateway_error import GatewayError

_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_LIMIT = re.compile(rf"([1-9][0-9]{{0,8}})/({'|'.join(_SECONDS)})")


class Budget:
    """What the sandbox still grants: `limit` requests per second, minute or hour, and `credits` answers in all.

    Args:
        limit: Such as "50/second": a bucket of 50 that is refilled evenly, 50 a second (Anthropic documents its limits so). A request
            over it gets a 429 with `Retry-After`.
        credits: How many answers may be given. A request after the last gets a 429 that says that credits are used up.

    Raises:
        ValueError: The limit has another form, or the credits are negative.
    """

    def __init__(self, limit: str | None = None, credits: int | None = None) -> None:  # noqa: A002 (Hatz's word)
        found = _LIMIT.fullmatch(limit or "")
        if limit and not found:
            raise ValueError(f"limit={limit!r} has another form than '50/second' (or minute, or hour)")
        if credits is not None and credits < 0:
            raise ValueError(f"credits={credits} is less than 0")
        self.most = int(found[1]) if found else 0
        self.seconds = _SECONDS[found[2]] if found else 0.0
        self.credits = credits
        self.reset()

    def reset(self) -> None:
        """Grant everything again, and count from zero."""
        self._room = float(self.most)
        self._time = time.monotonic()
        self._asked: set[int] = set()
        self._lock = threading.Lock()
        self.answers = 0
        """How many requests for an answer were granted."""
        self.refusals = 0
        """How many requests got a 429."""
        self.repeats = 0
        """How many of the answers were to a request with the same body as one before."""

    def spend(self, body: bytes, *, generates: bool) -> None:
        """Grant a request.

        Raises:
            GatewayError: There is no room within the limit now, or there are no credits left.
        """
        with self._lock:
            error = self._refusal(generates)
            if error:
                self.refusals += 1
                raise error
            self._room -= 1
            if generates:
                self.answers += 1
                self.repeats += hash(body) in self._asked
                self._asked.add(hash(body))

    def _refusal(self, generates: bool) -> GatewayError | None:
        if generates and self.credits is not None and self.answers >= self.credits:
            return GatewayError("The monthly credit allowance is used up.", status=429, code="insufficient_quota")
        if not self.most:
            return None
        now = time.monotonic()
        self._room = min(self._room + (now - self._time) * self.most / self.seconds, self.most)
        self._time = now
        if self._room >= 1:
            return None
        wait = math.ceil((1 - self._room) * self.seconds / self.most)
        return GatewayError(
            f"Too many requests: {self.most} per {self.seconds:g} s are allowed.",
            status=429,
            headers={"Retry-After": str(wait)},
        )
