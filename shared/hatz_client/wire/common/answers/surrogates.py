"""Characters split over two deltas: a server that cuts its text by UTF-16 units sends one half, then the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hatz_client.events import Delta, End, Event
from hatz_client.wire.common.stages import Stage


class SurrogateJoiner(Stage):
    r"""Joins surrogate pairs that are split over two deltas.

    JSON can contain one half of a pair (`"\ud83d"`): a first half is delayed until the delta with the second. Unpaired
    halves are passed on unchanged.
    """

    def __init__(self) -> None:
        self._held: dict[int, str] = {}
        """Delayed first halves, by the index of their part."""

    @property
    def delays(self) -> bool:
        """As `Stage.delays`: whether a first half is delayed."""
        return bool(self._held)

    def feed(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events to pass on."""
        for event in events:
            if type(event) is Delta and (self._held or "\ud800" <= event.text[-1:] <= "\udbff"):
                if text := self._join_event(event):
                    yield Delta(event.index, text)
            else:
                if type(event) is End and event.index in self._held:
                    yield Delta(event.index, self._held.pop(event.index))
                yield event

    def _join_event(self, event: Delta) -> str:
        text = self._held.pop(event.index, "") + event.text
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        if "\ud800" <= text[-1:] <= "\udbff":
            self._held[event.index], text = text[-1], text[:-1]
        return text
