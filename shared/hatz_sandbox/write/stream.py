"""Answers and errors in the format of the endpoint that was asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hatz_sandbox.neutral import GatewayError, Piece, Question, Usage
from hatz_sandbox.write import chat, messages, responses
from hatz_sandbox.write.frames import event, line, with_usage

WRITERS: dict[str, Any] = {"chat": chat, "messages": messages, "responses": responses}
"""By endpoint, a module with `CONTENT_TYPE` and `PING` of its streams, and `body` and `frames`."""
_ANTHROPIC = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
              404: "not_found_error", 405: "invalid_request_error", 413: "request_too_large", 422: "invalid_request_error",
              429: "rate_limit_error", 504: "timeout_error", 529: "overloaded_error"}  # fmt: skip
_OPENAI = {429: "rate_limit_exceeded"}


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
    return (line if endpoint == "chat" else event)(_error_event(error, endpoint, number))


def error_body(error: GatewayError, wire: str, request_id: str) -> dict[str, Any]:
    """The JSON body of an error on `responses`, `messages` or any native endpoint."""
    if wire == "messages":
        return {"type": "error", "error": _error_event(error, wire)["error"], "request_id": request_id}
    if wire == "responses":
        kind = error.kind or ("server_error" if error.status >= 500 else "invalid_request_error")
        code = error.code or _OPENAI.get(error.status)
        return {"error": {"message": error.message, "type": kind, "param": error.param, "code": code}}
    return {"detail": error.detail if error.detail is not None else error.message}


def _error_event(error: GatewayError, wire: str, number: int = 0) -> dict[str, Any]:
    """The event of an error inside a stream, after so many events."""
    if wire == "messages":
        kind = error.kind or _ANTHROPIC.get(error.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": error.message}}
    if wire == "responses":
        code = error.code or error.kind or "server_error"
        said = {"code": code, "message": error.message, "param": error.param}
        return {"type": "error", "sequence_number": number, **said}
    # Undocumented on the native stream; an object of type `error` is what clients expect.
    return {"type": "error", "message": error.message}
