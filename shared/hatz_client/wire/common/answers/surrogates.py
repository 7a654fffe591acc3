"""Streams cut in the middle of a character: a server that cuts its text by UTF-16 units sends one half, then the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hatz_client.events import Delta, End, Event


class Characters:
    r"""Puts the halves of characters together, so that deltas end where characters end.

    JSON can hold half a character (`"\ud83d"`): a first half waits for the delta with the second. Halves without the other
    are handed on as they are.
    """

    def __init__(self) -> None:
        self._held: dict[int, str] = {}
        """First halves, by the part they belong to."""

    def whole(self, events: Iterable[Event]) -> Iterable[Event]:
        """The events as they are to be passed on."""
        if not self._held and type(events) is tuple:  # as decoders give a delta; a generator could be read once only
            for event in events:
                if type(event) is Delta and "\ud800" <= event.text[-1:] <= "\udbff":
                    break
            else:
                return events
        return self._joining(events)

    def _joining(self, events: Iterable[Event]) -> Iterator[Event]:
        for event in events:
            if type(event) is Delta and (self._held or "\ud800" <= event.text[-1:] <= "\udbff"):
                if text := self._joined(event):
                    yield Delta(event.index, text)
            else:
                if type(event) is End and event.index in self._held:
                    yield Delta(event.index, self._held.pop(event.index))
                yield event

    def _joined(self, event: Delta) -> str:
        text = self._held.pop(event.index, "") + event.text
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        if "\ud800" <= text[-1:] <= "\udbff":
            self._held[event.index], text = text[-1], text[:-1]
        return text
