"""The keyword arguments of `ChatHatz(…)`, for editors and type checkers: its fields, LangChain's own, and other names of both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from langchain_core.caches import BaseCache
from langchain_core.callbacks import Callbacks
from langchain_core.language_models import ModelProfile
from langchain_core.rate_limiters import BaseRateLimiter
from pydantic import SecretStr

from hatz_client.content import OrphanTools, SystemMessages
from hatz_client.wire import Endpoint


class Settings(TypedDict, total=False):
    """What can be given by name; the fields of `ChatHatz` say what each means."""

    model_name: str
    agent_id: str
    endpoint: Endpoint
    api_key: str | SecretStr | Callable[[], str] | Callable[[], Awaitable[str]] | None
    hatz_api_key: str | SecretStr | Callable[[], str] | Callable[[], Awaitable[str]] | None
    base_url: str | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    max_tokens: int | None
    max_output_tokens: int | None
    max_completion_tokens: int | None
    stop: str | list[str] | None
    stop_sequences: str | list[str] | None
    reasoning_effort: str | None
    thinking: dict[str, Any] | None
    reasoning: dict[str, Any] | None
    parallel_tool_calls: bool | None
    structured_output_strategy: Literal["auto", "native", "tool", "prompt"]
    tools_to_use: list[str] | None
    auto_tool_selection: bool | None
    file_uuids: list[str] | None
    auto_upload: bool
    system_messages: SystemMessages
    orphan_tools: OrphanTools
    extra_body: dict[str, Any] | None
    disabled_params: dict[str, Any] | None
    token_counting: Literal["api", "approximate"]
    model_kwargs: dict[str, Any]
    streaming: bool | None
    stream_usage: bool
    include_response_headers: bool
    timeout: Any
    request_timeout: Any
    stream_idle_timeout: float | None
    max_retries: int
    allow_http: bool
    default_headers: Mapping[str, str] | None
    extra_headers: Mapping[str, str] | None
    default_query: Mapping[str, str | int | float] | None
    proxy: str | SecretStr | None
    http_socket_options: Sequence[tuple[Any, ...]] | None
    http_client: Any
    http_async_client: Any

    cache: BaseCache | bool | None
    callbacks: Callbacks
    custom_get_token_ids: Callable[[str], list[int]] | None
    disable_streaming: bool | Literal["tool_calling"]
    metadata: dict[str, Any] | None
    name: str | None
    output_version: str | None
    profile: ModelProfile | None
    rate_limiter: BaseRateLimiter | None
    tags: list[str] | None
    verbose: bool
