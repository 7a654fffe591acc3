"""Between LlamaIndex's messages and the neutral vocabulary: `turns` on the way out, `message` and `response` on the way back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from llama_index.core.base.llms.types import (
    CacheControl,
    CachePoint,
    ChatMessage,
    ChatResponse,
    ContentBlock,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)

from hatz_client.content import (
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Reply,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
)
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.json_text import without_none
from llama_index_hatz._messages import content_blocks as _blocks
from llama_index_hatz._messages import layout as _layout
from llama_index_hatz._messages.cache_points import marked
from llama_index_hatz._tools import Names

_ROLES: dict[MessageRole, Role] = {
    MessageRole.SYSTEM: "system",
    MessageRole.DEVELOPER: "developer",
    MessageRole.USER: "user",
    MessageRole.ASSISTANT: "assistant",
    MessageRole.CHATBOT: "assistant",
    MessageRole.MODEL: "assistant",
    MessageRole.TOOL: "tool",
    MessageRole.FUNCTION: "tool",
}


def turns(messages: Iterable[ChatMessage], names: Names) -> tuple[Turn, ...]:
    """The conversation; the messages are left as they are.

    Raises:
        HatzInvalidInputError: when a message is none, or a block is of an unknown kind or holds nothing.
    """
    if messages is None or isinstance(messages, str | ChatMessage):
        raise _no_conversation(messages)
    said: list[Turn] = []
    calls = False
    for one in messages:
        if not isinstance(one, ChatMessage):
            raise _no_conversation(one)
        role, items, beside = _ROLES[one.role], _items(one.blocks), one.additional_kwargs
        if "cache_control" in beside:
            items += _cache_point(beside["cache_control"])
        if role == "tool":
            if (call_id := beside.get("tool_call_id")) or calls:
                items = _result(call_id, items)
            else:  # what ReAct observed: a result of nothing that was called is the user's text
                role = "user"
        elif role == "assistant":
            if beside:
                items = _as_answered(items, beside)
            if calls := ToolCall in map(type, items):
                items = [_as_sent(item, names) for item in items]
        elif items:
            calls = False
        if items:
            said.append(Turn(role, tuple(items)))  # type: ignore[arg-type]  # the cache points are for `marked`
    return marked(said)


def _no_conversation(given: object) -> HatzInvalidInputError:
    return HatzInvalidInputError(
        f"{given!r:.100} is a {type(given).__name__}, and a conversation is a list of ChatMessages: "
        "pass [ChatMessage(content=…)], or a text to complete()."
    )


def _items(blocks: Iterable[ContentBlock]) -> list[Part | CachePoint]:
    """A message's parts, and its cache points where they stand."""
    items: list[Part | CachePoint] = []
    for block in blocks:
        if type(block) is TextBlock:  # most are
            if block.text:
                items.append(Text(block.text))
        elif type(block) is ToolCallBlock:
            items.append(_blocks.tool_call(block.tool_call_id, block.tool_name, block.tool_kwargs))
        elif isinstance(block, CachePoint):
            items.append(block)
        else:
            items.extend(_blocks.parts(block))
    return items


def _cache_point(control: Any) -> list[CachePoint]:
    """The cache point that DocumentContextExtractor, among others, writes beside a message's blocks."""
    given = control if isinstance(control, Mapping) else {}
    return [CachePoint(cache_control=CacheControl.model_validate(given))] if "type" in given else []


def _as_answered(items: list[Part | CachePoint], beside: Mapping[str, Any]) -> list[Part | CachePoint]:
    """An answer's parts with what was kept beside its blocks: our layout, or the calls of older versions of LlamaIndex."""
    parts = [item for item in items if not isinstance(item, CachePoint)]
    if entries := beside.get(_layout.KEY):
        return [*_layout.restored(parts, entries), *(item for item in items if isinstance(item, CachePoint))]
    if any(isinstance(part, ToolCall) for part in parts):
        return items
    return [*items, *_older_calls(beside.get("tool_calls"))]


def _as_sent(item: Part | CachePoint, names: Names) -> Part | CachePoint:
    """A call goes out under the name its tool goes out under."""
    if type(item) is ToolCall and (name := names.sent(item.name)) != item.name:
        return replace(item, name=name)
    return item


def _result(call_id: Any, items: list[Part | CachePoint]) -> list[Part | CachePoint]:
    """A tool's answer, and the cache points in it after it."""
    if CachePoint not in map(type, items):
        return [ToolResult(str(call_id or ""), tuple(items))]  # type: ignore[arg-type]
    points = [item for item in items if isinstance(item, CachePoint)]
    content = tuple([item for item in items if not isinstance(item, CachePoint)])
    return [ToolResult(str(call_id or ""), content), *points]


def _older_calls(calls: Any) -> list[ToolCall]:
    """The calls that LlamaIndex kept in `additional_kwargs["tool_calls"]` before it had blocks for them."""
    return [made for call in calls if (made := _older_call(call))] if isinstance(calls, list) else []


def _older_call(call: Any) -> ToolCall | None:
    fields: dict[str, Any] = call.model_dump() if hasattr(call, "model_dump") else call
    match fields:
        case {"function": {"name": str(name), "arguments": arguments}} | {"name": str(name), "input": arguments}:
            return _blocks.tool_call(fields.get("id"), name, arguments)
        case _:
            return None


def message(reply: Reply, names: Names, *, complete: bool = True) -> ChatMessage:
    """The answer as the assistant's message: its blocks in the order the model wrote them.

    Texts with nothing between them are one block: `ChatMessage.content` puts a line break between blocks.
    """
    blocks: list[ContentBlock] = []
    sources: list[ContentBlock] = []
    text = ""
    for part in (*reply.parts, None):
        if isinstance(part, Text | Refusal):
            text += part.text
            sources += _blocks.citation_blocks(part.citations) if isinstance(part, Text) else []
        elif not isinstance(part, Opaque):
            blocks += [TextBlock(text=text)] if text else []
            blocks += sources
            text, sources = "", []
            blocks += _block(part, reply, names) if part else []
    if not any(_visible(part) for part in reply.parts):
        blocks.append(TextBlock(text=""))
    beside = {_layout.KEY: found} if complete and (found := _layout.layout(reply.parts)) else {}
    return ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks, additional_kwargs=beside)


def _visible(part: Part) -> bool:
    return isinstance(part, ToolCall | Media) or (isinstance(part, Text | Refusal) and bool(part.text))


def _block(part: Part, reply: Reply, names: Names) -> list[ContentBlock]:
    match part:
        case Reasoning():
            alone = sum(isinstance(other, Reasoning) for other in reply.parts) == 1
            return [_blocks.thinking_block(part, reply.usage.reasoning if alone and reply.usage else None)]
        case ToolCall():
            return [_blocks.tool_call_block(part, names.original(part.name))]
        case Media():
            return [_blocks.media_block(part)]
        case _:
            return []


def response(reply: Reply, names: Names, delta: str | None = None) -> ChatResponse:
    """The whole answer: with its message, and with usage, finish reason and ids beside it."""
    raw = {**_fields(reply), **_usage(reply.usage, {"usage": tokens(reply.usage)})}
    return ChatResponse(message=message(reply, names), raw=raw, delta=delta, additional_kwargs=_beside(reply))


def tokens(usage: Usage | None) -> dict[str, Any]:
    """Usage in the words LlamaIndex's counters read first: totals that include cached and reasoning tokens, then details."""
    if usage is None:
        return {}
    read = without_none(cached_tokens=usage.cache_read, cache_creation_tokens=usage.cache_write)
    written = without_none(reasoning_tokens=usage.reasoning)
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        **({"prompt_tokens_details": read} if read else {}),
        **({"completion_tokens_details": written} if written else {}),
    }


def _usage(usage: Usage | None, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is unknown is left out, so that LlamaIndex estimates it instead of counting nothing."""
    return fields if usage else {}


def _fields(reply: Reply) -> dict[str, Any]:
    rest = {key: value for fields in reply.residue.values() for key, value in fields.items()}
    return {
        **{"reported_usage" if key == "usage" else key: value for key, value in rest.items()},
        **without_none(
            id=reply.id,
            model=reply.model,
            finish_reason=reply.finish.reason if reply.finish else None,
            stop_reason=reply.finish.raw if reply.finish else None,
            request_id=reply.request_id,
            endpoint=reply.dialect,
        ),
    }


def _beside(reply: Reply) -> dict[str, Any]:
    known = without_none(
        finish_reason=reply.finish.reason if reply.finish else None,
        stop_reason=reply.finish.raw if reply.finish else None,
        response_id=reply.id,
        request_id=reply.request_id,
        model=reply.model,
        refusal=reply.refusal,
    )
    traces = [dict(part.block) for part in reply.parts if isinstance(part, Opaque)]
    citations = _citations(reply.parts)
    return {
        **tokens(reply.usage),
        **known,
        **({"built_in_tool_calls": traces} if traces else {}),
        **({"citations": citations} if citations else {}),
    }


def _citations(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [
        without_none(url=c.url, title=c.title, cited_text=c.cited_text, start=c.start, end=c.end)
        for part in parts
        if isinstance(part, Text)
        for c in part.citations
    ]
