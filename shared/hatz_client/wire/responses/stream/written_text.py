"""Responses streams: one text as it is written, and the numbering of the parts."""

from __future__ import annotations

from typing import Any

from hatz_client.util.growing_text import GrowingText, encode

_MOST_SKIPPED = 64
"""The most places that can be skipped at once and get an index kept free."""


class WrittenText:
    """One text of a stream: remembers what was emitted, so that a whole form completes the text and never repeats it.

    Deltas bring a text in pieces; a whole form (`….done`, the item, the final object) brings it at once. A whole form that
    begins with the written text adds the rest. Deltas that repeat a whole form add nothing.
    """

    def __init__(self) -> None:
        self.written = GrowingText()
        """All that has been written; deltas may be added directly while it `is_plain`."""
        self._announced = ""
        """Text of the announcement. The deltas may repeat it, or continue it."""
        self._whole = ""
        self._position = 0
        """Where in the whole form the deltas are; they may repeat the rest of it."""

    @property
    def value(self) -> str:
        """All that has been written."""
        return str(self.written)

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been written."""
        return not self.written

    def is_longer_than(self, text: str) -> bool:
        """Whether more has been written than `text`."""
        return len(self.written) > len(encode(text))

    def continues_to(self, text: str) -> bool:
        """Whether `text` begins with all that has been written."""
        return self.written.rest_of(text) is not None

    def may_repeat(self, whole: str | None) -> bool:
        """Whether this whole form, or without one the next delta, may repeat or complete the text."""
        if whole is None:
            return not self.is_plain
        return self.written.begins_with(whole) or self.continues_to(whole)

    @property
    def is_plain(self) -> bool:
        """Whether the next delta is certain to be new."""
        return not (self._announced and self.is_empty) and self._position == len(self._whole)

    def announce(self, text: str) -> None:
        """Take the text of an announcement (`….part.added`, `output_item.added`); an empty one does not erase another."""
        if text and self.is_empty:
            self._announced = text

    def write_delta(self, text: str) -> str:
        """Write a delta; return the part of it that is new."""
        if (announced := self._announced) and self.is_empty and not _overlap(announced, text):
            self._announced = ""
            text = announced + text
        if rest := len(self._whole) - self._position:
            if self._whole.startswith(text, self._position):
                self._position += len(text)
                return ""
            if rest < len(text) and text.startswith(self._whole[self._position :]):
                text = text[rest:]
            self._position = len(self._whole)
        self.written += encode(text)
        return text

    def write_whole(self, text: str) -> str | None:
        """Write a whole form; return what it adds, or None if it contradicts the written text. An empty one says nothing."""
        if not text:
            return ""
        self._announced = ""
        if self.written.begins_with(text):
            return ""
        rest = self.written.rest_of(text)
        if rest:
            self._whole, self._position = text, len(text) - len(rest)
            self.written += encode(rest)
        return rest

    def write_announced(self) -> str:
        """Write the announced text, at the end of a text without a whole form; return what it adds."""
        return (self.write_whole(self._announced) or "") if self._announced else ""


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


class IndexAllocator:
    """Numbers the parts of an answer in the order of their items.

    An item takes its first index when it is announced, whatever its place (`output_index`): the place may be wrong. Each
    place that the stream skips keeps an index free, for an item that comes only as a whole, late.
    """

    def __init__(self) -> None:
        self._next = 0
        self._skipped: dict[int, int] = {}
        self._places = 0
        """The number of places seen so far."""

    def next_index(self) -> int:
        """The next index."""
        self._next += 1
        return self._next - 1

    def at_place(self, place: Any, *, is_whole: bool) -> int:
        """The index of an item at this place: of one that comes as a whole the one kept free for it, else the next."""
        if type(place) is not int:
            self._places += 1
            return self.next_index()
        if place in self._skipped:
            kept = self._skipped.pop(place)
            return kept if is_whole else self.next_index()
        for skipped in range(self._places, min(place, self._places + _MOST_SKIPPED)):
            self._skipped[skipped] = self.next_index()
        self._places = max(self._places, place + 1)
        return self.next_index()

    def was_skipped(self, place: int) -> bool:
        """Whether the stream skipped this place."""
        return place in self._skipped
