"""Convert TypedDicts for pydantic: before Python 3.12 it accepts only those of `typing_extensions`.

LangChain's users describe a field with `Annotated[type, default, "description"]`, where `...` means no default. This is
converted to pydantic's form.
"""

from __future__ import annotations

import types
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal, NotRequired, Required, get_args, get_origin, get_type_hints, is_typeddict

import typing_extensions
from pydantic import Field
from typing_extensions import ReadOnly, TypedDict

# Special forms, which mypy allows only in annotations.
_ANNOTATED: Any = Annotated
_TYPED_DICT: Any = TypedDict


def pydantic_type(kind: Any, known: dict[Any, Any] | None = None) -> Any:
    """The type with every TypedDict in it replaced by one that pydantic accepts; unchanged if there is none."""
    known = {} if known is None else known
    if is_typed_dict(kind):
        return known.get(kind) or _typed_dict(kind, known)
    args = get_args(kind)
    if not args or get_origin(kind) is Literal:
        return kind
    if get_origin(kind) is Annotated:
        return Annotated[(pydantic_type(args[0], known), *kind.__metadata__)]
    made = tuple(pydantic_type(arg, known) for arg in args)
    if made == args:
        return kind
    if isinstance(kind, types.UnionType):
        return reduce(or_, made)
    return kind.copy_with(made) if hasattr(kind, "copy_with") else types.GenericAlias(get_origin(kind), made)


def is_typed_dict(kind: Any) -> bool:
    """Whether it is a TypedDict of `typing` or `typing_extensions`."""
    return is_typeddict(kind) or typing_extensions.is_typeddict(kind)


def _typed_dict(kind: Any, known: dict[Any, Any]) -> Any:
    make: Any = TypedDict
    made: Any = make(kind.__name__, {})
    known[kind] = made  # first, for recursive types
    made.__doc__, made.__module__ = kind.__doc__, kind.__module__
    required: set[str] = set()
    for name, given in get_type_hints(kind, include_extras=True).items():
        hint, is_required = given, name in kind.__required_keys__
        while get_origin(hint) in {Required, NotRequired, ReadOnly}:
            is_required = get_origin(hint) is Required or (get_origin(hint) is not NotRequired and is_required)
            (hint,) = get_args(hint)
        hint, has_default = _to_pydantic_hint(hint)
        made.__annotations__[name] = pydantic_type(hint, known)
        if is_required and not has_default:
            required.add(name)
    made.__required_keys__ = frozenset(required)
    made.__optional_keys__ = frozenset(made.__annotations__.keys() - required)
    return made


def _to_pydantic_hint(hint: Any) -> tuple[Any, bool]:
    """The hint with LangChain's default and description in pydantic's form, and whether it has a default."""
    words: str | None
    match getattr(hint, "__metadata__", ()):
        case (default, str() as words):
            pass
        case (default,) if default is ... or isinstance(default, str | int | float | bool | None):
            words = None
        case _:
            return hint, False
    extra: Any = {} if default is ... else {"default": default}
    return Annotated[get_args(hint)[0], Field(description=words, json_schema_extra=extra)], default is not ...
