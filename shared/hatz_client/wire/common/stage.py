"""A stage: what one feature changes in the events of an answer."""

from __future__ import annotations

from collections.abc import Iterable

from hatz_client.events import Event


class Stage:
    """One stage of an answer; `wire.answer_stages` lists all of them."""

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
