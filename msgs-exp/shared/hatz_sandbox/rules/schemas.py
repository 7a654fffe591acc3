"""JSON schemas of tools: whether they are schemas at all, and whether they keep the rules of strict mode."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

_NESTED = ("anyOf", "oneOf", "allOf", "prefixItems")


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
    return None


def strict_problem(schema: Any, where: tuple[str, ...] = ()) -> str | None:
    """What strict mode refuses in a schema, in OpenAI's words, or `None`."""
    if not isinstance(schema, dict):
        return None
    own = _object_problem(schema, where)
    if own:
        return own
    for path, child in _children(schema):
        found = strict_problem(child, (*where, *path))
        if found:
            return found
    return None


def _object_problem(schema: dict[str, Any], where: tuple[str, ...]) -> str | None:
    kind = schema.get("type")
    properties = schema.get("properties")
    if kind != "object" and not (isinstance(kind, list) and "object" in kind) and not isinstance(properties, dict):
        return None
    context = f"In context=({', '.join(repr(part) for part in where)}{',' if len(where) == 1 else ''})"
    if schema.get("additionalProperties") is not False:
        return f"{context}, 'additionalProperties' is required to be supplied and to be false."
    missing = [name for name in properties or {} if name not in schema.get("required", [])]
    if missing:
        must = "'required' is required to be supplied and to be an array including every key in properties."
        return f"{context}, {must} Missing '{missing[0]}'."
    return None


def _children(schema: dict[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for key in ("properties", "$defs", "definitions"):
        found += [((key, name), child) for name, child in (schema.get(key) or {}).items()]
    for key in _NESTED:
        found += [((key, str(index)), child) for index, child in enumerate(schema.get(key) or [])]
    return [*found, (("items",), schema.get("items"))]
