"""What is sent back for one request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hatz_sandbox.script import Fault
from hatz_sandbox.write.sse import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Outcome:
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


def of_json(value: Any, status: int = 200, fault: Fault | None = None) -> Outcome:
    """An outcome whose body is this JSON value."""
    return Outcome(status, "application/json", dumps(value), fault=fault or Fault())
