"""Messages: the tool calls of a stream: which call a piece of arguments belongs to, and whether a call is valid.

A call is exactly what the model wrote, or it is invalid. Some gateways send argument deltas with the index of another block,
of a closed block or of no block, before a block begins or after it ends. If they can belong to one call only, they are added
to it; otherwise every call ends as invalid. A call ends only with the answer, because more of its arguments can arrive until
then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hatz_client.content import ToolCall
from hatz_client.events import Delta, End, Event, Start
from hatz_client.wire.messages.stream.blocks import Block


class StreamedCalls:
    """The calls so far, in order, and the pieces of arguments without a call."""

    def __init__(self) -> None:
        self._by_id: dict[tuple[str, str], Block] = {}
        self._by_index: dict[int, Block] = {}
        """The latest call with each wire index."""
        self._open: dict[int, Block] = {}
        """Open calls, by the index of their part."""
        self._order: list[Block] = []
        """The calls in the order of their beginnings."""
        self._known: dict[int | None, int] = {}
        """How many calls had begun when the first piece without a call came, by its wire index."""
        self._early: dict[int | None, list[str]] = {}
        """Pieces without a call, by wire index."""
        self._guessed: set[int] = set()
        """Unknown wire indexes whose pieces were added to the open call."""
        self._lost_track = False
        """Whether a piece arrived that may belong to more than one call."""

    def find_repeated(self, index: int | None, call_id: str, name: Any) -> Block | None:
        """The call that a block with this index, id and name repeats; None if it is a new call."""
        earlier = self._by_index.get(index) if index is not None else None
        if earlier is not None and not earlier.closed and not earlier.written and call_id in {"", earlier.id}:
            return earlier
        if not isinstance(name, str) or not call_id:
            return None
        return self._by_id.get((call_id, name))

    def begin(self, block: Block, index: int | None) -> Iterator[Event]:
        """Begin a new call; earlier pieces with its index are its first ones."""
        if block.id and isinstance(block.name, str):
            self._by_id.setdefault((block.id, block.name), block)
        self._order.append(block)
        self.reopen(block, index)
        for piece in self.take_early_pieces(index):
            yield from block.write_arguments(piece)

    def take_early_pieces(self, index: int | None) -> list[str]:
        """The pieces that arrived with this index before any block began there.

        If they were already added to another call, their owner is unknown.
        """
        self._lost_track = self._lost_track or index in self._guessed
        return self._early.pop(index, []) if index is not None else []

    def mark_all_uncertain(self) -> None:
        """Record that a piece may belong to more than one call: no call is valid."""
        self._lost_track = True

    def reopen(self, block: Block, index: int | None) -> None:
        """Continue the call, possibly with another index."""
        block.closed = False
        self._open[block.index] = block
        if index is not None:
            self._by_index[index] = block

    def assign_piece(self, index: int | None, piece: str, *, of_other: bool) -> Iterator[Event]:
        """Assign a piece of arguments whose index is not that of an open call, but maybe that of another block (`of_other`)."""
        named = self._by_index.get(index) if index is not None else None
        if named is not None and index is not None and not of_other:
            yield from self._place_late(named, index, piece)
        elif len(self._open) == 1:
            block = next(iter(self._open.values()))
            if not of_other and index is not None:
                self._guessed.add(index)
            yield from block.write_arguments(piece)
        elif self._open:
            self._lost_track = True
            yield from next(reversed(self._open.values())).write_arguments(piece)
        else:
            self._known.setdefault(index, len(self._order))
            self._early.setdefault(index, []).append(piece)

    def _place_late(self, named: Block, index: int, piece: str) -> Iterator[Event]:
        """Assign a piece with the index of a closed call. If another call is open, it may belong to that one as well."""
        if len(self._open) > (named.index in self._open):
            self._lost_track = True
        self.reopen(named, index)
        yield from named.write_arguments(piece)

    def close(self, block: Block) -> None:
        """Mark the call as complete on the wire."""
        block.closed = True
        self._open.pop(block.index, None)

    def _place_early_pieces(self) -> Iterator[Event]:
        """Add the pieces without a call to the only call that lacks arguments, if it had begun before them.

        A call that began later does not have their index: they may be those of a call that was never announced.
        """
        calls = self._order
        candidates = [call for call in calls if not call.has_valid_arguments]
        candidates = candidates or [call for call in calls if not call.written]
        if len(self._early) == 1 and len(candidates) == 1:
            index, pieces = next(iter(self._early.items()))
            if candidates[0] in calls[: self._known[index]]:
                del self._early[index]
                for piece in pieces:
                    yield from candidates[0].write_arguments(piece)

    def finish(self, *, cut_off: bool, next_index: int) -> Iterator[Event]:
        """End every call, at the end of a stream that was cut off or not; `next_index` is the first unused index of a part."""
        yield from self._place_early_pieces()
        calls = self._order
        broken = [call for call in calls if not call.has_valid_arguments]
        if cut_off and broken and broken[-1] is calls[-1]:
            broken.pop()
        all_invalid = self._lost_track or bool(self._early)
        for call in calls:
            is_empty = not call.arguments
            yield from call.end(invalid=all_invalid or (is_empty and bool(broken)) or not call.has_valid_arguments)
        for pieces in self._early.values():  # of calls that never began: they cannot be run, but they are visible
            yield Start(next_index, ToolCall("", "", ""))
            yield Delta(next_index, "".join(pieces))
            yield End(next_index, invalid=True)
            next_index += 1
