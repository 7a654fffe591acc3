"""Messages: the decoder of a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hatz_client.content import Finish
from hatz_client.errors import HatzStreamInterruptedError
from hatz_client.events import Delta, Event, Meta
from hatz_client.wire.common.answers.error_bodies import error_in
from hatz_client.wire.common.answers.finish_reasons import finish_of
from hatz_client.wire.common.answers.values import string
from hatz_client.wire.messages.decode import DIALECT, raise_error, residue_of, rest_of, unknown_usage, usage_of
from hatz_client.wire.messages.stream.content import StreamedContent

_PROMPT_COUNTS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


class Decoder:
    """Turns the JSON objects of one stream into events."""

    def __init__(self) -> None:
        self.done = False
        self._content = StreamedContent()
        self._open = self._content.open
        self._delta_came = False
        """Whether `message_delta`, which has the stop reason, has arrived."""
        self._stop_came = False
        """Whether `message_stop` has arrived, which means the end only after `message_delta`."""
        self._finish: Finish | None = None
        self._usage: dict[str, Any] = {}
        self._rest: dict[str, Any] = {}

    def feed(self, data: Mapping[str, Any]) -> Iterable[Event]:
        """The events of one JSON object of the stream (often none or one).

        Raises:
            HatzStatusError: if the object is an error.
        """
        if self.done:
            return ()
        kind = data.get("type")
        if kind == "content_block_delta":
            delta, index = data.get("delta"), data.get("index")
            if type(delta) is not dict:
                return ()
            if type(index) is not int:
                index = None
            block = self._open.get(index)
            if block is not None and delta.get("type") == block.takes:
                text = delta.get(block.field)
                if type(text) is str:
                    if not text:
                        return ()
                    block.written += text.encode("utf-8", "surrogatepass")
                    return (Delta(block.index, text),)
            return tuple(self._content.delta(index, delta))
        return self._feed_rare_event(kind, data)

    def close(self) -> Iterable[Event]:
        """The last events, at the end of the stream.

        A stream with a stop reason is complete even without `message_stop`: only that empty event follows a stop reason, and
        the official SDK accepts its absence.

        Raises:
            HatzStreamInterruptedError: if the stream ended before the answer did.
        """
        if self.done:
            return ()
        if self._finish is None and not self._stop_came:
            raise HatzStreamInterruptedError(
                "The stream ended before the answer did: neither a stop reason nor message_stop came."
            )
        return tuple(self._end())

    def _feed_rare_event(self, kind: Any, data: Mapping[str, Any]) -> Iterable[Event]:
        index = place if type(place := data.get("index")) is int else None
        match kind:
            case "content_block_start":
                content = data.get("content_block")
                return tuple(self._content.begin(index, content)) if isinstance(content, Mapping) else ()
            case "content_block_stop":
                return tuple(self._content.close(index, data.get("content_block")))
            case "message_start":
                message = data.get("message")
                return tuple(self._begin(message)) if isinstance(message, Mapping) else ()
            case "message_delta":
                delta = data.get("delta")
                self._learn({**data, **(delta if isinstance(delta, Mapping) else {})})
                self._delta_came = True
                return tuple(self._end()) if self._stop_came else ()
            case "message_stop":
                return tuple(self._stop(data))
            case "message" if isinstance(data.get("content"), list):
                return tuple(self._whole(data))
        if error := error_in(data):
            raise error
        return ()  # pings, and future types of events

    def _begin(self, message: Mapping[str, Any]) -> Iterator[Event]:
        yield Meta(id=string(message.get("id")) or None, model=string(message.get("model")) or None, endpoint=DIALECT)
        self._learn(message)
        content = message.get("content")
        for given in content if isinstance(content, list) else ():
            block = {"type": "text", "text": given} if isinstance(given, str) else given
            if isinstance(block, Mapping):
                yield from self._content.begin(None, block)
                yield from self._content.close(None, None)

    def _whole(self, message: Mapping[str, Any]) -> Iterator[Event]:
        """A whole answer: from a gateway that does not stream, or once more after its pieces."""
        if self._content.count:
            yield from self._content.complete(message.get("content"))
            self._learn(message)
        else:
            yield from self._begin(message)
        yield from self._end()

    def _stop(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """The end of the answer, unless `message_stop` comes early, before `message_delta`."""
        self._stop_came = True
        message = data.get("message")
        if isinstance(message, Mapping):
            yield from self._content.complete(message.get("content"))
            self._learn(message)
        self._learn({key: value for key, value in data.items() if key != "message"})
        if self._delta_came or self._finish is not None:
            yield from self._end()

    def _learn(self, fields: Mapping[str, Any]) -> None:
        """Record what an event reports about the whole answer: its finish, its counts, and unknown fields; an error is raised."""
        raise_error(fields)
        self._finish = finish_of(fields.get("stop_reason")) or self._finish
        if isinstance(usage := fields.get("usage"), Mapping):
            self._usage.update(_changed_counts(self._usage, usage))
        self._rest.update((key, value) for key, value in rest_of(fields).items() if key != "delta")

    def _end(self) -> Iterator[Event]:
        self.done = True
        yield from self._content.finish(cut_off=self._finish is not None and self._finish.reason == "length")
        usage = usage_of(self._usage, answered=self._content.count > 0)
        yield Meta(
            finish=self._finish,
            usage=usage,
            endpoint=DIALECT,
            residue=residue_of({**self._rest, **unknown_usage(usage, self._usage)}),
        )


def _changed_counts(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of a later event that replace earlier ones.

    They are totals, not increments. `message_delta` may omit the counts of the prompt, or have only zeros although
    `message_start` had counts; with server tools it corrects them. Null is ignored.
    """
    news = {key: value for key, value in now.items() if value is not None or key not in before}
    if any(before.get(key) for key in _PROMPT_COUNTS) and not any(news.get(key) for key in _PROMPT_COUNTS):
        for key in _PROMPT_COUNTS:
            news.pop(key, None)
    return news
