"""Schemas with an object at their root, as every service requires them for a tool's arguments.

OpenAI: "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level"; Anthropic
rejects the same. Recursive classes have a `$ref` there, and MCP servers have alternatives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.warn_once import warn_once

Schema = Mapping[str, Any]
_CHOICES = ("allOf", "anyOf", "oneOf")
_UNFIT = frozenset((*_CHOICES, "$ref", "not", "enum", "const", "if", "then", "else"))
_DEFINITIONS = ("$defs", "definitions")


def resolve_ref(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The target of a `$ref` within the schema `root`, such as "#/$defs/Node"; None if it has none."""
    found: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if not isinstance(found, Mapping) or not step:
            return root if not step and found is root else None
        found = found.get(step.replace("~1", "/").replace("~0", "~"))
    return found if isinstance(found, Mapping) else None


def inline_root_ref(schema: Schema) -> Schema:
    """The schema with the `$ref` at its root replaced by its target; the definitions stay, so recursive classes work."""
    seen: set[str] = set()
    while isinstance(reference := schema.get("$ref"), str) and reference not in seen:
        seen.add(reference)
        target = resolve_ref(reference, schema)
        if target is None:
            break
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def is_recursive(schema: Schema) -> bool:
    """Whether a `$ref` in the schema leads back to itself, as in the schema of a tree."""
    uses: dict[str, set[str]] = {}
    waiting = [("#", schema, True)]
    while waiting:
        place, node, is_root = waiting.pop()
        found = uses.setdefault(place, set())
        for reference in _references({key: node[key] for key in node if not is_root or key not in _DEFINITIONS}):
            found.add(reference)
            if reference not in uses and (target := resolve_ref(reference, schema)) is not None:
                uses[reference] = set()
                waiting.append((reference, target, False))
    while leaves := [place for place, found in uses.items() if not found & uses.keys()]:
        for place in leaves:
            del uses[place]
    return bool(uses)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _references(item)
    elif isinstance(schema, Mapping):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference
        for value in schema.values():
            yield from _references(value)


def is_object(schema: Schema) -> bool:
    """Whether values of this schema are objects: a class, a TypedDict, or alternatives of these."""
    schema = inline_root_ref(schema)
    kind = schema.get("type")
    if kind is not None:
        return kind == "object" or (isinstance(kind, list) and "object" in kind)
    if "properties" in schema:
        return True
    choices = [one for key in _CHOICES for one in schema.get(key) or () if isinstance(one, Mapping)]
    if choices:
        shared = {name: schema[name] for name in _DEFINITIONS if name in schema}
        return all(is_object({**shared, **one}) for one in choices)
    return not schema.keys() & {"enum", "const", "items", "prefixItems"}


def object_root(schema: Schema, what: str) -> Schema:
    """The schema as one object: a `$ref` at its root is resolved, alternatives there are merged (warned about once).

    The merged object has the properties of all alternatives; it requires those that every alternative requires.

    Args:
        schema: JSON schema of a tool's arguments.
        what: The owner of the schema, for messages, such as "The tool 'attach'".

    Raises:
        HatzInvalidInputError: if its values are not objects.
    """
    if not schema.keys() & _UNFIT and schema.get("type", "object") == "object":
        return schema if "type" in schema else {"type": "object", **schema}
    if not is_object(schema):
        raise HatzInvalidInputError(
            f"{what}: its arguments must be an object, and its schema describes another kind of value. "
            'Wrap it in an object: {"type": "object", "properties": {"value": …}}.'
        )
    whole = inline_root_ref(schema)
    if dropped := sorted(whole.keys() & _UNFIT):
        warn_once(
            f"{what}: its schema has {', '.join(dropped)} at its root, which no service accepts: it is sent as one object "
            "with the properties of all alternatives."
        )
    return {**_merge(whole, whole), "type": "object"}


def _merge(schema: Schema, root: Schema, depth: int = 0) -> dict[str, Any]:
    """The schema with the alternatives at its root merged into it."""
    merged = {key: value for key, value in schema.items() if key not in _UNFIT}
    if not any(key in schema for key in _CHOICES) or depth > 8:
        return merged
    properties = dict(merged.get("properties") or {})
    required = list(merged.get("required") or ())
    for key in _CHOICES:
        options = [_merge(option, root, depth + 1) for option in _options(schema.get(key), root)]
        for option in options:
            for name, value in (option.get("properties") or {}).items():
                properties[name] = _any_of(properties[name], value) if name in properties else value
        lists = [list(option.get("required") or ()) for option in options]
        required += [
            name
            for name in dict.fromkeys(name for names in lists for name in names)
            if key == "allOf" or all(name in names for names in lists)
        ]
    merged["properties"] = properties
    merged.pop("required", None)
    if required := [name for name in dict.fromkeys(required) if name in properties]:
        merged["required"] = required
    return merged


def _options(options: Any, root: Schema) -> Iterator[Schema]:
    for option in options if isinstance(options, list) else ():
        if isinstance(option, Mapping):
            reference = option.get("$ref")
            target = resolve_ref(reference, root) if isinstance(reference, str) else None
            yield {**target, **{key: value for key, value in option.items() if key != "$ref"}} if target else option


def _any_of(one: Any, other: Any) -> Any:
    """A property that several alternatives have: any one of its schemas."""
    if one == other:
        return one
    known = list(one["anyOf"]) if isinstance(one, Mapping) and one.keys() == {"anyOf"} else [one]
    return {"anyOf": known if other in known else [*known, other]}
