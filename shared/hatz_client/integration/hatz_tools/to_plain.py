"""A tool's result as plain JSON values, for the frameworks' checkpoints and events."""

from __future__ import annotations

from typing import Any

import msgspec

from hatz_client.content import Reply
from hatz_client.resources.jobs import JobState


def to_plain(result: Reply | JobState) -> dict[str, Any]:
    """The whole answer or job: the fields of the class by name, its text, and the type of each part of an answer."""
    if isinstance(result, JobState):
        steps = [{**_fields(step), "text": step.text} for step in result.steps]
        return {**_fields(result), "steps": steps, "text": result.text}
    parts = [{"type": type(part).__name__, **_fields(part)} for part in result.parts]
    fields = _fields(result)
    fields.pop("headers", None)
    return {**fields, "parts": parts, "text": result.text, "refusal": result.refusal}


def _fields(value: Any) -> dict[str, Any]:
    found: dict[str, Any] = _with_lists(msgspec.to_builtins(value))
    return found


def _with_lists(value: Any) -> Any:
    """The value with lists in place of tuples, which no checkpoint gives back."""
    match value:
        case dict():
            return {name: _with_lists(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_with_lists(inner) for inner in value]
        case _:
            return value
