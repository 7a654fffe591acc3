"""Responses streams: the items of one stream, and which of them an event is about.

Items are told apart by `item_id`, `call_id` and `output_index`. Each may be missing (llama.cpp), the same for all, or the id
another in each event (Copilot): so the id is asked first, then the place, then the call id.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Literal

from hatz_client.events import Event
from hatz_client.wire.responses.items import CALL_INPUT, string
from hatz_client.wire.responses.stream_calls import Call
from hatz_client.wire.responses.stream_items import Item, State, Thought
from hatz_client.wire.responses.stream_message import Message
from hatz_client.wire.responses.stream_text import IndexAllocator


class ItemRegistry:
    """The items of one stream. Every look-up takes the same time, however many items there are."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.by_id: dict[str, Item] = {}
        self.by_place: dict[Any, Item] = {}
        self._by_call_id: dict[str, Item] = {}
        self._open: dict[str | None, dict[Item, None]] = {}
        """The items that are being written, in order, by kind."""
        self._unnamed: dict[Item, None] = {}
        """The calls of which only arguments are known."""
        self._done: list[Item] = []
        """The items that end when the next one begins."""
        self._latest_call: Call | None = None
        self.arguments_lost = False
        """Whether arguments came of which it is unknown whose they are: then no call without arguments is valid."""
        self._indices = IndexAllocator()

    # Adding

    def add(self, fields: Mapping[str, Any], place: Any, *, has_place: bool = True) -> Generator[Event, None, Item]:
        """A new item; the items that are done end before it.

        Args:
            fields: What is known of it, its type included.
            place: Its `output_index`, if it has one.
            has_place: False for an item at a place that belongs to another one.
        """
        done, self._done = self._done, []
        for earlier in done:
            if earlier.state is State.DONE and earlier.can_close:
                yield from earlier.close(cut_off=False)
        item = _new_item(fields, self._indices.at_place(place if has_place else None), self._indices)
        if has_place:
            self.by_place[len(self.items) if place is None else place] = item
        self.items.append(item)
        item.place = place
        if isinstance(item, Call):
            self._latest_call = item
            self._unnamed[item] = None
        else:
            self._open.setdefault(item.kind, {})[item] = None
        self.learn(item, fields)
        return item

    def learn(self, item: Item, fields: Mapping[str, Any]) -> None:
        """Remember the ids that a form of the item gives it."""
        if item_id := string(fields.get("id")):
            self.by_id[item_id] = item
        if call_id := string(fields.get("call_id")):
            self._by_call_id[call_id] = item
        if item in self._unnamed and isinstance(item, Call) and item.has_name:
            del self._unnamed[item]
            self._open.setdefault(item.kind, {})[item] = None

    def set_done(self, item: Item) -> None:
        """Take in that the item's `output_item.done` has come."""
        self._open.get(item.kind, {}).pop(item, None)
        self._unnamed.pop(item, None)
        self._done.append(item)

    def is_kept_free(self, place: int) -> bool:
        """Whether the stream skipped this place."""
        return self._indices.is_kept_free(place)

    # Finding the item of an `output_item` event

    def announced(self, fields: Mapping[str, Any], place: Any) -> Item | None:
        """The item that was announced before with the same id, call id and place."""
        found = self._candidates(fields, place)
        return next((item for item in found if _is_announced_again(item, fields, place)), None)

    def finished(self, fields: Mapping[str, Any], place: Any) -> Item | None:
        """The item whose end `output_item.done` tells of; None for a new one."""
        for item in self._candidates(fields, place):
            if _is_finished_by(item, fields, place):
                return item
        at_place = self.by_place.get(place)
        if place is not None and at_place is None:
            return None
        latest = self.latest_open(string(fields.get("type")))
        return latest if latest is not None and _is_finished_by(latest, fields, None) else None

    def _candidates(self, fields: Mapping[str, Any], place: Any) -> Iterator[Item]:
        found = (
            self.by_id.get(string(fields.get("id")) or ""),
            self.by_place.get(place),
            self._by_call_id.get(string(fields.get("call_id")) or ""),
        )
        return (item for item in found if item is not None and item.kind == string(fields.get("type")))

    def latest_open(self, kind: str | None) -> Item | None:
        """The item of this kind that began last, of those that are being written."""
        found = next(reversed(self._open.get(kind, {})), None)
        return next(reversed(self._unnamed), None) if found is None and kind in CALL_INPUT else found

    # Finding the item of any other event

    def at(self, data: Mapping[str, Any]) -> Item | None:
        """The item with the id, or else at the place, that an event names."""
        item_id = data.get("item_id")  # llama.cpp's is the call's id
        return self.by_id.get(item_id) or self._by_call_id.get(item_id) or self.by_place.get(data.get("output_index"))  # type: ignore[arg-type]

    # Finding the call that arguments belong to

    def call_for_arguments(
        self, found: Item | None, data: Mapping[str, Any], whole: str | None
    ) -> Call | Literal["new"] | None:
        """The call that arguments belong to: that of the event, or the only one that it can be.

        Args:
            found: The item that the event names, if it is known.
            data: The event.
            whole: All arguments, if the event brings them and not a piece.

        Returns:
            The call; "new" for one that was not announced; None when they can be nobody's.
        """
        if isinstance(found, Call) and (whole is not None or found.state is State.OPEN):
            return found
        open_calls = self._open_calls()
        only = open_calls[0] if len(open_calls) == 1 else None
        if isinstance(found, Call):
            return self._instead_of_done(found, only)
        is_named = any(data.get(name) is not None for name in ("item_id", "output_index"))
        if only and (only.has_text or found or not is_named) and (whole is None or only.may_be(whole)):
            return only
        if found is None and is_named:  # perhaps a call that was never announced: the end of the stream decides
            return "new"
        if open_calls:
            self.arguments_lost = True
            return None if whole is not None else open_calls[0]
        return self._latest_call or "new"

    def _instead_of_done(self, found: Call, only: Call | None) -> Call | None:
        """The call for arguments that name one that is done: itself, unless its arguments are complete."""
        if found.repeats_whole or not found.is_complete:
            found.state = State.OPEN
            self._open.setdefault(found.kind, {})[found] = None
            return found
        self.arguments_lost = True
        return only

    def _open_calls(self) -> list[Call]:
        """Up to two of the calls that are being written, the latest first."""
        found = chain.from_iterable(reversed(self._open.get(kind, {})) for kind in CALL_INPUT)
        return [item for item in islice(found, 2) if isinstance(item, Call)]


def _new_item(fields: Mapping[str, Any], index: int, indices: IndexAllocator) -> Item:
    kind = fields.get("type")
    if kind == "message":
        return Message(fields, index, indices.new)
    if kind == "reasoning":
        return Thought(fields, index, indices.new)
    make = Call if isinstance(kind, str) and kind in CALL_INPUT else Item
    return make(fields, index, indices.new)


def _is_announced_again(item: Item, fields: Mapping[str, Any], place: Any) -> bool:
    same_place = None if place is None or item.place is None else item.place == place
    same_call = _equal(item, fields, "call_id")
    same_id = _equal(item, fields, "id")
    if same_place is False or same_call is False:
        return False
    if same_id or (same_call and same_place):
        return True
    if same_id is False:
        return False
    untouched = item.state is State.OPEN and not (isinstance(item, Call) and item.has_text)
    return untouched if same_call else bool(same_place) and item.state is State.OPEN


def _is_finished_by(item: Item, fields: Mapping[str, Any], place: Any) -> bool:
    same_call, same_id = _equal(item, fields, "call_id"), _equal(item, fields, "id")
    if same_call is False:
        return False
    if same_id or item.state is State.OPEN:
        return True
    same_place = None if place is None or item.place is None else item.place == place
    if same_place is False:
        return False
    if same_call:
        given = CALL_INPUT.get(item.kind or "", "")
        return bool(same_place) or bool(item.get(given) == fields.get(given))
    return bool(item.get("id") == fields.get("id"))


def _equal(item: Item, fields: Mapping[str, Any], name: str) -> bool | None:
    """Whether both say the same id; None when one of them has none."""
    known, given = string(item.get(name)), string(fields.get(name))
    return known == given if known and given else None
