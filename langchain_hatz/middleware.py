"""Middleware for `create_agent`: prompt caching, and a retry of tool calls with invalid arguments."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal

from langchain_core.messages import AIMessage, BaseMessage, InvalidToolCall, SystemMessage, ToolMessage
from langchain_core.tools import BaseTool

from hatz_client import HatzInvalidInputError
from hatz_client.wire.endpoints import endpoint_spec
from langchain_hatz.chat_models import ChatHatz

try:
    from langchain.agents.middleware.types import AgentMiddleware, ModelRequest, hook_config
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "langchain":
        raise  # langchain is installed, but one of its dependencies is missing: the error names it
    raise ImportError("langchain_hatz.middleware is for LangChain's agents: pip install langchain") from error

INVALID_CALL = "hatz_invalid_call"
"""Key in `additional_kwargs` that marks tool messages made by `HatzInvalidToolCallMiddleware`."""


class HatzPromptCachingMiddleware(AgentMiddleware[Any, Any]):
    """Marks the constant part of a conversation, so that the model's service can cache it.

    The end of the system message, of the tools and of the conversation get Anthropic's `cache_control`. It is sent on the
    Messages endpoint; models on other endpoints are unchanged, because they cache automatically or not at all.

    Args:
        ttl: How long the cache is kept: five minutes ("5m", the default) or an hour ("1h").
        min_messages_to_cache: The minimum number of messages for caching, the system message included. Default: 0.
        unsupported_model_behavior: What to do with another model or endpoint: nothing ("ignore", the default), issue a warning
            ("warn"), or raise a `ValueError` ("raise").

    Raises:
        HatzInvalidInputError: for another `ttl` or `unsupported_model_behavior`.
    """

    def __init__(
        self,
        ttl: Literal["5m", "1h"] = "5m",
        min_messages_to_cache: int = 0,
        unsupported_model_behavior: Literal["ignore", "warn", "raise"] = "ignore",
    ) -> None:
        super().__init__()
        _check_choice("ttl", ttl, "5m", "1h")
        _check_choice("unsupported_model_behavior", unsupported_model_behavior, "ignore", "warn", "raise")
        self.unsupported_model_behavior = unsupported_model_behavior
        self.mark = {"type": "ephemeral"} if ttl == "5m" else {"type": "ephemeral", "ttl": ttl}
        self.min_messages_to_cache = min_messages_to_cache

    def wrap_model_call(self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Any]) -> Any:
        """Call the model with the marked request; returns its response."""
        return handler(self._mark(request))

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[Any]]
    ) -> Any:
        """Async version of `wrap_model_call`."""
        return await handler(self._mark(request))

    def _mark(self, request: ModelRequest[Any]) -> ModelRequest[Any]:
        model = request.model
        if not isinstance(model, ChatHatz) or not endpoint_spec(model.default_endpoint).cache_marks:
            self._warn_unsupported(model)
            return request
        if len(request.messages) + bool(request.system_message) < self.min_messages_to_cache:
            return request
        changed: dict[str, Any] = {"model_settings": {**request.model_settings, "cache_control": self.mark}}
        if request.system_message and request.system_message.content:
            changed["system_message"] = self._marked_system(request.system_message)
        if request.tools:
            changed["tools"] = [*request.tools[:-1], self._marked_tool(request.tools[-1])]
        return request.override(**changed)

    def _warn_unsupported(self, model: Any) -> None:
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
    """Tells the model why a tool call is invalid, and calls the model again.

    A call is invalid if its arguments are not a JSON object, were cut off or lost. LangChain does not run it, and without
    this middleware it ends the run. With it, each invalid call gets a tool message with status "error" that says why; valid
    calls in the same message run as usual.

    Args:
        max_attempts: How many times in a row the model is called again; then the run ends as without this middleware.
            Default: 2.
    """

    def __init__(self, max_attempts: int = 2) -> None:
        super().__init__()
        self.max_attempts = max_attempts

    @hook_config(can_jump_to=["model"])
    def after_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:  # noqa: ARG002 (LangChain's signature)
        """Answer the invalid calls of the last message, and return to the model if there is no valid call to run."""
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
        """Async version of `after_model`."""
        return self.after_model(state, runtime)

    def _attempts(self, messages: Sequence[BaseMessage]) -> int:
        """The number of consecutive answers before the last one that had only invalid calls."""
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


def _check_choice(name: str, value: object, *allowed: str) -> None:
    if value not in allowed:
        raise HatzInvalidInputError(f"{name}={value!r} is unknown: use {', '.join(map(repr, allowed))}.")
