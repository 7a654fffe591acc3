"""Whether an attempt may begin: the limit, and the pause after a 429. No waiting: the clients do that."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatz_client.connection.http.request import HttpRequest
from hatz_client.connection.http.time_limits import Deadline
from hatz_client.connection.limits import pauses
from hatz_client.connection.limits.spec import LimitSpec
from hatz_client.connection.retries import JITTER
from hatz_client.connection.settings import Settings
from hatz_client.errors import HatzError

if TYPE_CHECKING:
    from hatz_client.connection.limits.limiter import Limiter


@dataclass(frozen=True, slots=True)
class Admission:
    """The conditions under which an attempt may begin: no pause, and capacity under the limit."""

    name: str
    """The host and a hash of the key, to which the pause and the limit apply."""
    deadline: Deadline
    limiter: Limiter | None = None
    unavailable: str = "error"

    def ask(self) -> float:
        """Count the attempt: 0.0 if the attempt may begin, else the seconds after which to ask again.

        Raises:
            HatzTimeoutError: if that is later than the call's deadline.
            HatzConnectionError: if the limit's count cannot be reached.
        """
        wait = pauses.seconds_left(self.name)
        if wait:
            wait += random.uniform(0, min(JITTER, wait))  # noqa: S311 (not for security)
        elif self.limiter is not None:
            wait = self.limiter.take(self.unavailable)
        if wait >= self.deadline.seconds_left:
            raise self.deadline.error()
        return wait


def admission_for(settings: Settings, request: HttpRequest) -> Admission | None:
    """The conditions for this attempt; None if there are none."""
    spec = settings.limit_spec
    if spec is None and not pauses.are_on():
        return None
    name = _name(request)
    return Admission(name, request.deadline, _limiter(spec, name), settings.limit_unavailable)


def share_pause(settings: Settings, request: HttpRequest, error: HatzError) -> None:
    """Make all calls with the same host and key wait if the error asks for it: in this process, and where the limit is shared."""
    seconds = pauses.seconds_of(error)
    if seconds:
        name = _name(request)
        pauses.begin(name, seconds)
        if (limiter := _limiter(settings.limit_spec, name)) is not None:
            limiter.pause(seconds)


def _name(request: HttpRequest) -> str:
    return pauses.bucket_name(request.url, request.headers["X-API-Key"])


def _limiter(spec: LimitSpec | None, name: str) -> Limiter | None:
    if spec is None:
        return None
    from hatz_client.connection.limits.limiter import limiter_for  # noqa: PLC0415 (brings pyrate-limiter, an extra)

    return limiter_for(spec, name)
