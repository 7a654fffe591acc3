"""A stream in reply to a non-streaming request: some gateways always stream, without saying so in the content type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from hatz_client.content import Reply, StreamFormat
from hatz_client.errors import HatzError, HatzResponseError
from hatz_client.events import Event, Fold
from hatz_client.wire.common.answers.cut_off_calls import CutOffCalls
from hatz_client.wire.common.answers.framing import JsonLines, ServerSentEvents
from hatz_client.wire.common.answers.surrogates import SurrogateJoiner

_BEGINNINGS = (b":", b"data:", b"event:", b"id:", b"retry:", b"{")


class _Decoder(Protocol):
    done: bool

    def feed(self, data: Mapping[str, Any]) -> Iterable[Event]: ...

    def close(self) -> Iterable[Event]: ...


def read_whole_stream(content: bytes, framing: StreamFormat, decoder: _Decoder) -> Reply | None:
    """The answer in a body that is a stream; None if it is not a stream.

    Args:
        content: The body, complete.
        framing: The framing of the endpoint's streams.
        decoder: A new decoder of the endpoint's streams.

    Raises:
        HatzError: if the stream contains an error or is incomplete; with the partial answer as `partial`.
    """
    if not content.lstrip(b"\xef\xbb\xbf \r\n").startswith(_BEGINNINGS):
        return None
    frames = JsonLines() if framing == "ndjson" else ServerSentEvents()
    surrogates, cut_off, fold = SurrogateJoiner(), CutOffCalls(), Fold()
    begun = False
    try:
        for frame in _frames(frames, content):
            begun = True
            _add(fold, cut_off.feed(surrogates.join(decoder.feed(frame))))
            if decoder.done:
                break
        if not begun:
            return None
        _add(fold, cut_off.feed(surrogates.join(decoder.close())))
        _add(fold, cut_off.close())
    except HatzError as error:
        if isinstance(error, HatzResponseError) and not begun:
            return None
        if (partial := fold.reply).parts:
            error.partial = partial
        raise
    return fold.reply


def _frames(framing: JsonLines | ServerSentEvents, content: bytes) -> Iterable[Mapping[str, Any]]:
    yield from framing.feed(content)
    yield from framing.close()


def _add(fold: Fold, events: Iterable[Event]) -> None:
    for event in events:
        fold.add(event)
