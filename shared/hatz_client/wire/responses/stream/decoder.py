"""Responses: the decoder of a stream; it passes each event to the item that the event is about."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any

from hatz_client.errors import HatzStreamInterruptedError
from hatz_client.events import Delta, Event, Meta
from hatz_client.util.growing_text import GrowingText
from hatz_client.wire.common.answers.error_bodies import error_from_event
from hatz_client.wire.common.answers.values import string
from hatz_client.wire.responses.decode import raise_failure
from hatz_client.wire.responses.items import CALL_INPUT, NAME, text_of_event, typed_content, with_type
from hatz_client.wire.responses.stream.calls import Call
from hatz_client.wire.responses.stream.items import Item, State, TextItem
from hatz_client.wire.responses.stream.message import Message
from hatz_client.wire.responses.stream.registry import ItemRegistry
from hatz_client.wire.responses.stream.terminal_event import last_events

_TEXTS = {
    "response.output_text": ("message", "output_text", "content_index", "text"),
    "response.refusal": ("message", "refusal", "content_index", "refusal"),
    "response.reasoning_text": ("reasoning", "content", "content_index", "text"),
    "response.reasoning_summary_text": ("reasoning", "summary", "summary_index", "text"),
    "response.function_call_arguments": ("function_call", "arguments", "", "arguments"),
    "response.custom_tool_call_input": ("custom_tool_call", "input", "", "input"),
    # Names in the Open Responses specification, in earlier versions of OpenAI's SDK, and in OpenRouter's documentation.
    "response.reasoning": ("reasoning", "content", "content_index", "text"),
    "response.reasoning_summary": ("reasoning", "summary", "summary_index", "text"),
    "response.content_part": ("message", "output_text", "content_index", "text"),
}
"""For each streamed text: the kind of item, the name of the text, the event's field for its position, and the field that holds the
whole text in `….done`. The type of the event decides where a text goes, not the item that the event names."""

_PARTS = {
    "output_text": "response.output_text",
    "text": "response.output_text",
    "refusal": "response.refusal",
    "reasoning_text": "response.reasoning_text",
    "summary_text": "response.reasoning_summary_text",
}
"""The streamed text that each type of content part belongs to."""

_KEYS = ("type", "item_id", "output_index", "content_index", "summary_index")
"""The fields that identify the text a delta continues."""


class Decoder:
    """Turns the JSON objects of one stream into events."""

    def __init__(self) -> None:
        self.done = False
        self._registry = ItemRegistry()
        self._fast: dict[tuple[Any, ...], tuple[GrowingText, int]] = {}
        """The fast path, for nearly all of a stream: by its `_KEYS`, the text that a delta extends and the index of its part.

        Only deltas of a text whose item they name get there. Any other event may change which text a delta extends.
        """
        self._metadata: tuple[Any, Any] = (None, None)

    def feed(self, data: Mapping[str, Any]) -> Iterable[Event]:
        """The events that one JSON object of the stream means.

        Raises:
            HatzStatusError: the event is an error, or the response failed.
            HatzResponseError: the stream ends without an answer.
        """
        try:
            found = self._fast.get((*map(data.get, _KEYS),))
        except TypeError:  # a list or an object where an id or a number belongs
            found, data = None, {k: v for k, v in data.items() if k not in _KEYS or isinstance(v, str | int)}
        if found is not None and type(text := data.get("delta")) is str and text:
            written, index = found
            written += text.encode("utf-8", "surrogatepass")
            return (Delta(index, text),)
        if self.done:
            return ()
        kind = data.get("type")
        handler = (_HANDLERS.get(kind) if isinstance(kind, str) else None) or Decoder.unknown_event
        if handler is not Decoder.text_delta:
            self._fast.clear()
        return list(handler(self, data))

    def close(self) -> Iterable[Event]:
        """No events: the terminal event gave the last ones.

        Raises:
            HatzStreamInterruptedError: the terminal event never came.
        """
        if not self.done:
            raise HatzStreamInterruptedError("The stream ended before the answer did: its terminal event never came.")
        return ()

    # Items

    def item_added(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`output_item.added`: a new item, or one that was announced before."""
        fields, place = data.get("item"), data.get("output_index")
        if not isinstance(fields, Mapping):
            return
        fields = with_type(fields)
        item = self._registry.find_announced(fields, place)
        if item is None:
            item = yield from self._add(fields, place)
        elif item.state is State.OPEN:
            item.merge(fields)
            self._registry.remember_ids(item, fields)
        yield from item.begin()

    def item_done(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`output_item.done`: the end of an announced item, or a new item."""
        fields, place = data.get("item"), data.get("output_index")
        if not isinstance(fields, Mapping):
            return
        fields = with_type(fields)
        item = self._registry.find_finished(fields, place)
        if item is None:
            item = yield from self._add(fields, place, is_whole=True)
            yield from item.begin()
        self._registry.remember_ids(item, fields)
        yield from item.complete(fields)
        self._registry.set_done(item)

    def _add(self, fields: Mapping[str, Any], place: Any, **about: bool) -> Generator[Event, None, Item]:
        self._fast.clear()
        return (yield from self._registry.add(fields, place, **about))

    # Texts

    def text_delta(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`….delta`: more of a text."""
        kind, what, place_field, whole_field = _TEXTS[str(data["type"]).removesuffix(".delta")]
        text = text_of_event(data.get("delta", data.get(whole_field)), kind)
        if text is None:
            return
        item = yield from self._target(kind, data)
        place = data.get(place_field)
        if item is not None:
            pieces = item.piece_count
            yield from item.write_delta(what, place, text)
            if item.piece_count > pieces:  # deltas without a place now continue the new one
                self._fast.clear()
            if (plain := item.plain_text(what, place)) and self._registry.is_certainly(item, data):
                self._fast[*map(data.get, _KEYS),] = plain

    def text_done(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`….done`: the whole of a text."""
        name = str(data["type"]).removesuffix(".done")
        kind, _, _, whole_field = _TEXTS[name]
        yield from self._write_whole(data, name, text_of_event(data.get(whole_field), kind))

    def _write_whole(self, data: Mapping[str, Any], name: str, text: str | None) -> Iterator[Event]:
        kind, what, place_field, _ = _TEXTS[name]
        if text is None:
            return
        item = yield from self._target(kind, data, text)
        if item is not None:
            yield from item.write_whole(what, data.get(place_field), text)

    def _target(
        self, kind: str, data: Mapping[str, Any], whole: str | None = None
    ) -> Generator[Event, None, TextItem | None]:
        """The item that a text belongs to: a new one if none fits, None if the text adds nothing."""
        found = self._registry.find(data)
        if kind in CALL_INPUT:
            if isinstance(found, Call) and found.kind != kind:  # the event's own type decides
                found = self._registry.latest_open(kind)
            target = self._registry.call_for_arguments(found, data, whole)
            if target is None:
                return None
            found = target if isinstance(target, Call) else None
        elif found is None:
            found = self._registry.item_without_text(kind, data)
        elif found.kind != kind:
            found = self._registry.latest_open(kind)
        elif self._registry.names_another(found, data, whole):
            found = None
        if found is None:
            item_id, place = data.get("item_id"), data.get("output_index")
            fields = {"type": kind} if item_id is None else {"type": kind, "id": item_id}
            about = {"has_place": self._registry.find(data) is None, "is_whole": whole is not None}
            found = yield from self._add(fields, place, **about)
        if isinstance(found, Call):
            yield from self._name_call(found, data)
        return found if isinstance(found, TextItem) else None

    def _name_call(self, call: Call, data: Mapping[str, Any]) -> Iterator[Event]:
        """Take the call's name and id from an event about its arguments: some servers announce no calls."""
        fields = {key: data[key] for key in ("name", "call_id") if string(data.get(key))}
        if fields and not call.has_name:
            self._fast.clear()
            call.merge({**call.fields, **fields})
            self._registry.remember_ids(call, fields)
            yield from call.begin()

    def content_part(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`….part.added`, whose text counts only if no delta repeats it, and `….part.done`, which holds the whole text."""
        part = typed_content(data.get("part"))
        if part is None:
            return
        name = _PARTS.get(string(part.get("type")) or "")
        if name is None:
            item = self._registry.find(data)
            if isinstance(item, Message) and item.state is not State.CLOSED:
                yield from item.write_block(data.get("content_index"), part)
        elif text := string(part.get("text")) or string(part.get("refusal")):
            if str(data["type"]).endswith(".done"):
                yield from self._write_whole(data, name, text)
                return
            kind, what, place_field, _ = _TEXTS[name]
            item = yield from self._target(kind, data)
            if item is not None:
                item.announce(what, data.get(place_field), text)

    def annotation_added(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`output_text.annotation.added`."""
        item = yield from self._target("message", data)
        if isinstance(item, Message):
            yield from item.annotate(data.get("content_index"), data.get("annotation"))

    # The response

    def response_started(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """`response.created` and the like."""
        match data.get("response"):
            case Mapping() as response:
                raise_failure({"object": "response", **response})
                metadata = (string(response.get("id")), string(response.get("model")))
                if metadata != self._metadata:
                    self._metadata = metadata
                    yield Meta(id=metadata[0], model=metadata[1], endpoint=NAME)

    def response_ended(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """The terminal event."""
        yield from last_events(self._registry, data)
        self.done = True

    def unknown_event(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """Any other JSON object: an error, a whole response from a gateway that does not stream, or an event that is skipped."""
        if data.get("object") == "response":
            yield from self.response_ended({"type": "response.completed", "response": data})
        else:
            raise_failure(data)


def _error(_: Decoder, data: Mapping[str, Any]) -> Iterator[Event]:
    raise error_from_event(data)


_HANDLERS: dict[str, Callable[[Decoder, Mapping[str, Any]], Iterator[Event]]] = {
    **{f"{name}.delta": Decoder.text_delta for name in _TEXTS},
    **{f"{name}.done": Decoder.text_done for name in _TEXTS},
    **{
        f"response.{name}_part.{ending}": Decoder.content_part
        for name in ("content", "reasoning", "reasoning_summary")
        for ending in ("added", "done")
    },
    "response.output_text.annotation.added": Decoder.annotation_added,
    "response.output_item.added": Decoder.item_added,
    "response.output_item.done": Decoder.item_done,
    **{f"response.{status}": Decoder.response_started for status in ("created", "queued", "in_progress")},
    **{
        f"response.{status}": Decoder.response_ended
        for status in ("completed", "done", "incomplete", "failed", "cancelled")
    },
    "error": _error,
}
