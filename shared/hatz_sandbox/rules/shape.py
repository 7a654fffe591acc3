"""Shapes of JSON values, checked by pydantic-core. Anthropic and Hatz use pydantic too, so its messages are theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails, PydanticCustomError, SchemaValidator, ValidationError, core_schema

from hatz_sandbox.neutral import Json

Shape = Any
"""A type, or a schema of pydantic-core. Models and `TypeAdapter` make such schemas too, but take 170 ms longer to import and build."""

_STRICT = core_schema.CoreConfig(strict=True)
_TYPES = {
    str: core_schema.str_schema(),
    bool: core_schema.bool_schema(),
    int: core_schema.int_schema(),
    float: core_schema.float_schema(),
    dict: core_schema.dict_schema(),
    list: core_schema.list_schema(),
    Any: core_schema.any_schema(),
}


class Problem(NamedTuple):
    """A problem of a value, and its path."""

    path: tuple[str | int, ...]
    """Keys and indexes."""
    typed_path: tuple[str | int, ...]
    """The path with the type of each block after its index, as Anthropic writes it: `messages.0.content.0.text.text`."""
    kind: str
    """Pydantic's name of the problem, such as `missing`, or the kind of a rule."""
    message: str
    given: Any
    facts: Json
    """The values in the message, such as `pattern`."""


def find_problems(shape: SchemaValidator, value: Any) -> list[Problem]:
    """All problems of a value; an empty list if it has the shape."""
    try:
        shape.validate_python(value)
    except ValidationError as error:
        return [_to_problem(one, value) for one in error.errors(include_url=False)]
    return []


def obj(*, closed: bool = False, **fields: Shape) -> Shape:
    """An object with these fields, whose values are not converted to other types; `closed` allows no other fields."""
    made = {name: _schema(field) for name, field in fields.items()}
    made = {name: one if "required" in one else core_schema.typed_dict_field(one) for name, one in made.items()}
    return core_schema.typed_dict_schema(made, extra_behavior="forbid" if closed else "allow", config=_STRICT)


def block(kind: str, *, closed: bool = False, **fields: Shape) -> Shape:
    """An object with this `type`."""
    return obj(closed=closed, type=literal(kind), **fields)


def optional(shape: Shape = Any) -> Shape:
    """An optional field, which may also be null."""
    return core_schema.typed_dict_field(core_schema.nullable_schema(_schema(shape)), required=False)


def literal(*values: str) -> Shape:
    """One of these strings."""
    return core_schema.literal_schema([*values])


def one_of(*blocks: Shape) -> Shape:
    """One of several blocks, chosen by `type`."""
    return core_schema.tagged_union_schema({_kind_of(one): one for one in blocks}, "type")


def list_of(item: Shape, *, min_length: int | None = None) -> Shape:
    """A list of items of this shape."""
    return core_schema.list_schema(_schema(item), min_length=min_length)


def text_or_list(item: Shape) -> Shape:
    """A string, or a list of items of this shape."""
    return core_schema.tagged_union_schema(
        {"(text)": _schema(str), "(list)": list_of(item)},
        lambda value: "(text)" if isinstance(value, str) else "(list)" if isinstance(value, list) else None,
        custom_error_type="text_or_list",
        custom_error_message="Input should be a valid string or list",
    )


def must(shape: Shape, fulfils: Callable[[Any], Any], message: str, kind: str = "value_error") -> Shape:
    """A value that fulfils a condition, and the error message if it does not."""
    return rule(shape, lambda value: None if fulfils(value) else (message, kind))


def rule(shape: Shape, find: Callable[[Any], tuple[str, str] | None]) -> Shape:
    """A value that a function accepts; it returns `None`, or the message and kind of a problem."""

    def check(value: Any) -> Any:
        if found := find(value):
            raise PydanticCustomError(found[1], "{message}", {"message": found[0]})
        return value

    return core_schema.no_info_after_validator_function(check, _schema(shape))


def _schema(shape: Shape) -> Shape:
    return _TYPES[shape] if isinstance(shape, type) else shape


def _kind_of(block: Shape) -> str:
    while "fields" not in block:  # a rule around the block
        block = block["schema"]
    kind: str = block["fields"]["type"]["schema"]["expected"][0]
    return kind


def _to_problem(error: ErrorDetails, value: Any) -> Problem:
    path: list[str | int] = []
    typed: list[str | int] = []
    for number, part in enumerate(error["loc"]):
        is_missing = error["type"] == "missing" and number == len(error["loc"]) - 1
        is_index = isinstance(value, list) and isinstance(part, int)
        if is_index or (isinstance(value, dict) and (part in value or is_missing)):
            value = None if is_missing else value[part]
            path.append(part)
            typed.append(part)
        elif not str(part).startswith("("):  # the name of the chosen shape
            typed.append(part)
    return Problem(tuple(path), tuple(typed), error["type"], error["msg"], error["input"], error.get("ctx") or {})
