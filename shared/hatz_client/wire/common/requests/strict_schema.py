"""JSON schemas for strict mode: every object closed, no alternatives but `anyOf`, no keyword that the service refuses.

In strict mode the service only generates what the schema allows, so it accepts only schemas that say exactly what that is.
OpenAI's mode (its guide to structured outputs) also wants every property required: what was optional may be null. Anthropic's
(its guide to structured outputs) leaves optional properties optional, and refuses bounds of numbers, lengths and counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from hatz_client.content import ResponseFormat, Tool
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.warn_once import warn_once
from hatz_client.wire.common.requests.root_object import inline_root_ref, is_recursive, object_root

_NULL = {"type": "null"}
_DEFINITIONS = ("$defs", "definitions")
_WORDS = frozenset({"title", "description", "$comment", "examples", "deprecated", "readOnly", "writeOnly"})
"""What a schema says to its reader only."""
_NO_FORM = frozenset(
    "patternProperties propertyNames unevaluatedProperties dependentRequired dependentSchemas minProperties maxProperties "  # noqa: SIM905 (a list would take a line a word)
    "prefixItems additionalItems unevaluatedItems contains minContains maxContains not if then else".split()
)


@dataclass(frozen=True, slots=True)
class StrictRules:
    """What one service's strict mode wants beside closed objects."""

    all_required: bool
    """Whether every property must be required (what was optional may then be null)."""
    refused: frozenset[str] = frozenset()
    """Keywords that it refuses, and that say nothing about the shape: their words move to the description."""
    recursive: bool = True
    """Whether a schema may hold itself."""
    formats: frozenset[str] | None = None
    """The formats of strings that it accepts; None: any."""


OPENAI = StrictRules(all_required=True, refused=frozenset({"uniqueItems"}))
ANTHROPIC = StrictRules(
    all_required=False,
    recursive=False,
    refused=frozenset(
        "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength maxItems uniqueItems".split()  # noqa: SIM905 (a list would take a line a word)
    ),
    formats=frozenset({"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}),
)


def without_impossible_strict(tool: Tool, rules: StrictRules) -> Tool:
    """The tool, not strict (warned about once) where its schema holds itself and the service's strict mode has none that do."""
    if not tool.strict or rules.recursive or not is_recursive(tool.parameters):
        return tool
    warn_once(f"The tool {tool.name!r} is sent without strict: this endpoint's strict mode has no recursive schemas.")
    return replace(tool, strict=None)


def tool_schema(tool: Tool, rules: StrictRules) -> Mapping[str, Any]:
    """The schema of a tool's arguments as it is sent: an object at its root, strict where the tool is.

    Raises:
        HatzInvalidInputError: it cannot be; the message names the tool.
    """
    schema = object_root(tool.parameters, f"The tool {tool.name!r}")
    if not tool.strict:
        return schema if "properties" in schema else {**schema, "properties": {}}
    try:
        return strict(schema, rules)
    except HatzInvalidInputError as error:
        raise HatzInvalidInputError(f"The tool {tool.name!r}: {error.message}") from None


def format_schema(wanted: ResponseFormat, rules: StrictRules) -> Mapping[str, Any]:
    """The schema of a response format as it is sent.

    Anthropic has no `strict` there and always wants closed objects: the schema is closed where it can be.

    Raises:
        HatzInvalidInputError: it is to be strict and cannot be.
    """
    schema = inline_root_ref(wanted.schema)
    closes = wanted.strict or (not rules.all_required and wanted.strict is None and can_be_strict(schema, rules))
    return strict(schema, rules) if closes else dict(schema)


def strict(schema: Mapping[str, Any], rules: StrictRules = OPENAI) -> dict[str, Any]:
    """The schema as strict mode accepts it.

    Raises:
        HatzInvalidInputError: it allows what strict mode cannot (a free-form object, any value at all); the message
            names where.
    """
    whole = {"type": "object", **schema}
    if whole["type"] != "object" or "anyOf" in whole or "oneOf" in whole:
        raise _refused("$", "a strict schema is an object at its root")
    return _strict(whole, "$", rules)


def can_be_strict(schema: Mapping[str, Any], rules: StrictRules = OPENAI) -> bool:
    """Whether `strict` has a form for it."""
    try:
        strict(schema, rules)
    except HatzInvalidInputError:
        return False
    return True


def _strict(schema: Any, path: str, rules: StrictRules) -> dict[str, Any]:
    if not isinstance(schema, Mapping):
        raise _refused(path, "it allows any value")
    if unknown := sorted(_NO_FORM & schema.keys()):
        raise _refused(path, f"it uses {', '.join(unknown)}")
    result = _accepted(schema, rules)
    for name in _DEFINITIONS:
        if isinstance(definitions := schema.get(name), Mapping):
            result[name] = {key: _strict(value, f"{path}.{name}.{key}", rules) for key, value in definitions.items()}
    if "$ref" in schema:
        return _reference(result)
    for name in ("anyOf", "oneOf", "allOf"):
        if isinstance(options := schema.get(name), list):
            return _alternatives(result, name, options, path, rules)
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "object" in kinds or "properties" in schema:
        _close(result, schema, path, rules)
    if "array" in kinds or "items" in schema:
        result["items"] = _strict(schema.get("items"), f"{path}.items", rules)
    if kinds == [None] and not {"enum", "const", "properties", "items"} & schema.keys():
        raise _refused(path, "it allows any value")
    return result


def _accepted(schema: Mapping[str, Any], rules: StrictRules) -> dict[str, Any]:
    """The schema without its default and without keywords that the service refuses; what those say is described in words."""
    refused = {
        key: value
        for key, value in schema.items()
        if key in rules.refused
        or (key == "format" and rules.formats is not None and value not in rules.formats)
        or (key == "minItems" and "maxItems" in rules.refused and value not in (0, 1))
    }
    result = {key: value for key, value in schema.items() if key != "default" and key not in refused}
    if refused:
        words = ", ".join(f"{key}: {value}" for key, value in refused.items())
        result["description"] = f"{schema['description']} ({words})" if schema.get("description") else words
    return result


def _reference(schema: dict[str, Any]) -> dict[str, Any]:
    """Strict mode takes a `$ref` alone: what is said beside it moves outside."""
    beside = {k: v for k, v in schema.items() if k != "$ref"}
    return {"anyOf": [{"$ref": schema["$ref"]}], **beside} if beside else schema


def _alternatives(
    result: dict[str, Any], name: str, options: list[Any], path: str, rules: StrictRules
) -> dict[str, Any]:
    if name == "allOf" and len(options) != 1:
        raise _refused(path, "it uses allOf of several schemas")
    beside = {k: v for k, v in result.items() if k in _WORDS or k in _DEFINITIONS}
    if extra := sorted(result.keys() - beside.keys() - {name, "discriminator", "type"}):
        raise _refused(path, f"it uses {', '.join(extra)} beside {name}")
    made = [_strict(option, f"{path}.{name}[{at}]", rules) for at, option in enumerate(options)]
    return {"anyOf": made, **beside}


def _close(result: dict[str, Any], schema: Mapping[str, Any], path: str, rules: StrictRules) -> None:
    properties, more = schema.get("properties"), schema.get("additionalProperties")
    if more not in (None, False) or not (isinstance(properties, Mapping) or more is False):
        raise _refused(path, "it is an object with any properties")
    required = schema.get("required") or ()
    result["properties"] = {
        name: closed if name in required or not rules.all_required else _nullable(closed)
        for name, value in (properties or {}).items()
        for closed in [_strict(value, f"{path}.{name}", rules)]
    }
    if rules.all_required:
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
