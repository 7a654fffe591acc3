"""JSON schemas of tools: whether they are schemas at all, and whether they keep the rules of strict mode."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

_NESTED = ("anyOf", "oneOf", "allOf", "prefixItems")
_LEAST = ("minLength", "minItems", "minProperties")
_MOST = 10_000
"""The largest of these a schema may ask for: whoever answers has to make that many."""


def problem(schema: dict[str, Any]) -> str | None:
    """What is wrong with a schema of draft 2020-12, or `None`."""
    return _problem(json.dumps(schema, sort_keys=True))


@lru_cache(maxsize=512)
def _problem(text: str) -> str | None:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow to import
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415 - the same

    try:
        Draft202012Validator.check_schema(json.loads(text))
    except SchemaError as error:
        return str(error.message)
    return _size_problem(json.loads(text))


def _size_problem(schema: Any) -> str | None:
    if not isinstance(schema, dict):
        return None
    for word in _LEAST:
        if schema.get(word, 0) > _MOST:
            return f"the Hatz sandbox takes no '{word}' above {_MOST}, and this one is {schema[word]}"
    return next((reason for _, child in children(schema) if (reason := _size_problem(child))), None)


def strict_problem(schema: Any, where: tuple[str, ...] = ()) -> str | None:
    """What strict mode refuses in a schema, in OpenAI's words, or `None`."""
    if not isinstance(schema, dict):
        return None
    own = _object_problem(schema, where)
    if own:
        return own
    for path, child in children(schema):
        found = strict_problem(child, (*where, *path))
        if found:
            return found
    return None


def _object_problem(schema: dict[str, Any], where: tuple[str, ...]) -> str | None:
    if not is_object(schema):
        return None
    properties = schema.get("properties")
    context = f"In context=({', '.join(repr(part) for part in where)}{',' if len(where) == 1 else ''})"
    if schema.get("additionalProperties") is not False:
        return f"{context}, 'additionalProperties' is required to be supplied and to be false."
    missing = [name for name in properties or {} if name not in schema.get("required", [])]
    if missing:
        must = "'required' is required to be supplied and to be an array including every key in properties."
        return f"{context}, {must} Missing '{missing[0]}'."
    return None


def is_object(schema: dict[str, Any]) -> bool:
    """Whether the schema describes objects."""
    kind = schema.get("type")
    return (
        kind == "object" or (isinstance(kind, list) and "object" in kind) or isinstance(schema.get("properties"), dict)
    )


def children(schema: dict[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    """The schemas within a schema, each with the keys that lead to it."""
    found: list[tuple[tuple[str, ...], Any]] = []
    for key in ("properties", "$defs", "definitions"):
        found += [((key, name), child) for name, child in (schema.get(key) or {}).items()]
    for key in _NESTED:
        found += [((key, str(index)), child) for index, child in enumerate(schema.get(key) or [])]
    return [*found, (("items",), schema.get("items"))]
