"""Native chat: the decoder of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.content import Finish, Opaque, Part, Reasoning, Refusal, Reply, Text
from hatz_client.errors import HatzStreamInterruptedError
from hatz_client.events import Delta, End, Event, Meta, Start, unfold
from hatz_client.wire.chat.decode import NAME, calls_in, decode, parts_of, reasoning_of, usage_of
from hatz_client.wire.common.answers.error_bodies import error_in
from hatz_client.wire.common.answers.error_message import has_words
from hatz_client.wire.common.answers.finish_reasons import finish_of
from hatz_client.wire.common.answers.values import string

_REASONING_TYPES = {"thinking", "summary"}
_TOOL_TYPES = {"tool_call", "tool", "tool_use"}


class Decoder:
    """Turns the lines of one stream into events; consecutive lines of one kind are one part."""

    def __init__(self) -> None:
        self.done = False
        self._index = -1
        self._kind = ""
        self._finish: Finish | None = None
        self._first: Reply | None = None
        """The first chunk, if it was a complete answer: others like it may follow, each with a piece of the text."""
        self._calls: dict[int, dict[str, Any]] = {}
        """Calls in pieces, by their place; the caller cannot run them."""

    def feed(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """The events of one line; lines of unknown types have none.

        Raises:
            HatzStatusError: if the line is an error.
            HatzResponseError: if the line is a complete answer that cannot be read.
        """
        kind = string(data.get("type"))
        if kind == "content" and not has_words(data.get("error")):
            if (message := data.get("message")) is not None:
                yield from self._content(message)
        elif kind in _REASONING_TYPES and isinstance(text := data.get("message") or data.get(str(kind)), str):
            yield from self._add_text(str(kind), Reasoning(""), text)
        elif kind in _TOOL_TYPES:
            yield from self._add_block(Opaque(NAME, data))
        elif data.get("choices") and not has_words(data.get("error")):
            yield from self._choices(data)
        elif error := error_in(data):
            raise error
        if isinstance(data.get("usage"), Mapping):
            yield Meta(usage=usage_of(data["usage"], answered=self._index >= 0), model=string(data.get("model")))

    def _choices(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """A chunk of a chat completion, or a complete one from a gateway that does not stream."""
        match data["choices"]:
            case [{"delta": Mapping() as delta, **choice}, *_]:
                yield from self._delta(delta)
                self._finish = finish_of(choice.get("finish_reason")) or self._finish
            case [{"text": str(text), **choice}, *_]:  # of the older endpoint for completions
                yield from self._content(text)
                self._finish = finish_of(choice.get("finish_reason")) or self._finish
            case _ if self._index < 0:
                self._first = decode(data)
                self._index = len(self._first.parts)
                yield from unfold(self._first)
            case [{"message": Mapping() as message}, *_] if self._first and decode(data).parts != self._first.parts:
                yield from self._delta(message)

    def _delta(self, delta: Mapping[str, Any]) -> Iterator[Event]:
        if text := reasoning_of(delta):
            yield from self._add_text("thinking", Reasoning(""), text)
        if (content := delta.get("content")) is not None and content != "":
            yield from self._content(content)
        if isinstance(refusal := delta.get("refusal"), str) and refusal:
            yield from self._add_text("refusal", Refusal(""), refusal)
        for piece in calls_in(delta):
            place = piece.get("index")
            place = (
                place if type(place) is int else len(self._calls) if piece.get("id") else max(self._calls, default=0)
            )
            self._calls[place] = _extended(self._calls.get(place, {}), piece)

    def _content(self, content: Any) -> Iterator[Event]:
        if isinstance(content, str):
            yield from self._add_text("content", Text(""), content)
            return
        for part in parts_of(content if isinstance(content, list) else [content]):
            if isinstance(part, Text):
                yield from self._add_text("content", Text(""), part.text)
            else:
                yield from self._add_block(part)

    def _add_block(self, part: Part) -> Iterator[Event]:
        yield from self._end_part()
        self._index += 1
        yield Start(self._index, part)
        yield End(self._index)

    def _add_text(self, kind: str, part: Part, text: str) -> Iterator[Event]:
        if kind != self._kind:
            yield from self._end_part()
            self._index += 1
            self._kind = kind
            yield Start(self._index, part)
        if text:
            yield Delta(self._index, text)

    def _end_part(self) -> Iterator[Event]:
        if self._kind:
            yield End(self._index)
            self._kind = ""

    def close(self) -> Iterator[Event]:
        """The end of the last part. The answer ends with the stream: the wire has no end marker."""
        if self._index < 0 and self._finish is None and not self._calls:
            raise HatzStreamInterruptedError("The stream ended before the answer began.")
        yield from self._end_part()
        for _, call in sorted(self._calls.items()):
            yield from self._add_block(Opaque(NAME, call))
        self.done = True
        yield Meta(finish=self._finish, endpoint=NAME)


def _extended(call: Mapping[str, Any], piece: Mapping[str, Any]) -> dict[str, Any]:
    """The call with one more piece: texts within its function are appended, null is ignored."""
    result = dict(call)
    for key, value in piece.items():
        before = result.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = _extended(before, value)
        elif key == "arguments" and isinstance(before, str) and isinstance(value, str):
            result[key] = before + value
        elif value is not None and key != "index":
            result[key] = value
    return result
