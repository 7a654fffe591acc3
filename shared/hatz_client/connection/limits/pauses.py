"""Pauses of this process after a 429 with a `Retry-After`. Needs no package.

A pause is for all calls with the same host and key: a gateway that refuses one of them would refuse the next.
"""

from __future__ import annotations

import hashlib
import time
from urllib.parse import urlsplit

from hatz_client.errors import HatzError, HatzRateLimitError

LONGEST = 60.0
"""Seconds: if the gateway asks for a longer wait, only the call that it refused sees it (`retry_after`)."""

_ends: dict[str, float] = {}
"""The end of each pause, by name."""


def bucket_name(url: str, key: str | bytes) -> str:
    """The name for calls with this host and key; it contains a hash of the key."""
    digest = hashlib.sha256(b"hatz limit\0" + (key.encode() if isinstance(key, str) else key)).hexdigest()
    return f"hatz:{urlsplit(url).netloc}:{digest[:20]}"


def are_on() -> bool:
    """Whether there is any pause."""
    return bool(_ends)


def seconds_of(error: HatzError) -> float:
    """The length of the pause that an error asks for, in seconds; 0 for none. Used-up credits cause none: waiting does not help."""
    if isinstance(error, HatzRateLimitError) and error.is_retryable and error.retry_after is not None:
        return error.retry_after if error.retry_after <= LONGEST else 0.0
    return 0.0


def begin(name: str, seconds: float) -> None:
    """Begin a pause, or extend the current one, so that it lasts this many seconds from now."""
    now = time.monotonic()
    for other in [other for other, end in _ends.copy().items() if end <= now]:
        _ends.pop(other, None)
    _ends[name] = max(_ends.get(name, 0.0), now + seconds)


def seconds_left(name: str) -> float:
    """The rest of the pause, in seconds; 0 if there is none."""
    end = _ends.get(name)
    if end is None:
        return 0.0
    seconds = end - time.monotonic()
    if seconds <= 0:
        _ends.pop(name, None)
        return 0.0
    return seconds


def end_all() -> None:
    """End all pauses."""
    _ends.clear()
