"""The HTTP response to one request, before it is sent, and what goes wrong with it on its way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hatz_sandbox.neutral import GatewayError
from hatz_sandbox.write.frames import dumps


@dataclass(frozen=True)
class Fault:
    """What goes wrong with an answer on its way; with nothing set, nothing does."""

    stall_first: float = 0.0
    stall_after: int | None = None
    stall_seconds: float = 0.0
    pings: bool = False
    cut_events: int | None = None
    cut_bytes: int | None = None
    reset: bool = False
    clean: bool = False
    error_after: int | None = None
    error: GatewayError | None = None


@dataclass(frozen=True)
class HttpResponse:
    """A status, headers, and a body: whole, or in frames that are streamed."""

    status: int
    content_type: str
    body: bytes = b""
    frames: Iterable[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = field(default_factory=Fault)
    error_frame: bytes = b""
    """What `fault.error_after` puts into the stream."""
    ping_frame: bytes = b""
    pace: float = 0.0
    """Seconds between frames."""
    reason: str = ""
    """Why the request was refused or failed."""


def json_response(value: Any, status: int = 200, **more: Any) -> HttpResponse:
    """A response whose body is this JSON value."""
    return HttpResponse(status, "application/json", dumps(value), **more)


def given_response(
    body: bytes | str | Mapping[str, Any],
    status: int,
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str | None = None,
    piece_size: int | None = None,
    reason: str = "",
) -> HttpResponse:
    """A response with a body that a script gave: a JSON object, or text or bytes as they are."""
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    kind = content_type or ("application/json" if data[:1] in {b"{", b"["} else "text/plain")
    size = max(piece_size or 0, 1)
    pieces = None if piece_size is None else [data[at : at + size] for at in range(0, len(data), size)]
    return HttpResponse(status, kind, data, pieces, dict(headers or {}), reason=reason)
