"""Messages: the blocks of a stream: which block a delta belongs to, and when a part begins and ends.

The type of a delta decides what it is, not the block it comes in: text in a thinking block is text. A closing event fills
gaps: content that was not streamed is written then. After an early closing event, a block can go on.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Any

from hatz_client.events import Event
from hatz_client.util.growing_text import GrowingText, encode
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.common.answers.values import id_text
from hatz_client.wire.messages.decode import arguments_text, kind_of
from hatz_client.wire.messages.stream.blocks import Block
from hatz_client.wire.messages.stream.calls import StreamedCalls

_log = logging.getLogger(__name__)

# The type of a delta without a type, by its field.
_TYPE_OF_FIELD = (
    ("partial_json", "input_json_delta"),
    ("thinking", "thinking_delta"),
    ("text", "text_delta"),
    ("signature", "signature_delta"),
    ("citation", "citations_delta"),
)
# Other names of a delta's type that gateways use: that of the block it writes.
_DELTA_OF = {
    "text": "text_delta",
    "thinking": "thinking_delta",
    "reasoning_delta": "thinking_delta",
    "tool_use": "input_json_delta",
}
_TEXTS = ("text", "thinking")


def _kind_of_delta(delta: Mapping[str, Any], block: Block | None) -> Any:
    """What a delta is: by its type; without one by its fields, of which `text` is also a name of what a thought is written in."""
    if kind := delta.get("type"):
        return _DELTA_OF.get(kind, kind) if isinstance(kind, str) else None
    kind = next((kind for field, kind in _TYPE_OF_FIELD if field in delta), None)
    return "thinking_delta" if kind == "text_delta" and block is not None and block.kind == "thinking" else kind


def _first(delta: Mapping[str, Any], *names: str) -> Any:
    """The value of the first of these fields that is there."""
    return next((value for name in names if (value := delta.get(name)) is not None), None)


class StreamedContent:
    """The blocks so far, by the wire's indexes. Parts have their own indexes, in order of their beginning."""

    def __init__(self) -> None:
        self.open: dict[int | None, Block] = {}
        """By the wire's index; the block at None is the latest."""
        self.count = 0
        """The number of parts so far."""
        self._calls = StreamedCalls()
        self._blocks: list[Block] = []
        """The announced blocks, in the wire's order."""
        self._latest: dict[str, Block] = {}
        """The latest text and the latest thought."""
        self._opaque_indexes: set[int] = set()
        """The wire's indexes whose latest block is opaque, such as a server tool's call."""
        self._unsigned: dict[Block, None] = {}
        """Thoughts that are complete except for a signature, which may still come, in order."""
        self._unsigned_at: dict[int | None, Block] = {}
        """The same thoughts, by the wire's index."""
        self._signatures: set[str] = set()
        self._closed: Block | None = None
        """The latest closed block that is not a call, until the next one begins: after an early end it can go on, and a
        signature may follow."""

    def begin(self, index: int | None, content: Mapping[str, Any]) -> Iterator[Event]:
        """The events of a block's start; none if it is repeated."""
        kind = kind_of(content)
        block = self.open.get(index) if index is not None else None
        if kind == "tool_use":
            repeated = self._calls.find_repeated(index, id_text(content.get("id")), content.get("name"))
            if repeated is not None and not (repeated.closed and repeated.arguments):
                repeated.fill(arguments_text(content.get("input")))
                self._calls.reopen(repeated, index)
                self._bind(repeated, index)
                return
        elif kind in _TEXTS and block is not None and block.may_be(content):
            # A signed thought is complete: what follows here is another one.
            yield from self._close(block) if block.is_signed and block.written else block.complete(content)
            return
        else:
            repeated = None
        latest = self.open.get(None)
        for earlier in (block, latest if latest is not None and not latest.wire_indexes else None):
            if earlier is not None and not earlier.closed:
                yield from self._close(earlier)
        yield from self._release()
        yield from self._start(index, content, repeated)

    def delta(self, index: int | None, delta: Mapping[str, Any]) -> Iterable[Event]:
        """The events of a delta that does not simply extend the block it comes in."""
        block = self.open.get(index)
        kind = _kind_of_delta(delta, block)
        if block is not None and block.is_opaque and kind != "input_json_delta":
            block.apply_unknown(delta)
            return ()
        match kind:
            case "text_delta":
                return self._text("text", index, block, delta.get("text"))
            case "thinking_delta":
                return self._text(
                    "thinking", index, block, _first(delta, "thinking", "text", "reasoning_content", "reasoning")
                )
            case "input_json_delta":
                given = _first(delta, "partial_json", "input", "arguments", "text", "json")
                return self._arguments(index, block, arguments_text(given))
            case "signature_delta":
                return self._signature(index, block, delta.get("signature"))
            case "citations_delta":
                return self._citation(index, block, delta.get("citation"))
        if block is not None and kind is not None:
            block.apply_unknown(delta)
        return ()

    def close(self, index: int | None, content: Any) -> Iterator[Event]:
        """The events of a block's end, with the content that the closing event repeats."""
        block = self.open.get(index)
        if block is not None:
            if isinstance(content, Mapping) and kind_of(content) == block.kind:
                yield from block.complete(content)
            yield from self._close(block)

    def complete(self, content: Any) -> Iterator[Event]:
        """Write what the whole content, repeated at the end, has beyond what was streamed."""
        for place, repeated in enumerate(content if isinstance(content, list) else ()):
            if not isinstance(repeated, Mapping):
                continue
            if place >= len(self._blocks):
                yield from self.begin(None, repeated)
                yield from self.close(None, None)
            elif not self._blocks[place].closed and self._blocks[place].kind == kind_of(repeated):
                yield from self._blocks[place].complete(repeated)

    def finish(self, *, cut_off: bool) -> Iterator[Event]:
        """End every open part, at the end of the stream."""
        yield from self._release()
        for block in sorted(dict.fromkeys(self.open.values()), key=lambda block: block.index):
            if not block.is_call or block.echo_of is not None:
                yield from self._close(block)
                yield from self._release()
        for block in self._unsigned:
            yield from block.end()
        yield from self._calls.finish(cut_off=cut_off, next_index=self.count)

    def _start(self, index: int | None, content: Mapping[str, Any], repeated: Block | None = None) -> Iterator[Event]:
        block = Block(self.count, content)
        self._blocks.append(block)
        self._bind(block, index)
        if repeated is not None:
            block.echo_of, block.takes = repeated, ""
            block.fill(arguments_text(content.get("input")))
            return
        self.count += 1
        if block.kind in _TEXTS:
            self._latest[block.kind] = block
        yield from block.start()
        if block.is_call:
            yield from self._calls.begin(block, index)
        elif block.is_opaque:
            for piece in self._calls.take_early_pieces(index):
                yield from block.write(piece)

    def _bind(self, block: Block, index: int | None) -> None:
        if index is not None:
            block.wire_indexes.add(index)
            if block.is_opaque:
                self._opaque_indexes.add(index)
            else:
                self._opaque_indexes.discard(index)
            self.open[index] = block
        self.open.pop(None, None)
        self.open[None] = block  # always the last

    def _close(self, block: Block) -> Iterator[Event]:
        for index in block.wire_indexes:
            if self.open.get(index) is block:
                del self.open[index]
        if self.open.get(None) is block:
            del self.open[None]
        block.closed = True
        if block.echo_of is not None:
            yield from self._end_echo(block, block.echo_of)
        elif block.is_call:
            self._calls.close(block)
        else:
            yield from self._release()
            self._closed = block

    def _end_echo(self, block: Block, earlier: Block) -> Iterator[Event]:
        """Resolve a repeated call: with the same arguments it is the same call, with others it is a new call, which starts only now."""
        arguments = arguments_of(block.arguments)
        if not arguments or arguments == earlier.parsed_arguments:
            return
        block.index, self.count = self.count, self.count + 1
        streamed, block.written = str(block.written), GrowingText()
        yield from block.start()
        yield from block.write(streamed)
        yield from block.end(invalid=isinstance(arguments, str))

    def _release(self) -> Iterator[Event]:
        block, self._closed = self._closed, None
        if block is not None:
            if block.kind == "thinking" and not block.is_signed:
                self._unsigned[block] = None
                self._unsigned_at.update(dict.fromkeys(block.wire_indexes, block))
            else:
                yield from block.end()

    def _text(self, kind: str, index: int | None, block: Block | None, words: Any) -> Iterator[Event]:
        if not isinstance(words, str) or not words:
            return
        if block is None or block.kind != kind:
            block = yield from self._text_block(kind, index, block)
        yield from block.write(words)

    def _text_block(self, kind: str, index: int | None, block: Block | None) -> Generator[Event, None, Block]:
        """The block for a text or thinking delta outside such a block: one that goes on, or a new one after a signed thought."""
        latest = self._latest.get(kind)
        closed = self._closed
        if closed is not None and (closed.is_signed or index not in {None, *closed.wire_indexes}):
            closed = None
        if latest is not None and latest.is_signed and index not in {None, *latest.wire_indexes}:
            latest = None
        if latest is not None and (not latest.closed or latest is closed):
            return latest
        yield from self.begin(index if block is None else None, {"type": kind})
        return self._latest[kind]

    def _arguments(self, index: int | None, block: Block | None, piece: str) -> Iterator[Event]:
        if not piece:
            return
        closed = self._closed
        if block is None and closed is not None and closed.is_opaque and index in closed.wire_indexes:
            block = closed
        if block is None and index in self._opaque_indexes:
            self._calls.mark_all_uncertain()
        elif block is None:
            of_other = any(index in other.wire_indexes for other in self._latest.values())
            yield from self._calls.assign_piece(index, piece, of_other=of_other)
        elif block.kind in {*_TEXTS, "redacted_thinking"}:
            yield from self._calls.assign_piece(index, piece, of_other=True)
        elif block.echo_of is not None:
            block.written += encode(piece)
        elif block.is_call:
            yield from block.write_arguments(piece)
        else:
            yield from block.write(piece)

    def _signature(self, index: int | None, block: Block | None, signature: Any) -> Iterator[Event]:
        if not isinstance(signature, str) or not signature:
            return
        is_repeated = signature in self._signatures
        self._signatures.add(signature)
        latest = self._latest.get("thinking")
        named = self._unsigned_at.get(index)
        if block is not None and block.kind == "thinking":
            block.set_signature(signature)
        elif is_repeated:
            return
        elif named in self._unsigned:
            yield from self._sign_late(named, signature)
        elif latest is not None and not latest.is_signed and (not latest.closed or latest is self._closed):
            latest.set_signature(signature)
        elif self._unsigned:
            yield from self._sign_late(next(reversed(self._unsigned)), signature)
        elif latest is None:
            yield from self.begin(index if block is None else None, {"type": "thinking"})
            self._latest["thinking"].set_signature(signature)
        else:
            _log.debug("A signature of a thought that has one was left out.")

    def _sign_late(self, thought: Block, signature: str) -> Iterator[Event]:
        thought.set_signature(signature)
        del self._unsigned[thought]
        yield from thought.end()

    def _citation(self, index: int | None, block: Block | None, citation: Any) -> Iterator[Event]:
        if block is None or block.kind != "text":
            block = yield from self._text_block("text", index, block)
        block.cite(citation)
