"""An answer in the format of the endpoint that was asked: its body, or its frames as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.neutral import Answer, Usage
from hatz_sandbox.pieces import pieces_of, with_usage
from hatz_sandbox.write import chat, errors, messages, responses
from hatz_sandbox.write.frames import event, line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatz_sandbox.neutral import Piece

Json = dict[str, Any]

WIRES: dict[str, Any] = {"chat": chat, "messages": messages, "responses": responses}


def body(answer: Answer, usage: Usage, model: str, wire: str, request_body: Json, quirks: frozenset[str]) -> Json:
    """The body of an answer that is not streamed."""
    if wire == "responses":
        return responses.body(answer, usage, model, request_body, quirks)
    return messages.body(answer, usage, model) if wire == "messages" else chat.body(answer, usage, model)


def frames(
    answer: Answer | Iterator[Piece], usage: Usage, model: str, wire: str, request_body: Json, quirks: frozenset[str]
) -> Iterator[bytes]:
    """The frames of an answer; what fails on the way is told by an error within the stream."""
    pieces = pieces_of(answer, usage) if isinstance(answer, Answer) else with_usage(answer, usage)
    number = 0
    try:
        for frame in _frames(pieces, usage, model, wire, request_body, quirks):
            yield frame
            number += 1
    except GatewayError as error:
        yield error_frame(error, wire, number)


def error_frame(error: GatewayError, wire: str, number: int) -> bytes:
    """The frame of an error after so many others."""
    return (line if wire == "chat" else event)(errors.in_stream(error, wire, number))


def _frames(
    pieces: Iterator[Piece], usage: Usage, model: str, wire: str, request_body: Json, quirks: frozenset[str]
) -> Iterator[bytes]:
    if wire == "responses":
        return responses.frames(pieces, model, request_body, quirks)
    return messages.frames(pieces, usage, model) if wire == "messages" else chat.frames(pieces)
