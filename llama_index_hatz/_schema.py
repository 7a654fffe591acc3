"""Strict schemas: every property required, none besides, in every object of the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hatz_client.errors import HatzInvalidInputError


def strict_schema(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The schema as strict mode wants it (reference: OpenAI's structured outputs guide); `schema` itself stays as it is.

    What was optional becomes required; its own schema is left alone, so that a value of None is possible only where it was.

    Raises:
        HatzInvalidInputError: when an object takes any keys it likes, which strict mode cannot say.
    """
    return {key: _strict(value, name, key) for key, value in _object(schema, name).items()}


def _strict(value: Any, name: str, key: str) -> Any:
    match value:
        case Mapping() if key in {"properties", "$defs", "definitions"}:
            return {inner: _strict(schema, name, "") for inner, schema in value.items()}
        case Mapping():
            return {inner: _strict(item, name, inner) for inner, item in _object(value, name).items()}
        case list():
            return [_strict(item, name, "") for item in value]
        case _:
            return value


def _object(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    made = dict(schema)
    if made.get("type") != "object" and "properties" not in made:
        return made
    if made.get("additionalProperties") not in (None, False):
        raise HatzInvalidInputError(
            f"The schema of {name!r} cannot be strict: one of its objects takes any keys. Name the keys, or leave strict out."
        )
    properties = made.get("properties") or {}
    return {**made, "properties": properties, "required": list(properties), "additionalProperties": False}
