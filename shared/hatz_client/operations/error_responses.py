"""Error responses: from status, headers and body to a `HatzError`."""

from __future__ import annotations

import contextlib
import email.utils
import re
import time
from collections.abc import Mapping
from typing import Any

from hatz_client.errors import HatzStatusError
from hatz_client.util.json_text import parse_body
from hatz_client.wire.common.answers.error_bodies import error_of

_CHALLENGES = ("Just a moment...", "Attention Required! | Cloudflare")
"""The titles of Cloudflare's pages that stop a request: a challenge, and a block."""


def error_from_response(status: int, headers: Mapping[str, str], body: bytes | str) -> HatzStatusError:
    """The error for a response with this status.

    Args:
        status: The HTTP status, 400 or more.
        headers: The response's headers, looked up in lower case. `x-should-retry` ("true" or "false", as OpenAI and Anthropic send
            it) decides whether the error is retryable.
        body: The body, in any of the shapes seen: `{"error": {"message"}}`, `{"error": "…"}`, `{"detail": "…"}`,
            `{"detail": [{"loc", "msg"}]}`, `{"message"}`, plain text, HTML or nothing.
    """
    error = error_of(status, _parse(body), request_id=request_id_of(headers), retry_after=_retry_after(headers))
    is_challenge = error.message.partition(": ")[2].startswith(_CHALLENGES)
    if is_challenge or headers.get("cf-mitigated", "").lower() == "challenge":
        title = error.message.partition(" (")[0]
        error.message = (
            f"{title} (Cloudflare, in front of the gateway, wants proof of a browser: it did not let this request through to it. "
            "Try from another network, or ask Hatz's support to allow yours.)"
        )
        error.args = (error.message,)
    should_retry = headers.get("x-should-retry", "").strip().lower()
    if should_retry in {"true", "false"}:
        error.is_retryable = should_retry == "true"
    return error


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The request's id: from Hatz's header, or from that of the services behind it."""
    return headers.get("x-request-id") or headers.get("request-id")


def _parse(body: bytes | str) -> Any:
    raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    text = raw.decode("utf-8", "replace")
    for content in (raw, _data_of_event(text).encode()):
        if (found := parse_body(content)) is not None:
            return found[0]
    return text


def _data_of_event(text: str) -> str:
    """The data of the first server-sent event in a body: some relays answer so to a request for a stream."""
    data = (line.removeprefix("data:").strip() for line in text.splitlines() if line.startswith("data:"))
    return next((line for line in data if line not in {"", "[DONE]"}), "")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `Retry-After-Ms`, or `Retry-After` in seconds or as a date; None if there is no valid value."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if (seconds := _number(value)) is not None:
        return seconds
    with contextlib.suppress(ValueError, TypeError, OverflowError):  # an impossible date
        return max(0.0, email.utils.parsedate_to_datetime(value or "").timestamp() - time.time())
    return None


def _number(value: str | None) -> float | None:
    if value is None or not re.fullmatch(r"\s*[0-9]{1,400}(\.[0-9]{0,100})?\s*", value):
        return None
    return float(value)
