"""JSON schemas for strict mode: closed objects, `anyOf` as the only alternatives, no keywords that the service rejects.

In strict mode the service generates only what the schema allows, so it accepts only precise schemas. OpenAI (guide to
structured outputs) also requires every property to be required: optional ones become nullable. Anthropic (guide to
structured outputs) keeps optional properties, and rejects bounds of numbers, lengths and counts. Both accept few formats of
strings, and no look-arounds in regular expressions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hatz_client.content import ResponseFormat, Tool
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.value import Value
from hatz_client.util.warn_once import warn_once
from hatz_client.wire.common.tools.root_object import inline_root_ref, is_recursive, object_root
from hatz_client.wire.common.tools.schema_draft import current_draft

_NULL = {"type": "null"}
_DEFINITIONS = ("$defs", "definitions")
_WORDS = frozenset({"title", "description", "$comment", "examples", "deprecated", "readOnly", "writeOnly"})
"""Keywords without effect on validation."""
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_LOOK_AROUND = re.compile(r"\(\?<?[=!]")
_NO_FORM = frozenset(
    "patternProperties propertyNames unevaluatedProperties dependentRequired dependentSchemas minProperties maxProperties "  # noqa: SIM905 (a list would take a line a word)
    "prefixItems additionalItems unevaluatedItems contains minContains maxContains not if then else".split()
)


class StrictRules(Value, frozen=True, eq=False):
    """The rules of one service's strict mode, in addition to closed objects."""

    all_required: bool
    """Whether every property must be required (optional ones become nullable)."""
    refused: frozenset[str] = frozenset()
    """Keywords that it rejects and that do not affect the shape: they move to the description as text."""
    recursive: bool = True
    """Whether a schema may be recursive."""
    formats: frozenset[str] = _FORMATS
    """The formats that it accepts."""
    references: bool = True
    """Whether regular expressions may have references to groups and word boundaries."""


OPENAI = StrictRules(all_required=True, refused=frozenset({"uniqueItems"}))
ANTHROPIC = StrictRules(
    all_required=False,
    recursive=False,
    refused=frozenset(
        "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength maxItems uniqueItems".split()  # noqa: SIM905 (a list would take a line a word)
    ),
    formats=_FORMATS | {"uri"},
    references=False,
)


def without_impossible_strict(tool: Tool, rules: StrictRules) -> Tool:
    """The tool, without strict (with one warning) if its schema is recursive and the service's strict mode does not allow that."""
    if not tool.strict or rules.recursive or not is_recursive(tool.parameters):
        return tool
    warn_once(
        f"The tool {tool.name!r} is sent without strict: this endpoint's strict mode does not support recursive schemas."
    )
    return tool.replace(strict=None)


def tool_schema(tool: Tool, rules: StrictRules) -> Mapping[str, Any]:
    """The schema of a tool's arguments for the wire: an object at its root, strict if the tool is strict.

    Raises:
        HatzInvalidInputError: if that is not possible; the message names the tool.
    """
    schema = object_root(current_draft(tool.parameters), f"The tool {tool.name!r}")
    if not tool.strict:
        return schema if "properties" in schema else {**schema, "properties": {}}
    try:
        return strict(schema, rules)
    except HatzInvalidInputError as error:
        raise HatzInvalidInputError(f"The tool {tool.name!r}: {error.message}") from None


def format_schema(wanted: ResponseFormat, rules: StrictRules) -> Mapping[str, Any]:
    """The schema of a response format for the wire.

    Anthropic has no `strict` here and always requires closed objects: the schema is closed if possible.

    Raises:
        HatzInvalidInputError: if it should be strict and cannot be.
    """
    schema = inline_root_ref(current_draft(wanted.schema))
    closes = wanted.strict or (not rules.all_required and wanted.strict is None and can_be_strict(schema, rules))
    return strict(schema, rules) if closes else dict(schema)


def strict(schema: Mapping[str, Any], rules: StrictRules = OPENAI) -> dict[str, Any]:
    """The schema in the form that strict mode accepts.

    Raises:
        HatzInvalidInputError: if it allows what strict mode cannot (a free-form object, any value); the message names the
            place.
    """
    whole = {"type": "object", **schema}
    if whole["type"] != "object" or "anyOf" in whole or "oneOf" in whole:
        raise _not_strict_error("$", "a strict schema is an object at its root")
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
        raise _not_strict_error(path, "it allows any value")
    if unknown := sorted(_NO_FORM & schema.keys()):
        raise _not_strict_error(path, f"it uses {', '.join(unknown)}")
    result = _without_rejected_keywords(schema, rules)
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
        raise _not_strict_error(path, "it allows any value")
    return result


def _without_rejected_keywords(schema: Mapping[str, Any], rules: StrictRules) -> dict[str, Any]:
    """The schema without its default and without keywords that the service rejects; those become text in the description."""
    refused = {
        key: value
        for key, value in schema.items()
        if key in rules.refused
        or (key == "format" and value not in rules.formats)
        or (key == "pattern" and not _is_accepted_expression(str(value), rules))
        or (key == "minItems" and "maxItems" in rules.refused and value not in (0, 1))
    }
    result = {key: value for key, value in schema.items() if key != "default" and key not in refused}
    if refused:
        words = ", ".join(f"{key}: {value}" for key, value in refused.items())
        result["description"] = f"{schema['description']} ({words})" if schema.get("description") else words
    return result


def _is_accepted_expression(pattern: str, rules: StrictRules) -> bool:
    """Whether the service can compile a regular expression. Pydantic's `Decimal` has one with a look-around."""
    bare = _ESCAPED.sub("", pattern)
    if _LOOK_AROUND.search(bare):
        return False
    return rules.references or ("(?P=" not in bare and not {*"bBk123456789"} & {*_ESCAPED.findall(pattern)})


def _reference(schema: dict[str, Any]) -> dict[str, Any]:
    """Strict mode accepts a `$ref` only alone: keywords beside it move outside."""
    beside = {k: v for k, v in schema.items() if k != "$ref"}
    return {"anyOf": [{"$ref": schema["$ref"]}], **beside} if beside else schema


def _alternatives(
    result: dict[str, Any], name: str, options: list[Any], path: str, rules: StrictRules
) -> dict[str, Any]:
    if name == "allOf" and len(options) != 1:
        raise _not_strict_error(path, "it uses allOf of several schemas")
    beside = {k: v for k, v in result.items() if k in _WORDS or k in _DEFINITIONS}
    if extra := sorted(result.keys() - beside.keys() - {name, "discriminator", "type"}):
        raise _not_strict_error(path, f"it uses {', '.join(extra)} beside {name}")
    branches = [_strict(option, f"{path}.{name}[{at}]", rules) for at, option in enumerate(options)]
    return {"anyOf": branches, **beside}


def _close(result: dict[str, Any], schema: Mapping[str, Any], path: str, rules: StrictRules) -> None:
    properties, more = schema.get("properties"), schema.get("additionalProperties")
    if more not in (None, False) or not (isinstance(properties, Mapping) or more is False):
        raise _not_strict_error(path, "it is an object with any properties")
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


def _not_strict_error(path: str, why: str) -> HatzInvalidInputError:
    return HatzInvalidInputError(
        f"The schema cannot be strict: {path}: {why}. Say exactly what may be there, or leave `strict` unset."
    )
