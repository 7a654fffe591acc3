"""A value that satisfies a JSON schema, made of values from the request."""

from __future__ import annotations

import json
import re
from typing import Any

from hatz_sandbox.answerer import values
from hatz_sandbox.answerer.pattern import example, find_matches
from hatz_sandbox.answerer.words import stems
from hatz_sandbox.neutral import GatewayError

Schema = dict[str, Any]

_MAX_DEPTH = 6
_MAX_VALUES = 10_000
_MAX_TEXT = 20_000
"""Of a text with more characters, only the start and the end are searched."""
_ANSWERS = {"answer", "response", "reply", "summary", "explanation", "reason", "conclusion"}
_BEGINNINGS = {"start", "begin", "from", "since", "checkin"}
_ENDS = {"end", "until", "to", "till", "return", "checkout"}
_FORMATS = {"date": "2026-01-01", "date-time": "2026-01-01T12:00:00Z", "time": "12:00:00Z", "email": "someone@example.com",
            "uri": "https://example.com/", "url": "https://example.com/", "uuid": "00000000-0000-4000-8000-000000000001",
            "ipv4": "127.0.0.1", "ipv6": "::1", "hostname": "example.com", "duration": "PT1H", "binary": "c2FuZGJveA=="}  # fmt: skip
_ADDRESSES = {"email", "uri", "url"}
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def fill(schema: Schema, text: str, answer: str | None = None) -> Any:
    """The value for a schema, with values from a text; `answer` is for a field such as `answer` or `summary`."""
    ends = text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT // 2]}\n{text[-_MAX_TEXT // 2 :]}"
    return _Filler(schema, ends.strip(), answer).value(schema, "", 0)


class _Filler:
    """Makes the value for one schema; each value of the text is used once."""

    def __init__(self, root: Schema, text: str, answer: str | None) -> None:
        self._root = root
        self._text = text
        self._words = set(stems(text))
        self._answer = answer
        self._numbers = values.numbers(text)
        self._used: set[str] = set()
        self._count = 0

    def value(self, schema: Any, name: str, depth: int) -> Any:
        """The value for a part of the schema; `name` is the name of its field."""
        self._count += 1
        if self._count > _MAX_VALUES:
            raise GatewayError(f"The Hatz sandbox fills no schema that needs more than {_MAX_VALUES} values.")
        schema = self._plain(schema, depth)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._enum(schema)
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self.value(self._option(schema, options, name, depth), name, depth + 1)
        match schema.get("type") or _kind(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "null":
                return None
            case "boolean":
                if stated := values.find_statement(name, self._text):
                    return stated.lower() not in {"false", "no", "off", "0"}
                return bool(self._words & {*stems(name)}) or bool(schema.get("default", False))
            case "integer" | "number":
                return self._number(schema, name)
            case _:
                return self._string(schema, name)

    def _plain(self, schema: Any, depth: int) -> Schema:
        """The schema with references followed and `allOf` merged."""
        plain: Schema = schema if isinstance(schema, dict) else {}
        for _ in range(20):
            if not isinstance(plain.get("$ref"), str):
                break
            plain = {**self._at(plain["$ref"]), **{key: item for key, item in plain.items() if key != "$ref"}}
        for part in plain.get("allOf") or () if depth < 4 * _MAX_DEPTH else ():
            plain = _merge({key: item for key, item in plain.items() if key != "allOf"}, self._plain(part, depth + 1))
        if isinstance(kinds := plain.get("type"), list):
            plain = {**plain, "type": None, "anyOf": [{"type": kind} for kind in kinds]}
        return plain

    def _at(self, reference: str) -> Schema:
        found: Any = self._root
        for part in filter(None, reference.removeprefix("#").split("/")):
            key = part.replace("~1", "/").replace("~0", "~")
            found = found[int(key)] if isinstance(found, list) else found.get(key, {})
        return found if isinstance(found, dict) else {}

    def _option(self, schema: Schema, options: list[Any], name: str, depth: int) -> Schema:
        base = {key: item for key, item in schema.items() if key not in {"anyOf", "oneOf", "description", "default"}}
        plain = [_merge(base, self._plain(option, depth)) for option in options]
        real = [option for option in plain if option.get("type") != "null" and option.get("const", 0) is not None]
        if not real or (len(real) < len(plain) and (depth > _MAX_DEPTH or not self._is_mentioned(real[0], name))):
            return {"type": "null"}
        if depth > _MAX_DEPTH:
            return min(real, key=lambda option: len(json.dumps(option)))
        return max(real, key=lambda option: len(self._words & set(stems(json.dumps(option)))))

    def _enum(self, schema: Schema) -> Any:
        options = [item for item in schema["enum"] if item is not None] or schema["enum"]
        named = max(filter(self._names, options), key=len, default=None)
        return named or (schema["default"] if schema.get("default") in options else options[0])

    def _names(self, word: Any) -> bool:
        """Whether the request names an option."""
        spelled = re.escape(str(word)).replace("_", "[ _-]")
        word_stems = set(stems(str(word)))
        found = (word_stems and word_stems <= self._words) or re.search(rf"(?i)(?<!\w){spelled}(?!\w)", self._text)
        return isinstance(word, str) and bool(found)

    def _is_mentioned(self, schema: Schema, name: str) -> bool:
        """Whether the request has a value for an optional field."""
        if schema.get("enum"):
            return any(map(self._names, schema["enum"]))
        return bool(self._words & {*stems(name)}) or values.find_statement(name, self._text) is not None

    def _object(self, schema: Schema, depth: int) -> Schema:
        if probabilities := self._probabilities(schema):
            return probabilities
        properties = schema.get("properties") or {}
        # Schemas written by hand often have no `required`: then the fields without a default are filled too.
        no_default = [name for name, part in properties.items() if isinstance(part, dict) and "default" not in part]
        required = schema.get("required", no_default if depth < _MAX_DEPTH else [])
        value: Schema = {}
        for name, part in properties.items():
            plain = self._plain(part, depth)
            if name in required or (depth < _MAX_DEPTH and self._is_mentioned(plain, name)):
                value[name] = self.value(plain, name, depth + 1)
        further = [name for name in required if name not in value]
        missing = schema.get("minProperties", 0) - len(value) - len(further)
        for name in [*further, *(f"key{number + 1}" for number in range(missing))]:
            value[name] = self.value(schema.get("additionalProperties"), name, depth + 1)
        return value

    def _probabilities(self, schema: Schema) -> Schema:
        """For an object described as probabilities: numbers that add up to 1, higher if the request has the words of the field."""
        parts = {name: self._plain(part, 0) for name, part in (schema.get("properties") or {}).items()}
        is_wanted = "probability of each" in str(schema.get("description"))
        if not is_wanted or any((part.get("minimum"), part.get("maximum")) != (0, 1) for part in parts.values()):
            return {}
        words = {name: set(stems(f"{name} {part.get('description')}")) for name, part in parts.items()}
        counts = {name: 1 + 4 * len(self._words & words[name]) for name in parts}
        return {name: round(count / sum(counts.values()), 4) for name, count in counts.items()}

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        value = [self.value(item, name, depth + 1) for item in schema.get("prefixItems") or []]
        if schema.get("items") is False or (value and schema.get("items") is None):
            return value
        item = self._plain(schema.get("items"), depth)
        count = len(self._numbers) if item.get("type") in {"integer", "number"} else 1
        if item.get("type") == "string" and not item.get("enum"):
            count = max(1, len(set(values.candidates(name, self._text)) - self._used))
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", max(least, 50))
        while len(value) < min(max(least, count if depth <= _MAX_DEPTH else 0), most):
            value.append(self.value(item, name.removesuffix("s"), depth + 1))
        if schema.get("uniqueItems"):
            value = list(dict.fromkeys([*value, *(item.get("enum") or ())]))[: len(value)]
        return value

    def _number(self, schema: Schema, name: str) -> float:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow to import

        words = set(stems(name)) | ({"year", "old"} if name == "age" else set())
        fits = Draft202012Validator(schema).is_valid
        for number, place in sorted(self._numbers, key=lambda item: not self._stands_by(item[1], words)):
            if fits(number):
                self._numbers.remove((number, place))
                return _plain_number(number)
        step = schema.get("multipleOf", 1)
        bounds = [schema[word] for word in _BOUNDS if word in schema]
        near = [round(bound / step) * step + more for bound in bounds for more in (0, step, -step)]
        made = [schema.get("default"), 1, step, *bounds, *near, sum(bounds) / max(len(bounds), 1)]
        return _plain_number(next((number for number in made if isinstance(number, int | float) and fits(number)), 1))

    def _stands_by(self, place: int, words: set[str]) -> bool:
        before, after = stems(self._text[max(place - 25, 0) : place]), stems(self._text[place : place + 25])
        return bool(words & {*before[-2:], *after[1:3]})

    def _string(self, schema: Schema, name: str) -> str:
        kind, words = schema.get("format"), values.split(name)
        candidates = self._candidates(kind, name, words)
        if pattern := schema.get("pattern"):
            candidates += [word.strip(".,;:!?\"'()") for word in self._text.split()]
            return self._next(find_matches(pattern, candidates)) or example(pattern)
        made = (schema.get("default"), _FORMATS.get(kind or ""), self._text, name.replace("_", " "), "text")
        chosen = self._next(candidates, repeat=bool(kind or words & {"email", "url", "date", "day"}))
        chosen = chosen or next(one for one in made if isinstance(one, str) and one.strip())
        return chosen.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength")]

    def _candidates(self, kind: str | None, name: str, words: set[str]) -> list[str]:
        """The strings of the text for a field of this format, name, and words of the name."""
        if kind in {"date", "date-time", None} and (kind or words & {"date", "day"}) and (dates := self._dates(words)):
            return [f"{date}T12:00:00Z" if kind == "date-time" else date for date in dates]
        if kind:
            found = values.candidates("url" if kind == "uri" else kind, self._text) if kind in _ADDRESSES else []
            return [one for one in found if "@" in one or "://" in one]
        answers = [self._answer] if self._answer and words & _ANSWERS else []
        return [*answers, *values.candidates(name, self._text)]

    def _dates(self, words: set[str]) -> list[str]:
        """The dates for a field; for a field such as `start` or `end` the first or last of two."""
        found = values.DATE.findall(self._text)
        if len(found) > 1 and words & (_BEGINNINGS | _ENDS):
            return [sorted(found[:2])[bool(words & _ENDS)]]
        return found

    def _next(self, candidates: list[str], *, repeat: bool = False) -> str:
        """The first candidate that was not used yet, else the first of all with `repeat`, else an empty string."""
        unused = (one for one in candidates if one not in self._used)
        chosen = next(unused, candidates[0] if candidates and repeat else "")
        self._used.add(chosen)
        return chosen


def _merge(one: Schema, other: Schema) -> Schema:
    both = {**one, **other}
    if "properties" in one and "properties" in other:
        both["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        both["required"] = [*one["required"], *other["required"]]
    return both


def _plain_number(number: float) -> float:
    return int(number) if number == int(number) else number


def _kind(schema: Schema) -> str:
    """The type of a schema without `type`."""
    keywords = {"properties": "object", "required": "object", "items": "array", "prefixItems": "array"}
    keywords |= dict.fromkeys(_BOUNDS, "integer")
    return next((kind for keyword, kind in keywords.items() if keyword in schema), "string")
