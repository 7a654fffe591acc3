"""The fields of `ChatHatz`, and what LangChain asks a model about itself."""

from __future__ import annotations

import builtins
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, Self

from langchain_core.language_models import LangSmithParams, ModelProfile
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.messages.ai import add_usage
from langchain_core.utils import from_env, secret_from_env
from pydantic import ConfigDict, Field, SecretStr, model_validator
from typing_extensions import override

from hatz_client import HatzError, HatzNotFoundError
from hatz_client.content import DialectName, Prompt
from hatz_client.wire import dialect_name
from langchain_hatz._call import call_of
from langchain_hatz._counting import COUNTS, guessed
from langchain_hatz._errors import translated
from langchain_hatz._history import PROVIDER
from langchain_hatz._profiles import Derived, profile_of, refreshed
from langchain_hatz._version import __version__

if TYPE_CHECKING:
    from hatz_client import Agent, AsyncClient, Client, Model


class HatzBase(BaseChatModel):
    """Everything about `ChatHatz` but talking."""

    model_config = ConfigDict(populate_by_name=True, arbitrary_types_allowed=True, hide_input_in_errors=True)

    model: str
    """A `name` from `list_models()`, "auto", or "agent-<id>". Also accepted as `model_name`, and as the first argument."""
    endpoint: Literal["auto", "responses", "messages", "chat"] = "auto"
    """Which of the gateway's endpoints to use: OpenAI Responses, Anthropic Messages or Hatz-native chat."""
    hatz_api_key: SecretStr | Callable[[], str] | Callable[[], Awaitable[str]] | None = Field(
        default_factory=secret_from_env("HATZ_API_KEY", default=None), alias="api_key"
    )
    """The key, or a function (it may be async) that is asked for it before each request. Default: `HATZ_API_KEY`."""
    base_url: str | None = Field(default_factory=from_env("HATZ_BASE_URL", default=None))
    """Where the gateway is. Default: `HATZ_BASE_URL`, or "https://ai.hatz.ai/v1"."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None
    """The most tokens an answer may have. Also accepted as `max_output_tokens` and `max_completion_tokens`."""
    stop: list[str] | None = None
    """Texts before which the answer ends, on every endpoint. Also accepted as `stop_sequences`."""
    reasoning_effort: str | None = None
    """How long the model is to think ("low", "medium", "high" …), where its service supports it."""
    thinking: builtins.dict[str, Any] | None = None
    """Anthropic's field for the same on the Messages endpoint, such as `{"type": "enabled", "budget_tokens": 2000}`."""
    parallel_tool_calls: bool | None = None
    """Whether the model may call several tools at a time."""
    structured_output_strategy: Literal["auto", "native", "tool", "prompt"] = "auto"
    """How a response format is brought about: by the endpoint's own field ("native"), by a tool the model has to call, or by
    asking for JSON. "auto" takes the tool where there are tools."""
    tools_to_use: list[str] | None = None
    """Hatz's own tools to use, such as "google_search" (native chat)."""
    auto_tool_selection: bool | None = None
    """Whether Hatz may choose its own tools (native chat)."""
    file_uuids: list[str] | None = None
    """Files uploaded to Hatz before, for the model to see (native chat)."""
    auto_upload: bool = False
    """Whether images and documents in messages are uploaded to Hatz, each once, where native chat is used: it takes no others."""
    extra_body: builtins.dict[str, Any] | None = None
    """Further fields of the request's body, merged in last."""
    disabled_params: builtins.dict[str, Any] | None = None
    """Parameters not to send, whoever sets them: names, each with None or a list of the values it must not have."""
    model_kwargs: builtins.dict[str, Any] = Field(default_factory=builtins.dict)
    """Further keyword arguments for each call."""

    streaming: bool | None = None
    """True: `invoke` streams too; False: nothing ever streams; None: whatever the caller does."""
    stream_usage: bool = True
    """Whether a stream's last chunk has `usage_metadata`."""
    include_response_headers: bool = False
    """Whether `response_metadata["headers"]` has the response's headers (without cookies)."""
    timeout: Any = None
    """Seconds (or an `httpx.Timeout`) to connect, to wait for the answer, and for each silence within it."""
    stream_idle_timeout: float | None = None
    """Seconds of silence allowed within a stream, when they are to differ from `timeout`."""
    max_retries: int = 2
    """How often to try again what may pass. Set 0 when a middleware retries."""
    allow_http: bool = False
    """Permit unencrypted http to another host than this machine."""
    default_headers: Mapping[str, str] | None = Field(default=None, exclude=True, repr=False)
    """Further headers for every request. Never shown or serialized: they may hold secrets."""
    http_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.Client` of yours, for sync calls; it is never closed."""
    http_async_client: Any = Field(default=None, exclude=True, repr=False)
    """An `httpx.AsyncClient` of yours, for async calls; it is never closed."""

    @model_validator(mode="after")
    def _set_hatz_version(self) -> Self:
        self._add_version("hatz-integrations", __version__)
        return self

    # What LangChain asks a model about itself

    @property
    def model_name(self) -> str:
        """The model's id (the name most of LangChain looks for)."""
        return self.model

    @property
    @override
    def _llm_type(self) -> str:
        return "hatz-chat"

    @property
    @override
    def _identifying_params(self) -> builtins.dict[str, Any]:
        return {
            name: value
            for name in _IDENTIFYING
            if (value := getattr(self, name)) is not None
            and value != type(self).model_fields[name].default
            and value != {}
        }

    @classmethod
    @override
    def is_lc_serializable(cls) -> bool:
        return True

    @property
    @override
    def lc_secrets(self) -> builtins.dict[str, str]:
        return {"hatz_api_key": "HATZ_API_KEY"}

    @override
    def _combine_llm_outputs(self, llm_outputs: list[builtins.dict[str, Any] | None]) -> builtins.dict[str, Any]:
        """Of several answers: the model's name, and what they used together, as far as they say."""
        said = [output for output in llm_outputs if output]
        used = [usage for output in said if (usage := output.get("token_usage"))]
        total = reduce(add_usage, used) if used else None
        return {"model_name": said[0]["model_name"], "token_usage": total} if said else {}

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        given = {**self.model_kwargs, **kwargs}
        params = LangSmithParams(
            ls_provider=PROVIDER, ls_model_name=given.get("model") or self.model, ls_model_type="chat"
        )
        if isinstance(temperature := given.get("temperature", self.temperature), int | float):
            params["ls_temperature"] = temperature
        if isinstance(max_tokens := given.get("max_tokens", self.max_tokens), int):
            params["ls_max_tokens"] = max_tokens
        if wanted := stop or self.stop:
            params["ls_stop"] = list(wanted)
        return params

    @override
    def _get_invocation_params(self, stop: list[str] | None = None, **kwargs: Any) -> builtins.dict[str, Any]:
        """What traces show of a call: nothing that may hold a secret."""
        shown = {key: value for key, value in kwargs.items() if key not in {"headers", "extra_headers"}}
        if isinstance(tools := shown.get("tools"), list):
            shown["tools"] = [_without_secrets(tool) for tool in tools]
        return super()._get_invocation_params(stop=stop, **shown)

    # Copies

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values for some fields; its profile is that of its own model."""
        copied = super().model_copy(update=update, deep=deep)
        if isinstance(copied.profile, Derived) and "profile" not in (update or {}):
            copied.profile = profile_of(copied.model, copied.dialect, uploads=copied.auto_upload)
        return copied

    @override
    def __getstate__(self) -> builtins.dict[Any, Any]:
        """What is pickled: neither HTTP clients, which cannot travel, nor the environment's key, which is there as well."""
        state = super().__getstate__()
        fields = {**state["__dict__"], **dict.fromkeys(_CLIENTS)}
        key = self.hatz_api_key
        if isinstance(key, SecretStr) and key.get_secret_value() == os.environ.get("HATZ_API_KEY"):
            fields["hatz_api_key"] = None
        return {**state, "__dict__": fields}

    @override
    def __deepcopy__(self, memo: builtins.dict[int, Any] | None = None) -> Self:
        """A copy with the same HTTP clients: they are yours, and cannot be copied."""
        memo = {} if memo is None else memo
        memo.update((id(client), client) for name in _CLIENTS if (client := getattr(self, name)) is not None)
        return super().__deepcopy__(memo)

    # Reaching the gateway

    def _client(self) -> Client:
        from hatz_client import Client  # noqa: PLC0415 (brings httpx, which importing this package need not)

        return Client(**self._settings(), http_client=self.http_client)

    def _async_client(self) -> AsyncClient:
        from hatz_client import AsyncClient  # noqa: PLC0415

        return AsyncClient(**self._settings(), http_async_client=self.http_async_client)

    def _settings(self) -> builtins.dict[str, Any]:
        names = (
            "base_url",
            "endpoint",
            "timeout",
            "stream_idle_timeout",
            "max_retries",
            "default_headers",
            "allow_http",
        )
        return {"api_key": self.hatz_api_key, **{name: getattr(self, name) for name in names}}

    # What the gateway has

    def list_models(self) -> tuple[Model, ...]:
        """The models this key may use."""
        with translated():
            return self._client().models()

    async def alist_models(self) -> tuple[Model, ...]:
        """The models this key may use."""
        with translated():
            return await self._async_client().models()

    def list_agents(self) -> tuple[Agent, ...]:
        """The Hatz agents this key may use: `ChatHatz(agent.model)` runs one."""
        with translated():
            return self._client().agents()

    async def alist_agents(self) -> tuple[Agent, ...]:
        """The Hatz agents this key may use: `ChatHatz(agent.model)` runs one."""
        with translated():
            return await self._async_client().agents()

    # What the model can do

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        return profile_of(self.model, self.dialect, uploads=self.auto_upload)

    @property
    def dialect(self) -> DialectName:
        """The endpoint that is used when a call says nothing else."""
        files, tools = tuple(self.file_uuids or ()), tuple(self.tools_to_use or ())
        prompt = Prompt(
            self.model, (), tools_to_use=tools, auto_tool_selection=self.auto_tool_selection, file_uuids=files
        )
        return dialect_name(prompt, self.endpoint)

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

        When the gateway does not count (no network, no such model), it is a guess: this never raises.
        """
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
        try:
            prompt = self._counted(messages, tools, kwargs)
            key = COUNTS.key(prompt, self.base_url)
            if (known := COUNTS.get(key)) is not None:
                return known
            return COUNTS.put(key, await self._async_client().count_tokens(prompt))
        except HatzError as error:
            return guessed(messages, tools, error)

    def _counted(
        self, messages: Sequence[BaseMessage], tools: Sequence[Any] | None, kwargs: Mapping[str, Any]
    ) -> Prompt:
        given = {**kwargs, "tools": tools} if tools else kwargs
        return call_of(self, messages, None, {**given, "endpoint": "messages"}).prompt


def _without_secrets(tool: Any) -> Any:
    """A tool of the service's own without what it sends to others (the `headers` and `authorization` of MCP servers)."""
    if not isinstance(tool, Mapping):
        return tool
    return {key: "***" if key in {"headers", "authorization", "authorization_token"} else tool[key] for key in tool}


_CLIENTS = ("http_client", "http_async_client")
_IDENTIFYING = (
    "model", "endpoint", "temperature", "top_p", "top_k", "max_tokens", "stop", "reasoning_effort",
    "parallel_tool_calls", "structured_output_strategy", "tools_to_use", "auto_tool_selection", "file_uuids", "extra_body",
    "model_kwargs", "thinking", "auto_upload", "disabled_params",
)  # fmt: skip
