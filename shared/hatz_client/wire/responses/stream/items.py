"""Responses streams: the events of one output item, of any kind.

An item can arrive in five forms: `output_item.added`, `….delta`, `….done` (and `….part.done`), `output_item.done`, and the
final object. The first value wins; later forms only fill gaps: from the gateway they come empty (reference: public clients
of Hatz), from OpenAI complete, from others cut short, early or twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Any

from hatz_client.content import Opaque, Part
from hatz_client.events import Delta, End, Event, Start
from hatz_client.util.growing_text import GrowingText
from hatz_client.wire.common.answers.values import string
from hatz_client.wire.responses.items import NAME, written_text
from hatz_client.wire.responses.stream.written_text import WrittenText

_EMPTY: tuple[Any, ...] = (None, "", [])


class State(Enum):
    """How far an item is."""

    OPEN = auto()
    """Being written."""
    DONE = auto()
    """Its `output_item.done` has come; deltas may still follow (some gateways send it early)."""
    CLOSED = auto()
    """Its parts have ended."""


class Item:
    """An item with no neutral meaning: its final form is what counts."""

    def __init__(self, fields: Mapping[str, Any], index: int, new_index: Callable[[], int]) -> None:
        self._form = fields
        """The latest form of the item."""
        self._values: dict[str, Any] = {}
        """The latest value of each field in any form."""
        self.merge(fields)
        self.kind = string(fields.get("type"))
        self.state = State.OPEN
        self.place: Any = None
        """Its `output_index`, if it has one."""
        self.index = index
        """The index of its part; of a message, that of its first part."""
        self._new_index = new_index
        self.is_started = False
        """Whether its part has started."""

    @property
    def fields(self) -> dict[str, Any]:
        """The latest form of the item, completed by the fields that only earlier forms have."""
        form = self._form
        return {**form, **{k: v for k, v in self._values.items() if form.get(k) in _EMPTY}}

    def get(self, name: str) -> Any:
        """One field of `fields`."""
        value = self._form.get(name)
        return self._values.get(name, value) if value in _EMPTY else value

    @property
    def texts(self) -> Iterable[WrittenText]:
        """Its texts: the parts of a message, the sections of a thought, the arguments of a call."""
        return ()

    @property
    def text(self) -> str:
        """All of its text that has been written."""
        return "".join(text.value for text in self.texts)

    @property
    def has_text(self) -> bool:
        """Whether any of its text has been written."""
        return any(not text.is_empty for text in self.texts)

    @property
    def can_close(self) -> bool:
        """Whether it can end when the next item begins, because later forms hardly add anything."""
        return self.is_started

    def begin(self) -> Iterator[Event]:
        """Start its part, if enough is known."""
        yield from self._start(Opaque(NAME, self.fields))

    def may_repeat(self, whole: str | None) -> bool:
        """Whether this whole text, or the next delta, may only repeat or complete a text that has come."""
        return not self.has_text or any(text.may_repeat(whole) for text in self.texts)

    def has_begun(self, fields: Mapping[str, Any]) -> bool:
        """Whether the text of this form begins with the text that has been written, of which there is some."""
        return self.has_text and written_text(fields).startswith(self.text)

    def merge(self, fields: Mapping[str, Any]) -> None:
        """Take another form of the item."""
        self._form = fields
        self._values.update((k, v) for k, v in fields.items() if k != "status" and v not in _EMPTY)

    def complete(self, fields: Mapping[str, Any]) -> Iterator[Event]:
        """Write what a whole form of the item adds (`output_item.done`, the final object)."""
        self.merge(fields)
        if self.state is State.OPEN:
            self.state = State.DONE
        yield from ()

    def close(self, *, cut_off: bool) -> Iterator[Event]:  # noqa: ARG002 (the kinds' own)
        """End its parts.

        Args:
            cut_off: Whether the response was cut off.
        """
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            yield from self._start(Opaque(NAME, self.fields))
            yield End(self.index, block=Opaque(NAME, self.fields))

    def _start(self, part: Part) -> Iterator[Event]:
        if not self.is_started:
            self.is_started = True
            yield Start(self.index, part)


class Piece:
    """One text of an item: a part of a message, a section of a thought, or the arguments of a call."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.text = WrittenText()
        self.index: int | None = None
        """The index of its part, once it has started."""
        self.at = 0
        """How many parts of the message started before it."""
        self.has_ended = False
        """Whether its part has ended before; further text then goes into a new part."""
        self.annotations: list[Any] = []
        self.final: Part | None = None
        """Its final form, as a part of a message."""


class TextItem(Item):
    """An item of texts, each with its kind (`what`) and its place among those of its kind."""

    def __init__(self, fields: Mapping[str, Any], index: int, new_index: Callable[[], int]) -> None:
        super().__init__(fields, index, new_index)
        self._pieces: dict[tuple[str, Any], Piece] = {}
        self._of_kind: dict[str, list[Piece]] = {}
        """The texts of each kind, in order."""

    @property
    def texts(self) -> Iterable[WrittenText]:
        """As `Item.texts`."""
        return (piece.text for piece in self._pieces.values())

    @property
    def piece_count(self) -> int:
        """How many texts it has so far."""
        return len(self._pieces)

    def write_delta(self, what: str, place: Any, text: str) -> Iterator[Event]:
        """Write more of one of its texts."""
        piece = self._piece(what, place)
        yield from self._write(piece, piece.text.write_delta(text))

    def write_whole(self, what: str, place: Any, text: str) -> Iterator[Event]:
        """Write what a whole text adds."""
        yield from self._write_whole(self._piece(what, place), text)

    def announce(self, what: str, place: Any, text: str) -> None:
        """Take the text of a `….part.added`; it is written later if no delta repeats it."""
        self._piece(what, place).text.announce(text)

    def plain_text(self, what: str, place: Any) -> tuple[GrowingText, int] | None:
        """For deltas that need no check: the text that they extend and the index of their part; else None."""
        piece = self._piece(what, place)
        if piece.index is None or self.state is State.CLOSED or not piece.text.is_plain:
            return None
        return piece.text.written, piece.index

    def _piece(self, what: str, place: Any) -> Piece:
        """The text of this kind at this place; without a place the latest of its kind; else a new one."""
        if (place := _index(place)) is None:
            piece = self._of_kind[what][-1] if what in self._of_kind else None
        else:
            piece = self._pieces.get((what, place)) or self._pieces.get((what, None))
        return piece or self._add(what, place)

    def _add(self, what: str, place: Any) -> Piece:
        piece = self._pieces[what, place] = Piece(what)
        self._of_kind.setdefault(what, []).append(piece)
        return piece

    def _write_whole(self, piece: Piece, text: str) -> Iterator[Event]:
        yield from self._write(piece, piece.text.write_whole(text) or "")

    def _write_announced(self) -> Iterator[Event]:
        for piece in list(self._pieces.values()):
            if rest := piece.text.write_announced():
                yield from self._write(piece, rest)

    def _write(self, piece: Piece, text: str) -> Iterator[Event]:
        if self.state is State.CLOSED:
            if not text:
                return
            yield from self._reopen()
        if piece.index is None and (text or not piece.has_ended):
            yield from self._start_piece(piece)
        if text and piece.index is not None:
            yield Delta(piece.index, text)

    def _start_piece(self, piece: Piece) -> Iterator[Event]:
        """The events of its start; sets its index."""
        raise NotImplementedError

    def _reopen(self) -> Iterator[Event]:
        """Let further text go into a new part, because the old ones have ended."""
        raise NotImplementedError


def _index(place: Any) -> int | None:
    """The place if it is an index: servers also write -1, or a number as text."""
    if isinstance(place, str) and place.isdecimal() and len(place) < 10:
        place = int(place)
    return place if type(place) is int and place >= 0 else None
