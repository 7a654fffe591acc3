"""Tool schemas of other drafts in the form of JSON Schema 2020-12, with the same meaning.

Services check the schemas of all tools and refuse the whole request if one is not valid. MCP servers have such schemas: nulls
for keywords without a value (Go), `[]` for an empty object and `{"0": …}` for a list (PHP), names of types of Python, the boolean bounds of draft 4, the lists of item schemas of draft 7, `"required": true` in
a property (OpenAPI), names of types in capitals (Google). OpenAI also refuses an array without `items`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_VALUES = frozenset({"const", "default", "enum", "examples", "example", "dependentRequired"})
"""Keywords that hold values or names, not schemas."""
_MAY_BE_NULL = frozenset({"const", "default", "example"})
_NOT_EMPTY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Lists of schemas that may not be empty."""
_NAMED = frozenset({"properties", "$defs", "definitions", "patternProperties", "dependentSchemas"})
"""Keywords that hold schemas by name."""
_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_OTHER_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "double": "number",
    "bool": "boolean",
    "dict": "object",
    "list": "array",
    "tuple": "array",
    "set": "array",
    "none": "null",
}
"""Names of types in programming languages, which are none in JSON Schema. Any other name is as good as no type."""


def current_draft(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema in the form of JSON Schema 2020-12; the original is not changed.

    A schema that contains itself, or hundreds of levels, is returned as it is.
    """
    try:
        return _convert(schema)  # type: ignore[no-any-return]
    except RecursionError:
        return schema


def _convert(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_convert(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    result = {
        key: _keyword(key, value) if isinstance(value, (dict, list, Mapping)) else value
        for key, value in schema.items()
        if (value is not None or key in _MAY_BE_NULL) and (key not in _NOT_EMPTY or value != [])
    }
    if "type" in result:
        _type(result)
    if "items" in result:
        _items(result)
    if "required" in result or "properties" in result:
        _required(result, schema)
    if "exclusiveMinimum" in result or "exclusiveMaximum" in result:
        _bound(result, "exclusiveMinimum", "minimum")
        _bound(result, "exclusiveMaximum", "maximum")
    return result


def _keyword(key: str, value: Any) -> Any:
    if key in _NAMED and value == []:
        return {}  # PHP's empty object
    if key in _NAMED and isinstance(value, Mapping):
        return {name: {} if one is None or one == [] else _convert(one) for name, one in value.items()}
    if key == "enum":
        return _list(value)
    return value if key in _VALUES or str(key).startswith("x-") else _convert(value)


def _list(value: Any) -> Any:
    """The list that PHP writes as an object when its keys have gaps."""
    return [*value.values()] if isinstance(value, Mapping) and all(str(key).isdigit() for key in value) else value


def _type(schema: dict[str, Any]) -> None:
    given = schema["type"]
    kinds = [_type_name(kind) for kind in given] if isinstance(given, list) else _type_name(given)
    if not kinds or (isinstance(kinds, list) and None in kinds):
        del schema["type"]
        return
    schema["type"] = kinds
    if kinds == "array" or (isinstance(kinds, list) and "array" in kinds):
        schema.setdefault("items", {})


def _items(schema: dict[str, Any]) -> None:
    """The schemas of a tuple's items, which draft 7 has as a list."""
    if isinstance(items := schema["items"], list):
        if items:
            schema["prefixItems"] = items
        schema["items"] = schema.pop("additionalItems", {})


def _type_name(kind: Any) -> str | None:
    """The type's name in JSON Schema; None if it has none, as "any"."""
    name = str(kind).lower()
    return name if name in _TYPES else _OTHER_TYPES.get(name)


def _required(schema: dict[str, Any], given: Mapping[str, Any]) -> None:
    """A list of names without repetition, with the properties that are marked as required themselves."""
    own = _list(schema.pop("required", None))
    names = list(own) if isinstance(own, list) else []
    properties = given.get("properties")
    for name, one in properties.items() if isinstance(properties, Mapping) else ():
        if isinstance(one, Mapping) and one.get("required") is True:
            names.append(name)
    if names or isinstance(own, list):
        schema["required"] = list(dict.fromkeys(names))


def _bound(schema: dict[str, Any], exclusive: str, inclusive: str) -> None:
    """The exclusive bound as a number."""
    if not isinstance(schema.get(exclusive), bool):
        return
    if schema.pop(exclusive) and inclusive in schema:
        schema[exclusive] = schema.pop(inclusive)
