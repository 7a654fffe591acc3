"""The events of an answer as LlamaIndex's chunks: each has what is new, and everything so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ContentBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from hatz_client.content import Reasoning, Refusal, Text, ToolCall
from hatz_client.events import Delta, Event, Fold, Start
from llama_index_hatz._convert import message, response
from llama_index_hatz._tools import Names

_KINDS = {Text: "text", Refusal: "refusal", Reasoning: "thinking", ToolCall: "tool_call"}
_BLOCKS = {"text": TextBlock, "refusal": TextBlock, "thinking": ThinkingBlock, "tool_call": ToolCallBlock}


@dataclass(slots=True)
class _Open:
    """The block that is being written, and the blocks around it, which stay as they are while it is."""

    index: int
    before: list[ContentBlock]
    block: ContentBlock
    after: list[ContentBlock]
    text: str


class Chunks:
    """Makes the chunks of one answer."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._fold = Fold()
        self._kinds: dict[int, str] = {}
        self._content = ""
        self._newest = -1
        self._open: _Open | None = None

    def add(self, event: Event) -> ChatResponse | None:
        """The chunk this event means; None when it brings no text, thought or call."""
        self._fold.add(event)
        if type(event) is Delta:
            if self._open is not None and self._open.index == event.index:
                return self._more(self._open, event.text)
            return self._chunk(event.index, event.text) if event.index in self._kinds else None
        self._open = None
        if type(event) is not Start:
            return None
        self._newest = max(self._newest, event.index)
        match event.part:
            case Text(new) | Refusal(new) | Reasoning(new):
                self._kinds[event.index] = _KINDS[type(event.part)]
                return self._chunk(event.index, new) if new else None
            case ToolCall():
                self._kinds[event.index] = "tool_call"
                return self._chunk(event.index, "")
            case _:
                return None

    def last(self) -> ChatResponse:
        """The whole answer, with usage and finish reason."""
        whole = response(self._fold.reply, self._names)
        whole.delta = self._new(whole.message, "")
        return whole

    def _chunk(self, index: int, new: str) -> ChatResponse:
        """The chunk after the parts have changed: its blocks are made anew."""
        kind = self._kinds[index]
        so_far = message(self._fold.reply, self._names, complete=False)
        self._open = _open(index, kind, so_far.blocks) if index == self._newest else None
        delta = self._new(so_far, new) if kind in {"text", "refusal"} else ""
        return _response(kind, index, new, delta, so_far)

    def _more(self, opened: _Open, new: str) -> ChatResponse:
        """The chunk that has more of the same block."""
        kind = self._kinds[opened.index]
        opened.text += new
        block = _written(opened.block, opened.text)
        so_far = ChatMessage(role=MessageRole.ASSISTANT, blocks=[*opened.before, block, *opened.after])
        worded = kind in {"text", "refusal"}
        if worded:
            self._content += new
        return _response(kind, opened.index, new, new if worded else "", so_far)

    def _new(self, so_far: ChatMessage, new: str) -> str:
        """What the text has more than before: a line break too where `ChatMessage.content` puts one between two blocks."""
        before, self._content = self._content, so_far.content or ""
        return self._content[len(before) :] if self._content.startswith(before) else new


def _open(index: int, kind: str, blocks: list[ContentBlock]) -> _Open | None:
    """The block of the part that came last, when it is one that further deltas simply go on with."""
    empty_text = 1 if kind == "thinking" and blocks[-1].block_type == "text" else 0
    at = len(blocks) - 1 - empty_text
    block = blocks[at]
    if type(block) is not _BLOCKS[kind]:
        return None
    return _Open(index, blocks[:at], block, blocks[at + 1 :], _text(block))


def _text(block: ContentBlock) -> str:
    match block:
        case TextBlock(text=text) | ThinkingBlock(content=str(text)) | ToolCallBlock(tool_kwargs=str(text)):
            return text
        case _:
            return ""


def _written(block: ContentBlock, text: str) -> ContentBlock:
    match block:
        case TextBlock():
            return TextBlock(text=text)
        case ThinkingBlock():
            return ThinkingBlock(content=text, additional_information=dict(block.additional_information))
        case ToolCallBlock():
            return ToolCallBlock(tool_call_id=block.tool_call_id, tool_name=block.tool_name, tool_kwargs=text)
        case _:
            return block


def _response(kind: str, index: int, new: str, delta: str, so_far: ChatMessage) -> ChatResponse:
    if kind == "tool_call":
        so_far.additional_kwargs["tool_calls"] = _as_before(so_far)
    thought: dict[str, Any] = {"thinking_delta": new} if kind == "thinking" else {}
    raw = {"type": kind, "index": index, "delta": new}
    return ChatResponse(message=so_far, delta=delta, raw=raw, additional_kwargs=thought)


def _as_before(so_far: ChatMessage) -> list[dict[str, Any]]:
    """The calls as LlamaIndex's own structured programs look for them in a stream, and nowhere else."""
    return [
        {
            "id": block.tool_call_id,
            "type": "function",
            "function": {"name": block.tool_name, "arguments": block.tool_kwargs},
        }
        for block in so_far.blocks
        if isinstance(block, ToolCallBlock)
    ]
