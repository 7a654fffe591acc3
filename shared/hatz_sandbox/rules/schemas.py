"""Checks of JSON schemas, in general and for the strict modes of OpenAI and Anthropic."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import Any

Schema = dict[str, Any]
Path = tuple[str, ...]

_MINIMUMS = ("minLength", "minItems", "minProperties")
_MAX_MINIMUM = 10_000
"""The largest accepted value of these: an answer needs that many characters or items."""
_NUMBER = ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf")
_UNSUPPORTED = {
    "integer": _NUMBER,
    "number": _NUMBER,
    "string": ("maxLength", "minLength"),
    "array": ("contains", "maxItems", "prefixItems", "uniqueItems"),
    "object": ("maxProperties", "minProperties", "patternProperties", "propertyNames"),
}
"""By type, the keywords that Anthropic's strict mode does not support."""
_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")


def problem(schema: Schema) -> str | None:
    """The first problem of a schema by draft 2020-12, or `None`."""
    return _problem(json.dumps(schema, sort_keys=True))


@lru_cache(maxsize=512)
def _problem(text: str) -> str | None:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow to import

    schema = json.loads(text)
    meta, formats = Draft202012Validator.META_SCHEMA, Draft202012Validator.FORMAT_CHECKER
    # jsonschema finds the errors in no fixed order.
    errors = Draft202012Validator(meta, format_checker=formats).iter_errors(schema)
    if first := min(errors, key=lambda error: [*map(str, error.path)], default=None):
        return str(first.message)
    for _, part in _parts(schema):
        for word in _MINIMUMS:
            if part.get(word, 0) > _MAX_MINIMUM:
                return f"the Hatz sandbox takes no '{word}' above {_MAX_MINIMUM}, and this one is {part[word]}"
    return None


def openai_strict_problem(schema: Schema) -> str | None:
    """OpenAI's error message for a schema that its strict mode refuses, or `None`."""
    for path, part in _parts(schema):
        if (form := part.get("format")) and form not in _FORMATS:
            return f"In context={path!r}, {form!r} is not a valid format."
        if _LOOK_AROUND.search(part.get("pattern", "")):
            place = ".".join(("$", *path, "pattern"))
            return f"Invalid JSON schema: regex lookaround is not supported. Found at {place}."
        if not _is_object(part):
            continue
        if part.get("additionalProperties") is not False:
            return f"In context={path!r}, 'additionalProperties' is required to be supplied and to be false."
        for name in part.get("properties") or {}:
            if name not in part.get("required", []):
                must = "'required' is required to be supplied and to be an array including every key in properties."
                return f"In context={path!r}, {must} Missing '{name}'."
    return None


def anthropic_strict_problem(schema: Schema) -> str | None:
    """Anthropic's error message for a schema that its strict mode refuses, or `None`."""
    reasons = (_find_unsupported(part) for _, part in _parts(schema))
    return next(filter(None, reasons), None) or (
        "Recursive schemas are not supported" if _is_recursive(schema) else None
    )


def _find_unsupported(schema: Schema) -> str | None:
    for word in ("oneOf", "not", "if", "dependentSchemas"):
        if word in schema:
            return f"Schema type '{word}' is not supported"
    if not str(schema.get("$ref", "#")).startswith("#"):
        return "External $ref is not supported"
    if _is_object(schema) and schema.get("additionalProperties") is not False:
        return "For 'object' type, 'additionalProperties' must be explicitly set to false"
    kinds = schema.get("type")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        found = [word for word in _UNSUPPORTED.get(str(kind), ()) if word in schema]
        if len(found) == 1:
            return f"For '{kind}' type, property '{found[0]}' is not supported"
        if found:
            return f"For '{kind}' type, properties {', '.join(found)} are not supported"
        if kind == "array" and schema.get("minItems", 0) not in {0, 1}:
            return "For 'array' type, 'minItems' values other than 0 or 1 are not supported"
        if kind == "string" and schema.get("format", "date") not in _FORMATS | {"uri"}:
            return f"For 'string' type, 'format' value '{schema['format']}' is not supported"
        if kind == "string" and _LOOK_AROUND.search(schema.get("pattern", "")):
            return f"For 'string' type, 'pattern' value '{schema['pattern']}' is not supported"
    return None


def _is_recursive(schema: Schema) -> bool:
    """Whether a definition refers to itself, directly or through others."""
    named = {
        f"#/{key}/{name}": part for key in ("$defs", "definitions") for name, part in (schema.get(key) or {}).items()
    }
    refers = {
        name: {str(inner.get("$ref")) for _, inner in _parts(part)} for name, part in {**named, "#": schema}.items()
    }
    try:
        TopologicalSorter(refers).prepare()
    except CycleError:
        return True
    return False


def _is_object(schema: Schema) -> bool:
    kind = schema.get("type")
    return (
        kind == "object" or (isinstance(kind, list) and "object" in kind) or isinstance(schema.get("properties"), dict)
    )


def _parts(schema: Any, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """The schema and all schemas in it, each with its path."""
    if not isinstance(schema, dict):
        return
    yield path, schema
    for key in ("properties", "$defs", "definitions"):
        for name, part in (schema.get(key) or {}).items():
            yield from _parts(part, (*path, key, name))
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for index, part in enumerate(schema.get(key) or []):
            yield from _parts(part, (*path, key, str(index)))
    yield from _parts(schema.get("items"), (*path, "items"))
