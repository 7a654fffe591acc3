"""The keyword arguments of `HatzLLM(…)`, for editors and type checkers: its settings, LlamaIndex's own, and other names of both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypedDict

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.base import BasePromptTemplate
from llama_index.core.types import BaseOutputParser, PydanticProgramMode
from pydantic import SecretStr

from hatz_client.content import Endpoint, OrphanTools, SystemMessages


class Settings(TypedDict, total=False):
    """What can be given by name beside `model`; the fields of `HatzLLM` say what each means."""

    api_key: str | SecretStr | Callable[[], Any] | None
    base_url: str | None
    api_base: str | None
    endpoint: Endpoint
    temperature: float | None
    top_p: float | None
    top_k: int | None
    max_tokens: int | None
    stop: str | list[str] | None
    reasoning_effort: str | None
    thinking: dict[str, Any] | None
    seed: int | None
    context_window: int | None
    is_function_calling_model: bool | None
    strict: bool | None
    structured_output_strategy: Literal["auto", "native", "tool", "prompt"]
    built_in_tools: list[dict[str, Any]] | None
    tools_to_use: list[str] | None
    auto_tool_selection: bool | None
    file_uuids: list[str] | None
    system_messages: SystemMessages
    orphan_tools: OrphanTools
    auto_upload: bool
    extra_body: dict[str, Any]
    timeout: Any
    stream_idle_timeout: float | None
    max_retries: int
    default_headers: dict[str, str] | None
    allow_http: bool
    default_query: dict[str, str | int | float] | None
    proxy: str | SecretStr | None
    http_socket_options: Sequence[tuple[Any, ...]] | None
    http_client: Any
    http_async_client: Any
    async_http_client: Any

    callback_manager: CallbackManager | None
    rate_limiter: Any
    system_prompt: str | None
    messages_to_prompt: Callable[[Sequence[ChatMessage]], str] | None
    completion_to_prompt: Callable[[str], str] | None
    output_parser: BaseOutputParser | None
    pydantic_program_mode: PydanticProgramMode
    query_wrapper_prompt: BasePromptTemplate | None
