"""A value that satisfies a JSON schema, with what the request names in it."""

from __future__ import annotations

import json
import re
from typing import Any

from hatz_sandbox.brain.scalars import Scalars
from hatz_sandbox.brain.words import content

Schema = dict[str, Any]
_DEEP = 6
_LONG = 20_000
"""Characters of a text that is looked at as a whole; of a longer one, the two ends."""


def fill(schema: Schema, text: str, *, names: list[str] | None = None, answer: str | None = None) -> Any:
    """The value for a schema; `names` are proper names to be used before those of the text, `answer` is what it is asked."""
    ends = text if len(text) <= _LONG else f"{text[: _LONG // 2]}\n{text[-_LONG // 2 :]}"
    return Filler(schema, ends, names or [], answer).value(schema, "", 0)


class Filler:
    """One filling of one schema; each value of the text is used once."""

    def __init__(self, root: Schema, text: str, names: list[str], answer: str | None = None) -> None:
        self._root = root
        self._text = text
        self._words = set(content(text))
        self._scalars = Scalars(text, names, answer)

    def value(self, schema: Any, name: str, depth: int) -> Any:
        """The value for a part of the schema, found under this name."""
        schema = self._plain(schema, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._enum(schema)
        options = schema.get("anyOf") or schema.get("oneOf")
        if options:
            return self.value(self._option(schema, options, name, depth), name, depth + 1)
        match self._kind(schema, name):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "null":
                return None
            case kind:
                return self._scalars.value(kind, schema, name)

    def _plain(self, schema: Any, depth: int) -> Schema:
        """The schema with references followed and `allOf` merged."""
        if not isinstance(schema, dict):
            return {}
        plain: Schema = schema
        while isinstance(plain.get("$ref"), str):
            rest = {key: item for key, item in plain.items() if key != "$ref"}
            plain = {**self._at(plain["$ref"]), **rest}
        if plain.get("allOf") and depth < 4 * _DEEP:
            merged = {key: item for key, item in plain.items() if key != "allOf"}
            for part in plain["allOf"]:
                merged = _merged(merged, self._plain(part, depth + 1))
            return merged
        return plain

    def _at(self, reference: str) -> Schema:
        found: Any = self._root
        for part in reference.removeprefix("#").strip("/").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if key:
                found = found[int(key)] if isinstance(found, list) else found.get(key, {})
        return found if isinstance(found, dict) else {}

    def _kind(self, schema: Schema, name: str) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            real = [item for item in kind if item != "null"]
            return real[0] if real and not ("null" in kind and not self._told(schema, name)) else "null"
        if isinstance(kind, str):
            return kind
        if "properties" in schema or "required" in schema:
            return "object"
        if "items" in schema or "prefixItems" in schema:
            return "array"
        return "integer" if "minimum" in schema or "maximum" in schema else "string"

    def _option(self, schema: Schema, options: list[Any], name: str, depth: int) -> Schema:
        base = {key: item for key, item in schema.items() if key not in {"anyOf", "oneOf", "description", "default"}}
        plain = [_merged(base, self._plain(option, depth)) for option in options]
        real = [option for option in plain if option.get("type") != "null" and option.get("const", 0) is not None]
        if not real or (len(real) < len(plain) and (depth > _DEEP or not self._told(real[0], name))):
            return {"type": "null"}
        if depth > _DEEP:
            return min(real, key=lambda option: len(json.dumps(option)))
        return max(real, key=lambda option: len(self._words & set(content(json.dumps(option)))))

    def _enum(self, schema: Schema) -> Any:
        options = schema["enum"]
        kinds = schema.get("type")
        real = [item for item in options if item is not None or kinds == "null"] or options
        named = [item for item in real if isinstance(item, str) and self._has(item)]
        if named:
            return max(named, key=len)
        return schema["default"] if schema.get("default") in real else real[0]

    def _has(self, word: str) -> bool:
        spoken = re.escape(word).replace("_", "[ _-]")
        if re.search(rf"(?<!\w){spoken}(?!\w)", self._text, re.IGNORECASE):
            return True
        wanted = set(content(word))
        return bool(wanted) and wanted <= self._words

    def _told(self, schema: Schema, name: str) -> bool:
        """Whether the request says anything for a field that may be left out."""
        if "enum" in schema:
            return any(isinstance(item, str) and self._has(item) for item in schema["enum"])
        return bool(set(content(name)) & self._words) or self._scalars.offers(schema, name)

    def _object(self, schema: Schema, depth: int) -> Schema:
        properties = schema.get("properties") or {}
        required = schema.get("required") or []
        value: Schema = {}
        for name, child in properties.items():
            plain = self._plain(child, depth)
            if name in required or (depth < _DEEP and self._told(plain, name)):
                value[name] = self.value(plain, name, depth + 1)
        for name in required:
            if name not in value:
                value[name] = self._scalars.value("string", {}, name)
        extra = schema.get("additionalProperties")
        while len(value) < schema.get("minProperties", 0):
            value[f"key{len(value) + 1}"] = self.value(extra if isinstance(extra, dict) else {}, "key", depth + 1)
        return value

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", 50)
        value = [self.value(item, name, depth + 1) for item in schema.get("prefixItems") or []]
        items = schema.get("items")
        if items is False or (value and items is None):
            return value
        item = self._plain(items, depth)
        wanted = self._scalars.how_many(item, name) if depth <= _DEEP else 0
        while len(value) < min(max(least, wanted), most):
            value.append(self.value(item, name.removesuffix("s"), depth + 1))
        return _unique(value, item, least) if schema.get("uniqueItems") else value


def _merged(one: Schema, other: Schema) -> Schema:
    both = {**one, **other}
    if "properties" in one and "properties" in other:
        both["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        both["required"] = [*one["required"], *other["required"]]
    return both


def _unique(value: list[Any], item: Schema, least: int) -> list[Any]:
    kept: list[Any] = []
    for candidate in [*value, *(item.get("enum") or [])]:
        if candidate not in kept and (len(kept) < len(value)):
            kept.append(candidate)
    while len(kept) < least:
        last = kept[-1]
        kept.append(last + 1 if isinstance(last, int | float) else f"{last} {len(kept) + 1}")
    return kept
