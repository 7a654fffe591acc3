"""Refusals and failures, in the error body of each wire."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.gateway_error import GatewayError

_ANTHROPIC = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
              404: "not_found_error", 405: "invalid_request_error", 413: "request_too_large", 422: "invalid_request_error",
              429: "rate_limit_error", 504: "timeout_error", 529: "overloaded_error"}  # fmt: skip
_OPENAI = {429: "rate_limit_exceeded"}


def body(error: GatewayError, wire: str, request_id: str) -> dict[str, Any]:
    """The JSON body of an error on `responses`, `messages` or any native endpoint."""
    if wire == "messages":
        return {"type": "error", "error": in_stream(error, wire)["error"], "request_id": request_id}
    if wire == "responses":
        kind = error.kind or ("server_error" if error.status >= 500 else "invalid_request_error")
        code = error.code or _OPENAI.get(error.status)
        return {"error": {"message": error.message, "type": kind, "param": error.param, "code": code}}
    return {"detail": error.detail if error.detail is not None else error.message}


def in_stream(error: GatewayError, wire: str, number: int = 0) -> dict[str, Any]:
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
