"""What `ChatHatz` does beside answering: it reaches the gateway, asks what there is, and counts tokens."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from langchain_core.language_models import ModelProfile
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.version import VERSION
from pydantic import ConfigDict
from typing_extensions import override

from hatz_client import HatzError, HatzNotFoundError
from hatz_client.content import Prompt
from hatz_client.version import USER_AGENT
from langchain_hatz._base import HatzBase
from langchain_hatz._discovery import Asked
from langchain_hatz._request import call_of
from langchain_hatz.errors import translated
from langchain_hatz.profiles import refreshed
from langchain_hatz.token_counting import COUNTS, guessed

if TYPE_CHECKING:
    from hatz_client import Agent, AsyncClient, Client, Model
else:  # `with_fallbacks` evaluates the annotations of what it hands on; loading these for it would take time
    Agent = AsyncClient = Client = Model = Any


class OnGateway(HatzBase):
    """A model of the gateway, but for its answers."""

    model_config = ConfigDict(ignored_types=(Asked,))

    # Reaching the gateway

    def _client(self) -> Client:
        from hatz_client.client import Client  # noqa: PLC0415 (brings httpx, which importing this package need not)

        return Client(**self._settings(), http_client=self.http_client)

    def _async_client(self) -> AsyncClient:
        from hatz_client.async_client import AsyncClient  # noqa: PLC0415

        return AsyncClient(**self._settings(), http_async_client=self.http_async_client)

    def close(self) -> None:
        """Close the connections for sync calls that stand idle; those in use are closed when they no longer are.

        All models of this process with the same `proxy` and `http_socket_options` share them, and the next call opens new ones. A
        client of yours stays open. Nothing needs closing: at its end the process closes its connections itself.
        """
        with translated():
            self._client().close()

    async def aclose(self) -> None:
        """Close the connections of the running event loop, as `close` does those for sync calls."""
        with translated():
            await self._async_client().aclose()

    def __enter__(self) -> Self:
        """The model itself; `close` at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        """The model itself; `aclose` at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _settings(self) -> builtins.dict[str, Any]:
        who = {"User-Agent": f"{USER_AGENT} langchain-core/{VERSION}"}
        settings = {name: getattr(self, name) for name in _SETTINGS}
        return {**settings, "api_key": self.hatz_api_key, "default_headers": {**who, **(self.default_headers or {})}}

    # What the gateway has

    @Asked
    def list_models(self) -> tuple[Model, ...]:
        """The models this key may use."""
        with translated():
            return self._client().models()

    @Asked
    async def alist_models(self) -> tuple[Model, ...]:
        """The models this key may use."""
        with translated():
            return await self._async_client().models()

    @Asked
    def list_agents(self) -> tuple[Agent, ...]:
        """The Hatz agents this key may use: `ChatHatz(agent.model)` runs one."""
        with translated():
            return self._client().agents()

    @Asked
    async def alist_agents(self) -> tuple[Agent, ...]:
        """The Hatz agents this key may use: `ChatHatz(agent.model)` runs one."""
        with translated():
            return await self._async_client().agents()

    def refresh_profile(self) -> ModelProfile:
        """The profile with what the gateway says of the model now; it is the model's `profile` from here on.

        Raises:
            HatzNotFoundError: when the key may not use the model; the message names those it may.
        """
        return self._refreshed(self.list_models())

    async def arefresh_profile(self) -> ModelProfile:
        """The same as `refresh_profile`."""
        return self._refreshed(await self.alist_models())

    def _refreshed(self, models: Sequence[Model]) -> ModelProfile:
        with translated():
            listed = next((model for model in models if model.id == self.model), None)
            if listed is None:
                there = ", ".join(model.id for model in models)
                raise HatzNotFoundError(f"This key may not use the model {self.model!r}; it may use {there}.")
        self.profile = refreshed(self.profile or {}, listed, self.dialect)
        return self.profile

    # How many tokens

    @override
    def get_num_tokens(self, text: str) -> int:
        """About how many tokens a text has, guessed without the network."""
        return guessed([HumanMessage(text)], None)

    @override
    def get_token_ids(self, text: str) -> list[int]:
        raise NotImplementedError(
            "The gateway counts tokens but does not name them: use get_num_tokens_from_messages(messages, tools=…)."
        )

    @override
    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None, **kwargs: Any
    ) -> int:
        """How many tokens a conversation has, tools included, as the gateway counts them (no credits are used).

        When the gateway does not count (no network, no such model), it is a guess: this never raises. With
        `token_counting="approximate"` it is always one.
        """
        if not self._counts:
            return guessed(messages, tools)
        try:
            prompt = self._counted(messages, tools, kwargs)
            key = COUNTS.key(prompt, self.base_url)
            if (known := COUNTS.get(key)) is not None:
                return known
            return COUNTS.put(key, self._client().count_tokens(prompt))
        except HatzError as error:
            return guessed(messages, tools, error)

    async def aget_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Sequence[Any] | None = None, **kwargs: Any
    ) -> int:
        """The same as `get_num_tokens_from_messages`."""
        if not self._counts:
            return guessed(messages, tools)
        try:
            prompt = self._counted(messages, tools, kwargs)
            key = COUNTS.key(prompt, self.base_url)
            if (known := COUNTS.get(key)) is not None:
                return known
            return COUNTS.put(key, await self._async_client().count_tokens(prompt))
        except HatzError as error:
            return guessed(messages, tools, error)

    @property
    def _counts(self) -> bool:
        return self.token_counting == "api"  # noqa: S105 (of another kind of token)

    def _counted(
        self, messages: Sequence[BaseMessage], tools: Sequence[Any] | None, kwargs: Mapping[str, Any]
    ) -> Prompt:
        given = {**kwargs, "tools": tools} if tools else kwargs
        return call_of(self, messages, None, {**given, "endpoint": "messages"}).prompt


_SETTINGS = (
    "base_url", "endpoint", "timeout", "stream_idle_timeout", "max_retries", "allow_http", "proxy", "http_socket_options",
    "default_query",
)  # fmt: skip
