"""An answer in the format of the endpoint that was asked, as its frames come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.pieces import with_usage
from hatz_sandbox.write import chat, errors, messages, responses
from hatz_sandbox.write.frames import event, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hatz_sandbox.neutral import Piece, Question, Usage

WRITERS: dict[str, Any] = {"chat": chat, "messages": messages, "responses": responses}
"""By endpoint, a module with `CONTENT_TYPE` and `PING` of its streams, and `body` and `frames`."""


def frames(pieces: Iterable[Piece], usage: Usage, question: Question, quirks: frozenset[str]) -> Iterator[bytes]:
    """The frames of an answer; what fails on the way is told by an error within the stream."""
    number = 0
    try:
        for frame in WRITERS[question.endpoint].frames(with_usage(pieces, usage), usage, question, quirks):
            yield frame
            number += 1
    except GatewayError as error:
        yield error_frame(error, question.endpoint, number)


def error_frame(error: GatewayError, endpoint: str, number: int) -> bytes:
    """The frame of an error after so many others."""
    return (line if endpoint == "chat" else event)(errors.in_stream(error, endpoint, number))
