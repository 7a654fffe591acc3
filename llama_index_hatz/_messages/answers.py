"""The client's replies as LlamaIndex's messages and responses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ContentBlock, ImageBlock, MessageRole, TextBlock

from hatz_client.content import Media, Opaque, Part, Reasoning, Refusal, Reply, Text, ToolCall, Usage
from hatz_client.util.json_text import without_none
from hatz_client.wire.common.requests.residue import reported_usage
from llama_index_hatz._messages import content_blocks as _blocks
from llama_index_hatz._messages import layout as _layout


def to_chat_message(reply: Reply, *, complete: bool = True) -> ChatMessage:
    """The answer as the assistant's message: its blocks in the order the model wrote them.

    Adjacent texts become one block, because `ChatMessage.content` puts a line break between blocks; citations of a text, and
    images that were generated beside it, come after it.

    Args:
        reply: The complete or partial answer.
        complete: Whether it is complete: then the layout, generated images and the token count of a thought are included.
    """
    blocks: list[ContentBlock] = []
    sources: list[ContentBlock] = []
    text = ""
    thoughts = sum(isinstance(part, Reasoning) for part in reply.parts)
    tokens = reply.usage.reasoning if complete and reply.usage and thoughts == 1 else None
    for part in (*reply.parts, None):
        if isinstance(part, Text | Refusal):
            text += part.text
            sources += _blocks.citation_blocks(part.citations) if isinstance(part, Text) else []
        elif isinstance(part, Opaque):
            image = _blocks.generated_image(part) if complete else []
            blocks, sources = (blocks, sources + image) if text else (blocks + image, sources)
        else:
            blocks += [TextBlock(text=text)] if text else []
            blocks += sources
            text, sources = "", []
            blocks += _block(part, tokens) if part else []
    if not any(map(_is_visible, reply.parts)) and not any(isinstance(block, ImageBlock) for block in blocks):
        blocks.append(TextBlock(text=""))
    additional = {_layout.KEY: found} if complete and (found := _layout.layout(reply.parts)) else {}
    return ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks, additional_kwargs=additional)


def _is_visible(part: Part) -> bool:
    return isinstance(part, ToolCall | Media) or (isinstance(part, Text | Refusal) and bool(part.text))


def _block(part: Part, tokens: int | None) -> list[ContentBlock]:
    match part:
        case Reasoning():
            return [_blocks.thinking_block(part, tokens)]
        case ToolCall():
            return [_blocks.tool_call_block(part)]
        case Media():
            return [_blocks.media_block(part)]
        case _:
            return []


def to_chat_response(reply: Reply, delta: str | None = None) -> ChatResponse:
    """The complete answer: its message, usage, finish reason and ids."""
    raw = {**_fields(reply), **({"usage": tokens(reply.usage)} if reply.usage else {})}
    return ChatResponse(message=to_chat_message(reply), raw=raw, delta=delta, additional_kwargs=_residue_fields(reply))


def tokens(usage: Usage | None) -> dict[str, Any]:
    """The usage under the names that LlamaIndex's counters read first: totals including cached and reasoning tokens, then details.

    Unknown usage is left out, so that LlamaIndex estimates it instead of counting zero.
    """
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


def _finish_fields(reply: Reply) -> dict[str, Any]:
    """The finish reason: one vocabulary for all endpoints, and the service's own value."""
    return {"finish_reason": reply.finish.reason, "stop_reason": reply.finish.raw} if reply.finish else {}


def _fields(reply: Reply) -> dict[str, Any]:
    rest = {key: value for fields in reply.residue.values() for key, value in fields.items() if key != "usage"}
    known = without_none(id=reply.id, model=reply.model, request_id=reply.request_id, endpoint=reply.endpoint)
    return {**rest, **without_none(reported_usage=reported_usage(reply)), **known, **_finish_fields(reply)}


def _residue_fields(reply: Reply) -> dict[str, Any]:
    known = without_none(response_id=reply.id, request_id=reply.request_id, model=reply.model, refusal=reply.refusal)
    traces = [dict(part.block) for part in reply.parts if isinstance(part, Opaque)]
    citations = _citations(reply.parts)
    return {
        **tokens(reply.usage),
        **_finish_fields(reply),
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
