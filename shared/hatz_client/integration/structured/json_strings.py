"""Lists and objects that a model wrote as text within an object: `{"items": "[1, 2]"}`, as Claude does in arguments of tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def read_strings(value: Any, error: Exception) -> Any:
    """The value with its texts read as JSON where validation found a problem; None if that changes nothing.

    A text that is a valid value for its field is never read.

    Args:
        value: The JSON value that was validated. It is not changed.
        error: Pydantic's `ValidationError`; of other errors nothing is read.
    """
    places = getattr(error, "errors", None)
    if not callable(places):
        return None
    result = value
    for place in {tuple(one["loc"]): None for one in places()}:
        result = _read_at(result, place)
    return None if result is value else result


def _read_at(value: Any, place: tuple[Any, ...]) -> Any:
    """The value with the first text on the way to this place read. Names of a union's members are no steps of the way."""
    match value:
        case str():
            return _read(value)
        case Mapping() | [*_]:
            for at, step in enumerate(place):
                if not (step in value if isinstance(value, Mapping) else isinstance(step, int) and step < len(value)):
                    continue
                inner = _read_at(value[step], place[at + 1 :])
                if inner is value[step]:
                    return value
                pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
                changed = {key: inner if key == step else item for key, item in pairs}
                return changed if isinstance(value, Mapping) else [*changed.values()]
    return value


def _read(text: str) -> Any:
    """The list, object or null in the text; else the text itself."""
    try:
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text
    return found if found is None or isinstance(found, list | dict) else text
