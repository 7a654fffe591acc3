"""What an error response means: a status, headers and a body."""

from __future__ import annotations

import contextlib
import email.utils
import json
import re
import time
from collections.abc import Mapping
from typing import Any

from hatz_client.errors import HatzStatusError
from hatz_client.wire.common.error_bodies import error_of


def of_status(status: int, headers: Mapping[str, str], body: bytes | str) -> HatzStatusError:
    """The error that a response with this status means.

    Args:
        status: The HTTP status, 400 or more.
        headers: The response's headers, looked up in lower case.
        body: The body, in any of the shapes seen: `{"error": {"message"}}`, `{"error": "…"}`, `{"detail": "…"}`,
            `{"detail": [{"loc", "msg"}]}`, `{"message"}`, plain text, HTML or nothing.
    """
    return error_of(status, _parsed(body), request_id=request_id_of(headers), retry_after=_retry_after(headers))


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """The request's id: Hatz's header, or the one the services behind it use."""
    return headers.get("x-request-id") or headers.get("request-id")


def _parsed(body: bytes | str) -> Any:
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `Retry-After-Ms`, or `Retry-After` in seconds or as a date."""
    with contextlib.suppress(ValueError):
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
    with contextlib.suppress(ValueError):
        value = headers.get("retry-after")
        if value and re.fullmatch(r"\s*[\d.]+\s*", value):
            return float(value)
        if value:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    return None
