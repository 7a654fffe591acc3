"""Streams and errors in the format of the requested endpoint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hatz_sandbox.neutral import GatewayError, Json, Piece, Question, Usage
from hatz_sandbox.write import chat, messages, responses
from hatz_sandbox.write.frames import dumps, sse

WRITERS: Json = {"chat": chat, "messages": messages, "responses": responses}
"""By endpoint, a module with `CONTENT_TYPE`, `PING`, `body` and `events`."""
_ANTHROPIC = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
              404: "not_found_error", 405: "invalid_request_error", 413: "request_too_large", 422: "invalid_request_error",
              429: "rate_limit_error", 504: "timeout_error", 529: "overloaded_error"}  # fmt: skip
_OPENAI = {429: "rate_limit_exceeded"}


def frames(
    pieces: Iterable[Piece],
    usage: Usage,
    question: Question,
    quirks: frozenset[str],
    fault: GatewayError | None,
    fault_after: int | None,
) -> Iterator[bytes]:
    """The frames of an answer; an error on the way, or this one after so many frames, ends it with an error event."""
    number = 0
    try:
        for event in WRITERS[question.endpoint].events(pieces, usage, question, quirks):
            if fault and number == fault_after:
                raise fault
            yield _frame(event, question.endpoint, number)
            number += 1
    except GatewayError as error:
        yield _frame(_error_event(error, question.endpoint), question.endpoint, number)


def error_body(error: GatewayError, endpoint: str, request_id: str) -> Json:
    """The JSON body of an error; `endpoint` is `responses`, `messages` or `chat` for all others."""
    if endpoint == "messages":
        return {"type": "error", "error": _error_event(error, endpoint)["error"], "request_id": request_id}
    if endpoint == "responses":
        kind = error.kind or ("server_error" if error.status >= 500 else "invalid_request_error")
        code = error.code or _OPENAI.get(error.status)
        return {"error": {"message": error.message, "type": kind, "param": error.param, "code": code}}
    return {"detail": error.detail if error.detail is not None else error.message}


def _frame(event: Json, endpoint: str, number: int) -> bytes:
    if endpoint == "chat":
        return dumps(event) + b"\n"
    return sse({"type": event["type"], "sequence_number": number, **event} if endpoint == "responses" else event)


def _error_event(error: GatewayError, endpoint: str) -> Json:
    """The error event of a stream."""
    if endpoint == "messages":
        kind = error.kind or _ANTHROPIC.get(error.status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": error.message}}
    if endpoint == "responses":
        code = error.code or error.kind or "server_error"
        return {"type": "error", "code": code, "message": error.message, "param": error.param}
    # Not documented for native streams; clients expect an object of type `error`.
    return {"type": "error", "message": error.message}
