"""JSON schemas for strict mode: every object closed, every property required, what was optional may be null.

In strict mode the service only ever generates what the schema allows, and so it takes only schemas that say exactly what
that is (reference: OpenAI's guide to structured outputs).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hatz_client.errors import HatzInvalidInputError

_NULL = {"type": "null"}
_DEFINITIONS = ("$defs", "definitions")
_WORDS = frozenset({"title", "description", "$comment", "examples", "deprecated", "readOnly", "writeOnly"})
"""What a schema says to its reader only."""
_NO_FORM = frozenset(
    "patternProperties propertyNames unevaluatedProperties dependentRequired dependentSchemas minProperties maxProperties "  # noqa: SIM905 (a list would take a line a word)
    "prefixItems additionalItems unevaluatedItems contains minContains maxContains uniqueItems not if then else".split()
)


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as strict mode takes it. Defaults are left out: the model states every property, if only as null.

    Raises:
        HatzInvalidInputError: it allows what strict mode cannot (a free-form object, any value at all); the message
            names where.
    """
    whole = {"type": "object", **schema}
    if whole["type"] != "object" or "anyOf" in whole or "oneOf" in whole:
        raise _refused("$", "a strict schema is an object at its root")
    return _strict(whole, "$")


def _strict(schema: Any, path: str) -> dict[str, Any]:
    if not isinstance(schema, Mapping):
        raise _refused(path, "it allows any value")
    if unknown := sorted(_NO_FORM & schema.keys()):
        raise _refused(path, f"it uses {', '.join(unknown)}")
    result = {k: v for k, v in schema.items() if k != "default"}
    for name in _DEFINITIONS:
        if isinstance(definitions := schema.get(name), Mapping):
            result[name] = {key: _strict(value, f"{path}.{name}.{key}") for key, value in definitions.items()}
    if "$ref" in schema:
        return _reference(result)
    for name in ("anyOf", "oneOf", "allOf"):
        if isinstance(options := schema.get(name), list):
            return _alternatives(result, name, options, path)
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "object" in kinds or "properties" in schema:
        _close(result, schema, path)
    if "array" in kinds or "items" in schema:
        result["items"] = _strict(schema.get("items"), f"{path}.items")
    if kinds == [None] and not {"enum", "const", "properties", "items"} & schema.keys():
        raise _refused(path, "it allows any value")
    return result


def _reference(schema: dict[str, Any]) -> dict[str, Any]:
    """Strict mode takes a `$ref` alone: what is said beside it moves outside."""
    beside = {k: v for k, v in schema.items() if k != "$ref"}
    return {"anyOf": [{"$ref": schema["$ref"]}], **beside} if beside else schema


def _alternatives(result: dict[str, Any], name: str, options: list[Any], path: str) -> dict[str, Any]:
    if name == "allOf" and len(options) != 1:
        raise _refused(path, "it uses allOf of several schemas")
    beside = {k: v for k, v in result.items() if k in _WORDS or k in _DEFINITIONS}
    if extra := sorted(result.keys() - beside.keys() - {name, "discriminator", "type"}):
        raise _refused(path, f"it uses {', '.join(extra)} beside {name}")
    return {"anyOf": [_strict(option, f"{path}.{name}[{at}]") for at, option in enumerate(options)], **beside}


def _close(result: dict[str, Any], schema: Mapping[str, Any], path: str) -> None:
    properties, more = schema.get("properties"), schema.get("additionalProperties")
    if more not in (None, False) or not (isinstance(properties, Mapping) or more is False):
        raise _refused(path, "it is an object with any properties")
    required = schema.get("required") or ()
    result["properties"] = {
        name: closed if name in required else _nullable(closed)
        for name, value in (properties or {}).items()
        for closed in [_strict(value, f"{path}.{name}")]
    }
    result["required"] = list(result["properties"])
    result["additionalProperties"] = False


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    match schema:
        case {"type": "null"} | {"const": None}:
            return schema
        case {"anyOf": [*options], **rest}:
            return (
                schema
                if any(_nullable(option) is option for option in options)
                else {"anyOf": [*options, _NULL], **rest}
            )
        case {"type": [*kinds]}:
            return schema if "null" in kinds else {**schema, "type": [*kinds, "null"], **_enum(schema)}
        case {"type": str(kind)} if "const" not in schema:
            return {**schema, "type": [kind, "null"], **_enum(schema)}
        case _:
            words = {k: v for k, v in schema.items() if k in _WORDS}
            return {"anyOf": [{k: v for k, v in schema.items() if k not in words}, _NULL], **words}


def _enum(schema: dict[str, Any]) -> dict[str, Any]:
    values = schema.get("enum")
    return {"enum": [*values, None]} if isinstance(values, list) and None not in values else {}


def _refused(path: str, why: str) -> HatzInvalidInputError:
    return HatzInvalidInputError(
        f"The schema cannot be strict: {path}: {why}. Say exactly what may be there, or leave `strict` unset."
    )
