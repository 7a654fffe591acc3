"""The arguments of `HatzLLM(…)` by name, for editors and type checkers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.base import BasePromptTemplate
from llama_index.core.types import BaseOutputParser, PydanticProgramMode

from hatz_client.integration.settings.arguments import HatzArguments


class HatzLLMArguments(HatzArguments, total=False):
    """The settings that both integrations share, those of `HatzLLM` alone, and LlamaIndex's own."""

    context_window: int | None
    is_function_calling_model: bool | None
    strict: bool | None
    built_in_tools: list[dict[str, Any]] | None
    local_files: bool

    callback_manager: CallbackManager | None
    rate_limiter: Any
    system_prompt: str | None
    messages_to_prompt: Callable[[Sequence[ChatMessage]], str] | None
    completion_to_prompt: Callable[[str], str] | None
    output_parser: BaseOutputParser | None
    pydantic_program_mode: PydanticProgramMode
    query_wrapper_prompt: BasePromptTemplate | None
