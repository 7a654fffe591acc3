"""The requests that were received, kept for tests."""

from __future__ import annotations

import threading
from collections import UserDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

_SECRET = {"x-api-key", "authorization", "cookie", "proxy-authorization"}


class RequestLog(list["SandboxRequest"]):
    """The last requests, in order. Thread-safe for `add`."""

    def __init__(self, max_requests: int, on_request: Callable[[SandboxRequest], None] | None) -> None:
        super().__init__()
        self._max_requests = max_requests
        self._on_request = on_request
        self._lock = threading.Lock()

    def add(self, request: SandboxRequest) -> None:
        """Keep a request, and call `on_request`."""
        with self._lock:
            self.append(request)
            del self[: max(len(self) - self._max_requests, 0)]
        if self._on_request:
            self._on_request(request)


class Headers(UserDict[str, str]):
    """Headers by name, case-insensitive; `repr` does not show keys and cookies."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__({name.lower(): value for name, value in pairs})

    def __getitem__(self, name: str) -> str:
        return self.data[name.lower()]

    def __contains__(self, name: object) -> bool:
        return str(name).lower() in self.data

    def __repr__(self) -> str:
        return repr({name: "***" if name in _SECRET else value for name, value in self.items()})


@dataclass(frozen=True, eq=False)
class SandboxRequest:
    """A request, and the status of its response."""

    method: str
    path: str
    """Without the query string."""
    headers: Headers = field(default_factory=Headers)
    body: Any = None
    """The JSON body; `None` if there is none, or it is not JSON."""
    raw: bytes = field(default=b"", repr=False)
    query: str = ""
    status: int = 0
    reason: str = ""
    """The error message of the response; empty if there is none."""
    client_closed: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set when the client closes the connection before it has the whole response."""

    @property
    def model(self) -> str | None:
        """The requested model; `None` if the body has none."""
        name = self.body.get("model") if isinstance(self.body, dict) else None
        return name if isinstance(name, str) else None
