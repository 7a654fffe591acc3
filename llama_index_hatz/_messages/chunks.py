"""The events of an answer as LlamaIndex's chunks: each has what is new, and everything so far."""

from __future__ import annotations

from collections.abc import Callable
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
from llama_index_hatz._messages.convert import message, response

_KINDS = {Text: "text", Refusal: "refusal", Reasoning: "thinking", ToolCall: "tool_call"}
_BLOCKS = {"text": TextBlock, "refusal": TextBlock, "thinking": ThinkingBlock, "tool_call": ToolCallBlock}
_WORDED = {"text", "refusal"}
"""The kinds that are part of `ChatMessage.content`."""


@dataclass(slots=True)
class _Open:
    """The block that is being written, and the blocks around it, which stay as they are while it is."""

    index: int
    kind: str
    before: list[ContentBlock]
    text: str
    written: Callable[[str], ContentBlock]
    """The block with so much of its text."""
    after: list[ContentBlock]


class Chunks:
    """Makes the chunks of one answer."""

    def __init__(self) -> None:
        self._fold = Fold()
        self._kinds: dict[int, str] = {}
        self._content: list[str] = []
        """The pieces of the text so far, joined only when somebody looks."""
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

    def feed(self, event: Event) -> tuple[ChatResponse, ...]:
        """The chunks this event means: one or none."""
        chunk = self.add(event)
        return () if chunk is None else (chunk,)

    def close(self) -> tuple[ChatResponse, ...]:
        """The last chunk."""
        return (self.last(),)

    def last(self) -> ChatResponse:
        """The whole answer, with usage and finish reason."""
        whole = response(self._fold.reply)
        whole.delta = self._new(whole.message, "")
        return whole

    def _chunk(self, index: int, new: str) -> ChatResponse:
        """The chunk after the parts have changed: its blocks are made anew."""
        kind = self._kinds[index]
        so_far = message(self._fold.reply, complete=False)
        self._open = _open(index, kind, so_far.blocks) if index == self._newest else None
        return _response(kind, index, new, self._new(so_far, new) if kind in _WORDED else "", so_far)

    def _more(self, opened: _Open, new: str) -> ChatResponse:
        """The chunk that has more of the same block."""
        opened.text = text = opened.text + new
        blocks = [*opened.before, opened.written(text), *opened.after]
        so_far = ChatMessage(role=MessageRole.ASSISTANT, blocks=blocks)
        if opened.kind not in _WORDED:
            return _response(opened.kind, opened.index, new, "", so_far)
        self._content.append(new)
        return _response(opened.kind, opened.index, new, new, so_far)

    def _new(self, so_far: ChatMessage, new: str) -> str:
        """What the text has more than before: a line break too where `ChatMessage.content` puts one between two blocks."""
        before, content = "".join(self._content), so_far.content or ""
        self._content = [content]
        return content[len(before) :] if content.startswith(before) else new


def _open(index: int, kind: str, blocks: list[ContentBlock]) -> _Open | None:
    """The block of the part that came last, when it is one that further deltas simply go on with."""
    empty_text = 1 if kind == "thinking" and blocks[-1].block_type == "text" else 0
    at = len(blocks) - 1 - empty_text
    if type(blocks[at]) is not _BLOCKS[kind]:
        return None
    return _Open(index, kind, blocks[:at], *_writing(blocks[at]), blocks[at + 1 :])


def _writing(block: ContentBlock) -> tuple[str, Callable[[str], ContentBlock]]:
    """The text of a block, and what makes the same block of more text."""
    match block:
        case TextBlock():
            return block.text, lambda text: TextBlock(text=text)
        case ThinkingBlock(num_tokens=tokens, additional_information=beside):
            return block.content or "", lambda text: ThinkingBlock(
                content=text, num_tokens=tokens, additional_information=dict(beside)
            )
        case ToolCallBlock(tool_call_id=call_id, tool_name=name, tool_kwargs=begun):
            return begun if isinstance(begun, str) else "", lambda text: ToolCallBlock(
                tool_call_id=call_id, tool_name=name, tool_kwargs=text
            )
        case _:
            raise TypeError(block)


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
