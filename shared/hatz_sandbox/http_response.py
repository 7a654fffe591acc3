"""The HTTP response to one request, before it is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hatz_sandbox.steps import Fault
from hatz_sandbox.write.frames import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


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
    paced: bool = True
    reason: str = ""
    """Why the request was refused or failed."""


def json_response(value: Any, status: int = 200, fault: Fault | None = None, reason: str = "") -> HttpResponse:
    """A response whose body is this JSON value."""
    return HttpResponse(status, "application/json", dumps(value), fault=fault or Fault(), reason=reason)
