"""Find the JSON object in a model's text: alone, in a code fence, or between prose; complete or partial."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from hatz_client.integration.structured.output_schema import WRAPPER, OutputSchema

_DECODER = json.JSONDecoder(strict=False)  # models write raw line breaks in strings
_ATTEMPTS = 20
"""The maximum number of failed attempts to parse: so the time is linear in the text's length."""
_OPENING = re.compile(r"[{[]")
_KEY = re.compile(r'\{\s*"')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_CONTROL = {code: f"\\u{code:04x}" for code in range(0x20)}


def find_json(text: str, wanted: OutputSchema | None = None) -> dict[str, Any] | None:
    """The object in the text: alone, in a code fence or between prose; None if there is none, or more than one.

    Of several objects, the one with the schema's required properties counts; an empty object counts only alone. A list of
    objects is not an object. For a wrapped schema, a bare value is accepted and wrapped.
    """
    wanted = wanted or OutputSchema()
    whole = _parse(text)
    if whole:
        return _as_object(whole[0], wanted)
    fenced = [value for part in text.split("```")[1::2] for value in _parse(part) or _parse(part.partition("\n")[2])]
    return _choose(fenced, wanted) or _choose(list(_values(text)), wanted)


def _parse(text: str) -> list[Any]:
    """The JSON value of the whole text, in a list; an empty list if it is not JSON."""
    try:
        return [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return []


def _values(text: str) -> Iterator[Any]:
    """The objects and lists in the text, outermost first. Text after the beginning of an incomplete object belongs to it."""
    at = attempts = 0
    while attempts < _ATTEMPTS and (begun := _OPENING.search(text, at)):
        try:
            value, at = _DECODER.raw_decode(text, begun.start())
        except (ValueError, RecursionError):
            if _KEY.match(text, begun.start()):
                return
            at = begun.end()
            attempts += 1
        else:
            yield value


def _choose(values: Sequence[Any], wanted: OutputSchema) -> dict[str, Any] | None:
    made = [one for value in values if (one := _as_object(value, wanted)) is not None]
    found = list({json.dumps(one, sort_keys=True): one for one in made}.values()) if len(made) > 1 else made
    found = [one for one in found if one] or found
    if len(found) > 1:
        found = [one for one in found if wanted.required and all(name in one for name in wanted.required)]
    return found[0] if len(found) == 1 else None


def _as_object(value: Any, wanted: OutputSchema) -> dict[str, Any] | None:
    if wanted.wrapped and not (isinstance(value, dict) and value.keys() == {WRAPPER}):
        return {WRAPPER: value}
    return value if isinstance(value, dict) else None


def partial_object(text: str) -> dict[str, Any]:
    """The object in an incomplete text, without prose before it; `{}` if none of it has arrived."""
    begun = _KEY.search(text) or re.search(r"\{", text)
    if begun is None:
        return {}
    given = text[begun.start() :]
    # Escaping takes 70 times as long as reading (40 kB in 5,700 pieces, each time from the beginning: 2.6 s and 0.03 s).
    value = _read_partial(given) or _read_partial(_escape_controls(given))
    return value if isinstance(value, dict) else {}


def _read_partial(text: str) -> Any:
    """The value of an incomplete JSON text; None if it is not JSON, for example because a string has a raw line break."""
    from pydantic_core import from_json  # noqa: PLC0415 (comes with both frameworks)

    try:
        return from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return None


def _escape_controls(text: str) -> str:
    """The text with raw line breaks, tabs and other control characters in its JSON strings escaped."""
    return _STRING.sub(lambda found: found.group().translate(_CONTROL), text)
