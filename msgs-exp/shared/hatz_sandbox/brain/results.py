"""A sentence or two that say what the tools gave."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hatz_sandbox.brain.retrieve import best

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatz_sandbox.neutral import Call, Result

_LONG = 400
_SENTENCE = 4
"""Words of the shortest sentence."""


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
    if several and call and call.input and not _reads_alone(text):
        return f"{_shown(call)}{' gave' if plain == text and ',' not in text else ':'} {plain.rstrip('.')}."
    if len(plain.split()) >= _SENTENCE:
        return plain if plain.endswith((".", "!", "?", "…", "。")) else plain + "."
    return f"The result of {name} is {plain.rstrip('.')}."


def _reads_alone(text: str) -> bool:
    """Whether a result is a sentence, and no mere value, list or object."""
    return len(text.split()) >= _SENTENCE and (text.endswith((".", "!", "?")) or not re.search(r"[,;{\[]", text))


def _shown(call: Call) -> str:
    given = ", ".join(
        f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in call.input.items()
    )
    return f"{call.name}({given})"


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
