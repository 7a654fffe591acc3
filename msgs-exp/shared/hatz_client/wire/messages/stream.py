"""What a Messages stream says, event by event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hatz_client.content import Finish
from hatz_client.errors import HatzStreamInterruptedError
from hatz_client.events import Delta, Event, Meta
from hatz_client.wire.common.error_bodies import of_event
from hatz_client.wire.messages.decode import (
    DIALECT,
    finish_of,
    residue_of,
    rest_of,
    text_or_none,
    unknown_usage,
    usage_of,
)
from hatz_client.wire.messages.stream_blocks import Block

_PROMPT_COUNTS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
# A block whose `content_block_start` is missing is known by its first delta.
_IMPLIED = {
    "text_delta": {"type": "text"},
    "citations_delta": {"type": "text"},
    "thinking_delta": {"type": "thinking"},
    "signature_delta": {"type": "thinking"},
}


class Decoder:
    """Turns the events of one stream into ours."""

    def __init__(self) -> None:
        self.done = False
        self._open: dict[int | None, Block] = {}
        """By the wire's index; that of `None` is the block that began last."""
        self._count = 0
        self._finish: Finish | None = None
        self._usage: dict[str, Any] = {}
        self._rest: dict[str, Any] = {}

    def feed(self, data: Mapping[str, Any]) -> Iterable[Event]:
        """The events that one JSON object of the stream means (often none or one).

        Raises:
            HatzStatusError: what an error event says.
        """
        if self.done:
            return ()
        kind = data.get("type")
        if kind == "content_block_delta":
            delta, index = data.get("delta"), data.get("index")
            if type(delta) is not dict:
                return ()
            block = self._open.get(index) if type(index) is int else self._open.get(None)
            if block is not None and delta.get("type") == block.takes:
                text = delta.get(block.field)
                if type(text) is str:
                    return (Delta(block.index, text),) if text else ()
            return self._odd(block, index, delta)
        return self._rare(kind, data)

    def close(self) -> Iterable[Event]:
        """The last events, at the end of the stream.

        A stream that said why the answer ended is complete, though its `message_stop` be missing: nothing follows the
        stop reason but that empty event (and the official SDK accepts it).

        Raises:
            HatzStreamInterruptedError: when the stream ended before the answer did.
        """
        if self.done:
            return ()
        if self._finish is None:
            raise HatzStreamInterruptedError(
                "The stream ended before the answer did: neither a stop reason nor message_stop came."
            )
        return tuple(self._stop({}))

    def _rare(self, kind: Any, data: Mapping[str, Any]) -> Iterable[Event]:
        match kind:
            case "content_block_start":
                content = data.get("content_block")
                return tuple(self._begin(data.get("index"), content)) if isinstance(content, Mapping) else ()
            case "content_block_stop":
                return tuple(self._end(data.get("index")))
            case "message_start":
                message = data.get("message")
                return tuple(self._start(message)) if isinstance(message, Mapping) else ()
            case "message_delta":
                self._know(data)
                return ()
            case "message_stop":
                return tuple(self._stop(data))
            case "error":
                raise of_event(data)
            case None if data.get("error"):
                raise of_event(data)
            case _:
                return ()  # pings, and what the gateway may learn tomorrow

    def _start(self, message: Mapping[str, Any]) -> Iterator[Event]:
        yield Meta(id=text_or_none(message.get("id")), model=text_or_none(message.get("model")), dialect=DIALECT)
        self._learn(message)
        content = message.get("content")
        for block in content if isinstance(content, list) else ():
            if isinstance(block, Mapping):
                yield from self._begin(None, block)
                yield from self._end(None)

    def _begin(self, index: Any, content: Mapping[str, Any]) -> Iterator[Event]:
        # Our indices count the blocks as they come, so that a wire index that is missing or used twice harms nothing.
        if type(index) is int and index in self._open:
            yield from self._end(index)
        block = Block(self._count, content)
        self._count += 1
        if type(index) is int:
            self._open[index] = block
        self._open[None] = block
        yield from block.start()

    def _odd(self, block: Block | None, index: Any, delta: dict[str, Any]) -> Iterable[Event]:
        if block is not None:
            return tuple(block.more(delta))
        implied = _IMPLIED.get(str(delta.get("type")))
        if implied is None:
            return ()
        again = {"type": "content_block_delta", "index": index, "delta": delta}
        return (*self._begin(index, implied), *self.feed(again))

    def _end(self, index: Any) -> Iterator[Event]:
        block = self._open.get(index) if type(index) is int else self._open.get(None)
        if block is not None:
            self._open = {key: other for key, other in self._open.items() if other is not block}
            yield from block.end()

    def _know(self, data: Mapping[str, Any]) -> None:
        """Take in a `message_delta`: the end's reason and counts, and further fields of the message."""
        delta = data.get("delta")
        self._learn({**data, **(delta if isinstance(delta, Mapping) else {})})

    def _learn(self, fields: Mapping[str, Any]) -> None:
        self._finish = finish_of(fields.get("stop_reason")) or self._finish
        if isinstance(usage := fields.get("usage"), Mapping):
            self._usage = _later(self._usage, usage)
        self._rest.update((key, value) for key, value in rest_of(fields).items() if key != "delta")

    def _stop(self, data: Mapping[str, Any]) -> Iterator[Event]:
        for block in sorted(set(self._open.values()), key=lambda block: block.index):
            yield from block.end()
        self.done = True
        self._learn(data)
        usage = usage_of(self._usage, answered=self._count > 0)
        yield Meta(
            finish=self._finish,
            usage=usage,
            dialect=DIALECT,
            residue=residue_of({**self._rest, **unknown_usage(usage, self._usage)}),
        )


def _later(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of a later event, over those of an earlier.

    They are totals, not increments. `message_delta` may leave out the counts of the prompt, or have all of them zero where
    `message_start` had them; and with server tools it corrects them. Null says nothing.
    """
    said = {key: value for key, value in now.items() if value is not None or key not in before}
    if any(before.get(key) for key in _PROMPT_COUNTS) and not any(said.get(key) for key in _PROMPT_COUNTS):
        for key in _PROMPT_COUNTS:
            said.pop(key, None)
    return {**before, **said}
