"""Responses streams: the events of a message. Each of its parts starts with its first text."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from hatz_client.content import Opaque, Part, Refusal, Text
from hatz_client.events import Delta, End, Event, Start
from hatz_client.util.growing_text import GrowingText
from hatz_client.wire.responses.items import citations_of, content_part, message_fields, parts_of
from hatz_client.wire.responses.stream.items import Item, State
from hatz_client.wire.responses.stream.written_text import WrittenText


class _Content:
    """One content part of a message."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.index: int | None = None
        """Its index, once it has started."""
        self.at = 0
        """How many parts of the message started before it."""
        self.has_ended = False
        """Whether it has ended before; further text then goes into a new part."""
        self.text = WrittenText()
        self.annotations: list[Any] = []
        self.final: Part | None = None
        """Its final form."""


class Message(Item):
    """A message: texts, refusals, and parts without a neutral meaning."""

    def __init__(self, fields: Mapping[str, Any], index: int, new_index: Callable[[], int]) -> None:
        super().__init__(fields, index, new_index)
        self._free: int | None = index
        """The index that the message took when it was announced; its first part gets it."""
        self._parts: dict[tuple[str, Any], _Content] = {}
        self._of_kind: dict[str, list[_Content]] = {}
        """The parts of each kind, in order."""
        self._has_final = False
        """Whether a final form with content has come."""
        self._count = 0
        """How many parts have started."""

    @property
    def texts(self) -> Iterable[WrittenText]:
        """As `Item.texts`."""
        return (part.text for part in self._parts.values())

    def begin(self) -> Iterator[Event]:
        """No events: announced content is written only if no delta repeats it."""
        for place, form in enumerate(parts_of(self.fields)):
            if not isinstance(form, Opaque):
                self.announce(_part_kind(form), place, _text_of(form))
        return iter(())

    def write_delta(self, what: str, place: Any, text: str) -> Iterator[Event]:
        """Write more of a text or refusal."""
        part = self._part(what, place)
        yield from self._write(part, part.text.write_delta(text))

    def write_whole(self, what: str, place: Any, text: str) -> Iterator[Event]:
        """Write what a whole text or refusal adds."""
        part = self._part(what, place)
        yield from self._write(part, part.text.write_whole(text) or "")

    def announce(self, what: str, place: Any, text: str) -> None:
        """As `Item.announce`."""
        self._part(what, place).text.announce(text)

    def plain_text(self, what: str, place: Any) -> tuple[GrowingText, int] | None:
        """As `Item.plain_text`."""
        part = self._part(what, place)
        if part.index is None or self.state is State.CLOSED or not part.text.is_plain:
            return None
        return part.text.written, part.index

    def write_block(self, place: Any, block: Mapping[str, Any]) -> Iterator[Event]:
        """Start a part without a neutral meaning (from `content_part.added`)."""
        part = self._part("opaque", place)
        if part.index is None:
            yield from self._start_part(part, block)

    def annotate(self, place: Any, annotation: Any) -> Iterator[Event]:
        """Add a citation to a text; it is emitted when the text ends."""
        part = self._part("output_text", place)
        part.annotations.append(annotation)
        yield from self._write(part, "")

    def _part(self, what: str, place: Any) -> _Content:
        """The part of this kind at this place; without a place the latest of its kind; else a new one."""
        if (place := _index(place)) is None:
            part = self._of_kind[what][-1] if what in self._of_kind else None
        else:
            part = self._parts.get((what, place)) or self._parts.get((what, None))
        return part or self._add(what, place)

    def _add(self, what: str, place: Any) -> _Content:
        part = self._parts[what, place] = _Content(what)
        self._of_kind.setdefault(what, []).append(part)
        return part

    def _start_part(self, part: _Content, block: Mapping[str, Any]) -> Iterator[Event]:
        part.index = self._new_index() if self._free is None else self._free
        part.at, self._free = self._count, None
        self._count += 1
        self.is_started = True
        yield Start(part.index, content_part(block, message_fields(self.fields), part.at))

    def _write(self, part: _Content, text: str) -> Iterator[Event]:
        if self.state is State.CLOSED:
            if not text:
                return
            self._reopen()
        if part.index is None and (text or not part.has_ended):
            yield from self._start_part(part, {"type": part.what})
        if text and part.index is not None:
            yield Delta(part.index, text)

    def _reopen(self) -> None:
        """Let further text go into new parts of the same message, because the old parts have ended."""
        self.state = State.OPEN
        for part in self._parts.values():
            part.has_ended = part.has_ended or part.index is not None
            part.index, part.final, part.annotations = None, None, []

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
                yield from self._write(part, (part.text.write_whole(_text_of(form)) or "") if is_whole else "")
            elif part.index is None and self.state is not State.CLOSED:
                yield from self._start_part(part, form.block["content"][0])

    def _pair(self, final: list[Part]) -> Iterator[tuple[_Content, Part, bool]]:
        """Each final form with its part, and whether it is the whole of that part. Forms and parts of a kind are paired in order.

        A gateway may stream two parts as one, or join two parts in the final form: then nothing may be added.
        """
        expected = Counter(map(_part_kind, final))
        waiting = {what: deque(islice(self._of_kind.get(what, ()), number)) for what, number in expected.items()}
        too_few = {what for what, number in expected.items() if number < len(self._of_kind.get(what, ()))}
        before: dict[str, tuple[_Content, str]] = {}
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
        for part in self._parts.values():
            if rest := part.text.write_announced():
                yield from self._write(part, rest)
            if part.index is not None:
                yield self._end(part, about)
        self.state = State.CLOSED

    def _end(self, part: _Content, about: Mapping[str, Any]) -> End:
        index = part.index or 0
        if part.what == "opaque":
            return End(index, block=part.final if isinstance(part.final, Opaque) else None)
        form = part.final or content_part({"type": part.what}, about, part.at)
        if not isinstance(form, Text | Refusal):
            return End(index)
        sources = form.citations if isinstance(form, Text) else ()
        return End(index, sources or citations_of(part.annotations), form.residue)


def _index(place: Any) -> int | None:
    """The place if it is an index: servers also write -1, or a number as text."""
    if isinstance(place, str) and place.isdecimal() and len(place) < 10:
        place = int(place)
    return place if type(place) is int and place >= 0 else None


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
