"""Responses streams: the items of one stream, and which of them an event is about.

Items are told apart by `item_id`, `call_id` and `output_index`. Each may be missing (llama.cpp), the same for all, or the id
another in each event (Copilot): so the id is asked first, then the place, then the call id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Mapping
from itertools import chain, islice
from typing import Any

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
        self._by_id: dict[str, Item] = {}
        self._by_call_id: dict[str, Item] = {}
        self._by_place: dict[Any, Item] = {}
        self._open: dict[str | None, dict[Item, None]] = {}
        """The items that are being written, in order, by kind."""
        self._unnamed: dict[Item, None] = {}
        """The calls of which only arguments are known."""
        self._done: list[Item] = []
        """The items that end when the next one begins."""
        self.latest_call: Call | None = None
        self.arguments_lost = False
        """Whether arguments came that no call could be told to own."""
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
            self._by_place[len(self.items) if place is None else place] = item
        self.items.append(item)
        item.place = place
        if isinstance(item, Call):
            self.latest_call = item
            self._unnamed[item] = None
        else:
            self._open.setdefault(item.kind, {})[item] = None
        self.learn(item, fields)
        return item

    def learn(self, item: Item, fields: Mapping[str, Any]) -> None:
        """Remember the ids that a form of the item gives it."""
        if item_id := string(fields.get("id")):
            self._by_id[item_id] = item
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

    def reopen(self, item: Item) -> None:
        """Take in that an item that was done goes on."""
        item.state = State.OPEN
        self._open.setdefault(item.kind, {})[item] = None

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
        at_place = self._by_place.get(place)
        if place is not None and at_place is None:
            return None
        latest = self.latest_open(string(fields.get("type")))
        return latest if latest is not None and _is_finished_by(latest, fields, None) else None

    def _candidates(self, fields: Mapping[str, Any], place: Any) -> Iterator[Item]:
        found = (
            self._by_id.get(string(fields.get("id")) or ""),
            self._by_place.get(place),
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
        return self._by_id.get(item_id) or self._by_call_id.get(item_id) or self._by_place.get(data.get("output_index"))  # type: ignore[arg-type]

    def open_calls(self) -> list[Call]:
        """Up to two of the calls that are being written, the latest first."""
        found = chain.from_iterable(reversed(self._open.get(kind, {})) for kind in CALL_INPUT)
        return [item for item in islice(found, 2) if isinstance(item, Call)]

    # Finding the items of the final object

    def matched(self, final: list[Mapping[str, Any]]) -> list[Item | None]:
        """For each item of the final object the streamed one that it repeats; None for a new one."""
        return _Matching(self.items, self._by_id, self._by_place).run(final)


class _Matching:
    """Pairs the items of the final object with the streamed ones, by id, then call id, place and kind; each at most once."""

    def __init__(self, items: list[Item], by_id: Mapping[str, Item], by_place: Mapping[Any, Item]) -> None:
        self._by_id = by_id
        self._by_place = by_place
        self._left = set(items)
        self._by_call_id: dict[str, deque[Item]] = {}
        self._by_kind: dict[str | None, deque[Item]] = {}
        for item in items:
            if call_id := string(item.get("call_id")):
                self._by_call_id.setdefault(call_id, deque()).append(item)
            self._by_kind.setdefault(item.kind, deque()).append(item)

    def run(self, final: list[Mapping[str, Any]]) -> list[Item | None]:
        """The streamed item for each one of the final object."""
        result: list[Item | None] = [None] * len(final)
        for find in (self._with_id, self._with_call_id, self._with_place, self._with_kind):
            for place, fields in enumerate(final):
                if result[place] is None:
                    item = find(fields, place)
                    if item is not None and item in self._left and item.kind == string(fields.get("type")):
                        result[place] = item
                        self._left.remove(item)
        return result

    def _with_id(self, fields: Mapping[str, Any], _: int) -> Item | None:
        return self._by_id.get(string(fields.get("id")) or "")

    def _with_call_id(self, fields: Mapping[str, Any], _: int) -> Item | None:
        return self._first_left(self._by_call_id.get(string(fields.get("call_id")) or ""))

    def _with_place(self, _: Mapping[str, Any], place: int) -> Item | None:
        return self._by_place.get(place)

    def _with_kind(self, fields: Mapping[str, Any], _: int) -> Item | None:
        return self._first_left(self._by_kind.get(string(fields.get("type"))))

    def _first_left(self, items: deque[Item] | None) -> Item | None:
        while items and items[0] not in self._left:
            items.popleft()
        return items[0] if items else None


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
