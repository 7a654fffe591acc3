"""The queue of scripted answers and faults: one step for each request that asks for an answer."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.neutral import Answer
from hatz_sandbox.server.response import Fault, HttpResponse


@dataclass(frozen=True)
class Step:
    """What one request gets; with neither of the first three, its answer is made as if nothing were queued."""

    answer: Answer | None = None
    error: GatewayError | None = None
    response: HttpResponse | None = None
    fault: Fault = field(default_factory=Fault)
    path: str | None = None
    """The end of the path it is for; `None` for the next request for an answer."""


class StepQueue(list[Step]):
    """Steps in order, each used once; safe to use from several threads."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def take(self, path: str, *, generates: bool) -> Step:
        """The step for a request to this path, taken from the queue; an empty one when none is meant for it."""
        with self._lock:
            for index, step in enumerate(self):
                if path.endswith(step.path) if step.path else generates:
                    return self.pop(index)
        return Step()
