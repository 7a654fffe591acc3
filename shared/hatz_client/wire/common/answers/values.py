"""Values of an answer, whose types no service guarantees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def string(value: Any) -> str | None:
    """The value if it is a string."""
    return value if isinstance(value, str) else None


def id_text(value: Any) -> str:
    """An id as text, "" if there is none; some services write numbers."""
    return str(value) if type(value) is int else string(value) or ""


def integer(value: Any) -> int | None:
    """The value if it is a whole number, which some services write as a float."""
    if type(value) is int:
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None


def count_of(counts: Mapping[str, Any], *names: str) -> int | None:
    """The first of these fields that holds a count of tokens; None when none does. Negative numbers are no counts."""
    for name in names:
        value = counts.get(name)
        if type(value) is float:
            value = integer(value)
        if type(value) is int and value >= 0:
            return value
    return None
