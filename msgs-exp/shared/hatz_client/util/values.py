"""Values that cannot be changed, and cost no more to make than those that can."""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import wraps
from typing import Any, TypeVar

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """The frozen dataclass with slots that `cls` is, made in half the time: a conversation is made of many such values.

    The `__init__` that `dataclass` writes has `object.__setattr__` look for each field by its name. This one is the same, but
    goes to the slots themselves.
    """
    made: Any = cls
    known: dict[str, Any] = {"missing": MISSING}
    lines = []
    defaults = []
    for field in fields(made):
        name = value = field.name
        if field.default_factory is not MISSING:
            value = f"make_{name}() if {name} is missing else {name}"
            known[f"make_{name}"] = field.default_factory
            defaults.append(MISSING)
        elif field.default is not MISSING:
            defaults.append(field.default)
        known[f"set_{name}"] = getattr(made, name).__set__
        lines.append(f" set_{name}(self, {value})")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()")
    names = ", ".join(field.name for field in fields(made))
    exec("\n".join((f"def __init__(self, {names}):", *lines)), known)  # noqa: S102 (as `dataclass` itself does)
    init: Any = wraps(made.__init__)(known["__init__"])
    init.__defaults__ = tuple(defaults)
    made.__init__ = init
    return cls
