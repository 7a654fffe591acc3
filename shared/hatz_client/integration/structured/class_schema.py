"""From a Python class to a JSON schema, and from JSON to an object: the only part of structured output that needs pydantic.

Schemas stay as pydantic generates them: `$defs` and `$ref` are kept, so recursive classes work; a `$ref` at the root is
resolved, because services require an object there. pydantic is imported on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from typing import Any

from hatz_client.util.json_text import to_json
from hatz_client.wire.common.tools.root_object import inline_root_ref


def class_schema(kind: Any) -> dict[str, Any]:
    """The JSON schema of a pydantic class, TypedDict, dataclass, Enum, or any other type that pydantic understands.

    Fields of a TypedDict can have LangChain's descriptions, `Annotated[str, ..., "What it is."]`.
    """
    if _is_basemodel_v1(kind):
        return dict(inline_root_ref(kind.schema()))
    if hasattr(kind, "model_json_schema"):
        return dict(inline_root_ref(kind.model_json_schema()))
    return dict(inline_root_ref(_adapter(kind).json_schema()))


def class_name(kind: Any) -> str:
    """The name of the schema for this type; "response" for a type without a name."""
    return str(kind.__name__) if isinstance(kind, type) else "response"


def validator(kind: Any) -> Callable[[str], Any]:
    """A function that builds an object of this type from JSON text, in pydantic's JSON mode.

    So "2025-01-02" is a date even in a class with `strict=True`. A null that is not allowed counts as missing, because in
    OpenAI's strict mode the model must write every property. The function raises the errors of pydantic and of the class's
    validators.
    """
    if _is_basemodel_v1(kind):
        return kind.parse_raw  # type: ignore[no-any-return]
    validate = kind.model_validate_json if hasattr(kind, "model_validate_json") else _adapter(kind).validate_json
    return lambda text: _call_validator(validate, text)


def _call_validator(validate: Callable[[Any], Any], text: str) -> Any:
    from pydantic import ValidationError  # noqa: PLC0415 (see the module)
    from pydantic_core import from_json  # noqa: PLC0415

    try:
        return validate(text)
    except ValidationError as error:
        places = [one["loc"] for one in error.errors(include_url=False) if one["input"] is None and one["loc"]]
        if not places:
            raise
        value = from_json(text)
        for *path, last in places:
            _remove(value, path, last)
        return validate(to_json(value))


def _remove(value: Any, path: list[Any], last: Any) -> None:
    """Remove a null from an object; one that pydantic locates by a union's tag instead of its path stays."""
    try:
        holder = reduce(lambda inner, key: inner[key], path, value)
    except (KeyError, IndexError, TypeError):
        return
    if isinstance(holder, dict) and holder.get(last, 0) is None:
        del holder[last]


def _adapter(kind: Any) -> Any:
    try:
        return _cached_adapter(kind)
    except TypeError:  # an unhashable type
        return _cached_adapter.__wrapped__(kind)


@lru_cache(maxsize=64)
def _cached_adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter  # noqa: PLC0415 (see the module)

    from hatz_client.integration.structured.typed_dicts import pydantic_type  # noqa: PLC0415

    return TypeAdapter(pydantic_type(kind))


def _is_basemodel_v1(kind: Any) -> bool:
    return not hasattr(kind, "model_json_schema") and hasattr(kind, "__fields__") and hasattr(kind, "parse_raw")


def without_titles(schema: Any, *, names: bool = False) -> Any:
    """The schema without the titles that pydantic derives from names; a property called "title" stays."""
    if isinstance(schema, list):
        return [without_titles(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: without_titles(value, names=not names and key in {"properties", "$defs", "definitions"})
        for key, value in schema.items()
        if names or key != "title" or not isinstance(value, str)
    }
