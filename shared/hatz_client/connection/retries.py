"""Whether to retry after an error, and when. No I/O: the clients wait."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

from hatz_client.connection.http.request import HttpRequest
from hatz_client.connection.http.time_limits import Deadline
from hatz_client.connection.settings import Settings
from hatz_client.errors import (
    HatzConnectionError,
    HatzError,
    HatzRateLimitError,
    HatzResponseError,
    HatzServerError,
    HatzStreamInterruptedError,
)

FIRST_DELAY = 0.5
"""Seconds before the first retry; each further delay is twice as long."""
MAX_DELAY = 8.0
JITTER = 0.5
"""The maximum of the random part of a delay, in seconds, so that many clients do not retry at the same time."""
MAX_RETRY_AFTER = 60.0
"""Seconds: if the gateway asks for a longer wait, there is no retry."""

MAX_RESENDS = 8
"""How often a request that was certainly not processed is sent again at once; this does not count as a retry."""

_logger = logging.getLogger("hatz_client")


def retry_delay(
    error: HatzError,
    attempt: int,
    max_retries: int,
    deadline: Deadline | None = None,
    *,
    uniform: Callable[[float, float], float] = random.uniform,
) -> float | None:
    """Seconds to wait before the next attempt; None if there is no further attempt.

    Args:
        error: The error of this attempt.
        attempt: Its number, from 1.
        max_retries: How often to retry at most.
        deadline: The end of the whole call: no retry starts after it.
        uniform: Returns a random number between its two arguments.
    """
    if attempt > max_retries or not error.is_retryable or error.partial is not None:
        return None
    if error.retry_after is not None and error.retry_after > MAX_RETRY_AFTER:
        return None
    delay = _delay(error, attempt, uniform)
    return None if deadline is not None and delay >= deadline.seconds_left else delay


def _delay(error: HatzError, attempt: int, uniform: Callable[[float, float], float]) -> float:
    if error.retry_after is None:
        return min(MAX_DELAY, FIRST_DELAY * 2.0 ** min(attempt - 1, 10)) + uniform(0, JITTER)
    wait = max(0.0, error.retry_after)
    return wait + uniform(0, min(JITTER, wait))


class Retries:
    """The attempts of one call, and how much of its `patience` is used."""

    def __init__(self, settings: Settings) -> None:
        self.attempt = 1
        """The number of the current attempt."""
        self._settings = settings
        self._waited = 0.0
        """Seconds of its patience that are used."""
        self._patient = 0
        """The number of attempts that do not count as retries: refused with 429 within `patience`."""

    def delay(self, error: HatzError, deadline: Deadline) -> float | None:
        """Seconds to wait before the next attempt, which then is the current one; None if there is no further attempt."""
        delay = self._patient_delay(error, deadline)
        if delay is None:
            delay = retry_delay(error, self.attempt - self._patient, self._settings.max_retries, deadline)
        else:
            self._waited += delay
            self._patient += 1
        self.attempt += delay is not None
        return delay

    def _patient_delay(self, error: HatzError, deadline: Deadline) -> float | None:
        is_limit = isinstance(error, HatzRateLimitError) and error.is_retryable and error.partial is None
        left = self._settings.patience - self._waited
        if left <= 0 or not is_limit:
            return None
        delay = _delay(error, self._patient + 1, random.uniform)
        return delay if delay <= left and delay < deadline.seconds_left else None


def is_unprocessed(error: HatzError, request: HttpRequest) -> bool:
    """Whether the same request may be sent again at once, whatever `max_retries` says.

    This is so if the connection carried the answer to another request, or if a reused connection turned out to be closed. In
    the second case the request must also be incomplete (so nobody processed it) or a GET (which changes nothing).
    """
    trace = request.trace
    if trace.foreign:
        return True
    broken = isinstance(error, HatzStreamInterruptedError) and trace.reused
    return broken and (trace.send_failed or request.method == "GET")


def must_not_repeat(error: HatzError, request: HttpRequest) -> bool:
    """Whether the gateway may have processed a request that would do harm if it were sent twice; the error then says so.

    It certainly has not if it answered with 429, or if the request was not written completely.
    """
    trace = request.trace
    if isinstance(error, HatzRateLimitError) or not trace.handed_over:
        return False
    if trace.seen and (trace.send_failed or not trace.send_began):
        return False
    if isinstance(error, HatzConnectionError | HatzResponseError | HatzServerError):
        error.message += " Whether the gateway processed the request is unknown, so it was not sent again."
        error.args = (error.message,)
    return True


def log_retry(error: HatzError, attempt: int, delay: float) -> None:
    """Log one WARNING per retry: the failure, the attempt, and the wait until the next."""
    _logger.warning("Attempt %d failed, next attempt in %.1f s: %s: %s", attempt, delay, type(error).__name__, error)
