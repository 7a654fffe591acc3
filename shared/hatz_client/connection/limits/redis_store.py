"""The state of a limit, on a Redis server that several machines share."""

from __future__ import annotations

import math
from typing import Any

from pyrate_limiter import RedisStateStore
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from hatz_client.connection.limits.spec import LimitSpec
from hatz_client.errors import HatzInvalidInputError

_TIMEOUT = 2.0
"""Seconds to wait for Redis, which answers within a millisecond."""


class RedisStore(RedisStateStore):
    """One hash per name, which expires on its own. The clock is that of the server, so the machines' clocks need not agree."""

    blocks = True
    failures: tuple[type[Exception], ...] = (RedisError, OSError, ValueError, TypeError, LookupError)
    """The last three: an answer or a state of another form."""

    def __init__(self, spec: LimitSpec, name: str) -> None:
        client = _connect(spec)
        if client is None:
            raise HatzInvalidInputError(f"limit has a URL that redis-py does not accept: {spec.place}.")
        super().__init__(client, name)
        self._client: Any = client
        self._pause_key = f"{name}:pause"

    def look(self) -> tuple[int, float]:
        """The server's time in milliseconds, and the seconds until a pause ends."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.time()
        pipeline.pttl(self._pause_key)
        (seconds, microseconds), paused = pipeline.execute()
        return seconds * 1000 + microseconds // 1000, max(paused, 0) / 1000

    def pause(self, seconds: float) -> None:
        """Make all who share the limit wait for so many seconds."""
        milliseconds = math.ceil(seconds * 1000)
        if self._client.pttl(self._pause_key) < milliseconds:
            self._client.set(self._pause_key, 1, px=milliseconds)


def _connect(spec: LimitSpec) -> Any:
    """A client, which connects when it is used; None if the URL is not accepted (the exception could show its password)."""
    # One retry: a server that was restarted has closed the connection that is kept.
    retry = Retry(NoBackoff(), 1)
    try:
        return Redis.from_url(spec.url, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT, retry=retry)
    except (ValueError, RedisError):
        return None
