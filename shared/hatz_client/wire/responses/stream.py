"""Responses: what the events of a stream mean."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any

from hatz_client.errors import HatzStreamInterruptedError
from hatz_client.events import Delta, Event, Meta
from hatz_client.wire.common.error_bodies import of_event
from hatz_client.wire.responses.decode import (
    failure,
    raise_failure,
)
from hatz_client.wire.responses.items import (
    CALL_INPUT,
    NAME,
    string,
    text_of_event,
    typed_content,
    with_type,
)
from hatz_client.wire.responses.stream_calls import Call
from hatz_client.wire.responses.stream_end import last_events
from hatz_client.wire.responses.stream_items import Item, State
from hatz_client.wire.responses.stream_message import Message
from hatz_client.wire.responses.stream_registry import ItemRegistry

_TEXTS = {
    "response.output_text": ("message", "output_text", "content_index", "text"),
    "response.refusal": ("message", "refusal", "content_index", "refusal"),
    "response.reasoning_text": ("reasoning", "content", "content_index", "text"),
    "response.reasoning_summary_text": ("reasoning", "summary", "summary_index", "text"),
    "response.function_call_arguments": ("function_call", "arguments", "", "arguments"),
    "response.custom_tool_call_input": ("custom_tool_call", "input", "", "input"),
}
"""Of each text that is streamed: its kind of item, which of its texts it is, the field of its place there, and the field of the
whole in `….done`. The event's own type decides where a text goes, not the item it comes in."""

_PARTS = {
    "output_text": "response.output_text",
    "text": "response.output_text",
    "refusal": "response.refusal",
    "reasoning_text": "response.reasoning_text",
    "summary_text": "response.reasoning_summary_text",
}
"""Which of these texts a content part is."""

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
        self._registry = ItemRegistry()
        self._writing: dict[tuple[Any, ...], tuple[Callable[[str], Any], int]] = {}
        """By all that identifies a text: what records its deltas, and the index of its part. Nearly all of a stream."""
        self._known: tuple[Any, Any] = (None, None)

    def feed(self, data: Mapping[str, Any]) -> Iterable[Event]:
        """The events that one JSON object of the stream means.

        Raises:
            HatzStatusError: what an error event, or a failed response, says.
            HatzResponseError: the answer ends without ever having been there.
        """
        try:
            found = self._writing.get(_key(data))
        except TypeError:  # a list or an object where an id or a number belongs
            found, data = None, {k: v for k, v in data.items() if k not in _KEYS or isinstance(v, str | int)}
        if found is not None and type(text := data.get("delta")) is str and text:
            found[0](text)
            return (Delta(found[1], text),)
        if self.done:
            return ()
        kind = data.get("type")
        handler = _HANDLERS.get(kind) if isinstance(kind, str) else None
        return list((handler or Decoder.unknown)(self, data))

    def close(self) -> Iterable[Event]:
        """Nothing: the terminal event has given all there was.

        Raises:
            HatzStreamInterruptedError: when that has not come.
        """
        if not self.done:
            raise HatzStreamInterruptedError("The stream ended before the answer did: its terminal event never came.")
        return ()

    # Items

    def item_added(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`output_item.added`: a new item, or the same one once more."""
        fields, place = data.get("item"), data.get("output_index")
        if not isinstance(fields, Mapping):
            return
        fields = with_type(fields)
        item = self._registry.announced(fields, place)
        if item is None:
            item = yield from self._add(fields, place)
        elif item.state is State.OPEN:
            item.merge(fields)
            self._registry.learn(item, fields)
        yield from item.begin()

    def item_done(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`output_item.done`: of an item that was announced, or of a new one."""
        fields, place = data.get("item"), data.get("output_index")
        if not isinstance(fields, Mapping):
            return
        fields = with_type(fields)
        item = self._registry.finished(fields, place)
        if item is None:
            item = yield from self._add(fields, place)
            yield from item.begin()
        self._registry.learn(item, fields)
        self._writing.clear()
        yield from item.complete(fields)
        self._registry.set_done(item)

    def _add(self, fields: Mapping[str, Any], place: Any, *, has_place: bool = True) -> Generator[Event, None, Item]:
        self._writing.clear()
        return (yield from self._registry.add(fields, place, has_place=has_place))

    # Texts

    def delta(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`….delta` of one of the texts."""
        kind, what, place_field, whole_field = _TEXTS[str(data["type"]).removesuffix(".delta")]
        text = text_of_event(data.get("delta", data.get(whole_field)), kind)
        if text is None:
            return
        item = yield from self._target(kind, data)
        place = data.get(place_field)
        if item is not None:
            yield from item.write_delta(what, place, text)
            if plain := item.plain_text(what, place):
                self._writing[_key(data)] = plain

    def whole(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`….done` of one of the texts."""
        name = str(data["type"]).removesuffix(".done")
        kind, _, _, whole_field = _TEXTS[name]
        yield from self._whole(data, name, text_of_event(data.get(whole_field), kind))

    def _whole(self, data: Mapping[str, Any], name: str, text: str | None) -> Iterator[Event]:
        kind, what, place_field, _ = _TEXTS[name]
        if text is None:
            return
        self._writing.clear()
        item = yield from self._target(kind, data, text)
        if item is not None:
            yield from item.write_whole(what, data.get(place_field), text)

    def _target(
        self, kind: str, data: Mapping[str, Any], whole: str | None = None
    ) -> Generator[Event, None, Item | None]:
        """The item that a text belongs to; a new one when none fits, None when the text says nothing new."""
        found = self._registry.at(data)
        if kind in CALL_INPUT:
            target = self._registry.call_for_arguments(found, data, whole)
            if target is None:
                return None
            found = target if isinstance(target, Call) else None
        elif found is None:
            found = self._registry.latest_open(kind) if data.get("output_index") is None else None
        elif found.kind != kind:
            found = self._registry.latest_open(kind)
        if found is None:
            item_id, place = data.get("item_id"), data.get("output_index")
            fields = {"type": kind} if item_id is None else {"type": kind, "id": item_id}
            found = yield from self._add(fields, place, has_place=self._registry.at(data) is None)
        if isinstance(found, Call) and (named := {k: data[k] for k in ("name", "call_id") if string(data.get(k))}):
            found.merge({**found.fields, **named})
            self._registry.learn(found, named)
            yield from found.begin()
        return found

    def part(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`….part.added`, whose text counts when no delta brings it, and `….part.done`, which brings the whole of it."""
        part = typed_content(data.get("part"))
        if part is None:
            return
        name = _PARTS.get(string(part.get("type")) or "")
        if name is None:
            item = self._registry.at(data)
            if isinstance(item, Message) and item.state is not State.CLOSED:
                yield from item.write_block(data.get("content_index"), part)
        elif text := string(part.get("text")) or string(part.get("refusal")):
            if str(data["type"]).endswith(".done"):
                yield from self._whole(data, name, text)
                return
            kind, what, place_field, _ = _TEXTS[name]
            item = yield from self._target(kind, data)
            if item is not None:
                item.announce(what, data.get(place_field), text)

    def annotation(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`output_text.annotation.added`."""
        item = yield from self._target("message", data)
        if isinstance(item, Message):
            yield from item.annotate(data.get("content_index"), data.get("annotation"))

    # The response

    def begun(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`response.created` and the like."""
        match data.get("response"):
            case Mapping() as response:
                raise_failure({"object": "response", **response})
                known = (string(response.get("id")), string(response.get("model")))
                if known != self._known:
                    self._known = known
                    yield Meta(id=known[0], model=known[1], endpoint=NAME)

    def ended(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """The terminal event."""
        self._writing.clear()
        yield from last_events(self._registry, data)
        self.done = True

    def unknown(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """An object that is no known event: an error, or a whole response from a gateway that does not stream this one."""
        if data.get("object") == "response":
            yield from self.ended({"type": "response.completed", "response": data})
        elif error := failure(data):
            raise error


def _failed(_: Decoder, data: Mapping[str, Any]) -> Iterator[Event]:
    raise of_event(data)


_HANDLERS: dict[str, Callable[[Decoder, Mapping[str, Any]], Iterator[Event]]] = {
    **{f"{name}.delta": Decoder.delta for name in _TEXTS},
    **{f"{name}.done": Decoder.whole for name in _TEXTS},
    **{
        f"response.{name}_part.{ending}": Decoder.part
        for name in ("content", "reasoning", "reasoning_summary")
        for ending in ("added", "done")
    },
    "response.output_text.annotation.added": Decoder.annotation,
    "response.output_item.added": Decoder.item_added,
    "response.output_item.done": Decoder.item_done,
    **{f"response.{status}": Decoder.begun for status in ("created", "queued", "in_progress")},
    **{f"response.{status}": Decoder.ended for status in ("completed", "done", "incomplete", "failed", "cancelled")},
    "error": _failed,
}
