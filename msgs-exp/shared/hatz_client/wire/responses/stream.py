"""Responses: what the events of a stream mean.

Items are told apart by `item_id` and by `output_index`; either may be missing (llama.cpp), or always the same, or the id another
in each event (Copilot): so the id is asked first, and the place when it is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from hatz_client.errors import HatzStreamInterruptedError
from hatz_client.events import Delta, Event, Meta
from hatz_client.wire.common.error_bodies import of_event
from hatz_client.wire.responses.decode import (
    CALLS,
    NAME,
    finish_of,
    is_incomplete,
    items_of,
    raise_failure,
    residue_of,
    string,
    usage_of,
)
from hatz_client.wire.responses.stream_items import Call, Item, Thought
from hatz_client.wire.responses.stream_message import Message

_TEXTS = {
    "response.output_text": ("message", "output_text", "content_index", "text"),
    "response.refusal": ("message", "refusal", "content_index", "refusal"),
    "response.reasoning_text": ("reasoning", "content", "content_index", "text"),
    "response.reasoning_summary_text": ("reasoning", "summary", "summary_index", "text"),
    "response.function_call_arguments": ("function_call", "arguments", "", "arguments"),
    "response.custom_tool_call_input": ("custom_tool_call", "input", "", "input"),
}
"""Of each text that is streamed: its kind of item, which of its texts it is, its place there, and the whole in `….done`."""

_PARTS = {
    "output_text": "response.output_text",
    "refusal": "response.refusal",
    "reasoning_text": "response.reasoning_text",
    "summary_text": "response.reasoning_summary_text",
}
"""Which of these texts a content part is."""

_MOST_ROOM = 64
"""How many items at the most the stream may pass over and only the final object tell of."""


_KEYS = ("type", "item_id", "output_index", "content_index", "summary_index")


def _key(data: Mapping[str, Any]) -> tuple[Any, ...]:
    """All that tells which text a delta goes on with."""
    return (
        data.get("type"),
        data.get("item_id"),
        data.get("output_index"),
        data.get("content_index"),
        data.get("summary_index"),
    )


class Decoder:
    """Turns the JSON objects of one stream into events."""

    def __init__(self) -> None:
        self.done = False
        self._items: list[Item] = []
        self._by_id: dict[Any, Item] = {}
        self._by_place: dict[Any, Item] = {}
        self._writing: dict[tuple[Any, ...], int] = {}
        """The part that a delta goes on with, by all that identifies it."""
        self._next = 0
        self._room: dict[Any, int] = {}
        """Indices left free for items that the stream has passed over."""
        self._known: tuple[Any, Any] = (None, None)

    def feed(self, data: Mapping[str, Any]) -> Iterable[Event]:
        """The events that one JSON object of the stream means.

        Raises:
            HatzStatusError: what an error event, or a failed response, says.
        """
        try:
            index = self._writing.get(_key(data))
        except TypeError:  # a list or an object where an id or a number belongs
            index, data = None, {k: v for k, v in data.items() if k not in _KEYS or isinstance(v, str | int)}
        if index is not None and type(text := data.get("delta")) is str and text:
            return (Delta(index, text),)
        kind = data.get("type")
        handler = _HANDLERS.get(kind) if isinstance(kind, str) else _untyped
        return list(handler(self, data)) if handler and not self.done else ()

    def close(self) -> Iterable[Event]:
        """Nothing: the terminal event has given all there was.

        Raises:
            HatzStreamInterruptedError: when that has not come.
        """
        if not self.done:
            raise HatzStreamInterruptedError("The stream ended before the answer did: its terminal event never came.")
        return ()

    # Which item an event is about

    def _item(self, kind: Any, item_id: Any, place: Any, call_id: Any = None) -> Item | None:
        found = self._by_id.get(item_id) or self._by_id.get(call_id) or self._by_place.get(place)
        if found is None and place is not None:
            return None
        if found is None or found.kind != kind:
            return next((item for item in reversed(self._items) if item.kind == kind and not item.done), None)
        return found

    def _add(self, fields: Mapping[str, Any], place: Any) -> Item:
        if isinstance(place, int) and place not in self._by_place:
            for free in range(len(self._items), min(place, len(self._items) + _MOST_ROOM)):
                if free not in self._by_place and free not in self._room:
                    self._room[free] = self._new_index()
        for earlier in self._items:
            earlier.keep_place()
        item = _item_of(fields, partial(self._index_at, place) if place in self._room else self._new_index)
        self._by_place[len(self._items) if place is None else place] = item
        self._items.append(item)
        self._know(item, fields)
        return item

    def _know(self, item: Item, fields: Mapping[str, Any]) -> None:
        for name in ("call_id", "id"):  # llama.cpp's `item_id` is the call's id
            if isinstance(value := fields.get(name), str):
                self._by_id[value] = item
        self._writing.clear()

    def _index_at(self, place: int) -> int:
        return self._room.pop(place) if place in self._room else self._new_index()

    def _new_index(self) -> int:
        self._next += 1
        return self._next - 1

    # The events

    def item_added(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`output_item.added`."""
        fields = data.get("item")
        if isinstance(fields, Mapping):
            yield from self._add(fields, data.get("output_index")).begin()

    def item_done(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`output_item.done`: of an item that was announced, or of a new one."""
        fields, place = data.get("item"), data.get("output_index")
        if not isinstance(fields, Mapping):
            return
        item = self._item(fields.get("type"), string(fields.get("id")), place, string(fields.get("call_id")))
        if item is None or (item.done and item.fields.get("id") != fields.get("id")):
            item = self._add(fields, place)
        self._know(item, fields)
        item.done = True
        yield from item.complete(fields)

    def text(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`….delta` and `….done` of one of the texts."""
        name, _, ending = str(data["type"]).rpartition(".")
        more = ending == "delta"
        yield from self._text(data, name, data.get("delta" if more else _TEXTS[name][3]), more=more)

    def _text(self, data: Mapping[str, Any], name: str, text: Any, *, more: bool) -> Iterator[Event]:
        kind, what, place_name, _ = _TEXTS[name]
        if not isinstance(text, str):
            return
        item = self._announced(kind, data)
        place = data.get(place_name)
        yield from item.write(what, place, text, more=more)
        if more and (index := item.written(what, place)) is not None:
            self._writing[_key(data)] = index

    def _announced(self, kind: str, data: Mapping[str, Any]) -> Item:
        item_id, place = data.get("item_id"), data.get("output_index")
        item = self._item(kind, item_id, place)
        if item is None:
            item = self._add({"type": kind} if item_id is None else {"type": kind, "id": item_id}, place)
        return item

    def part(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`….part.added` and `….part.done`: what they bring counts when nothing else has."""
        match data.get("part"):
            case {"type": str(kind), **rest} if kind in _PARTS:
                text = rest.get("refusal" if kind == "refusal" else "text")
                if text:
                    yield from self._text(data, _PARTS[kind], text, more=False)
            case {"type": str()} as block:
                item = self._item("message", data.get("item_id"), data.get("output_index"))
                if isinstance(item, Message) and not item.ended:
                    yield from item.part("opaque", data.get("content_index"), block)

    def annotation(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`output_text.annotation.added`."""
        item = self._announced("message", data)
        if isinstance(item, Message):
            yield from item.annotate(data.get("content_index"), data.get("annotation"))

    def begun(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`response.created` and the like."""
        match data.get("response"):
            case Mapping() as response:
                known = (string(response.get("id")), string(response.get("model")))
                if known != self._known:
                    self._known = known
                    yield Meta(id=known[0], model=known[1], dialect=NAME)

    def ended(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """The terminal event, whose response may be missing, lack its output, or all of its usage."""
        response = data.get("response")
        body = dict(response) if isinstance(response, Mapping) else {}
        if body.get("status") in (None, "in_progress", "queued"):
            body["status"] = str(data["type"]).removeprefix("response.")
        raise_failure(body)
        yield from self._repeated(items_of(body))
        cut_off = is_incomplete(body)
        for item in self._items:
            yield from item.close(cut_off=cut_off)
        self.done = True
        self._writing.clear()
        usage = usage_of(body.get("usage"), answered=any(item.visible for item in self._items))
        yield Meta(
            id=string(body.get("id")),
            model=string(body.get("model")),
            finish=finish_of(body, calls=any(item.kind in CALLS for item in self._items)),
            usage=usage,
            dialect=NAME,
            residue=residue_of(body, usage),
        )

    def _repeated(self, final: list[Mapping[str, Any]]) -> Iterator[Event]:
        """The items of the final object: each is one of those that were streamed, by id, place or kind, or a new one."""
        same: dict[int, Item] = {}
        left = list(self._items)
        for found in (self._by_ids, self._at_place, _of_kind):
            for place, fields in enumerate(final):
                item = None if place in same else found(fields, place, left)
                if item is not None and item.kind == fields.get("type"):
                    same[place] = item
                    left.remove(item)
        for place, fields in enumerate(final):
            item = same.get(place) or self._add(fields, place if place in self._room else None)
            yield from item.complete(fields)

    def _by_ids(self, fields: Mapping[str, Any], _: int, left: list[Item]) -> Item | None:
        item = self._by_id.get(string(fields.get("id"))) or self._by_id.get(string(fields.get("call_id")))
        return item if item in left else None

    def _at_place(self, _: Mapping[str, Any], place: int, left: list[Item]) -> Item | None:
        item = self._by_place.get(place)
        return item if item in left else None


def _item_of(fields: Mapping[str, Any], new_index: Callable[[], int]) -> Item:
    """The item that these fields announce."""
    kind = fields.get("type")
    if kind == "message":
        return Message(fields, new_index)
    if kind == "reasoning":
        return Thought(fields, new_index)
    return Call(fields, new_index) if isinstance(kind, str) and kind in CALLS else Item(fields, new_index)


def _of_kind(fields: Mapping[str, Any], _: int, left: list[Item]) -> Item | None:
    return next((item for item in left if item.kind == fields.get("type")), None)


def _failed(_: Decoder, data: Mapping[str, Any]) -> Iterator[Event]:
    raise of_event(data)


def _untyped(decoder: Decoder, data: Mapping[str, Any]) -> Iterator[Event]:
    """An object that is no event: an error, or a whole response from a gateway that does not stream this one."""
    if data.get("object") == "response":
        return decoder.ended({"type": "response.completed", "response": data})
    if "error" in data or "detail" in data:
        raise of_event(data)
    return iter(())


_HANDLERS: dict[str, Callable[[Decoder, Mapping[str, Any]], Iterator[Event]]] = {
    **{f"{name}.{ending}": Decoder.text for name in _TEXTS for ending in ("delta", "done")},
    **{
        f"response.{name}_part.{ending}": Decoder.part
        for name in ("content", "reasoning", "reasoning_summary")
        for ending in ("added", "done")
    },
    "response.output_text.annotation.added": Decoder.annotation,
    "response.output_item.added": Decoder.item_added,
    "response.output_item.done": Decoder.item_done,
    "response.created": Decoder.begun,
    "response.queued": Decoder.begun,
    "response.in_progress": Decoder.begun,
    "response.completed": Decoder.ended,
    "response.incomplete": Decoder.ended,
    "response.failed": Decoder.ended,
    "response.cancelled": Decoder.ended,
    "error": _failed,
}
