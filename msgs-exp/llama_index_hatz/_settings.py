"""The settings of an LLM: fields that can be assigned, copied, pickled and dumped at any time, without ever showing the key."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Annotated, Any, Self

from llama_index.core.base.llms.types import LLMMetadata, MessageRole
from llama_index.core.llms.function_calling import FunctionCallingLLM
from pydantic import ConfigDict, Field, SecretStr, WithJsonSchema, field_serializer, field_validator

from hatz_client.content import DialectName, Endpoint, OrphanTools, Prompt, SystemMessages
from hatz_client.wire import dialect_name
from llama_index_hatz import _models

_Shared = Annotated[Any, WithJsonSchema({"type": "string"})]
_OTHER_NAMES = {"api_base": "base_url", "async_http_client": "http_async_client"}


class HatzSettings(FunctionCallingLLM):
    """What can be set on an LLM. What is None is not sent: the model's own default holds."""

    model_config = ConfigDict(hide_input_in_errors=True)  # a key may be among it

    model: str = Field(description="Id of the model, from `available_models()`; `auto`, or `agent-<id>`.")
    api_key: Annotated[SecretStr | Callable[[], Any] | None, WithJsonSchema({"type": "string", "writeOnly": True})] = (
        Field(default=None, exclude=True, repr=False, description="The key, or what gives it; default: HATZ_API_KEY.")
    )
    base_url: str | None = Field(default=None, description="Default: HATZ_BASE_URL, else https://ai.hatz.ai/v1.")
    endpoint: Endpoint = Field(default="auto", description="Wire format: auto, responses, messages or chat (native).")
    temperature: float | None = Field(default=None, description="Sampling temperature.")
    top_p: float | None = Field(default=None, description="Nucleus sampling.")
    top_k: int | None = Field(default=None, description="Sampling from the k likeliest tokens.")
    max_tokens: int | None = Field(default=None, description="The most tokens the answer may have.")
    stop: list[str] | None = Field(default=None, description="Texts that end the answer.")
    reasoning_effort: str | None = Field(default=None, description="How much to think: low, medium, high …")
    thinking: dict[str, Any] | None = Field(
        default=None,
        description='Anthropic\'s field (Messages only), such as {"type": "enabled", "budget_tokens": 2000}.',
    )
    seed: int | None = Field(default=None, description="Seed of the sampling (Responses and native chat).")
    context_window: int | None = Field(default=None, description="Tokens the model takes, if it is known better.")
    is_function_calling_model: bool | None = Field(
        default=None, description="Whether the model calls tools; default: everywhere but on native chat."
    )
    strict: bool | None = Field(default=None, description="Whether tool arguments must match their schemas exactly.")
    built_in_tools: list[dict[str, Any]] | None = Field(
        default=None, description="The endpoint's own server-side tools, as it documents them; offered in every call."
    )
    tools_to_use: list[str] | None = Field(default=None, description="Hatz's server-side tools (native chat only).")
    auto_tool_selection: bool | None = Field(
        default=None, description="Let Hatz choose its server-side tools (native chat only)."
    )
    file_uuids: list[str] | None = Field(default=None, description="Ids of uploaded files (native chat only).")
    system_messages: SystemMessages = Field(
        default="inline",
        description="Where late system messages go: in place (inline), to the front (hoist), or an error (raise).",
    )
    orphan_tools: OrphanTools = Field(
        default="repair",
        description="Calls without results and results without calls: repair, raise, or pass as they are.",
    )
    auto_upload: bool = Field(
        default=False,
        description="Upload images and documents, each once, where native chat is used: it takes no others.",
    )
    extra_body: dict[str, Any] = Field(default_factory=dict, description="Further fields of the request's body.")
    timeout: Annotated[Any, WithJsonSchema({"type": "number"})] = Field(
        default=None,
        description="Seconds to connect, to wait for the answer to begin, and for each silence within it; or an httpx.Timeout.",
    )
    stream_idle_timeout: float | None = Field(default=None, description="Seconds of silence allowed within a stream.")
    max_retries: int = Field(default=2, description="How many further requests a failed one may cost.")
    default_headers: dict[str, str] | None = Field(
        default=None, exclude=True, repr=False, description="Headers of every request."
    )
    allow_http: bool = Field(default=False, description="Send the key unencrypted to other hosts than this one.")
    default_query: dict[str, str | int | float] | None = Field(
        default=None, exclude=True, repr=False, description="Names and values to add to every URL."
    )
    proxy: SecretStr | None = Field(
        default=None, exclude=True, repr=False,
        description="URL of a proxy (http://, https:// or socks5://); default: HATZ_PROXY, else the environment's.",
    )  # fmt: skip
    http_socket_options: Annotated[list[tuple[Any, ...]] | None, WithJsonSchema({"type": "array"})] = Field(
        default=None, exclude=True, description="Options for each socket, as `socket.setsockopt` takes them."
    )
    http_client: _Shared = Field(default=None, exclude=True, repr=False, description="An httpx (or httpx2) client.")
    http_async_client: _Shared = Field(default=None, exclude=True, repr=False, description="The same, async.")

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("timeout", mode="before")
    @classmethod
    def _from_dict(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        import httpx  # noqa: PLC0415 (importing the package stays fast)

        return httpx.Timeout(**value)

    @field_serializer("timeout")
    def _to_dict(self, value: Any) -> Any:
        return value.as_dict() if hasattr(value, "as_dict") else value

    @classmethod
    def class_name(cls) -> str:
        """The name in serialized form."""
        return "hatz_llm"

    @property
    def metadata(self) -> LLMMetadata:
        """What is known of the model; never asks the gateway, never fails."""
        window = self.context_window or _models.context_window(self.model, self.base_url)
        return LLMMetadata(
            context_window=window,
            num_output=self.max_tokens if self.max_tokens and self.max_tokens < window else -1,
            is_chat_model=True,
            is_function_calling_model=self._calls_tools,
            model_name=self.model,
            system_role=MessageRole.SYSTEM,
        )

    @property
    def _calls_tools(self) -> bool:
        if self.is_function_calling_model is not None:
            return self.is_function_calling_model
        return self._dialect != "chat"

    @property
    def _dialect(self) -> DialectName:
        """What is spoken when the call says nothing else."""
        asked = Prompt(
            self.model,
            (),
            tools_to_use=tuple(self.tools_to_use or ()),
            auto_tool_selection=self.auto_tool_selection,
            file_uuids=tuple(self.file_uuids or ()),
        )
        return dialect_name(asked, self.endpoint)

    def to_payload(self) -> dict[str, Any]:
        """What observers are told of this LLM: no key, no headers."""
        return {
            "model": self.model,
            "temperature": self.temperature,
            "endpoint": self.endpoint,
            **(super().to_payload() if hasattr(super(), "to_payload") else {}),  # LlamaIndex has it since 0.14.23
        }

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """A copy with settings of its own; connections, observers and the rate limiter are shared, as they must be."""
        memo = {} if memo is None else memo
        for shared in (
            self.http_client,
            self.http_async_client,
            self.api_key,
            self.rate_limiter,
            self.callback_manager,
        ):
            memo[id(shared)] = shared
        return super().__deepcopy__(memo)


def named(cls: type[HatzSettings], given: dict[str, Any]) -> dict[str, Any]:
    """The settings by their own names.

    Raises:
        TypeError: for a setting that does not exist; the message names the nearest that does.
    """
    settings = {_OTHER_NAMES.get(name, name): value for name, value in given.items()}
    for name in settings:
        if name not in cls.model_fields:
            near = difflib.get_close_matches(name, cls.model_fields, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ". Further fields of the request go into extra_body."
            raise TypeError(f"{cls.__name__} has no setting {name!r}{hint}")
    return settings
