"""What the gateway has: its models and agents, for people to choose from."""

from __future__ import annotations

from typing import Any, Self

from hatz_client import Agent, Model
from llama_index_hatz import _models
from llama_index_hatz._connection import Connected


class Discovery(Connected):
    """The part of `HatzLLM` that asks the gateway for its lists, when it is told to and never by itself."""

    def available_models(self) -> tuple[Model, ...]:
        """The models this key may use; their context windows are then known to `metadata`."""
        models = self._client.models()
        _models.remember(self.base_url, models)
        return models

    def available_agents(self) -> tuple[Agent, ...]:
        """The agents this key may use: their `model` is what to pass as `model`."""
        return self._client.agents()

    async def aavailable_models(self) -> tuple[Model, ...]:
        """The models this key may use; their context windows are then known to `metadata`."""
        models = await self._aclient.models()
        _models.remember(self.base_url, models)
        return models

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
