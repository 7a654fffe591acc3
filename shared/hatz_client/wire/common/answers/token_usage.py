"""Token counts as services write them: whole numbers, sometimes as floats, under different names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def count_of(counts: Mapping[str, Any], *names: str) -> int | None:
    """The first of these fields that holds a count; None when none does. Null, negative numbers and text are no counts."""
    for name in names:
        value = counts.get(name)
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is int and value >= 0:
            return value
    return None
