"""The events of an answer as LlamaIndex's chunks: each has the new piece and everything so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ContentBlock,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)

from hatz_client.content import Citation, Media, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from hatz_client.events import Delta, End, Event, Fold, Start
from hatz_client.integration.copy_model import copier
from hatz_client.util.growing_text import GrowingText, encode
from llama_index_hatz._messages.answers import to_chat_response
from llama_index_hatz._messages.content_blocks import (
    call_block,
    citation_blocks,
    media_block,
    thinking_block,
    tool_call_block,
)

_KINDS: Mapping[type[Part], str] = {Text: "text", Refusal: "refusal", Reasoning: "thinking", ToolCall: "tool_call"}
"""The parts that are streamed in pieces, with their names in a chunk's `raw["type"]`; all others are sent complete."""
_EMPTY = ChatMessage(role=MessageRole.ASSISTANT)
# These copies are not validated: the values are our own, and validating all blocks again would take longer with every chunk.
_text_block = copier(TextBlock(text=""), "text")
_message = copier(_EMPTY, "blocks", "additional_kwargs")
_response = copier(ChatResponse(message=_EMPTY), "message", "delta", "raw", "additional_kwargs")


class _Group:
    """Parts whose blocks belong together: adjacent texts (they share one block), or a single part of another kind."""

    def __init__(self, start: int) -> None:
        self.start = start
        """The position of its first block among all blocks."""
        self.count = 0
        """The number of its blocks."""
        self.call: int | None = None
        """For a tool call: its number among the calls."""
        self.text = ""
        self.texts: dict[int, str] = {}
        """The text of each part so far, in order of their beginnings."""
        self.sources: dict[int, list[ContentBlock]] = {}
        """The citations of each part."""
        self.is_cited = False

    def cite(self, index: int, citations: tuple[Citation, ...]) -> None:
        """Set the citations of one of its texts."""
        self.sources[index] = citation_blocks(citations)
        self.is_cited = True

    def add_text(self, index: int, new: str) -> None:
        """Add to one of its texts."""
        if len(self.texts) == 1:
            self.text = self.texts[index] = self.text + new
            return
        self.texts[index] += new
        self.text = "".join(self.texts.values())


class Chunks:
    """Makes the chunks of one answer.

    LlamaIndex expects all blocks so far in every chunk. Finished blocks are shared, so that an event creates only the block
    it changes and a copy of the list.
    """

    def __init__(self) -> None:
        self._fold = Fold()
        self._groups: dict[int, _Group] = {}
        """The groups by the index of each of their parts."""
        self._in_order: list[_Group] = []
        self._blocks: list[ContentBlock] = []
        """The blocks of all groups, in order."""
        self._calls: list[dict[str, Any]] = []
        """The calls in the form that LlamaIndex's structured programs need in a stream."""
        self._kinds: dict[int, str] = {}
        """The kind of each part that is streamed in pieces."""
        self._last_with_text: _Group | None = None
        self._visible = False
        self._open_texts: set[int] = set()
        """The indices of the texts that are being written: `_fold` gets them when they end, so that there is one copy of each."""
        self._streamed: GrowingText | None = None
        """All deltas so far, from the moment that a second group has one; before that, they are the text of the first group."""

    def feed(self, event: Event) -> Iterable[ChatResponse]:
        """The chunk for this event; none if the event has no text, thought or call."""
        if type(event) is Delta:
            index = event.index
            if index not in self._open_texts:
                self._fold.add(event)
            return (self._delta_chunk(self._groups[index], index, event.text),) if index in self._kinds else ()
        if type(event) is End:
            self._add_text(event.index)
        self._fold.add(event)
        if type(event) is Start:
            return self._start(event.index, event.part)
        if type(event) is End:
            self._end(event)
        return ()

    def close(self) -> Iterator[ChatResponse]:
        """The last chunk: the complete answer with usage and finish reason."""
        for index in tuple(self._open_texts):
            self._add_text(index)
        whole = to_chat_response(self._fold.reply)
        last = self._last_with_text
        streamed = str(self._streamed) if self._streamed is not None else last.text if last else ""
        content = whole.message.content or ""
        whole.delta = content[len(streamed) :] if content.startswith(streamed) else ""
        yield whole

    def _add_text(self, index: int) -> None:
        """Add a text to `_fold`, if it was being written."""
        if index in self._open_texts:
            self._open_texts.remove(index)
            begun = self._fold.part(index)
            if isinstance(begun, Text | Refusal):
                self._fold.add(Delta(index, self._groups[index].texts[index][len(begun.text) :]))

    def _start(self, index: int, part: Part) -> Iterator[ChatResponse]:
        if isinstance(part, Opaque):  # it has no block, and its parts have no texts
            return
        group = self._groups[index] = self._join(part)
        if kind := _KINDS.get(type(part)):
            self._kinds[index] = kind
        if isinstance(part, Text | Refusal):
            group.texts[index] = ""
            self._open_texts.add(index)
            group.sources[index] = []
            if part.text:
                yield self._delta_chunk(group, index, part.text)
            return
        self._write(group, part)
        if isinstance(part, ToolCall):
            yield self._chunk(index, "", "")
        elif isinstance(part, Reasoning) and part.text:
            yield self._chunk(index, part.text, "")

    def _join(self, part: Part) -> _Group:
        """The group for a new part: the last group if both are text, else a new one."""
        if isinstance(part, Text | Refusal) and self._in_order and self._in_order[-1].texts:
            return self._in_order[-1]
        group = _Group(len(self._blocks))
        self._in_order.append(group)
        if isinstance(part, ToolCall):
            group.call = len(self._calls)
            self._calls.append({})
        self._visible = self._visible or isinstance(part, ToolCall | Media)
        return group

    def _delta_chunk(self, group: _Group, index: int, new: str) -> ChatResponse:
        """The chunk for a delta of a part."""
        if not group.texts:
            if group.call is None:
                self._write(group, self._fold.part(index))
            else:
                self._extend_call(group, new)
            return self._chunk(index, new, "")
        delta = new
        if new:
            # `ChatMessage.content` puts a line break between two text blocks.
            before = self._last_with_text
            delta = f"\n{new}" if before and not group.text and before.start < group.start else new
            if self._streamed is None and before and before is not group:
                self._streamed = GrowingText(encode(before.text))
            group.add_text(index, new)
            if before is None or before.start < group.start:
                self._last_with_text = group
            self._visible = True
            self._write_text(group)
        if self._streamed is not None:
            self._streamed += encode(delta)
        return self._chunk(index, new, delta)

    def _end(self, event: End) -> None:
        group = self._groups.get(event.index)
        if group is None:
            return
        if not group.texts:
            self._write(group, self._fold.part(event.index))
        elif event.citations:
            part = self._fold.part(event.index)
            group.cite(event.index, part.citations if isinstance(part, Text) else ())
            self._write_text(group)

    def _write(self, group: _Group, part: Part) -> None:
        """Rebuild the block of a part that is not text."""
        match part:
            case Reasoning():
                self._replace(group, [thinking_block(part)])
            case ToolCall():
                self._write_call(group, tool_call_block(part))
            case Media():
                self._replace(group, [media_block(part)])

    def _extend_call(self, group: _Group, new: str) -> None:
        """Add to the arguments of a call, which are text until they are complete."""
        block: Any = self._blocks[group.start]
        if isinstance(begun := block.tool_kwargs, str):
            self._write_call(group, call_block(block.tool_call_id, block.tool_name, begun + new))

    def _write_call(self, group: _Group, block: ToolCallBlock) -> None:
        self._replace(group, [block])
        if group.call is not None:
            function = {"name": block.tool_name, "arguments": block.tool_kwargs}
            self._calls[group.call] = {"id": block.tool_call_id, "type": "function", "function": function}

    def _write_text(self, group: _Group) -> None:
        if group.count == 1 and not group.is_cited:  # nearly always
            self._blocks[group.start] = _text_block({"text": group.text})
            return
        written: list[ContentBlock] = [_text_block({"text": group.text})] if group.text else []
        self._replace(group, [*written, *chain.from_iterable(group.sources.values())])

    def _replace(self, group: _Group, blocks: list[ContentBlock]) -> None:
        """Replace the blocks of a group; later groups move if the number of blocks changes (rarely)."""
        self._blocks[group.start : group.start + group.count] = blocks
        more = len(blocks) - group.count
        group.count = len(blocks)
        if more and group is not self._in_order[-1]:
            for other in self._in_order[self._in_order.index(group) + 1 :]:
                other.start += more

    def _chunk(self, index: int, new: str, delta: str) -> ChatResponse:
        blocks = self._blocks[:]
        if not self._visible:
            blocks.append(TextBlock(text=""))
        name = self._kinds[index]
        additional = {"tool_calls": self._calls[:]} if name == "tool_call" else {}
        message = _message({"blocks": blocks, "additional_kwargs": additional})
        thinking: dict[str, Any] = {"thinking_delta": new} if name == "thinking" else {}
        raw = {"type": name, "index": index, "delta": new}
        return _response({"message": message, "delta": delta, "raw": raw, "additional_kwargs": thinking})
