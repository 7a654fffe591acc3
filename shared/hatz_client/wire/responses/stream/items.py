"""Responses streams: the events of one output item.

An item can arrive in five forms: `output_item.added`, `….delta`, `….done` (and `….part.done`), `output_item.done`, and the
final object. The first value wins; later forms only fill gaps: from the gateway they come empty (reference: public clients
of Hatz), from OpenAI complete, from others cut short, early or twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Any

from hatz_client.content import Opaque, Part, Reasoning
from hatz_client.events import Delta, End, Event, Start
from hatz_client.util.growing_text import GrowingText
from hatz_client.wire.responses.items import NAME, own_fields, section_texts, string, written_text
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

    def write_delta(self, what: str, place: Any, text: str) -> Iterator[Event]:  # noqa: ARG002 (the kinds' own)
        """Write more of one of its texts."""
        return iter(())

    def write_whole(self, what: str, place: Any, text: str) -> Iterator[Event]:  # noqa: ARG002 (the kinds' own)
        """Write what a whole text adds."""
        return iter(())

    def announce(self, what: str, place: Any, text: str) -> None:
        """Take the text of a `….part.added`; it is written later if no delta repeats it."""

    def plain_text(self, what: str, place: Any) -> tuple[GrowingText, int] | None:  # noqa: ARG002 (the kinds' own)
        """For deltas that need no check: the text that they extend and the index of their part; else None."""
        return None

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


class Thought(Item):
    """Reasoning: sections of a summary, or of the reasoning text itself."""

    def __init__(self, fields: Mapping[str, Any], index: int, new_index: Callable[[], int]) -> None:
        super().__init__(fields, index, new_index)
        self._sections: dict[tuple[str, Any], WrittenText] = {}
        self._places: dict[str, list[Any]] = {"summary": [], "content": []}
        """The positions of the sections, in order."""
        self._last: tuple[str, Any] | None = None
        self._reopened = False

    @property
    def texts(self) -> Iterable[WrittenText]:
        """As `Item.texts`."""
        return self._sections.values()

    @property
    def can_close(self) -> bool:
        """Whether it has text, or its encrypted form."""
        return self.is_started and bool(self._sections or self.get("encrypted_content"))

    def begin(self) -> Iterator[Event]:
        """Start its part, without the fields that belong to its end."""
        about = own_fields(self.fields, "summary", "content", "encrypted_content", "status")
        yield from self._start(Reasoning("", {NAME: about}))

    def write_delta(self, what: str, place: Any, text: str) -> Iterator[Event]:
        """Write more of a section. An empty line comes before a new section of the summary."""
        section = self._sections.get((what, place))
        yield from self._write(what, place, section.write_delta(text) if section else text)

    def write_whole(self, what: str, place: Any, text: str) -> Iterator[Event]:
        """Write what a whole section adds. Only the last section can still grow."""
        section = self._sections.get((what, place))
        if section is None:
            yield from self._write(what, place, text, is_whole=True)
        elif (what, place) == self._last:
            yield from self._write(what, place, section.write_whole(text) or "")

    def _write(self, what: str, place: Any, text: str, *, is_whole: bool = False) -> Iterator[Event]:
        if not text:
            return
        if self.state is State.CLOSED:
            yield from self._reopen()
        yield from self.begin()
        if (what, place) not in self._sections:
            if self._last is not None and not self._last[0] == what == "content":
                yield Delta(self.index, "\n\n")
            section = self._sections[what, place] = WrittenText()
            section.write_whole(text) if is_whole else section.write_delta(text)
            self._places[what].append(place)
            self._last = (what, place)
        yield Delta(self.index, text)

    def _reopen(self) -> Iterator[Event]:
        """Start another part, because the first has ended. It has no residue, or the item would be sent back twice."""
        self.state, self._reopened = State.OPEN, True
        self.index = self._new_index()
        yield Start(self.index, Reasoning(""))

    def complete(self, fields: Mapping[str, Any]) -> Iterator[Event]:
        """Write the sections that were not streamed, and the missing ends of the others."""
        yield from super().complete(fields)
        if self.state is not State.CLOSED:
            for where in ("summary", "content"):
                yield from self._fill(where, section_texts(self.get(where)))

    def _fill(self, where: str, texts: list[str]) -> Iterator[Event]:
        places = self._places[where]
        streamed = len(places)
        for at, text in enumerate(texts):
            place = places[at] if at < streamed else at
            if at and at >= streamed and self._last_is_longer_than(texts[at - 1]):
                return  # all sections were streamed as one
            yield from self.write_whole(where, place, text)

    def _last_is_longer_than(self, text: str) -> bool:
        return self._last is not None and self._sections[self._last].is_longer_than(text)

    def close(self, *, cut_off: bool) -> Iterator[Event]:  # noqa: ARG002 (as `Item`)
        """End it, with the fields that must go back to the service."""
        if self.state is State.CLOSED:
            return
        if not self._sections:
            for where in ("summary", "content"):
                yield from self._fill(where, section_texts(self.get(where)))
        self.state = State.CLOSED
        yield from self._start(Reasoning(""))
        if self._reopened:
            yield End(self.index)
            return
        fields = self.fields
        for where, kind in (("summary", "summary_text"), ("content", "reasoning_text")):
            texts = [self._sections[where, place].value for place in self._places[where]]
            if texts and not fields.get(where):
                fields[where] = [{"type": kind, "text": text} for text in texts]
        yield End(self.index, residue={NAME: own_fields(fields)})
