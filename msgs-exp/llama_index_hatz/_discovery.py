"""What the gateway has: its models and agents, for people to choose from."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import MethodType
from typing import Any, Generic, Self, TypeVar

from pydantic import ConfigDict

from hatz_client import Agent, Model
from llama_index_hatz import _models
from llama_index_hatz._connection import Connected

T = TypeVar("T")


class _OfBoth(Generic[T]):
    """A method of an LLM that the class has too: there it takes settings, since who asks for a model's name has no LLM yet."""

    def __init__(self, method: Callable[[Any], T]) -> None:
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, llm: Discovery | None, cls: type[Discovery]) -> Callable[..., T]:
        @wraps(self._method)
        def of_the_class(**settings: Any) -> T:
            return self._method(cls(**{"model": "auto", **settings}))

        return of_the_class if llm is None else MethodType(self._method, llm)


class Discovery(Connected):
    """The part of `HatzLLM` that asks the gateway for its lists, when it is told to and never by itself."""

    model_config = ConfigDict(ignored_types=(_OfBoth,))

    @_OfBoth
    def available_models(self) -> tuple[Model, ...]:
        """The models this key may use; their context windows are then known to `metadata`."""
        models = self._client.models()
        _models.remember(self.base_url, models)
        return models

    @_OfBoth
    def available_agents(self) -> tuple[Agent, ...]:
        """The agents this key may use: their `model` is what to pass as `model`."""
        return self._client.agents()

    @_OfBoth
    async def aavailable_models(self) -> tuple[Model, ...]:
        """The models this key may use; their context windows are then known to `metadata`."""
        models = await self._aclient.models()
        _models.remember(self.base_url, models)
        return models

    @_OfBoth
    async def aavailable_agents(self) -> tuple[Agent, ...]:
        """The agents this key may use: their `model` is what to pass as `model`."""
        return await self._aclient.agents()

    @classmethod
    def from_model(cls, name: str, **kwargs: Any) -> Self:
        """An LLM for the model of this id or display name, checked against the gateway's list.

        Raises:
            HatzNotFoundError: when the key has no such model; the message names the nearest.
        """
        llm = cls(model=name, **kwargs)
        llm.model = _models.named(name, llm.available_models()).id
        return llm
