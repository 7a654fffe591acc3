"""Sources of an answer: a queued step, the user's function, the upstream model, or the built-in answerer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hatz_sandbox.neutral import Answer, GatewayError, Piece, Question, ToolCall
from hatz_sandbox.server.response import Fault, HttpResponse

if TYPE_CHECKING:
    from hatz_sandbox.upstream import Upstream


@dataclass(frozen=True)
class Step:
    """A queued result for one request; without `answer`, `error` and `response`, the answer is made as usual."""

    answer: Answer | None = None
    error: GatewayError | None = None
    response: HttpResponse | None = None
    fault: Fault = field(default_factory=Fault)
    path: str | None = None
    """The end of the path that the step is for; `None`: the next request for an answer."""


class StepQueue(list[Step]):
    """Steps in order, each used once. Thread-safe."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()

    def take(self, path: str, *, generates: bool) -> Step:
        """Remove and return the first step for this path; an empty step if there is none."""
        with self._lock:
            for index, step in enumerate(self):
                if path.endswith(step.path) if step.path else generates:
                    return self.pop(index)
        return Step()


@dataclass(frozen=True)
class Refusal:
    """The model's refusal with this text."""

    text: str


@dataclass(frozen=True)
class ErrorStatus:
    """An HTTP error in place of an answer, with the error body of the endpoint."""

    status: int = 500
    message: str = "The function given to sandbox.answer returned this error."


AnswerFunction = Callable[[Question], str | ToolCall | Sequence[ToolCall] | Refusal | ErrorStatus | None]


class AnswerFunctionError(RuntimeError):
    """The function given to `sandbox.answer` raised an exception, which is the cause of this one."""


class Answers:
    """Makes an answer when no step is queued. Thread-safe."""

    def __init__(self, upstream: str | Upstream | None = None) -> None:
        if isinstance(upstream, str):
            from hatz_sandbox.upstream import Upstream  # noqa: PLC0415 - slow to import

            upstream = Upstream(upstream)
        self.upstream = upstream
        self.function: AnswerFunction | None = None
        self._error: Exception | None = None
        self._lock = threading.Lock()

    def make(self, question: Question) -> Answer | Iterable[Piece]:
        """A complete answer, or the pieces of the upstream's; `GatewayError` if there is none."""
        if self.function and (answer := self._call(self.function, question)):
            return answer
        if self.upstream:
            return self.upstream.answer(question)
        from hatz_sandbox.answerer import answer as make  # noqa: PLC0415 - it needs the extra

        return make(question)

    def close(self) -> None:
        """Close the connections to the upstream."""
        if self.upstream:
            self.upstream.close()

    def reset(self) -> None:
        """Forget the function and its error."""
        self.function = self._error = None

    def raise_error(self, other: BaseException | None) -> None:
        """Raise the first exception of the function as `AnswerFunctionError`; if `other` is being raised, add a note to it."""
        error, self._error = self._error, None
        if error is None:
            return
        message = f"the function given to sandbox.answer failed: {type(error).__name__}: {error}"
        if other is None:
            raise AnswerFunctionError(message) from error
        other.add_note(message)

    def _call(self, function: AnswerFunction, question: Question) -> Answer | None:
        try:
            return _to_answer(function(question))
        except GatewayError:
            raise
        except Exception as error:
            with self._lock:
                self._error = self._error or error
            message = f"The function given to sandbox.answer failed: {type(error).__name__}: {error}"
            raise GatewayError(message, status=500, headers={"x-should-retry": "false"}) from error


def _to_answer(value: object) -> Answer | None:
    match value:
        case None:
            return None
        case str():
            return Answer(value)
        case Refusal(text):
            return Answer(refusal=text)
        case ErrorStatus(status, message):
            raise GatewayError(message, status=status)
        case ToolCall():
            return Answer(calls=(value,))
        case [*items] if items and len(calls := [item for item in items if isinstance(item, ToolCall)]) == len(items):
            return Answer(calls=tuple(calls))
    expected = "a text, a ToolCall or a list of them, a Refusal, an ErrorStatus, or None for the sandbox's own answer"
    raise TypeError(f"it returned {type(value).__name__}; it has to return {expected}")
