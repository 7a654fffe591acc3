"""The events of a streamed answer as LangChain's message chunks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json

from hatz_client.content import Part, Reasoning, Refusal, Reply, Text, ToolCall
from hatz_client.events import Delta, End, Event, Fold, Start
from langchain_hatz._messages.answer_blocks import extras_of, silent_refusal, to_annotation, to_block
from langchain_hatz._messages.block_kinds import KINDS
from langchain_hatz._messages.chunk_builder import ChunkBuilder
from langchain_hatz._messages.convert import build_additional_kwargs
from langchain_hatz._messages.metadata import end_metadata, usage_metadata

_CLOSINGS = ("]", "}", '"]', '"}', '""]', '""}')


class Chunks:
    """Turns the events of one answer into message chunks that add up to what `to_ai_message` makes of it.

    Content has one type for the whole stream: the answer's text (`TextChunks`), or a list of v1 blocks (`BlockChunks`).
    LangChain concatenates strings when it merges chunks, so each string of the metadata is in one chunk only.
    """

    def __init__(
        self,
        *,
        model: str,
        blocks: bool = False,
        usage: bool = True,
        headers: bool = False,
        history: Sequence[BaseMessage] = (),
    ) -> None:
        self._usage = usage
        self._blocks = blocks
        self._fold = Fold()
        self._build = ChunkBuilder(self._fold, model, blocks=blocks, headers=headers, history=history)
        calls = _CallPieces(self._build, blocks=blocks)
        self._writer = BlockChunks(self._fold, self._build, calls) if blocks else TextChunks(self._build, calls)

    def feed(self, event: Event) -> Iterable[ChatGenerationChunk]:
        """The chunks for this event: often one, sometimes none."""
        self._fold.add(event)
        if type(event) is Delta:
            return self._writer.delta(event.index, event.text)
        if type(event) is Start:
            return self._writer.start(event.index, event.part)
        if type(event) is End:
            return self._writer.end(event.index, self._fold.part(event.index))
        return ()

    def close(self) -> Iterable[ChatGenerationChunk]:
        """The last chunk, with the metadata that is known at the end."""
        reply = self._fold.reply
        additional = build_additional_kwargs(reply, blocks=self._blocks)
        for streamed in ("refusal", "reasoning_content"):
            additional.pop(streamed, None)
        return (
            self._build.chunk(
                self._writer.last_content(reply),
                additional_kwargs=additional,
                response_metadata=end_metadata(reply),
                usage_metadata=usage_metadata(reply.usage) if self._usage else None,
                chunk_position="last",
            ),
        )


class TextChunks:
    """Chunks whose content is a string: the answer's text. Reasoning and refusals are in `additional_kwargs`."""

    def __init__(self, build: ChunkBuilder, calls: _CallPieces) -> None:
        self._build = build
        self._calls = calls
        self._kinds: dict[int, type[Part]] = {}

    def start(self, index: int, part: Part) -> Iterator[ChatGenerationChunk]:
        """The chunks for the beginning of a part."""
        self._kinds[index] = type(part)
        if isinstance(part, ToolCall):
            yield from self._calls.start(index, part)
        elif isinstance(part, Text | Reasoning | Refusal) and part.text:
            yield from self.delta(index, part.text)

    def delta(self, index: int, text: str) -> Iterable[ChatGenerationChunk]:
        """The chunks for more of a part."""
        kind = self._kinds[index]
        if kind is Text:  # nearly all deltas of a stream
            return (self._build.piece(text),)
        if not text:
            return ()
        if kind is ToolCall:
            return self._calls.delta(index, text)
        if kind is Reasoning:
            return (self._build.piece("", additional_kwargs={"reasoning_content": text}),)
        return (self._build.piece("", additional_kwargs={"refusal": text}),) if kind is Refusal else ()

    def end(self, index: int, part: Part) -> Iterable[ChatGenerationChunk]:
        """The chunks for the end of a part."""
        return self._calls.end(index, part) if isinstance(part, ToolCall) else ()

    def last_content(self, reply: Reply) -> Any:  # noqa: ARG002 (as BlockChunks)
        """The content of the last chunk."""
        return ""


class BlockChunks:
    """Chunks whose content is a list with one v1 block, or a piece of one, each with the index of its part."""

    def __init__(self, fold: Fold, build: ChunkBuilder, calls: _CallPieces) -> None:
        self._fold = fold
        self._build = build
        self._calls = calls
        self._kinds: dict[int, type[Part]] = {}
        self._unplaced: dict[int, Part] = {}
        """Parts that have begun, but have no block yet."""

    def start(self, index: int, part: Part) -> Iterator[ChatGenerationChunk]:
        """The chunks for the beginning of a part."""
        self._kinds[index] = type(part)
        yield from self._fill_earlier_blocks()
        if isinstance(part, ToolCall):
            yield from self._calls.start(index, part)
            return
        self._unplaced[index] = part
        if isinstance(part, Text | Reasoning | Refusal) and part.text:
            yield from self.delta(index, part.text)

    def delta(self, index: int, text: str) -> Iterable[ChatGenerationChunk]:
        """The chunks for more of a part."""
        kind = self._kinds[index]
        if kind is ToolCall:
            return self._calls.delta(index, text) if text else ()
        if kind not in KINDS or not (text or kind is Text):
            return ()
        known = KINDS[kind]
        additional = {"additional_kwargs": {"refusal": text}} if kind is Refusal else {}
        return (self._block({"type": known.block, known.field: text, "index": index}, **additional),)

    def end(self, index: int, part: Part) -> Iterator[ChatGenerationChunk]:
        """The chunks for the end of a part: fields known only now, or a whole part that was not streamed."""
        if isinstance(part, ToolCall):
            yield from self._calls.end(index, part)
        endpoint = self._fold.metadata.endpoint
        if type(part) not in KINDS:
            if block := to_block(part, endpoint):
                yield self._block({**block, "index": index})
            return
        late: dict[str, Any] = {}
        if extras := extras_of(part, endpoint):
            late["extras"] = extras
        if isinstance(part, Text) and part.citations:
            late["annotations"] = [to_annotation(citation, endpoint) for citation in part.citations]
        if late or index in self._unplaced:
            yield self._block({**_empty(part), **late, "index": index})

    def last_content(self, reply: Reply) -> Any:
        """The content of the last chunk: a refusal that the service reported without text, if any."""
        refusal = silent_refusal(reply)
        return [{**refusal, "index": max(self._kinds, default=-1) + 1}] if refusal else []

    def _fill_earlier_blocks(self) -> Iterator[ChatGenerationChunk]:
        """Empty blocks for parts that began before the current one: merged content keeps the order of first blocks."""
        for index, part in list(self._unplaced.items()):
            yield self._block({**_empty(part), "index": index})

    def _block(self, block: dict[str, Any], **fields: Any) -> ChatGenerationChunk:
        self._unplaced.pop(block["index"], None)
        return self._build.piece([block], **fields)


def _empty(part: Part) -> dict[str, Any]:
    """The empty block of this part."""
    if kind := KINDS.get(type(part)):
        return {"type": kind.block} if isinstance(part, ToolCall) else kind.empty
    match to_block(part, None):
        case {"type": "non_standard", "value": value}:
            return {"type": "non_standard", "value": {"type": value.get("type")}}
        case {"type": kind}:
            return {"type": kind}
        case _:
            return {}


class _CallPieces:
    """The pieces of tool calls, in the same form for string content and for blocks."""

    def __init__(self, build: ChunkBuilder, *, blocks: bool) -> None:
        self._build = build
        self._blocks = blocks
        self._held: dict[int, str] = {}
        """Arguments that are delayed because LangChain would reject them: those that could still become "null" or "[]", which mean no
        arguments, and of an object that is encoded twice the first quote."""

    def start(self, index: int, call: ToolCall) -> Iterator[ChatGenerationChunk]:
        """The piece that names the call."""
        self._held[index] = ""
        name = call.name
        piece = tool_call_chunk(name=name, args="", id=call.id, index=index)
        yield self._build.chunk(self._content(piece), tool_call_chunks=[piece])
        if begun := _arguments_text(call):
            yield from self.delta(index, begun)

    def delta(self, index: int, text: str) -> Iterable[ChatGenerationChunk]:
        """A piece of the arguments."""
        if (held := self._held.get(index)) is not None:
            text = held + text
            if text.lstrip().startswith('"'):
                self._held[index] = '"'
                return ()
            if any(none.startswith(text.strip()) for none in ("null", "[]")):
                self._held[index] = text
                return ()
            del self._held[index]
        return (self._arguments(index, text),)

    def end(self, index: int, call: ToolCall) -> Iterator[ChatGenerationChunk]:
        """The delayed arguments, and the piece that makes LangChain treat an invalid call as invalid."""
        held = self._held.get(index, "")
        if held == '"':
            held = _arguments_text(call)
        if not call.valid:
            yield self._arguments(index, held + unparsable_end(str(call.arguments)))
        elif held.startswith("{"):
            yield self._arguments(index, held)

    def _arguments(self, index: int, text: str) -> ChatGenerationChunk:
        piece = {"name": None, "args": text, "id": None, "index": index, "type": "tool_call_chunk"}
        if text.lstrip().startswith("{"):
            return self._build.chunk(self._content(piece), tool_call_chunks=[piece])
        # LangChain derives the same from a piece that does not begin an object, after trying to parse it.
        broken = {"name": None, "args": text, "id": None, "error": None, "type": "invalid_tool_call"}
        return self._build.piece(self._content(piece), tool_call_chunks=[piece], invalid_tool_calls=[broken])

    def _content(self, piece: Any) -> Any:
        return [{**piece}] if self._blocks else ""


def _arguments_text(call: ToolCall) -> str:
    return call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments, ensure_ascii=False)


def unparsable_end(arguments: str) -> str:
    """The text to append to the arguments of an invalid call so that LangChain also treats them as invalid.

    LangChain completes unfinished arguments of a stream and accepts complete ones; it would run the tool with either. With
    this text after them it can do neither, and the call is invalid, as it is without streaming.
    """
    for end in _CLOSINGS:
        try:
            if isinstance(parse_partial_json(arguments + end), dict):
                continue
        except ValueError:
            pass
        try:
            json.loads(arguments + end)
        except ValueError:
            return end
    return "]"
