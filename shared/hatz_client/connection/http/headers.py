"""A request's headers, and the check of a user's headers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from hatz_client.connection.api_key import Key
from hatz_client.util.masking import maskable
from hatz_client.version import USER_AGENT

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRETS = frozenset({"x-api-key", "authorization", "proxy-authorization", "cookie"})
_VALUE = re.compile(r"(?:[!-~](?:[\t -~]*[!-~])?)?")
_FRAMING = frozenset({"content-length", "host", "transfer-encoding"})
"""Headers that define the end and the recipient of a request: only the HTTP library may set them."""


def request_headers(
    key: Key,
    request_id: str,
    *,
    stream: bool,
    defaults: Mapping[str, str] | None = None,
    more: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The headers of a request. `X-API-Key` works on every endpoint, Bearer only on some (reference: Hatz's API home page).

    Headers for every request (`defaults`) do not replace the key and the request's id. Headers of one call (`more`) can
    replace the key; their `X-Request-ID` is already in `request_id`. Only encodings that `connection.http.body` decodes are
    accepted.
    """
    headers = {
        "Accept": "text/event-stream" if stream else "application/json",
        "Accept-Encoding": "gzip, deflate",
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "X-Request-ID": request_id,
        "X-API-Key": key.value,
    }
    if not defaults and not more:
        return headers
    known = {name.lower(): name for name in headers}
    for given, ours in ((defaults, ("x-request-id", "x-api-key")), (more, ("x-request-id",))):
        for name, value in (given or {}).items():
            if (lower := name.lower()) not in ours:
                headers[known.get(lower, name)] = value
    return headers


def secrets_in(key: Key, *given: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The key and the secrets among the user's headers, as they are masked."""
    found = [key.value]
    for headers in given:
        for name, value in (headers or {}).items():
            if name.lower() in _SECRETS:
                text = value.decode("latin-1") if isinstance(value, bytes) else value
                found += [text, *text.split()[1:]]  # also the token after "Bearer"
                if name.lower() == "cookie":
                    found += [pair.partition("=")[2].strip() for pair in text.split(";")]
    return maskable(found)


def headers_problem(**given: Mapping[str, Any] | None) -> str | None:
    """The problem with the headers in these arguments, without their values; None if they can be sent.

    The problem is returned, not raised: see "Secrets in tracebacks" in `connection.api_key`.
    """
    for argument, headers in given.items():
        if headers is not None and not isinstance(headers, Mapping):
            return f"{argument} is of type {type(headers).__name__}, not a mapping of names to values."
        for name, value in (headers or {}).items():
            if not _is_header(name, value):
                return (
                    f"The header {str(name)[:100]!r} cannot be sent: names and values are plain ASCII text in one line."
                )
            if name.lower() in _FRAMING:
                return f"The header {name!r} in {argument} cannot be set: the HTTP library sets it for each request."
    return None


def _is_header(name: Any, value: Any) -> bool:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return bool(isinstance(name, str) and isinstance(text, str) and _NAME.fullmatch(name) and _VALUE.fullmatch(text))


def new_request_id() -> str:
    """A new request id. The gateway adopts it, so that even a call without an answer can be looked up."""
    return os.urandom(16).hex()
