"""A tool's result as plain JSON values, for the frameworks' checkpoints and events."""

from __future__ import annotations

import json
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
    """The fields; lists in place of tuples, which no checkpoint gives back."""
    found: dict[str, Any] = json.loads(json.dumps(msgspec.to_builtins(value)))
    return found
