"""Read one stream: bytes in, events out.

Framing cuts the bytes into JSON objects, the endpoint's decoder turns these into events, and the events pass the stages of
`wire.answer_stages`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from hatz_client.connection.http.request import HttpRequest
from hatz_client.connection.http.time_limits import StallTimer
from hatz_client.content import Reply
from hatz_client.errors import HatzConnectionError, HatzError, HatzResponseError, HatzTimeoutError
from hatz_client.events import Delta, Event, Fold, Meta, unfold
from hatz_client.operations.generate import Generation
from hatz_client.operations.http_responses import (
    SHOWN,
    identify,
    not_an_answer,
    request_id_in,
)
from hatz_client.util import content_log
from hatz_client.util.json_text import parse_body
from hatz_client.wire.answer_stages import AnswerStages
from hatz_client.wire.common.answers.framing import JsonLines, ServerSentEvents
from hatz_client.wire.endpoints import codec

GRACE = 1.0
"""Seconds to wait for the end of the body after the answer's last event; then the connection is closed, not reused."""
_FIELDS = (b":", b"data:", b"event:", b"id:", b"retry:", b"\xef\xbb\xbf")
"""The possible beginnings of an event stream."""


State: TypeAlias = Literal["sniffing", "stream", "whole body", "done"]
"""How far the body has been read.

- sniffing: no content has arrived; the body may turn out not to be a stream.
- whole body: a complete answer (from a gateway that does not stream) or a page of HTML: it is collected until its end.
- done: the answer's last event has arrived; the rest is ignored.
"""


class StreamReader:
    """Reads one stream: bytes in, events out; detects stalls, and keeps the partial answer for errors."""

    def __init__(self, generation: Generation, request: HttpRequest, status: int, headers: dict[str, str]) -> None:
        self._generation = generation
        self._request = request
        self._status = status
        self._headers = headers
        self.state: State = "sniffing"
        self.metadata = Meta(
            request_id=request_id_in(request, self._headers),
            endpoint=generation.endpoint.name,
            headers=self._headers,
        )
        """The first event: the facts known before the body."""
        endpoint = generation.endpoint
        self._framing = JsonLines() if endpoint.framing == "ndjson" else ServerSentEvents()
        self._decoder = codec(endpoint.name).Decoder()
        self._stages = AnswerStages(generation.changes)
        self._fold = Fold()
        self._fold.add(self.metadata)
        self.timer = StallTimer(request.idle, request.deadline)
        """Measures the waits for bytes."""
        self._deadline = request.deadline if request.deadline.seconds is not None else None
        self._open: int | None = None
        """The index of the part that the last event was a delta of, if no stage delays anything."""
        self._progress = False
        """Whether this chunk contained model output, even if a stage delays or removes it."""
        self._beginning = b""
        """The first bytes, while sniffing."""
        self._buffered_body: list[bytes] = []
        self._closed = False
        self._logs_content = content_log.is_enabled()

    def feed(self, chunk: bytes) -> Iterable[Event]:
        """The events that are complete with this piece of the body.

        Raises:
            HatzError: if the stream contains an error, or has stalled.
        """
        if self._deadline is not None:
            self._deadline.check()
        if self._logs_content:
            content_log.log_response(self.metadata.request_id, self._request.mask(chunk))
        self._progress = False
        if self._open is None:
            return self._end_piece(self._begin(chunk))
        frames = self._framing.feed(chunk)
        if type(frames) is not tuple:
            return self._end_piece(self._decode(frames))
        events = self._decoder.feed(frames[0])  # one event in one piece is nearly all of a stream
        return events if self._continues(events) else self._end_piece(self._pass_on(events))

    def close(self) -> Iterator[Event]:
        """The last events, at the end of the body.

        Raises:
            HatzStreamInterruptedError: if the answer is incomplete.
        """
        if self.state == "whole body":
            yield from unfold(self._read_whole(b"".join(self._buffered_body)))
            return
        if self.state != "done":
            yield from self._decode(self._framing.close())
        if self.state == "sniffing" and not self._looks_like_a_stream():
            raise not_an_answer(self._request, self._status, self._headers, self._beginning.strip())
        yield from self._finish()

    @property
    def reply(self) -> Reply:
        """The answer so far."""
        return self._fold.reply

    def error_with_partial(self, error: HatzError) -> HatzError | None:
        """The error to raise, with the partial answer; None if the answer was already complete.

        All errors of the network and of the wire pass through here.
        """
        if self.state == "done" and isinstance(error, HatzConnectionError | HatzResponseError):
            return None
        self.timer.stop()
        if isinstance(error, HatzTimeoutError) and self.timer.stalled and not self._request.deadline.is_over:
            error = self._stall_error()
        identify(error, self._request, self._headers)
        for event in self._stages.break_off():
            self._fold.add(event)
        partial = self._fold.reply
        if partial.parts:
            error.partial = partial
        return error

    def _begin(self, chunk: bytes) -> Iterator[Event]:
        """The events of a piece that may not belong to a stream, or not to the answer."""
        if self.state == "sniffing":
            self._sniff(chunk)
        if self.state == "whole body":
            self._buffered_body.append(chunk)
        elif self.state != "done":
            yield from self._decode(self._framing.feed(chunk))

    def _end_piece(self, events: Iterator[Event]) -> Iterator[Event]:
        """The events of one piece of the body; then check whether it was the last, and whether the answer goes on."""
        yield from events
        if self._framing.ended:
            yield from self._finish()
        if not self._progress:
            self.timer.stop()
            if self.timer.stalled:
                raise self._stall_error()

    def _sniff(self, chunk: bytes) -> None:
        """Decide by the first byte whether this is a stream: an event stream begins with neither "{" nor "<"."""
        if not self._beginning.strip() and (first := chunk.lstrip()[:1]):
            events = isinstance(self._framing, ServerSentEvents)
            if first == b"<" or (events and first == b"{"):
                self.state = "whole body"
        if len(self._beginning) < SHOWN:
            self._beginning = (self._beginning + chunk[:SHOWN]).lstrip()

    def _read_whole(self, content: bytes) -> Reply:
        """The answer in a body that does not begin as an event stream does: JSON, or events as a JSON object a line."""
        body = parse_body(content)
        reply = self._generation.read(body[0]) if body is not None else self._generation.read_stream(content)
        if reply is None:
            raise not_an_answer(self._request, self._status, self._headers, content)
        return reply

    def _looks_like_a_stream(self) -> bool:
        """Whether the first bytes belong to a stream, however early it was cut off; an empty body does not count."""
        if not self._beginning.strip():
            return False
        if not isinstance(self._framing, ServerSentEvents):
            return True
        return any(self._beginning.startswith(name) or name.startswith(self._beginning) for name in _FIELDS)

    def _decode(self, frames: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
        for frame in frames:
            events = self._decoder.feed(frame)
            if self._continues(events):
                yield from events
            else:
                yield from self._pass_on(events)
            if self._decoder.done:
                break

    def _continues(self, events: Iterable[Event]) -> bool:
        """Whether it is one more delta of the open part, which no stage changes; then it is recorded."""
        if self._open is None or type(events) is not tuple or len(events) != 1:
            return False
        delta = events[0]
        if type(delta) is not Delta or delta.index != self._open:
            return False
        if not delta.text or "\ud800" <= delta.text[-1] <= "\udbff":
            return False
        if not self._progress:
            self._progress = True
            self.timer.reset()
        self._fold.add(delta)
        return True

    def _pass_on(self, events: Iterable[Event]) -> Iterator[Event]:
        """Record and return the events of one frame, after all stages."""
        for event in self._emit(events):
            self._fold.add(event)
            if not self._progress:  # the time that the caller takes is not waited for
                self.timer.stop()
            yield event
        if self._decoder.done:
            self._notice_end()
            for event in self._stages.close():
                self._fold.add(event)
                yield event

    def _emit(self, events: Iterable[Event]) -> Iterator[Event]:
        """The events after all stages."""
        self._open = None
        event: Event | None = None
        for event in self._stages.feed(map(self._note, events)):
            yield event
        self._open = event.index if type(event) is Delta and not self._stages.delays else None

    def _note(self, event: Event) -> Event:
        """Note that the stream has begun and, for an event with content, its progress; returns the event."""
        if self.state == "sniffing":
            self.state = "stream"
        if type(event) is not Meta and (type(event) is not Delta or event.text):
            self._progress = True
            self.timer.reset()
        return event

    def _finish(self) -> Iterator[Event]:
        if self._closed:
            return
        self._closed = True
        yield from self._emit(self._decoder.close())
        yield from self._stages.close()
        self._notice_end()

    def _notice_end(self) -> None:
        if self._decoder.done and self.state != "done":
            self.state = "done"
            self.timer.end_in(GRACE)

    def _stall_error(self) -> HatzTimeoutError:
        return HatzTimeoutError(f"The stream has had only keep-alive messages for {self.timer.waited:.0f} s.")
