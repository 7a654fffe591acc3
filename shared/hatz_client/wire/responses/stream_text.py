"""Responses streams: one text as it is written, and the order of the parts."""

from __future__ import annotations

from io import StringIO
from typing import Any

_MOST_SKIPPED = 64
"""How many places the stream may skip at once and still have an index kept free for each."""


class WrittenText:
    """One text of a stream: what has been handed on, so that whole forms of it complete it and never double it.

    Deltas write the text; a whole form (`….done`, the item, the final object) brings it at once. Whichever comes first is
    handed on. A whole form that begins with what is written adds the rest; deltas that repeat a whole form add nothing.
    """

    def __init__(self) -> None:
        self._buffer = StringIO()
        self.append = self._buffer.write
        """Record a delta that is certain to be new: see `is_plain`."""
        self._announced = ""
        """Text that came with the announcement; the deltas may bring it too, or go on after it."""
        self._whole = ""
        self._position = 0
        """From here on, deltas may repeat the whole form."""

    @property
    def value(self) -> str:
        """All that has been written."""
        return self._buffer.getvalue()

    @property
    def length(self) -> int:
        """How many characters have been written."""
        return self._buffer.tell()

    @property
    def is_plain(self) -> bool:
        """Whether the next delta is certain to be new."""
        return (not self._announced or self.length > 0) and self._position == len(self._whole)

    def announce(self, text: str) -> None:
        """Take the text of an announcement (`….part.added`, `output_item.added`); it is written when no delta brings it."""
        if not self.length:
            self._announced = text

    def write_delta(self, text: str) -> str:
        """The part of a delta that is new: all of it, unless an announcement or a whole form was there first."""
        if (announced := self._announced) and not self.length and not _overlap(announced, text):
            self._announced = ""
            text = announced + text
        if rest := len(self._whole) - self._position:
            if self._whole.startswith(text, self._position):
                self._position += len(text)
                return ""
            if rest < len(text) and text.startswith(self._whole[self._position :]):
                text = text[rest:]
            self._position = len(self._whole)
        self.append(text)
        return text

    def write_whole(self, text: str) -> str | None:
        """What a whole form adds; None when it contradicts what is written."""
        self._announced = ""
        length = self.length
        if len(text) < length:
            return "" if self._begins_with(text) else None
        if not text.startswith(self.value):
            return None
        if len(text) > length:
            self._whole, self._position = text, length
            self.append(text[length:])
        return text[length:]

    def write_announced(self) -> str:
        """What the announcement adds when the text has ended without a whole form."""
        return (self.write_whole(self._announced) or "") if self._announced else ""

    def _begins_with(self, text: str) -> bool:
        self._buffer.seek(0)
        beginning = self._buffer.read(len(text))
        self._buffer.seek(0, 2)
        return beginning == text


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


class IndexAllocator:
    """Numbers the parts of the answer in the order of their items.

    An item takes its first index when it is announced. When the stream skips places (`output_index`), each keeps an index
    free, so that an item that only the final object holds still lands in its place.
    """

    def __init__(self) -> None:
        self._next = 0
        self._skipped: dict[int, int] = {}
        self._places = 0
        """How many places have been passed."""

    def new(self) -> int:
        """The next index."""
        self._next += 1
        return self._next - 1

    def at_place(self, place: Any) -> int:
        """The index for an item at this place: the one kept free for it, else the next."""
        if type(place) is not int:
            self._places += 1
            return self.new()
        if place in self._skipped:
            return self._skipped.pop(place)
        for skipped in range(self._places, min(place, self._places + _MOST_SKIPPED)):
            self._skipped[skipped] = self.new()
        self._places = max(self._places, place + 1)
        return self.new()

    def is_kept_free(self, place: int) -> bool:
        """Whether the stream skipped this place."""
        return place in self._skipped
