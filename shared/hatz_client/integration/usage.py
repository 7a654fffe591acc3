"""The usage of an answer that took more than one request."""

from __future__ import annotations

from hatz_client.content import Reply, Usage


def add_usage(first: Reply, second: Reply) -> Reply:
    """The second answer with the summed usage of both; a count is unknown if one of them does not report it."""
    one, other = first.usage, second.usage
    if one is None or other is None:
        return second.replace(usage=None)
    used = Usage(
        one.input + other.input,
        one.output + other.output,
        one.total + other.total,
        _add_counts(one.cache_read, other.cache_read),
        _add_counts(one.cache_write, other.cache_write),
        _add_counts(one.reasoning, other.reasoning),
    )
    return second.replace(usage=used)


def _add_counts(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
