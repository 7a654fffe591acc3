"""Tool calls in a cut-off answer: the last one is invalid, because the model may not have finished it.

With a finish of "length" the arguments of the last call may be incomplete even if they are JSON (`{"path": "/"}` of an
intended `{"path": "/tmp/x", …}`), so the call must not be run. A call counts as cut off unless something was written after
it. The rule is the same for all endpoints, streaming or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hatz_client.content import Finish, ToolCall
from hatz_client.events import Delta, End, Event, Meta, Start
from hatz_client.wire.common.stages import Stage


class CutOffCalls(Stage):
    """Delays the end of a call until something else is written, or the finish is known."""

    def __init__(self) -> None:
        self._calls: set[int] = set()
        self._last = -1
        """The index of the latest part."""
        self._held: End | None = None
        self._cut_off = False

    @property
    def delays(self) -> bool:
        """As `Stage.delays`: whether the end of a call is delayed."""
        return self._held is not None

    def close(self) -> Iterable[Event]:
        """As `Stage.close`, if there was no finish reason."""
        held, self._held = self._held, None
        return () if held is None else (held,)

    def feed(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events to pass on."""
        for event in events:
            match event:
                case Start() | Delta():
                    if event.index != self._last:
                        yield from self.close()
                        self._last = event.index
                    if isinstance(event, Start) and isinstance(event.part, ToolCall):
                        self._calls.add(event.index)
                case Meta(finish=Finish(reason)):
                    self._cut_off = reason == "length"
                    if self._held is not None:
                        yield self._mark_invalid(self._held)
                        self._held = None
                case End() if event.index == self._last and event.index in self._calls:
                    if self._cut_off:
                        yield self._mark_invalid(event)
                    else:
                        self._held = event
                    continue
            yield event

    def _mark_invalid(self, end: End) -> End:
        return end.replace(invalid=True) if self._cut_off else end
