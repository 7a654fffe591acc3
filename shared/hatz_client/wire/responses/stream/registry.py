"""Responses streams: the items of one stream, and which of them an event is about.

An item is identified by `item_id`, `output_index` and `call_id`, tried in this order. Each can be missing (llama.cpp) or be the
same for all items, and the id can change with every event (Copilot).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Literal

from hatz_client.events import Event
from hatz_client.wire.common.answers.values import string
from hatz_client.wire.responses.items import CALL_INPUT
from hatz_client.wire.responses.stream.calls import Call
from hatz_client.wire.responses.stream.items import Item, State
from hatz_client.wire.responses.stream.message import Message
from hatz_client.wire.responses.stream.thought import Thought
from hatz_client.wire.responses.stream.written_text import IndexAllocator


class ItemRegistry:
    """The items of one stream. The time of a look-up does not depend on the number of items."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.by_id: dict[str, Item] = {}
        self.by_place: dict[Any, Item] = {}
        self._by_call_id: dict[str, Item] = {}
        self._open: dict[str | None, dict[Item, None]] = {}
        """The items that are being written, by kind, in order."""
        self._unnamed: dict[Item, None] = {}
        """The calls whose name has not come yet."""
        self._done: list[Item] = []
        """The items that are done; they end when the next item begins."""
        self._guessed: dict[tuple[str, Any], Call] = {}
        """The unknown ids and places whose arguments were taken for those of the only open call."""
        self._latest_call: Call | None = None
        self.arguments_lost = False
        """Whether arguments came that belong to an unknown call. Then a call without arguments is invalid."""
        self.indices = IndexAllocator()

    # Adding

    def add(
        self, fields: Mapping[str, Any], place: Any, *, has_place: bool = True, is_whole: bool = False
    ) -> Generator[Event, None, Item]:
        """Add an item. The items that are done end first.

        Args:
            fields: The fields of the item that are known, with its type.
            place: Its `output_index`, if it has one.
            has_place: False if another item has this place.
            is_whole: Whether it comes as a whole, and was not announced.
        """
        done, self._done = self._done, []
        for earlier in done:
            if earlier.state is State.DONE and earlier.can_close:
                yield from earlier.close(cut_off=False)
        index = self.indices.at_place(place if has_place else None, is_whole=is_whole)
        item = _new_item(fields, index, self.indices)
        if has_place:
            self.by_place[len(self.items) if place is None else place] = item
        self.items.append(item)
        item.place = place
        if isinstance(item, Call):
            self._latest_call = item
            self._unnamed[item] = None
            self._check_guesses(item, place)
        else:
            self._open.setdefault(item.kind, {})[item] = None
        self.remember_ids(item, fields)
        return item

    def _check_guesses(self, new: Call, place: Any) -> None:
        """Arguments that came under the id or place of a call that begins only now may be its own: then neither call can be trusted."""
        for key in (("id", new.get("id")), ("id", new.get("call_id")), ("place", place)):
            call = self._guessed.pop(key, None)
            if call is not None and (call.was_guessed_whole or not call.is_confirmed):
                self.arguments_lost = call.arguments_lost = new.arguments_lost = True

    def remember_ids(self, item: Item, fields: Mapping[str, Any]) -> None:
        """Remember the ids in a form of the item."""
        if item_id := string(fields.get("id")):
            self.by_id[item_id] = item
        if call_id := string(fields.get("call_id")):
            self._by_call_id[call_id] = item
        if item in self._unnamed and isinstance(item, Call) and item.has_name:
            del self._unnamed[item]
            self._open.setdefault(item.kind, {})[item] = None

    def set_done(self, item: Item) -> None:
        """Mark the item as done."""
        self._open.get(item.kind, {}).pop(item, None)
        self._unnamed.pop(item, None)
        self._done.append(item)

    # Finding the item of an `output_item` event

    def find_announced(self, fields: Mapping[str, Any], place: Any) -> Item | None:
        """The item that was announced before with the same id, call id and place, if any."""
        found = self._candidates(fields, place)
        return next((item for item in found if _is_announced_again(item, fields, place)), None)

    def find_finished(self, fields: Mapping[str, Any], place: Any) -> Item | None:
        """The item that an `output_item.done` ends; None if it is a new item."""
        for item in self._candidates(fields, place):
            if _is_finished_by(item, fields, place):
                return item
        latest = self.latest_open(string(fields.get("type")))
        if place is not None and place not in self.by_place:
            return latest if latest is not None and latest.has_begun(fields) else None
        return latest if latest is not None and _is_finished_by(latest, fields, None) else None

    def _candidates(self, fields: Mapping[str, Any], place: Any) -> Iterator[Item]:
        at_place, of_call = self.by_place.get(place), self._by_call_id.get(string(fields.get("call_id")) or "")
        if at_place in self._unnamed:  # arguments whose place no announced call has; this may be their call
            at_place, of_call = of_call, at_place
        found = (self.by_id.get(string(fields.get("id")) or ""), at_place, of_call)
        return (item for item in found if item is not None and item.kind == string(fields.get("type")))

    def latest_open(self, kind: str | None) -> Item | None:
        """The latest item of this kind that is being written."""
        found = next(reversed(self._open.get(kind, {})), None)
        return next(reversed(self._unnamed), None) if found is None and kind in CALL_INPUT else found

    # Finding the item of any other event

    def find(self, data: Mapping[str, Any]) -> Item | None:
        """The item that an event names, by id or else by place."""
        item_id = data.get("item_id")  # llama.cpp's is the call's id
        return self.by_id.get(item_id) or self._by_call_id.get(item_id) or self.by_place.get(data.get("output_index"))  # type: ignore[arg-type]

    def item_without_text(self, kind: str, data: Mapping[str, Any]) -> Item | None:
        """The item for a text that names no known item: the latest one of its kind that is open.

        If the event has a place, only an item without text: some servers count the places of items and of texts differently.
        """
        latest, place = self.latest_open(kind), data.get("output_index")
        if latest is None or (place is not None and latest.has_text):
            return None
        if place is not None:
            self.by_place[place] = latest
        return latest

    def names_another(self, found: Item, data: Mapping[str, Any], whole: str | None) -> bool:
        """Whether a text at the place of an item that is done belongs to another item, because its id is new.

        Some servers put several messages at one place and announce only the first.
        """
        item_id, known = string(data.get("item_id")), string(found.get("id"))
        if found.state is State.OPEN or not (item_id and known) or item_id in self.by_id:
            return False
        return not found.may_repeat(whole)

    def is_certainly(self, item: Item, data: Mapping[str, Any]) -> bool:
        """Whether the next delta with this id and place belongs to this item too."""
        return self.find(data) is item and not self.names_another(item, data, None)

    # Finding the call that arguments belong to

    def call_for_arguments(
        self, found: Item | None, data: Mapping[str, Any], whole: str | None
    ) -> Call | Literal["new"] | None:
        """The call that arguments belong to: the one that the event names, or the only possible one.

        Args:
            found: The item that the event names, if that is known.
            data: The event.
            whole: The whole arguments, if the event holds them.

        Returns:
            The call; "new" for a call that was not announced; None if the arguments fit no call.
        """
        if isinstance(found, Call) and (whole is not None or found.state is State.OPEN):
            return found
        open_calls = self._open_calls()
        only = open_calls[0] if len(open_calls) == 1 else None
        if isinstance(found, Call):
            return self._replace_finished_call(found, only, string(data.get("item_id")))
        is_named = any(data.get(name) is not None for name in ("item_id", "output_index"))
        if only and (only.has_text or found or not is_named) and (whole is None or only.may_be(whole)):
            if found is None and is_named:
                for key in (("id", data.get("item_id")), ("place", data.get("output_index"))):
                    if key[1] is not None:
                        self._guessed[key] = only
                only.was_guessed_whole |= whole is not None
            return only
        if found is None and is_named:  # maybe a call that is announced later or never: `terminal_event` decides
            return "new"
        if open_calls:
            self.arguments_lost = True
            return None if whole is not None else open_calls[0]
        return self._latest_call or "new"

    def _replace_finished_call(self, found: Call, only: Call | None, item_id: str | None) -> Call | None:
        """The call for arguments that name a finished call: that call, unless its arguments are complete."""
        if found.repeats_whole or found.can_go_on:
            if found.had_none and item_id and item_id not in {found.get("id"), found.get("call_id")}:
                found.arguments_lost = True  # it has none, and these have its place but another id
            found.state = State.OPEN
            self._open.setdefault(found.kind, {})[found] = None
            return found
        self.arguments_lost = True
        return only

    def _open_calls(self) -> list[Call]:
        """Calls that are being written, the latest first; at most two."""
        found = chain.from_iterable(reversed(self._open.get(kind, {})) for kind in CALL_INPUT)
        return [item for item in islice(found, 2) if isinstance(item, Call)]


def _new_item(fields: Mapping[str, Any], index: int, indices: IndexAllocator) -> Item:
    kind = fields.get("type")
    if kind == "message":
        return Message(fields, index, indices.next_index)
    if kind == "reasoning":
        return Thought(fields, index, indices.next_index)
    make = Call if isinstance(kind, str) and kind in CALL_INPUT else Item
    return make(fields, index, indices.next_index)


def _is_announced_again(item: Item, fields: Mapping[str, Any], place: Any) -> bool:
    same_id, same_call, same_place = _compare(item, fields, place)
    untouched = item.state is State.OPEN and not (isinstance(item, Call) and item.has_text)
    if same_place is False:  # announced once more, at another place, before its arguments
        return bool(same_id and same_call) and untouched
    if same_call is False:  # one call, with a new call id in each form
        return bool(same_id) and untouched and item.get("name") == fields.get("name")
    if same_id or (same_call and same_place):
        return True
    if same_id is False:
        return False
    return untouched if same_call else bool(same_place) and item.state is State.OPEN


def _is_finished_by(item: Item, fields: Mapping[str, Any], place: Any) -> bool:
    same_id, same_call, same_place = _compare(item, fields, place)
    if same_call is False:  # vLLM makes a new call id for each form
        return bool(same_id or same_place) and isinstance(item, Call) and item.is_whole_in(fields)
    if same_id or item.state is State.OPEN:
        return True
    if same_place is False:
        return False
    if same_call:
        given = CALL_INPUT.get(item.kind or "", "")
        return bool(same_place) or bool(item.get(given) == fields.get(given))
    return bool(item.get("id") == fields.get("id"))


def _compare(item: Item, fields: Mapping[str, Any], place: Any) -> tuple[bool | None, bool | None, bool | None]:
    """Whether both have the same id, the same call id and the same place; None where one has none."""
    pairs = [(string(item.get(name)) or None, string(fields.get(name)) or None) for name in ("id", "call_id")]
    same_id, same_call, same_place = (
        None if one is None or other is None else one == other for one, other in (*pairs, (item.place, place))
    )
    return same_id, same_call, same_place
