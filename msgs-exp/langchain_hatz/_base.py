"""The fields of `ChatHatz`, what LangChain asks a model about itself, and copies."""

from __future__ import annotations

import builtins
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import reduce
from typing import Any, Literal, Self

from langchain_core.language_models import LangSmithParams, ModelProfile
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages.ai import add_usage
from langchain_core.utils import from_env, secret_from_env
from pydantic import ConfigDict, Field, SecretStr, model_validator
from typing_extensions import override

from hatz_client.content import DialectName, OrphanTools, Prompt, SystemMessages
from hatz_client.version import __version__
from hatz_client.wire import dialect_name
from langchain_hatz._arguments import own_names, understood
from langchain_hatz._messages.history import PROVIDER
from langchain_hatz.profiles import Derived, profile_of


class HatzBase(BaseChatModel):
    """What `ChatHatz` is, without what it does."""

    # It is never made itself, so it needs no validator.
    model_config = ConfigDict(
        populate_by_name=True, arbitrary_types_allowed=True, hide_input_in_errors=True, defer_build=True
    )

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
    """How much is left to chance in the choice of words; 0 is the least."""
    top_p: float | None = None
    """Choose among the likeliest words whose probabilities add up to this."""
    top_k: int | None = None
    """Choose among this many of the likeliest words, where the model's service has it."""
    max_tokens: int | None = None
    """The most tokens an answer may have. Also accepted as `max_output_tokens` and `max_completion_tokens`."""
    stop: list[str] | None = None
    """Texts before which the answer ends, on every endpoint. Also accepted as `stop_sequences`."""
    reasoning_effort: str | None = None
    """How long the model is to think ("low", "medium", "high" …), where its service supports it."""
    thinking: builtins.dict[str, Any] | None = None
    """Anthropic's field for the same on the Messages endpoint, such as `{"type": "enabled", "budget_tokens": 2000}`."""
    reasoning: builtins.dict[str, Any] | None = None
    """OpenAI's field for the same on the Responses endpoint, such as `{"effort": "low", "summary": "auto"}`. The gateway documents
    that it ignores it for now."""
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
    system_messages: SystemMessages = "inline"
    """Where system messages go that come after the conversation has begun: "inline" leaves them in their place, "hoist" moves them
    to the system prompt, "raise" makes them an error. Native chat has no other place than the system prompt."""
    orphan_tools: OrphanTools = "repair"
    """What becomes of tool calls without a result and results without a call, which services refuse: they are put right, or
    raise an error that names them, or are sent as they are ("pass")."""
    extra_body: builtins.dict[str, Any] | None = None
    """Further fields of the request's body, merged in last."""
    disabled_params: builtins.dict[str, Any] | None = None
    """Parameters not to send, whoever sets them: names, each with None or a list of the values it must not have."""
    token_counting: Literal["api", "approximate"] = Field(default="api")
    """Whether the gateway counts tokens, or they are guessed by the number of characters, without the network."""
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
    default_query: Mapping[str, str | int | float] | None = Field(default=None, exclude=True, repr=False)
    """Names and values to add to every URL, for a proxy of yours, say: the gateway itself takes none. Never shown or serialized."""
    proxy: SecretStr | None = Field(default=None, exclude=True, repr=False)
    """The URL of a proxy ("http://user:password@proxy.example:8080", https:// or socks5://). Default: `HATZ_PROXY`, else what the
    environment says to every program (`HTTPS_PROXY`). Never shown or serialized."""
    http_socket_options: Sequence[Any] | None = Field(default=None, exclude=True)
    """Options for each socket, as `socket.setsockopt` takes them, such as `[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]`."""
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
        fields, elsewhere = type(self).model_fields, os.environ.get("HATZ_BASE_URL")
        values = {name: getattr(self, name) for name in _IDENTIFYING}
        said = {name: value for name, value in values.items() if value is not None and value != {}}
        return {
            name: value
            for name, value in said.items()
            if value != (elsewhere if name == "base_url" else fields[name].default)
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
        given = own_names({**self.model_kwargs, **kwargs})
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
        return super()._get_invocation_params(stop=self.stop if stop is None else stop, **shown)

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

    # Copies

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values for some fields, named as the constructor takes them; its profile is that of its own model."""
        changed = understood(update or {}, type(self).model_fields)
        copied = super().model_copy(update=changed, deep=deep)
        if isinstance(copied.profile, Derived) and any(
            getattr(copied, name) != getattr(self, name) for name in ("model", "dialect", "auto_upload")
        ):
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


def _without_secrets(tool: Any) -> Any:
    """A tool of the service's own without what it sends to others (the `headers` and `authorization` of MCP servers)."""
    if not isinstance(tool, Mapping):
        return tool
    return {key: "***" if key in {"headers", "authorization", "authorization_token"} else tool[key] for key in tool}


_CLIENTS = ("http_client", "http_async_client")
_IDENTIFYING = (
    "model", "endpoint", "base_url", "temperature", "top_p", "top_k", "max_tokens", "stop", "reasoning_effort",
    "parallel_tool_calls", "structured_output_strategy", "tools_to_use", "auto_tool_selection", "file_uuids", "extra_body",
    "model_kwargs", "thinking", "reasoning", "auto_upload", "disabled_params", "system_messages", "orphan_tools",
)  # fmt: skip
