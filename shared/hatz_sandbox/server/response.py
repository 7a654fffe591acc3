"""An HTTP response before it is sent, and the faults of its delivery."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hatz_sandbox.neutral import GatewayError
from hatz_sandbox.write.frames import dumps


@dataclass(frozen=True)
class Fault:
    """Faults of the delivery of a response; none by default."""

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
    """A status, headers, and either a body or the frames of a stream."""

    status: int
    content_type: str
    body: bytes = b""
    frames: Iterable[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = field(default_factory=Fault)
    ping_frame: bytes = b""
    pace: float = 0.0
    """Seconds between frames."""
    reason: str = ""
    """The error message, if the response is an error."""


def json_response(value: Any, status: int = 200, **more: Any) -> HttpResponse:
    """A response with a JSON body."""
    return HttpResponse(status, "application/json", dumps(value), **more)


def scripted_response(
    body: bytes | str | Mapping[str, Any],
    status: int,
    headers: Mapping[str, str] | None = None,
    *,
    content_type: str | None = None,
    piece_size: int | None = None,
    reason: str = "",
) -> HttpResponse:
    """A response with the body of a test: a JSON object, or text or bytes, which are not changed."""
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    kind = content_type or ("application/json" if data[:1] in {b"{", b"["} else "text/plain")
    size = max(piece_size or 0, 1)
    pieces = None if piece_size is None else [data[at : at + size] for at in range(0, len(data), size)]
    return HttpResponse(status, kind, data, pieces, dict(headers or {}), reason=reason)
