"""Who answers when nothing is queued: a function of the user's own, a model behind the sandbox, or the small answerer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.neutral import Answer, Piece, Question, ToolCall
from hatz_sandbox.upstream import Upstream


@dataclass(frozen=True)
class Refusal:
    """The model declines, in these words."""

    text: str


@dataclass(frozen=True)
class ErrorStatus:
    """An error in place of an answer, in the error body of the endpoint that was asked."""

    status: int = 500
    message: str = "The function given to sandbox.answer says so."


AnswerFunction = Callable[[Question], str | ToolCall | Sequence[ToolCall] | Refusal | ErrorStatus | None]


class AnswerFunctionError(RuntimeError):
    """The function given to `sandbox.answer` raised an exception, which is this one's cause."""


class Answers:
    """Makes the answers nobody has queued; safe to use from several threads."""

    def __init__(self, upstream: Upstream | None = None) -> None:
        self.upstream = upstream
        self.function: AnswerFunction | None = None
        self._error: Exception | None = None
        self._lock = threading.Lock()

    def make(self, question: Question) -> Answer | Iterator[Piece]:
        """A whole answer, or its pieces as they come from a model behind the sandbox.

        Raises:
            GatewayError: There is none: the function fails or gives an error, or the model cannot be reached.
        """
        if self.function and (answer := self._ask(self.function, question)):
            return answer
        if self.upstream:
            return self.upstream.answer(question)
        from hatz_sandbox.answerer import answer as make  # noqa: PLC0415 - it needs the extra

        return make(question)

    def close(self) -> None:
        """Close the connections to the model behind the sandbox."""
        if self.upstream:
            self.upstream.close()

    def forget(self) -> None:
        """Forget the function, and what it raised."""
        self.function = self._error = None

    def raise_error(self, other: BaseException | None) -> None:
        """Raise what the function raised first, as `AnswerFunctionError`; a note where another exception is on its way."""
        error, self._error = self._error, None
        if error is None:
            return
        message = f"the function given to sandbox.answer failed: {type(error).__name__}: {error}"
        if other is None:
            raise AnswerFunctionError(message) from error
        other.add_note(message)

    def _ask(self, function: AnswerFunction, question: Question) -> Answer | None:
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
