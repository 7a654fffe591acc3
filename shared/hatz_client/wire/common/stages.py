"""Stages: what one feature changes in the events of an answer; `wire.answer_stages` lists all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from hatz_client.content import ToolCall
from hatz_client.events import Delta, End, Event, Start


class Stage:
    """One stage of an answer."""

    @property
    def delays(self) -> bool:
        """Whether it may change or delay the next delta."""
        return False

    def feed(self, events: Iterable[Event]) -> Iterable[Event]:
        """The events to pass on."""
        raise NotImplementedError

    def close(self) -> Iterable[Event]:
        """The delayed events, at the end of the answer."""
        return ()


class ArgumentsFilter(Protocol):
    """What changes the arguments of one call."""

    def feed(self, text: str) -> str:
        """The text to pass on, after this piece."""
        ...

    def close(self, *, invalid: bool) -> str:
        """The rest, at the end of a call that may be `invalid`."""
        ...


class ChangedArguments(Stage):
    """The stage for changes to the arguments of calls.

    Args:
        filters: What makes the filter of a call, by the tool's name.
    """

    def __init__(self, filters: Mapping[str, Callable[[], ArgumentsFilter]]) -> None:
        self._filters = filters
        self._calls: dict[int, ArgumentsFilter] = {}

    @property
    def delays(self) -> bool:
        """As `Stage.delays`."""
        return bool(self._calls)

    def feed(self, events: Iterable[Event]) -> Iterator[Event]:
        """As `Stage.feed`."""
        for event in events:
            if type(event) is Start and isinstance(event.part, ToolCall) and event.part.name in self._filters:
                self._calls[event.index] = self._filters[event.part.name]()
            elif type(event) is Delta and event.index in self._calls:
                if text := self._calls[event.index].feed(event.text):
                    yield Delta(event.index, text)
                continue
            elif type(event) is End and (rest := self._end_call(event)):
                yield Delta(event.index, rest)
            yield event

    def _end_call(self, end: End) -> str:
        call = self._calls.pop(end.index, None)
        return call.close(invalid=end.invalid) if call else ""

    def close(self) -> Iterator[Event]:
        """What was written of calls that are not complete, where the answer broke off."""
        for index, call in self._calls.items():
            yield Delta(index, call.close(invalid=True))
        self._calls.clear()
