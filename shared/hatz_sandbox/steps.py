"""The queue of scripted answers and faults: one step for each request that asks for an answer."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.http_response import Fault, HttpResponse
from hatz_sandbox.neutral import Answer


@dataclass(frozen=True)
class Step:
    """What one request gets; with neither of the first three, its answer is made as if nothing were queued."""

    answer: Answer | None = None
    error: GatewayError | None = None
    response: HttpResponse | None = None
    fault: Fault = field(default_factory=Fault)
    path: str | None = None
    """The end of the path it is for; `None` for the next request for an answer."""


class StepQueue:
    """Steps in order, each used once; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._steps: deque[Step] = deque()

    def __len__(self) -> int:
        with self._lock:
            return len(self._steps)

    def add(self, step: Step) -> None:
        """Put a step at the end."""
        with self._lock:
            self._steps.append(step)

    def clear(self) -> None:
        """Forget all steps."""
        with self._lock:
            self._steps.clear()

    def next(self, path: str, *, generates: bool) -> Step:
        """The step for a request to this path, taken from the queue; an empty one when none is meant for it."""
        with self._lock:
            for step in self._steps:
                if path.endswith(step.path) if step.path else generates:
                    self._steps.remove(step)
                    return step
        return Step()
