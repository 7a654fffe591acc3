"""A sentence or two that say what the tools gave."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatz_sandbox.brain.retrieve import best

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatz_sandbox.neutral import Call, Result

_LONG = 400


def told(question: str, calls: Sequence[Call], results: Sequence[Result]) -> str:
    """The answer to the question from what the calls gave."""
    by_id = {call.id: call for call in calls}
    several = len(results) > 1
    return " ".join(_one(question, by_id.get(result.id), result, several=several) for result in results)


def _one(question: str, call: Call | None, result: Result, *, several: bool) -> str:
    name = call.name if call else "the tool"
    text = result.text.strip()
    if result.is_error:
        return f"The tool {name} reported an error: {text}"
    if not text:
        return f"The tool {name} gave no result."
    plain = _plain(text)
    if len(plain) > _LONG:
        found = best(question, plain)
        plain = " ".join(sentence.text for sentence in found) or plain[:_LONG].rsplit(" ", 1)[0] + " …"
    if len(plain.split()) >= 4:
        return plain if plain.endswith((".", "!", "?", "…", "。")) else plain + "."
    values = ", ".join(str(value) for value in call.input.values()) if call and several else ""
    of = f" for {values}" if values else ""
    return f"The result of {name}{of} is {plain.rstrip('.')}."


def _plain(text: str) -> str:
    if text[:1] not in "{[":
        return text
    try:
        return _said(json.loads(text))
    except ValueError:
        return text


def _said(value: Any) -> str:
    match value:
        case dict():
            return ", ".join(f"{str(key).replace('_', ' ')} is {_said(item)}" for key, item in value.items())
        case list():
            return "; ".join(map(_said, value))
        case str():
            return value
        case _:
            return json.dumps(value)
