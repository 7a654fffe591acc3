"""Parse a `limit`: its rates, its burst, and where the count is stored. No I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote, urlsplit

from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.value import Value

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
"""Seconds."""
_RATE = re.compile(rf"([0-9]{{1,9}})/({'|'.join(UNITS)})")
_BURST = re.compile(r"burst=([0-9]{1,9})")
_SERVERS = ("redis", "rediss", "unix")
_FORMS = (
    '"50/second" (this process), "600/minute sqlite:///limits.db" (this machine) or "600/minute redis://cache:6379/0" '
    "(all machines)"
)


class Rate(Value, frozen=True):
    """The maximum number of calls in a number of seconds; `burst` of them may be made at once."""

    calls: int
    seconds: int
    burst: int


@dataclass(frozen=True, slots=True)
class LimitSpec:
    """The parts of a `limit`."""

    rates: tuple[Rate, ...] = ()
    url: str = field(default="", repr=False)
    """Where the count is kept: empty (in this process), or the URL of a file or a Redis server, which may contain a password."""
    make: Callable[[str], Any] | None = None
    """The user's callable that makes the limiter, instead of the other fields."""

    @property
    def file(self) -> str:
        """The path of the SQLite file; empty if there is none."""
        return unquote(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite:") else ""

    @property
    def place(self) -> str:
        """Where the count is kept, for messages: without user and password."""
        if not self.url or self.file:
            return self.file or "this process"
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets in the URL, which no message shows."""
        password = urlsplit(self.url).password if self.url else None
        return (password, unquote(password)) if password else ()


def parse_limit(given: Any, name: str = "limit") -> LimitSpec:
    """The parts of a `limit`: a text or a callable, in an object that hides it as its `value`.

    Args:
        given: The limit.
        name: The setting or environment variable it comes from.

    Raises:
        HatzInvalidInputError: if it has none of the documented forms, or needs a package that is not installed. The message
            does not show the text, which may contain a password.
    """
    found: LimitSpec | str
    if callable(given.value):
        found = _missing_package("pyrate_limiter") or LimitSpec(make=given.value)
    elif isinstance(given.value, str):
        found = _parse(given.value)
    else:
        found = f"limit is of type {type(given.value).__name__}: give a text such as {_FORMS}, or a callable."
    if isinstance(found, str):
        raise HatzInvalidInputError(name + found.removeprefix("limit"))
    return found


@lru_cache(maxsize=64)
def _parse(given: str) -> LimitSpec | str:
    """The parts, or the problem. The problem is returned, not raised: see "Secrets in tracebacks" in `connection.api_key`."""
    words = given.split()
    urls = [word for word in words if ":" in word]
    bursts = [int(found[1]) for word in words if (found := _BURST.fullmatch(word))]
    rates = [(int(found[1]), UNITS[found[2]]) for word in words if (found := _RATE.fullmatch(word))]
    if len(urls) > 1 or len(bursts) > 1 or not rates or len(words) != len(urls) + len(bursts) + len(rates):
        return (
            f"limit must have a form such as {_FORMS}. Several rates and burst=N can be combined, separated by spaces."
        )
    if not all(calls for calls, _ in rates) or 0 in bursts:
        return "limit contains a 0: each rate and burst= must allow at least one call."
    if len({seconds for _, seconds in rates}) < len(rates):
        return "limit has two rates for the same unit of time: keep the lower one."
    if urls and (problem := _url_problem(urls[0])):
        return problem
    is_server = bool(urls) and urls[0].partition(":")[0] in _SERVERS
    if problem := _missing_package("pyrate_limiter", *(["redis"] if is_server else [])):
        return problem
    # A tenth at once: it makes up for sleeps that take too long, and is too small for a gateway to refuse.
    return LimitSpec(
        tuple(
            Rate(calls, seconds, bursts[0] if bursts else math.ceil(calls / 10))
            for calls, seconds in sorted(rates, key=lambda rate: rate[1])
        ),
        urls[0] if urls else "",
    )


def _missing_package(*names: str) -> str:
    """The message about a missing package; empty if all are installed."""
    missing = next((name for name in names if not find_spec(name)), None)
    return (
        f'limit needs the package {missing}: pip install ".[scale]" in a clone of hatz-integrations.' if missing else ""
    )


def _url_problem(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "limit contains something that is not a URL."
    if parts.scheme == "sqlite":
        has_file = url.startswith("sqlite:///") and parts.path.strip("/")
        return "" if has_file else "limit names no file: write sqlite:///limits.db."
    if parts.scheme in _SERVERS and (parts.hostname or parts.path):
        return ""
    return "limit can keep its count only at sqlite:///FILE, redis://HOST:PORT/DB, rediss:// or unix://."
