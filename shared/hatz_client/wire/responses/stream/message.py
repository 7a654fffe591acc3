"""Responses streams: the events of a message. Each of its parts starts with its first text."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from hatz_client.content import Opaque, Part, Refusal, Text
from hatz_client.events import End, Event, Start
from hatz_client.wire.responses.items import citations_of, content_part, message_fields, parts_of
from hatz_client.wire.responses.stream.items import Piece, State, TextItem


class Message(TextItem):
    """A message: texts, refusals, and parts without a neutral meaning."""

    def __init__(self, fields: Mapping[str, Any], index: int, new_index: Callable[[], int]) -> None:
        super().__init__(fields, index, new_index)
        self._free: int | None = index
        """The index that the message took when it was announced; its first part gets it."""
        self._has_final = False
        """Whether a final form with content has come."""
        self._count = 0
        """How many parts have started."""

    def begin(self) -> Iterator[Event]:
        """No events: announced content is written only if no delta repeats it."""
        for place, form in enumerate(parts_of(self.fields)):
            if not isinstance(form, Opaque):
                self.announce(_part_kind(form), place, _text_of(form))
        return iter(())

    def write_block(self, place: Any, block: Mapping[str, Any]) -> Iterator[Event]:
        """Start a part without a neutral meaning (from `content_part.added`)."""
        part = self._piece("opaque", place)
        if part.index is None:
            yield from self._start_part(part, block)

    def annotate(self, place: Any, annotation: Any) -> Iterator[Event]:
        """Add a citation to a text; it is emitted when the text ends."""
        part = self._piece("output_text", place)
        part.annotations.append(annotation)
        yield from self._write(part, "")

    def _start_part(self, part: Piece, block: Mapping[str, Any]) -> Iterator[Event]:
        part.index = self._new_index() if self._free is None else self._free
        part.at, self._free = self._count, None
        self._count += 1
        self.is_started = True
        yield Start(part.index, content_part(block, message_fields(self.fields), part.at))

    def _start_piece(self, piece: Piece) -> Iterator[Event]:
        yield from self._start_part(piece, {"type": piece.what})

    def _reopen(self) -> Iterator[Event]:
        """As `TextItem._reopen`: into new parts of the same message."""
        self.state = State.OPEN
        for piece in self._pieces.values():
            piece.has_ended |= piece.index is not None
            piece.index, piece.final, piece.annotations = None, None, []
        yield from ()

    def complete(self, fields: Mapping[str, Any]) -> Iterator[Event]:
        """Write the parts that were not streamed, and the missing ends of the others."""
        yield from super().complete(fields)
        if fields.get("content"):
            yield from self._fill()

    def _fill(self) -> Iterator[Event]:
        self._has_final = True
        final = list(parts_of(self.fields))
        for part, form, is_whole in self._pair(final):
            if self.state is not State.CLOSED:
                part.final = form
            if not isinstance(form, Opaque):
                yield from self._write_whole(part, _text_of(form) if is_whole else "")
            elif part.index is None and self.state is not State.CLOSED:
                yield from self._start_part(part, form.block["content"][0])

    def _pair(self, final: list[Part]) -> Iterator[tuple[Piece, Part, bool]]:
        """Each final form with its part, and whether it is the whole of that part. Forms and parts of a kind are paired in order.

        A gateway may stream two parts as one, or join two parts in the final form: then nothing may be added.
        """
        expected = Counter(map(_part_kind, final))
        waiting = {what: deque(islice(self._of_kind.get(what, ()), number)) for what, number in expected.items()}
        too_few = {what for what, number in expected.items() if number < len(self._of_kind.get(what, ()))}
        before: dict[str, tuple[Piece, str]] = {}
        for place, form in enumerate(final):
            what = _part_kind(form)
            if waiting[what]:
                part = waiting[what].popleft()
            elif what in before and before[what][0].text.is_longer_than(before[what][1]):
                continue
            else:
                part = self._add(what, place)
            before[what] = part, _text_of(form)
            yield part, form, what not in too_few

    def close(self, *, cut_off: bool) -> Iterator[Event]:  # noqa: ARG002 (as `Item`)
        """End its parts."""
        if self.state is State.CLOSED:
            return
        if not self._has_final and self.get("content"):
            yield from self._fill()
        about = message_fields(self.fields)
        yield from self._write_announced()
        for part in self._pieces.values():
            if part.index is not None:
                yield self._end(part, about)
        self.state = State.CLOSED

    def _end(self, part: Piece, about: Mapping[str, Any]) -> End:
        index = part.index or 0
        if part.what == "opaque":
            return End(index, block=part.final if isinstance(part.final, Opaque) else None)
        form = part.final or content_part({"type": part.what}, about, part.at)
        if not isinstance(form, Text | Refusal):
            return End(index)
        sources = form.citations if isinstance(form, Text) else ()
        return End(index, sources or citations_of(part.annotations), form.residue)


def _part_kind(part: Part) -> str:
    match part:
        case Text():
            return "output_text"
        case Refusal():
            return "refusal"
        case _:
            return "opaque"


def _text_of(part: Part) -> str:
    return part.text if isinstance(part, Text | Refusal) else ""
