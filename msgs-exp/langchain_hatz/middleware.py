"""Middleware for `create_agent`: prompt caching for any Hatz model whose service has it."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from langchain_core.messages import SystemMessage
from langchain_core.tools import BaseTool

from langchain_hatz.chat_models import ChatHatz

try:
    from langchain.agents.middleware.types import AgentMiddleware, ModelRequest
except ImportError as error:
    raise ImportError("HatzPromptCachingMiddleware is for LangChain's agents: pip install langchain") from error


class HatzPromptCachingMiddleware(AgentMiddleware[Any, Any]):
    """Marks what stays the same from turn to turn, so that the model's service need not read it anew.

    The end of the system message, of the tools and of the conversation get Anthropic's `cache_control`. It is sent on the
    Messages endpoint; models on other endpoints are left alone, for they cache by themselves or not at all.

    Args:
        ttl: How long the cache is kept.
        min_messages_to_cache: The least number of messages for which it is worth while.
        unsupported_model_behavior: What becomes of a call of another model, or on another endpoint: it is left alone ("ignore"),
            with a warning ("warn"), or it is a `ValueError` ("raise").
    """

    def __init__(
        self,
        ttl: Literal["5m", "1h"] = "5m",
        min_messages_to_cache: int = 0,
        unsupported_model_behavior: Literal["ignore", "warn", "raise"] = "ignore",
    ) -> None:
        super().__init__()
        self.unsupported_model_behavior = unsupported_model_behavior
        self.mark = {"type": "ephemeral"} if ttl == "5m" else {"type": "ephemeral", "ttl": ttl}
        self.min_messages_to_cache = min_messages_to_cache

    def wrap_model_call(self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Any]) -> Any:
        """Ask the model, with marks."""
        return handler(self._marked(request))

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[Any]]
    ) -> Any:
        """Ask the model, with marks."""
        return await handler(self._marked(request))

    def _marked(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        model = request.model
        if not isinstance(model, ChatHatz) or model.dialect != "messages":
            self._say_unsupported(model)
            return request
        if len(request.messages) + bool(request.system_message) < self.min_messages_to_cache:
            return request
        changed: dict[str, Any] = {"model_settings": {**request.model_settings, "cache_control": self.mark}}
        if request.system_message and request.system_message.content:
            changed["system_message"] = self._marked_system(request.system_message)
        if request.tools:
            changed["tools"] = [*request.tools[:-1], self._marked_tool(request.tools[-1])]
        return request.override(**changed)

    def _say_unsupported(self, model: Any) -> None:
        if self.unsupported_model_behavior == "ignore":
            return
        where = f"the {model.dialect} endpoint" if isinstance(model, ChatHatz) else type(model).__name__
        words = f"HatzPromptCachingMiddleware marks prompts of ChatHatz on the messages endpoint, not of {where}."
        if self.unsupported_model_behavior == "raise":
            raise ValueError(words)
        warnings.warn(words, stacklevel=2)

    def _marked_system(self, system: SystemMessage) -> SystemMessage:
        content = system.content
        blocks: list[Any] = [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
        last = blocks[-1] if isinstance(blocks[-1], dict) else {"type": "text", "text": blocks[-1]}
        return SystemMessage([*blocks[:-1], {**last, "cache_control": self.mark}])

    def _marked_tool(self, tool: BaseTool | dict[str, Any]) -> BaseTool | dict[str, Any]:
        if isinstance(tool, BaseTool):
            return tool.model_copy(update={"extras": {**(tool.extras or {}), "cache_control": self.mark}})
        return {**tool, "cache_control": self.mark}
