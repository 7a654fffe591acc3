"""Token counts as services write them: whole numbers, sometimes as floats, under different names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def count_of(counts: Mapping[str, Any], *names: str) -> int | None:
    """The first of these fields that is a count; None if there is none. Null, negative numbers and text are not counts."""
    return next((count for name in names if (count := _count(counts.get(name))) is not None), None)


def _count(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and value >= 0 else None
