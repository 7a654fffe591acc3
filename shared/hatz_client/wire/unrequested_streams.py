"""A stream in reply to a non-streaming request: some gateways always stream, without saying so in the content type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from hatz_client.content import Reply, StreamFormat
from hatz_client.errors import HatzError, HatzResponseError
from hatz_client.events import Event, Fold
from hatz_client.wire.answer_stages import AnswerStages
from hatz_client.wire.common.answers.framing import JsonLines, ServerSentEvents
from hatz_client.wire.endpoints import Decoder

_BEGINNINGS = (b":", b"data:", b"event:", b"id:", b"retry:", b"{")


def read_whole_stream(content: bytes, framing: StreamFormat, decoder: Decoder, stages: AnswerStages) -> Reply | None:
    """The answer in a body that is a stream; None if it is not a stream.

    Raises:
        HatzError: if the stream contains an error or is incomplete; with the partial answer as `partial`.
    """
    if not content.lstrip(b"\xef\xbb\xbf \r\n").startswith(_BEGINNINGS):
        return None
    frames = _frames(JsonLines() if framing == "ndjson" else ServerSentEvents(), content)
    try:
        first = next(frames, None)
    except HatzResponseError:
        return None
    if first is None:
        return None
    fold = Fold()
    try:
        for event in chain(stages.feed(_events(chain((first,), frames), decoder)), stages.close()):
            fold.add(event)
    except HatzError as error:
        if (partial := fold.reply).parts:
            error.partial = partial
        raise
    return fold.reply


def _frames(framing: JsonLines | ServerSentEvents, content: bytes) -> Iterator[Mapping[str, Any]]:
    yield from framing.feed(content)
    yield from framing.close()


def _events(frames: Iterator[Mapping[str, Any]], decoder: Decoder) -> Iterator[Event]:
    for frame in frames:
        yield from decoder.feed(frame)
        if decoder.done:
            return
    yield from decoder.close()
