"""One stream as it is read: bytes in, events out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hatz_client.connection.settings import PING_PATIENCE
from hatz_client.connection.transport import Exchange
from hatz_client.content import Reply
from hatz_client.errors import HatzConnectionError, HatzError, HatzTimeoutError
from hatz_client.events import Event, Fold, Meta, unfold
from hatz_client.operations.generate import SHOWN, Call, generating, identify, no_answer, request_id_in, shown
from hatz_client.util import content_log as wiretap
from hatz_client.wire.common.framing import JsonLines, ServerSentEvents
from hatz_client.wire.common.stop_sequences import StopCut
from hatz_client.wire.common.surrogates import Characters

GRACE = 1.0
"""Seconds that a connection may stay open after the answer's last event: then it is closed, not used again."""
_FIELDS = (b":", b"data:", b"event:", b"id:", b"retry:", b"\xef\xbb\xbf")
"""What an event stream begins with."""


class Reading:
    """Reads one stream: bytes in, events out; sees to stop sequences, stalls, and errors that keep what had come."""

    def __init__(self, call: Call, exchange: Exchange, status: int, headers: Mapping[str, str]) -> None:
        dialect, prompt = generating(call)
        self._call = call
        self._exchange = exchange
        self._status = status
        self._headers = shown(headers)
        self._decoder = dialect.Decoder()
        self._characters = Characters()
        self._framing = JsonLines() if dialect.FRAMING == "ndjson" else ServerSentEvents()
        self._cut = StopCut(prompt.stop) if prompt.stop and not dialect.STOPS_ITSELF else None
        self._whole: list[bytes] | None = None
        self._begun = False
        self._over = False
        self._tapped = wiretap.on()
        self._opening = b""
        """The first bytes, until they turn out to be a stream's."""
        self.first = Meta(
            request_id=request_id_in(exchange, self._headers), dialect=dialect.NAME, headers=self._headers
        )
        """What is known before the body."""
        self._fold = Fold()
        self._fold.add(self.first)
        self._answered = False
        """Whether anything of the answer has come."""
        self._progress = time.monotonic()
        self._moved = False
        """Whether the answer goes on with this piece, though what goes on may be cut off."""

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that this piece of the body completes.

        Raises:
            HatzError: what the stream says instead of going on, or that it does not go on.
        """
        if self._tapped:
            wiretap.answered(self.first.request_id, chunk)
        if not self._answered:
            self._look(chunk)
        if self._whole is not None:
            self._whole.append(chunk)
            return
        if self._decoder.done:
            self._watch(GRACE)
            return
        self._moved = False
        yield from self._taken(self._framing.feed(chunk))
        if self._framing.ended:
            yield from self._finished()
        if self._moved:
            self._answered = True
            self._progress = time.monotonic()
        elif self._exchange.idle is not None:
            self._watch(PING_PATIENCE * self._exchange.idle)

    @property
    def complete(self) -> bool:
        """Whether the answer's last event has come."""
        return self._decoder.done

    def _look(self, chunk: bytes) -> None:
        """See what kind of body it is that begins."""
        if not self._begun and (beginning := chunk.lstrip()[:1]):
            self._begun = True
            # An event stream begins with neither: a gateway that does not stream this answers in one piece, a proxy in HTML.
            if beginning == b"<" or (isinstance(self._framing, ServerSentEvents) and beginning == b"{"):
                self._whole = []
        if len(self._opening) < SHOWN:
            self._opening += chunk[:SHOWN]

    def close(self) -> Iterator[Event]:
        """The events that the end of the body completes.

        Raises:
            HatzStreamInterruptedError: when the answer was not complete.
        """
        if self._whole is not None:
            yield from unfold(self._whole_reply(b"".join(self._whole)))
            return
        if not self._decoder.done:
            yield from self._taken(self._framing.close())
        if not self._begun or (not self._answered and not self._moved and self._no_stream()):
            raise no_answer(self._exchange, self._status, self._headers, self._opening.strip())
        yield from self._finished()

    def _finished(self) -> Iterator[Event]:
        if self._over:
            return
        self._over = True
        yield from self._passed(self._decoder.close())
        if self._cut is not None:
            yield from self._cut.close()

    def _no_stream(self) -> bool:
        """Whether what came begins like something else than an event stream, however early it was cut off."""
        line = self._opening.lstrip()
        if not isinstance(self._framing, ServerSentEvents):
            return False
        return not any(line.startswith(field) or field.startswith(line) for field in _FIELDS)

    def _whole_reply(self, content: bytes) -> Reply:
        try:
            body = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise no_answer(self._exchange, self._status, self._headers, content) from error
        return self._call.reply(body)

    def ended_by(self, error: HatzError) -> HatzError | None:
        """The error as it is to be raised, with what had been answered; None when the answer was complete before it."""
        if self._decoder.done and isinstance(error, HatzConnectionError):
            return None
        identify(error, self._exchange, self._headers)
        partial = self._fold.reply
        if partial.parts:
            error.partial = partial
        return error

    def _taken(self, found: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
        for data in found:
            for event in self._passed(self._decoder.feed(data)):
                self._moved = True
                self._fold.add(event)
                yield event
            if self._decoder.done:
                break

    def _passed(self, events: Iterable[Event]) -> Iterable[Event]:
        """The events as they are to be handed on."""
        events = self._characters.whole(events)
        return events if self._cut is None else self._left(events, self._cut)

    def _left(self, events: Iterable[Event], cut: StopCut) -> Iterator[Event]:
        for event in events:
            self._moved = True
            yield from cut.feed(event)

    def _watch(self, patience: float) -> None:
        if (waited := time.monotonic() - self._progress) > patience:
            raise HatzTimeoutError(f"The stream has carried nothing but signs of life for {waited:.0f} s.")
