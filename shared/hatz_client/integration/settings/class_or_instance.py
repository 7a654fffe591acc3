"""Methods that can be called on a class and on an instance."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import MethodType
from typing import Any, Generic, TypeVar

R = TypeVar("R")


class class_or_instance(Generic[R]):  # noqa: N801 (a decorator)
    """A method that also works on the class: there it takes settings such as `api_key` and `base_url`.

    Missing settings come from the environment.
    """

    def __init__(self, method: Callable[[Any], R]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, model: Any, kind: type[Any]) -> Callable[..., R]:
        if model is not None:
            return MethodType(self._method, model)

        @wraps(self._method)
        def on_the_class(**settings: Any) -> R:
            return self._method(kind(**{"model": "auto", **settings}))

        return on_the_class
