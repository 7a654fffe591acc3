"""The requests that arrived, kept for the tests that look at them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

_SECRET = {"x-api-key", "authorization", "cookie", "proxy-authorization"}


class RequestLog(list["SandboxRequest"]):
    """The requests in their order, the latest ones up to a number; safe to add to from several threads."""

    def __init__(self, most: int, on_request: Callable[[SandboxRequest], None] | None) -> None:
        super().__init__()
        self._most = most
        self._on_request = on_request
        self._lock = threading.Lock()

    def add(self, request: SandboxRequest) -> None:
        """Keep a request, and tell who asked to be told."""
        with self._lock:
            self.append(request)
            del self[: max(len(self) - self._most, 0)]
        if self._on_request:
            self._on_request(request)


class Headers(dict[str, str]):
    """Headers by name, in whatever case you ask; the values of keys are not in its `repr`."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        super().__init__((name.lower(), value) for name, value in pairs)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or the default."""
        return super().get(name.lower(), default)

    def __repr__(self) -> str:
        return repr({name: "***" if name in _SECRET else value for name, value in self.items()})


@dataclass(frozen=True, eq=False)
class SandboxRequest:
    """One request as it arrived, and the status it was answered with."""

    method: str
    path: str
    """Without the query string."""
    headers: Headers
    body: Any
    """The JSON body, or `None` when there is none or it is not JSON."""
    raw: bytes = field(repr=False)
    query: str = ""
    status: int = 0
    reason: str = ""
    """Why it was refused or failed, in the words of the answer; empty for one that was served."""
    client_closed: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set when the client closed the connection before the answer was all sent."""

    @property
    def model(self) -> str | None:
        """The model that was asked for; `None` where the body names none."""
        name = self.body.get("model") if isinstance(self.body, dict) else None
        return name if isinstance(name, str) else None
