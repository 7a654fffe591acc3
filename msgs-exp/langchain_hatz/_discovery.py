"""What can be asked of `ChatHatz` itself as well as of a model: what there is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import MethodType
from typing import Any, Generic, TypeVar

R = TypeVar("R")


class Asked(Generic[R]):
    """A method that works on the class, too: then it asks with the environment's settings."""

    def __init__(self, ask: Callable[[Any], R]) -> None:
        self._ask = ask
        self.__doc__ = ask.__doc__

    def __get__(self, model: Any, kind: Any) -> Callable[[], R]:
        return partial(self._of_a_new, kind) if model is None else MethodType(self._ask, model)

    def _of_a_new(self, kind: Any) -> R:
        return self._ask(kind("auto"))
