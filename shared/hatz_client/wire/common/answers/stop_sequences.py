"""Stop sequences for endpoints that have none: the client truncates the answer's text.

The text is truncated at the stop sequence that *ends* first, and at the longest of those that end at the same place: there a
service that generates token by token would have stopped, and the result does not depend on the chunks of a stream. Later
content (text, tool calls) is removed from the answer. The usage still counts it, because it was paid for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hatz_client.content import Finish, Residue, Text
from hatz_client.events import Delta, End, Event, Meta, Start, merge_residue
from hatz_client.wire.common.stages import Stage

STOPPED = Finish("stop", "stop_sequence")


class StopSequenceFilter(Stage):
    """Truncates the answer at the first stop sequence."""

    delays = True
    """Any text may contain a stop sequence."""

    def __init__(self, stops: Iterable[str]) -> None:
        self._stops = tuple(filter(None, stops))
        self._longest = max(map(len, self._stops), default=0)
        self._held: dict[int, str] = {}
        """For each open text part: its last characters that may be the beginning of a stop sequence."""
        self._written: dict[int, int] = {}
        self._dialect: str | None = None
        self._stop: str | None = None
        self._index = 0
        """The index of the truncated part."""
        self._reported = False
        """Whether the truncation was reported in a `Meta`."""

    def feed(self, events: Iterable[Event]) -> Iterator[Event]:
        """As `Stage.feed`."""
        for event in events:
            match event:
                case Meta():
                    yield self._meta(event)
                case _ if self._stop is not None and event.index >= self._index:
                    if isinstance(event, End) and event.index == self._index:
                        yield self._last(event)
                case Start(index, Text()):
                    self._held[index], self._written[index] = "", 0
                    yield event
                case Delta(index, text) if index in self._held:
                    if text := self._add_text(index, text):
                        yield Delta(index, text)
                case End(index) if index in self._held:
                    yield from self._flush(index)
                    yield event
                case _:
                    yield event

    def close(self) -> Iterator[Event]:
        """As `Stage.close`; also the finish after a truncation, if the wire has no finish reason."""
        for index in list(self._held):
            yield from self._flush(index)
        if self._stop is not None and not self._reported:
            self._reported = True
            yield Meta(finish=STOPPED, residue=_stop_residue(self._dialect, self._stop))

    def _add_text(self, index: int, text: str) -> str:
        """The text to pass on."""
        text = self._held[index] + text
        if found := _first(text, self._stops):
            at, self._stop = found
            self._index = index
            self._held = {other: held for other, held in self._held.items() if other < index}
        else:
            at = len(text) - self._partial_match_length(text)
            self._held[index] = text[at:]
        self._written[index] += at
        return text[:at]

    def _partial_match_length(self, text: str) -> int:
        """The number of characters at the end of `text` that may be the beginning of a stop sequence."""
        for length in range(min(self._longest - 1, len(text)), 0, -1):
            tail = text[-length:]
            if any(stop.startswith(tail) for stop in self._stops):
                return length
        return 0

    def _flush(self, index: int) -> Iterator[Event]:
        if text := self._held.pop(index):
            yield Delta(index, text)

    def _last(self, end: End) -> End:
        written = self._written[self._index]
        return end.replace(citations=tuple(c for c in end.citations if (c.end or 0) <= written))

    def _meta(self, meta: Meta) -> Meta:
        self._dialect = meta.endpoint or self._dialect
        if self._stop is None or meta.finish is None:
            return meta
        self._reported = True
        return meta.replace(
            finish=STOPPED, residue=merge_residue(meta.residue, _stop_residue(self._dialect, self._stop))
        )


def _stop_residue(dialect: str | None, stop: str) -> Residue:
    return {dialect or "responses": {"stop_sequence": stop}}


def _first(text: str, stops: tuple[str, ...]) -> tuple[int, str] | None:
    """The position to truncate at, and the stop sequence found."""
    found = [(at + len(stop), at, stop) for stop in stops if (at := text.find(stop)) >= 0]
    if not found:
        return None
    _, at, stop = min(found)
    return at, stop
