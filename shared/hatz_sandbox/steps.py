"""The queue of scripted answers and faults: one step for each request that asks for an answer."""

from __future__ import annotations

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hatz_sandbox.neutral import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hatz_sandbox.gateway_error import GatewayError


@dataclass(frozen=True)
class Fault:
    """What goes wrong with an answer on its way; with nothing set, nothing does."""

    cut_events: int | None = None
    cut_bytes: int | None = None
    reset: bool = False
    clean: bool = False
    stall_first: float = 0.0
    stall_after: int | None = None
    stall_seconds: float = 0.0
    pings: bool = False
    error_after: int | None = None
    error: GatewayError | None = None


@dataclass(frozen=True)
class Failure:
    """An error status: the message in the wire's own body, or a body given whole."""

    error: GatewayError
    body: bytes | None
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Raw:
    """A response given byte by byte."""

    body: bytes
    content_type: str
    status: int
    headers: Mapping[str, str]
    piece_size: int | None


@dataclass(frozen=True)
class Step:
    """What one request gets; without an answer it is made as if nothing were queued."""

    answer: Answer | None = None
    failure: Failure | None = None
    raw: Raw | None = None
    fault: Fault = field(default_factory=Fault)
    path: str | None = None


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


def text_answer(text: str | None) -> Answer | None:
    """An answer of this text; `None` for none, which is made as if nothing were queued."""
    return None if text is None else Answer(text=text)


def to_bytes(body: bytes | str | Mapping[str, Any] | None) -> bytes | None:
    """A body as bytes: JSON of an object, UTF-8 of a text."""
    match body:
        case None | bytes():
            return body
        case str():
            return body.encode("utf-8", "surrogatepass")
        case _:
            return json.dumps(body).encode()
