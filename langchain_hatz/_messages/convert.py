"""LangChain's messages as the client's turns, and the client's replies as LangChain's messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from hatz_client import HatzInvalidInputError
from hatz_client.content import Opaque, Part, Refusal, Reply, Role, Text, ToolCall, ToolResult, Turn
from hatz_client.wire.common.requests.residue import must_echo
from langchain_hatz._messages import content_translator
from langchain_hatz._messages.answer_blocks import to_blocks, to_call
from langchain_hatz._messages.content_blocks import call_output, to_parts
from langchain_hatz._messages.history import BLOCKS, blocks_to_keep, to_answer_parts
from langchain_hatz._messages.metadata import end_metadata, message_id, start_metadata, usage_metadata

_ROLES: dict[str, Role] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "system": "system",
    "developer": "developer",
}
content_translator.register()


def to_turns(messages: Iterable[BaseMessage], endpoint: str, model: str | None = None) -> tuple[Turn, ...]:
    """The conversation as the client's turns, for a request to this endpoint and model.

    Raises:
        HatzInvalidInputError: for an empty conversation, and for a message of a kind that cannot be sent to a model.
    """
    turns = tuple([_CONVERTERS[type(message)](message, endpoint, model) for message in messages])
    if not turns:
        raise HatzInvalidInputError("messages is empty: give the model at least one message to answer.")
    return turns


def _from_system(message: BaseMessage, endpoint: str, _: str | None) -> Turn:
    developer = message.additional_kwargs.get("__openai_role__") == "developer"
    return Turn("developer" if developer else "system", to_parts(message.content, endpoint))


def _from_human(message: BaseMessage, endpoint: str, _: str | None) -> Turn:
    return Turn("user", to_parts(message.content, endpoint))


def _from_ai(message: AIMessage, endpoint: str, model: str | None) -> Turn:
    return Turn("assistant", to_answer_parts(message, endpoint, model))


def _from_tool(message: ToolMessage, endpoint: str, _: str | None) -> Turn:
    if output := call_output(message.content, message.additional_kwargs, endpoint):
        return Turn("user", Opaque(endpoint, {"call_id": message.tool_call_id, **output}))
    parts = to_parts(message.content, endpoint, tool=True)
    named = [part.call_id for part in parts if isinstance(part, ToolResult)]
    if len(named) == len(parts) and message.tool_call_id in named:  # Anthropic's blocks, which name their calls
        return Turn("tool", parts)
    content = tuple(chain.from_iterable(part.content if isinstance(part, ToolResult) else [part] for part in parts))
    return Turn("tool", (ToolResult(str(message.tool_call_id or ""), content, is_error=message.status == "error"),))


def _from_function(message: FunctionMessage, endpoint: str, _: str | None) -> Turn:
    return Turn("tool", (ToolResult(f"function_{message.name}", to_parts(message.content, endpoint, tool=True)),))


def _from_chat(message: ChatMessage, endpoint: str, _: str | None) -> Turn:
    role = _ROLES.get(message.role.lower())
    if role is None:
        raise _not_sendable(message, f" with the role {message.role!r}")
    return Turn(role, to_parts(message.content, endpoint))


def _not_sendable(message: BaseMessage, role: str = "") -> HatzInvalidInputError:
    return HatzInvalidInputError(
        f"A {type(message).__name__}{role} cannot be sent to a model: use system, human, AI and tool messages."
    )


def _refuse(message: Any, _: str, __: str | None) -> Turn:
    raise _not_sendable(message)


class _Converters(dict[type, Callable[[Any, str, str | None], Turn]]):
    def __missing__(self, kind: type) -> Callable[[Any, str, str | None], Turn]:
        """For a subclass the function of its base."""
        return next((self[base] for base in kind.__mro__ if base in self), _refuse)


_CONVERTERS = _Converters(
    {
        SystemMessage: _from_system,
        HumanMessage: _from_human,
        AIMessage: _from_ai,
        ToolMessage: _from_tool,
        FunctionMessage: _from_function,
        ChatMessage: _from_chat,
    }
)
"""By the type of the message: `isinstance` calls pydantic, and takes 0.4 µs for each class that it is not."""


def to_ai_message(
    reply: Reply, *, model: str, blocks: bool = False, headers: bool = False, history: Iterable[BaseMessage] = ()
) -> AIMessage:
    """The answer as LangChain's message.

    Args:
        reply: The answer.
        model: The model that was asked; used if the answer names none.
        blocks: Whether the content is a list of v1 blocks; else it is the answer's text, always a string.
        headers: Whether to include the response's headers in the metadata.
        history: The conversation that it answers: no message of it may have the same id.
    """
    metadata = {**start_metadata(reply, model, headers=headers), **end_metadata(reply)}
    calls = [to_call(call) for call in reply.tool_calls]
    return AIMessage(
        content=to_blocks(reply) if blocks else reply.text,
        tool_calls=[call for call in calls if call["type"] == "tool_call"],
        invalid_tool_calls=[call for call in calls if call["type"] == "invalid_tool_call"],
        additional_kwargs=build_additional_kwargs(reply, blocks=blocks),
        response_metadata={**metadata, "output_version": "v1"} if blocks else metadata,
        usage_metadata=usage_metadata(reply.usage),
        id=message_id(reply, history),
    )


def build_additional_kwargs(reply: Reply, *, blocks: bool) -> dict[str, Any]:
    """The `additional_kwargs`: the refusal's text and, for string content, what a string cannot hold.

    For string content, reasoning is in `reasoning_content`, where LangChain looks for it. If the answer has more than text and
    calls, all its blocks are in `hatz_blocks`, so that it can be sent back unchanged.
    """
    refusal = {"refusal": reply.refusal} if reply.refusal else {}
    if blocks:
        return refusal
    reasoning = {"reasoning_content": reply.reasoning} if reply.reasoning else {}
    kept = {} if fits_a_string(reply.parts) else {BLOCKS: blocks_to_keep(to_blocks(reply))}
    return {**refusal, **reasoning, **kept}


def fits_a_string(parts: Sequence[Part]) -> bool:
    """Whether a string and `tool_calls` can hold the whole answer, its order, and the fields that its service needs back."""
    kept = [part for part in parts if not isinstance(part, Refusal)]
    calls = kept[1:] if kept and isinstance(kept[0], Text) and not kept[0].citations else kept
    return all(isinstance(call, ToolCall) for call in calls) and not any(map(must_echo, kept))
