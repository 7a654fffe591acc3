"""Strings, numbers and truth values for named fields, taken from the words of a request."""

from __future__ import annotations

import math
import re
from typing import Any

from hatz_sandbox.brain import values
from hatz_sandbox.brain.pattern import example
from hatz_sandbox.brain.retrieve import UNANSWERED
from hatz_sandbox.brain.words import content

Schema = dict[str, Any]

_REQUEST = {"question", "query", "input", "text", "prompt", "message", "content", "request", "search", "task", "sentence",
            "body", "instruction", "instructions", "thought", "kwargs", "expression", "note"}  # fmt: skip
_ANSWERS = {"answer", "response", "reply", "summary", "explanation", "reason", "reasoning", "conclusion", "finding"}
_SATISFIED = {"satisfied", "answered", "answerable", "found", "relevant", "supported", "passing"}
_TOPICAL = {"topic", "subject", "theme", "keyword", "keywords"}
_CODES = {"id", "identifier", "code", "number", "reference", "ref", "sku", "ticket", "isbn"}
_PEOPLE = {"name", "person", "customer", "user", "author", "artist", "title", "recipient", "attendee", "employee"}
_BEGINNINGS = {"start", "begin", "beginning", "from", "since", "departure", "checkin", "earliest"}
_ENDS = {"end", "until", "to", "till", "through", "finish", "return", "checkout", "due", "latest"}
_FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T12:00:00Z",
    "time": "12:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "hostname": "example.com",
    "duration": "PT1H",
    "binary": "c2FuZGJveA==",
    "byte": "c2FuZGJveA==",
}
_OPERATOR = re.compile(r"\d\s*[-+*/x\u00d7÷^]\s*\d")


class Scalars:
    """The values a text offers; each is given once."""

    def __init__(self, text: str, names: list[str], answer: str | None = None) -> None:
        self._text = text.strip()
        self._words = set(content(text))
        self._given = list(names)
        self._answer = answer
        self._numbers = values.numbers(text)
        self._dates = values.dates(text)
        self._used: set[str] = set()

    def value(self, kind: str, schema: Schema, name: str) -> Any:
        """The value of a field of this kind."""
        if kind == "boolean":
            return self._boolean(schema, name)
        if kind in {"integer", "number"}:
            return self._number(schema, name, whole=kind == "integer")
        return self._fitted(self._string(schema, name), schema)

    def offers(self, schema: Schema, name: str) -> bool:
        """Whether the text states a value for an optional field."""
        if values.stated(name, self._text):
            return True
        words = _split(name)
        if schema.get("type") == "string":
            if schema.get("format") == "email" or "email" in words:
                return bool(values.emails(self._text))
            if schema.get("format") == "date":
                return any(date not in self._used for date in self._dates)
            return bool(words & values.PLACES and values.places(self._text) and "default" not in schema)
        return False

    def how_many(self, item: Schema, name: str) -> int:
        """How many elements the text offers for an array."""
        match item.get("type"):
            case "integer" | "number":
                return len(self._numbers)
            case "string" if "enum" not in item:
                return max(1, len([found for found in self._candidates(name) if found not in self._used]))
            case _:
                return 1

    def _boolean(self, schema: Schema, name: str) -> bool:
        stated = values.stated(name, self._text)
        if stated:
            return stated.lower() not in {"false", "no", "off", "0"}
        if _split(name) & _SATISFIED and self._answer:
            return self._answer != UNANSWERED
        if set(content(name)) & self._words:
            return True
        return bool(schema.get("default", False))

    def _number(self, schema: Schema, name: str, *, whole: bool) -> float:
        low, high = _bounds(schema, whole=whole)
        offered = self._near(name)
        for number, place in offered:
            fits = low <= number <= high and (not whole or number == int(number)) and _is_multiple(number, schema)
            if fits:
                self._numbers.remove((number, place))
                return int(number) if number == int(number) and (whole or abs(number) < 2**53) else number
        if isinstance(schema.get("default"), int | float):
            return schema["default"]  # type: ignore[no-any-return]
        step = schema.get("multipleOf")
        start = 1 if low <= 1 <= high else low if low > -math.inf else high
        number = math.ceil(start / step) * step if step else start
        return int(number) if number == int(number) else number

    def _near(self, name: str) -> list[tuple[float, int]]:
        """The numbers left, those that stand by a word of the field's name first."""
        words = set(content(name)) | ({"year", "old"} if name == "age" else set())

        def near(item: tuple[float, int]) -> bool:
            around = self._text[max(item[1] - 25, 0) : item[1]], self._text[item[1] : item[1] + 25]
            close = content(around[0])[-2:] + content(around[1])[1:3]
            return bool(words & set(close))

        return sorted(self._numbers, key=lambda item: not near(item))

    def _string(self, schema: Schema, name: str) -> str:
        kind = schema.get("format")
        found = self._formatted(kind, name)
        if found is not None:
            return found
        pattern = schema.get("pattern")
        candidates = self._candidates(name)
        if pattern is not None:
            candidates += [word.strip(".,;:!?\"'()") for word in self._text.split()]
        for candidate in candidates:
            if candidate not in self._used and (pattern is None or re.search(pattern, candidate)):
                self._used.add(candidate)
                return candidate
        if pattern is not None:
            return example(pattern)
        if isinstance(schema.get("default"), str):
            return str(schema["default"])
        return self._made_up(name)

    def _formatted(self, kind: str | None, name: str) -> str | None:
        words = _split(name)
        if kind == "email" or words & {"email", "mail"}:
            return self._next(values.emails(self._text)) or (_FORMATS["email"] if kind else None)
        if kind in {"uri", "url"} or words & {"url", "uri", "link"}:
            return self._next(values.urls(self._text)) or (_FORMATS["uri"] if kind else None)
        if kind in {"date", "date-time"} or (kind is None and words & {"date", "day"}):
            date = self._date(words)
            return f"{date}T12:00:00Z" if date and kind == "date-time" else date or _FORMATS.get(kind or "")
        return _FORMATS.get(kind or "")

    def _date(self, words: set[str]) -> str | None:
        """The date for a field: its own side of a span, else the next one."""
        side = 0 if words & _BEGINNINGS else 1 if words & _ENDS and len(self._dates) > 1 else None
        if side is None or not self._dates:
            return self._next(self._dates)
        chosen = sorted(self._dates[:2])[side]
        self._used.add(chosen)
        return chosen

    def _next(self, offered: list[str]) -> str | None:
        """The first that was not given yet; the first of all when none is left."""
        chosen = next((one for one in offered if one not in self._used), offered[0] if offered else None)
        if chosen:
            self._used.add(chosen)
        return chosen

    def _candidates(self, name: str) -> list[str]:
        text, words = self._text, _split(name)
        stated = values.stated(name, text)
        first = [*self._given, *([stated] if stated else [])]
        if self._answer and words & _ANSWERS:
            return [*first, self._answer]
        if words & _REQUEST:
            part = [] if _OPERATOR.search(text) else values.quotes(text)
            return [*first, *part, text]
        if words & _TOPICAL:
            about = values.topic(text)
            return [*first, *([about] if about else []), *values.quotes(text), *values.names(text)]
        directed = [values.after(word, text) for word in _directions(words)]
        first = [*(place for place in directed if place), *first]
        if words & _CODES:
            return [*first, *values.codes(text), *values.quotes(text), *values.names(text)]
        if words & values.PLACES:
            return [*first, *values.places(text), *values.quotes(text), *values.names(text)]
        quoted = values.quotes(text)
        if words & _PEOPLE:
            places = values.places(text)
            people = [found for found in values.names(text) if found not in places]
            # `USD` may be a name, `Ada` is one.
            named = sorted([*people, *values.names(text)], key=str.isupper)
            return [*first, *quoted, *values.called(text), *named]
        return [*first, *quoted, *values.names(text)]

    def _made_up(self, name: str) -> str:
        about = values.topic(self._text)
        said = name.replace("_", " ").strip() or "text"
        if about and about not in self._used and not _split(name) & _PEOPLE:
            return f"{said.capitalize()} about {about}"
        return self._text or said

    def _fitted(self, text: str, schema: Schema) -> str:
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        padded = text if len(text) >= least else (text or "x") + "x" * (least - len(text or "x"))
        return padded if most is None else padded[:most]


def _split(name: str) -> set[str]:
    plain = re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
    words = {word for word in re.split(r"[^a-z0-9]+", plain) if word}
    return words | {word.removesuffix("s") for word in words}


def _directions(words: set[str]) -> list[str]:
    if words & {"from", "origin", "source", "departure", "start"}:
        return ["from"]
    return ["to"] if words & {"to", "destination", "target", "arrival", "recipient"} else []


def _bounds(schema: Schema, *, whole: bool) -> tuple[float, float]:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    step = 1 if whole else 1e-6
    if isinstance(schema.get("exclusiveMinimum"), int | float) and not isinstance(schema["exclusiveMinimum"], bool):
        low = max(low, math.floor(schema["exclusiveMinimum"]) + 1 if whole else schema["exclusiveMinimum"] + step)
    if isinstance(schema.get("exclusiveMaximum"), int | float) and not isinstance(schema["exclusiveMaximum"], bool):
        high = min(high, math.ceil(schema["exclusiveMaximum"]) - 1 if whole else schema["exclusiveMaximum"] - step)
    return low, high


def _is_multiple(number: float, schema: Schema) -> bool:
    step = schema.get("multipleOf")
    return not step or math.isclose(number / step, round(number / step))
