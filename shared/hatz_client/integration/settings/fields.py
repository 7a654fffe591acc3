"""`HatzFields`: the settings that the integrations share, each declared once, and the methods that depend only on them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, WithJsonSchema, field_validator

from hatz_client.connection.options import LimitUnavailable
from hatz_client.connection.settings import Settings
from hatz_client.content import AssistantPrefill, EndpointName, OrphanTools, Prompt, SystemMessages
from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.settings import discovery
from hatz_client.integration.settings.arguments import normalize_arguments
from hatz_client.integration.settings.declare import (
    EndpointField,
    Group,
    ObjectField,
    SecretField,
    hidden_setting,
    setting,
)
from hatz_client.wire.endpoints import endpoint_name

if TYPE_CHECKING:
    from hatz_client import AsyncClient, Client
else:  # frameworks evaluate annotations of methods; importing these would take time
    AsyncClient = Client = Any

_CLIENTS = ("http_client", "http_async_client")
_SECRETS = ("api_key", "proxy", "limit")
_IN_THE_ENVIRONMENT = {
    "api_key": "HATZ_API_KEY",
    "base_url": "HATZ_BASE_URL",
    "proxy": "HATZ_PROXY",
    "limit": "HATZ_LIMIT",
}


class HatzFields(BaseModel):
    """The settings of a model on the gateway. A setting that is None is not sent: the model's default applies."""

    model_config = ConfigDict(
        hide_input_in_errors=True,
        arbitrary_types_allowed=True,
        ignored_types=(discovery.class_or_instance,),
    )

    model: str = Field(
        description='The `id` of one of `list_models()`, "auto", or "agent-<id>".',
        json_schema_extra={"group": "prompt"},
    )
    endpoint: EndpointField = setting(
        "model",
        'Which endpoint of the gateway to use: "responses" (OpenAI), "messages" (Anthropic), "chat" (native), or "auto", '
        "which chooses by the model.",
        "auto",
    )
    temperature: float | None = setting("prompt", "Sampling temperature; 0 is the least random.")
    top_p: float | None = setting("prompt", "Nucleus sampling: only the likeliest tokens up to this total probability.")
    top_k: int | None = setting("prompt", "Sample from the k likeliest tokens, if the endpoint supports it.")
    max_tokens: int | None = setting("prompt", "The maximum number of tokens in the answer.")
    stop: list[str] | None = setting("prompt", "Texts that end the answer, on every endpoint.")
    seed: int | None = setting("body", "Seed of the sampling (Responses and native chat).")
    reasoning_effort: str | None = setting("prompt", 'How long the model thinks: "low", "medium", "high" …')
    thinking: dict[str, Any] | None = setting(
        "body", "Anthropic's field (Messages only): {'type': 'enabled', 'budget_tokens': 2000}."
    )
    reasoning: dict[str, Any] | None = setting(
        "body", "OpenAI's field (Responses only; the gateway documents that it ignores it)."
    )
    structured_output_strategy: Literal["auto", "native", "tool", "prompt"] = setting(
        "model",
        'How structured output is requested: a forced tool call ("tool"), the endpoint\'s own field ("native"), or the prompt '
        '("prompt"). "auto" is the tool if the model can be forced to call one, else the prompt.',
        "auto",
    )
    tools_to_use: list[str] | None = setting(
        "prompt", 'Hatz\'s own tools to use, such as "google_search" (native chat only).'
    )
    auto_tool_selection: bool | None = setting("prompt", "Let Hatz choose its own tools (native chat only).")
    file_uuids: list[str] | None = setting("prompt", "Ids of files uploaded to Hatz (native chat only).")
    auto_upload: bool = setting("call", "Upload media if the endpoint accepts only uploads (native chat).", False)
    system_messages: SystemMessages = setting(
        "prompt",
        "A system message after the first user message is left in place ('inline'), moved to the system prompt ('hoist'), or an "
        "error ('raise').",
        "inline",
    )
    orphan_tools: OrphanTools = setting(
        "prompt",
        "Tool calls without a result and results without a call are completed ('repair'), an error ('raise'), or sent as they "
        "are ('pass').",
        "repair",
    )
    assistant_prefill: AssistantPrefill = setting(
        "prompt",
        "If the last message is the model's own and the model refuses to continue it: add the user message 'Continue.' "
        "('continue'), an error ('raise'), or send it unchanged ('pass').",
        "continue",
    )
    extra_body: dict[str, Any] | None = setting("model", "Further fields of the request's body, merged in last.")
    disabled_params: dict[str, Any] | None = setting(
        "call", "Parameters not to send: name → None, or a list of values."
    )

    api_key: SecretField = hidden_setting(
        "The key, or a (perhaps async) function that returns it. Default: HATZ_API_KEY."
    )
    base_url: str | None = setting(
        "connection", "The gateway's URL. Default: HATZ_BASE_URL or HATZ_API_BASE, else https://ai.hatz.ai/v1."
    )
    timeout: Annotated[Any, WithJsonSchema({"type": "number"})] = setting(
        "connection",
        "Seconds to wait for a connection, for the answer, and for each silence within it: a number for all, a pair (connect, "
        "others), or an httpx.Timeout. Default: (15, 300).",
    )
    stream_idle_timeout: float | None = setting("connection", "Seconds of silence in a stream. Default: as `timeout`.")
    deadline: float | None = setting("connection", "Seconds for a whole call, retries included. Default: no limit.")
    max_response_bytes: int | None = setting("connection", "The most bytes of a response's body. Default: 64 MiB.")
    max_retries: int = setting("connection", "How often a request is retried after a transient error.", 2)
    patience: float = setting("connection", "Seconds for which waits after a 429 do not count as retries.", 0.0)
    limit: SecretField = hidden_setting(
        'How many requests may be sent: "50/second" (this process), "600/minute sqlite:///limits.db" (this machine), '
        '"600/minute redis://cache:6379/0" (all machines), or a callable that makes a limiter. Default: HATZ_LIMIT.'
    )
    limit_unavailable: LimitUnavailable = setting(
        "connection", 'If the limit\'s count cannot be reached: "error", or "ignore" (count in this process).', "error"
    )
    max_connections: int | None = setting(
        "connection", "The most connections at once. Default: 1,000, or half of the limit of open files."
    )
    allow_http: bool = setting("connection", "Permit unencrypted http to other hosts than this machine.", False)
    default_headers: Mapping[str, str] | None = hidden_setting("Further headers of every request.")
    default_query: Mapping[str, str | int | float] | None = hidden_setting("Names and values added to every URL.")
    proxy: SecretStr | None = hidden_setting(
        "URL of a proxy (http, https or socks5). Default: HATZ_PROXY, else HTTPS_PROXY.",
    )
    http_socket_options: Annotated[Sequence[Any] | None, WithJsonSchema({"type": "array"})] = setting(
        "connection", "Options for each socket: [(SOL_SOCKET, SO_KEEPALIVE, 1)].", exclude=True
    )
    http_client: ObjectField = hidden_setting("Your own httpx.Client; it is never closed.")
    http_async_client: ObjectField = hidden_setting("Your own httpx.AsyncClient; it is never closed.")

    # Set by each framework.

    user_agent: ClassVar[str] = ""
    """The framework in the `User-Agent`, such as "langchain-core/1.7.2"."""
    shared_by_copies: ClassVar[tuple[str, ...]] = (*_CLIENTS, "api_key")
    """Fields that a deep copy shares with the original."""

    @staticmethod
    def translate_errors() -> AbstractContextManager[None]:
        """Context manager: raises the client's errors as those of the framework."""
        return nullcontext()

    @field_validator("stop", mode="before")
    @classmethod
    def _to_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("timeout", mode="before")
    @classmethod
    def _timeout_from_dict(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        import httpx  # noqa: PLC0415 (importing the package stays fast)

        return httpx.Timeout(**value)

    @classmethod
    @lru_cache(maxsize=128)
    def settings_in(cls, group: Group) -> tuple[str, ...]:
        """The names of the settings in this group, including those of a subclass."""
        found = ((name, field.json_schema_extra) for name, field in cls.model_fields.items())
        return tuple(name for name, extra in found if isinstance(extra, Mapping) and extra.get("group") == group)

    @classmethod
    def to_fields(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        """The constructor's arguments by the names of the fields, with secrets wrapped.

        Raises:
            TypeError: for an unknown setting; the message says what to use instead.
        """
        arguments = normalize_arguments(cls.__name__, given, cls.model_fields)
        secrets = {name: SecretStr(value) for name in _SECRETS if isinstance(value := arguments.get(name), str)}
        return {**arguments, **secrets}

    # The gateway

    def client(self) -> Client:
        """The client for this model's calls. It is cheap to create and holds no connection."""
        from hatz_client.client import Client  # noqa: PLC0415 (brings httpx, which importing this package need not)

        return Client(**self._client_options(), endpoint=self.endpoint, http_client=self.http_client)

    def async_client(self) -> AsyncClient:
        """The client for this model's async calls."""
        from hatz_client.async_client import AsyncClient  # noqa: PLC0415

        return AsyncClient(**self._client_options(), endpoint=self.endpoint, http_async_client=self.http_async_client)

    def _client_options(self) -> dict[str, Any]:
        values, names = self.__dict__, self.settings_in("connection")
        options = {name: values[name] for name in names if values[name] is not None and name not in _CLIENTS}
        return {**options, "default_headers": {"User-Agent": self.user_agent, **(self.default_headers or {})}}

    def check_connection(self) -> None:
        """Check the connection settings when the model is created; raises `HatzInvalidInputError`. Needs no network and no key."""
        with self.translate_errors():
            Settings(**self._client_options()).check()

    def close(self) -> None:
        """Close the idle connections of this process, which models with the same proxy and socket options share.

        Closing is optional. Requests in progress continue, the next call opens new connections, and your own HTTP clients
        stay open.
        """
        with self.translate_errors():
            self.client().close()

    async def aclose(self) -> None:
        """Close the idle connections of the running event loop, as `close` does for sync calls."""
        with self.translate_errors():
            await self.async_client().aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    list_models, alist_models = discovery.list_models, discovery.alist_models
    list_agents, alist_agents = discovery.list_agents, discovery.alist_agents
    list_apps, alist_apps = discovery.list_apps, discovery.alist_apps
    list_workflows, alist_workflows = discovery.list_workflows, discovery.alist_workflows
    list_files, alist_files = discovery.list_files, discovery.alist_files

    @property
    def default_endpoint(self) -> EndpointName:
        """The endpoint of calls that do not set one."""
        names = ("model", "tools_to_use", "auto_tool_selection", "file_uuids")
        fields: dict[str, Any] = {name: value for name in names if (value := getattr(self, name)) is not None}
        return endpoint_name(Prompt(turns=(), **fields), self.endpoint)

    # Copies and pickles

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some settings changed; `update` uses the names of the constructor's arguments."""
        return super().model_copy(update=self.to_fields(update or {}), deep=deep)

    def __getstate__(self) -> dict[Any, Any]:
        """The pickled state, without values that are those of the environment: the reader's environment gives them.

        Raises:
            HatzInvalidInputError: if an HTTP client of your own is set, which cannot be pickled.
        """
        if own := next((name for name in _CLIENTS if getattr(self, name) is not None), None):
            with self.translate_errors():
                raise HatzInvalidInputError(
                    f"A model with its own {own} cannot be pickled: what the client knows (proxy, certificates) would be lost. Make the "
                    f"model where it is used, or use settings that can be pickled in place of {own}: proxy=, limit=, SSL_CERT_FILE."
                )
        travelling = self.__copy__()  # LlamaIndex's __getstate__ removes unpicklable values from the model itself
        for name, variable in _IN_THE_ENVIRONMENT.items():
            value = getattr(self, name)
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            if plain is not None and plain == os.environ.get(variable):
                travelling.__dict__[name] = None
        return super(HatzFields, travelling).__getstate__()

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """A copy with the same HTTP clients, which belong to the user and cannot be copied."""
        memo = {} if memo is None else memo
        shared = [value for name in self.shared_by_copies if (value := getattr(self, name, None)) is not None]
        memo.update((id(value), value) for value in shared)
        return super().__deepcopy__(memo)
