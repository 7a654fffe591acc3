"""The arguments of `ChatHatz(…)` by name, for editors and type checkers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from langchain_core.caches import BaseCache
from langchain_core.callbacks import Callbacks
from langchain_core.language_models import ModelProfile
from langchain_core.rate_limiters import BaseRateLimiter

from hatz_client.integration.settings.arguments import HatzArguments


class ChatHatzArguments(HatzArguments, total=False):
    """The settings that both integrations share, those of `ChatHatz` alone, and LangChain's own."""

    parallel_tool_calls: bool | None
    token_counting: Literal["api", "approximate"]
    model_kwargs: dict[str, Any]
    streaming: bool | None
    stream_usage: bool
    include_response_headers: bool

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
