"""Shapes of JSON values, checked by pydantic. Anthropic and Hatz use pydantic too, so its messages are theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, Union

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from typing_extensions import TypedDict

Json = dict[str, Any]
Shape = Any
"""A type as pydantic takes it."""


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


def find_problems(adapter: TypeAdapter[Any], value: Any) -> list[Problem]:
    """All problems of a value; an empty list if it has the shape."""
    try:
        adapter.validate_python(value)
    except ValidationError as error:
        return [_to_problem(one, value) for one in error.errors(include_url=False)]
    return []


def obj(*, closed: bool = False, **fields: Shape) -> Shape:
    """An object with these fields; `closed` allows no others."""
    make: Any = TypedDict
    shape = make("shape", fields)
    shape.__pydantic_config__ = ConfigDict(strict=True, extra="forbid" if closed else "ignore")
    return shape


def block(kind: str, *, closed: bool = False, **fields: Shape) -> Shape:
    """An object with this `type`."""
    return obj(closed=closed, type=Literal[kind], **fields)


def optional(shape: Shape = Any) -> Shape:
    """An optional field, which may also be null."""
    return NotRequired[Union[shape, None]]  # noqa: UP007 - `|` does not take every shape


def one_of(*shapes: Shape) -> Shape:
    """One of several blocks, chosen by `type`."""
    return Annotated[Union[shapes], Field(discriminator="type")]  # noqa: UP007


def tagged(choose: Callable[[Any], str | None], shapes: dict[str, Shape], **error: Any) -> Shape:
    """One of several shapes, chosen by a function that returns its name."""
    named = tuple(Annotated[shape, Tag(name)] for name, shape in shapes.items())
    return Annotated[Union[named], Discriminator(choose, **error)]  # noqa: UP007


def list_of(item: Shape, **limits: int) -> Shape:
    """A list of items of this shape."""
    return Annotated[list[item], Field(**limits)]  # type: ignore[call-overload]


def text_or_list(item: Shape) -> Shape:
    """A string, or a list of items of this shape."""
    return tagged(
        lambda value: "(text)" if isinstance(value, str) else "(list)" if isinstance(value, list) else None,
        {"(text)": str, "(list)": list[item]},
        custom_error_type="text_or_list",
        custom_error_message="Input should be a valid string or list",
    )


def matching(pattern: str, **limits: int) -> Shape:
    """A string that matches a regular expression."""
    return Annotated[str, Field(pattern=pattern, **limits)]  # type: ignore[call-overload]


def must(shape: Shape, fulfils: Callable[[Any], Any], message: str, kind: str = "value_error") -> Shape:
    """A value that fulfils a condition, and the error message if it does not."""
    return rule(shape, lambda value: None if fulfils(value) else (message, kind))


def rule(shape: Shape, find: Callable[[Any], tuple[str, str] | None]) -> Shape:
    """A value that a function accepts; it returns `None`, or the message and kind of a problem."""

    def check(value: Any) -> Any:
        if found := find(value):
            raise PydanticCustomError(found[1], "{message}", {"message": found[0]})
        return value

    return Annotated[shape, AfterValidator(check)]


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
