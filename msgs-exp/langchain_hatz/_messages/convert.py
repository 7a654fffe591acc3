"""LangChain's messages from and to the client's turns, replies and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata

from hatz_client import HatzInvalidInputError
from hatz_client.content import Part, Refusal, Reply, Role, Text, ToolCall, ToolResult, Turn, Usage
from langchain_hatz._messages.content_blocks import block_of, parts_of
from langchain_hatz._messages.history import PROVIDER, parts_of_answer
from langchain_hatz._tools import wire_name

_ROLES: dict[str, Role] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "system": "system",
    "developer": "developer",
}
# What the services repeat of the request, or what stands elsewhere in the message.
_ECHOES = {
    "content", "output", "output_text", "usage", "model", "id", "object", "type", "role", "tools", "tool_choice", "instructions",
    "input", "text", "parallel_tool_calls", "temperature", "top_p", "max_output_tokens", "stream",
}  # fmt: skip


def turns(messages: Iterable[BaseMessage], dialect: str, model: str | None = None) -> tuple[Turn, ...]:
    """The conversation as the client takes it.

    Args:
        messages: The conversation.
        dialect: That the request is going to be made in.
        model: That is asked.

    Raises:
        HatzInvalidInputError: for a message of a kind that no model can be sent.
    """
    return tuple(_turn(message, dialect, model) for message in messages)


def _turn(message: BaseMessage, dialect: str, model: str | None) -> Turn:
    match message:
        case SystemMessage():
            developer = message.additional_kwargs.get("__openai_role__") == "developer"
            return Turn("developer" if developer else "system", parts_of(message.content, dialect))
        case HumanMessage():
            return Turn("user", parts_of(message.content, dialect))
        case AIMessage():
            return Turn("assistant", parts_of_answer(message, dialect, model))
        case ToolMessage():
            content = parts_of(message.content, dialect, tool=True)
            failed = message.status == "error"
            return Turn("tool", (ToolResult(str(message.tool_call_id or ""), content, is_error=failed),))
        case FunctionMessage():
            call_id = f"function_{wire_name(message.name)}"
            return Turn("tool", (ToolResult(call_id, parts_of(message.content, dialect, tool=True)),))
        case ChatMessage(role=role) if role.lower() in _ROLES:
            return Turn(_ROLES[role.lower()], parts_of(message.content, dialect))
        case _:
            role = f" with the role {message.role!r}" if isinstance(message, ChatMessage) else ""
            raise HatzInvalidInputError(
                f"A {type(message).__name__}{role} cannot be sent to a model: use system, human, AI and tool messages."
            )


def message(
    reply: Reply, *, model: str, blocks: bool = False, names: Mapping[str, str] | None = None, headers: bool = False
) -> AIMessage:
    """The answer as LangChain has it.

    Args:
        reply: The answer.
        model: That was asked, where the answer does not name the one that gave it.
        blocks: Whether the content is a list of v1 blocks in any case; else it is a string wherever one can hold it.
        names: What tools that go by another name on the wire are called here.
        headers: Whether the response's headers are part of its metadata.
    """
    reply = renamed(reply, names or {})
    listed = blocks
    metadata = {**head(reply, model, headers=headers), **tail(reply)}
    if listed:
        metadata["output_version"] = "v1"
    called = [block_of(call, None) for call in reply.tool_calls]
    return AIMessage(
        content=blocks_of(reply) if listed else reply.text,
        tool_calls=[call for call in called if call and call["type"] == "tool_call"],
        invalid_tool_calls=[call for call in called if call and call["type"] == "invalid_tool_call"],
        additional_kwargs={
            **({"refusal": reply.refusal} if reply.refusal else {}),
            **({"reasoning_content": reply.reasoning} if reply.reasoning and not listed else {}),
            **({} if listed or fits_a_string(reply.parts) else {"hatz_blocks": blocks_of(reply)}),
        },
        response_metadata=metadata,
        usage_metadata=usage_metadata(reply.usage),
        id=reply.id,
    )


def renamed(reply: Reply, names: Mapping[str, str]) -> Reply:
    """The reply with its calls under the names the caller's tools have here."""
    if not names:
        return reply
    return replace(reply, parts=tuple(_renamed(part, names) for part in reply.parts))


def _renamed(part: Part, names: Mapping[str, str]) -> Part:
    return replace(part, name=names.get(part.name, part.name)) if isinstance(part, ToolCall) else part


def blocks_of(reply: Reply) -> list[Any]:
    return [block for part in reply.parts if (block := block_of(part, reply.dialect))]


def fits_a_string(parts: Sequence[Part]) -> bool:
    """Whether a string and `tool_calls` beside it hold all of the answer, and its order."""
    spoken = [part for part in parts if not isinstance(part, Refusal)]
    calls = spoken[1:] if spoken and isinstance(spoken[0], Text) and not spoken[0].citations else spoken
    return all(isinstance(call, ToolCall) for call in calls) and not any(map(tells_more, spoken))


# What the services say of every part, and need not see again.
_USUAL = {"id", "item_id", "status", "index", "output_index", "annotations"}


def tells_more(part: Part) -> bool:
    """Whether the service wants to see more of this part again than a string holds (a thought signature, a phase)."""
    for residue in getattr(part, "residue", {}).values():
        for key, value in residue.items():
            if key == "item" and isinstance(value, Mapping):
                if value.get("phase") not in {None, "final_answer"}:
                    return True
            elif value and key not in _USUAL and value != {"type": "direct"}:
                return True
    return False


def usage_metadata(usage: Usage | None) -> UsageMetadata | None:
    """The usage as LangChain counts it; None when the service did not say."""
    if usage is None:
        return None
    result = UsageMetadata(input_tokens=usage.input, output_tokens=usage.output, total_tokens=usage.total)
    if details := _of_the_cache(usage):
        result["input_token_details"] = cast("InputTokenDetails", details)
    if usage.reasoning is not None:
        result["output_token_details"] = OutputTokenDetails(reasoning=usage.reasoning)
    return result


def _of_the_cache(usage: Usage) -> dict[str, int]:
    """What was read from the prompt cache and written to it.

    What is said for each lifetime of the cache is not said again for all of them, as LangChain's other integrations have it:
    tracers add the details up.
    """
    details = {"cache_read": usage.cache_read, "cache_creation": usage.cache_write}
    known = {name: count for name, count in details.items() if count is not None}
    lives = usage.raw.get("cache_creation")
    if not isinstance(lives, Mapping):
        return known
    each = {name: lives[name] for name in _LIFETIMES if isinstance(lives.get(name), int)}
    return {**known, **each, "cache_creation": 0} if sum(each.values()) else known


_LIFETIMES = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def head(reply: Reply, model: str, *, headers: bool = False) -> dict[str, Any]:
    """What is known of an answer when it begins."""
    known = {
        "model_name": reply.model or model,
        "endpoint": reply.dialect,
        "request_id": reply.request_id,
        "id": reply.id,
        "headers": dict(reply.headers) if headers else None,
    }
    return {"model_provider": PROVIDER, **{key: value for key, value in known.items() if value is not None}}


def tail(reply: Reply) -> dict[str, Any]:
    """What is known of an answer when it has ended: the service's own words beside ours."""
    own = {key: value for key, value in (reply.residue.get(reply.dialect or "") or {}).items() if key not in _ECHOES}
    if reply.usage is None and (raw := (reply.residue.get(reply.dialect or "") or {}).get("usage")):
        own["usage"] = raw
    if reply.finish is None:
        return own
    verbatim = {"stop_reason": reply.finish.raw} if reply.dialect == "messages" else {}
    return {**own, **verbatim, "finish_reason": reply.finish.reason}
