"""Middleware for `create_agent`: prompt caching, and a second chance for tool calls whose arguments are broken."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from langchain_core.messages import AIMessage, BaseMessage, InvalidToolCall, SystemMessage, ToolMessage
from langchain_core.tools import BaseTool

from hatz_client.wire.endpoints import endpoint_spec
from langchain_hatz.chat_models import ChatHatz

try:
    from langchain.agents.middleware.types import AgentMiddleware, ModelRequest, hook_config
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "langchain":
        raise  # langchain is there, and one of its own dependencies is missing: the error names it
    raise ImportError("langchain_hatz.middleware is for LangChain's agents: pip install langchain") from error

INVALID_CALL = "hatz_invalid_call"
"""Key of a tool message's `additional_kwargs`: it was made by `HatzInvalidToolCallMiddleware`."""


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
        if not isinstance(model, ChatHatz) or not endpoint_spec(model.default_endpoint).cache_marks:
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
        where = f"the {model.default_endpoint} endpoint" if isinstance(model, ChatHatz) else type(model).__name__
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


class HatzInvalidToolCallMiddleware(AgentMiddleware[Any, Any]):
    """Tells the model what is wrong with a tool call that cannot be run, and asks it again.

    A call is invalid when its arguments are no JSON object, or were cut off or lost on the way. LangChain never runs it, and
    without this middleware it ends the run there. With it each invalid call gets a tool message of status "error" that says
    why; valid calls beside it run as always.

    Args:
        max_attempts: How many times in a row the model is asked again; after that the run ends as LangChain ends it.
    """

    def __init__(self, max_attempts: int = 2) -> None:
        super().__init__()
        self.max_attempts = max_attempts

    @hook_config(can_jump_to=["model"])
    def after_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:  # noqa: ARG002 (LangChain's signature)
        """Answer the invalid calls of the last message, and go back to the model where there is no valid one to run."""
        messages: Sequence[BaseMessage] = state["messages"]
        last = messages[-1] if messages else None
        if (
            not isinstance(last, AIMessage)
            or not last.invalid_tool_calls
            or self._attempts(messages) >= self.max_attempts
        ):
            return None
        answers = [_error_of(call) for call in last.invalid_tool_calls]
        return {"messages": answers} if last.tool_calls else {"messages": answers, "jump_to": "model"}

    @hook_config(can_jump_to=["model"])
    async def aafter_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
        """The same as `after_model`."""
        return self.after_model(state, runtime)

    def _attempts(self, messages: Sequence[BaseMessage]) -> int:
        """How many answers before the last one had invalid calls and nothing else, one right after the other."""
        count = 0
        for message in reversed(messages[:-1]):
            if isinstance(message, AIMessage):
                count += 1
            elif INVALID_CALL not in message.additional_kwargs:
                break
        return count


def _error_of(call: InvalidToolCall) -> ToolMessage:
    reason = call.get("error") or "The arguments are not a JSON object."
    return ToolMessage(
        f"The tool was not run. {reason} The arguments were: {call.get('args') or '(none)'!s:.2000}\n"
        "Call the tool again with complete arguments: one JSON object.",
        tool_call_id=call.get("id") or "",
        name=call.get("name"),
        status="error",
        additional_kwargs={INVALID_CALL: True},
    )
