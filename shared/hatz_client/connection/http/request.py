"""One HTTP request: one attempt of an operation, ready to send."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hatz_client.connection.http import time_limits
from hatz_client.connection.http.logs import mask_report
from hatz_client.connection.http.time_limits import Deadline, RequestTrace
from hatz_client.connection.route import Route
from hatz_client.util.masking import mask


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, ready to send."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    timeouts: Mapping[str, float | None]
    idle: float | None = None
    """Seconds of silence allowed within the response's body; None for no limit."""
    query: str = field(default="", repr=False)
    """The query string of the URL, such as "?tenant=1"; errors and logs do not show it."""
    byte_limit: int = 0
    """The maximum size of the response's body, in bytes."""
    attempt: int = 1
    route: Route | None = None
    deadline: Deadline = field(default_factory=lambda: Deadline(None), repr=False)
    trace: RequestTrace = field(default_factory=RequestTrace, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What is masked in responses and errors."""

    def arguments(self, trace: Any, timeouts: Mapping[str, float | None]) -> dict[str, Any]:
        """The arguments of `build_request`; the timeouts are a dict, which both httpx and httpx2 accept."""
        return {
            "method": self.method,
            "url": self.url + self.query,
            "headers": self.headers,
            "content": self.content,
            "extensions": {"timeout": timeouts, "trace": trace},
        }

    def report(self, name: str, info: Any) -> None:
        """Process one report of httpcore's `trace` extension."""
        self.trace.event(name, info)
        if ".receive_" in name and not name.endswith(".started"):
            mask_report(info, self.secrets)

    @property
    def id(self) -> str | None:
        """The id in the request's headers."""
        return self.headers.get("X-Request-ID")

    def is_of_same_call(self, request_id: str) -> bool:
        """Whether this id belongs to an attempt of this call."""
        first = (self.id or "").removesuffix(f"-{self.attempt}") if self.attempt > 1 else self.id or ""
        return request_id == first or (request_id.startswith(f"{first}-") and request_id[len(first) + 1 :].isdecimal())

    @property
    def header_seconds(self) -> float:
        """Seconds until the response's headers must be complete, including preceding 1xx responses."""
        read = self.timeouts["read"]
        connect = self.timeouts["connect"] or 0
        return self.deadline.limit(math.inf if read is None else connect + time_limits.STALL_FACTOR * read)

    @property
    def body_seconds(self) -> float:
        """Seconds until a non-streaming body must be complete."""
        read = self.timeouts["read"]
        return self.deadline.limit(math.inf if read is None else time_limits.STALL_FACTOR * read)

    def mask(self, value: Any) -> Any:
        """The value without this request's secrets."""
        return mask(value, self.secrets)
