"""Who answers when nothing is queued: a function of the user's own, a model behind the sandbox, or the small answerer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hatz_sandbox import answerer
from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.neutral import Answer, Call, Piece, Request, Tool

if TYPE_CHECKING:
    from hatz_sandbox.upstream import Upstream


@dataclass(frozen=True)
class Question:
    """What the function given to `sandbox.answer` is asked."""

    text: str
    """The last text of the user; tool results may have followed it."""
    system: str
    """The system text; empty when there is none."""
    results: tuple[str, ...]
    """The results of the tools that were called since that text."""
    tools: tuple[Tool, ...]
    """The tools on offer, each with `name`, `description` and `schema`."""
    schema: dict[str, Any] | None
    """The JSON schema that the endpoint's own structured output asks for."""
    endpoint: str
    """`responses`, `messages` or `chat`."""
    model: str
    stream: bool
    body: dict[str, Any] = field(repr=False)
    """The whole JSON body."""


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool; arguments given as a string are sent as they are, also when they are broken JSON."""

    name: str
    arguments: Mapping[str, Any] | str = "{}"
    id: str | None = None

    def to_call(self) -> Call:
        """The call with its arguments as JSON text."""
        given = self.arguments
        return Call(self.name, given if isinstance(given, str) else json.dumps(given, ensure_ascii=False), self.id)


@dataclass(frozen=True)
class Refusal:
    """The model declines, in these words."""

    text: str


@dataclass(frozen=True)
class ErrorStatus:
    """An error in place of an answer, in the error body of the endpoint that was asked."""

    status: int = 500
    message: str = "The function given to sandbox.answer says so."


AnswerValue = str | ToolCall | Sequence[ToolCall] | Refusal | ErrorStatus | None
AnswerFunction = Callable[[Question], AnswerValue]


class AnswerFunctionError(RuntimeError):
    """The function given to `sandbox.answer` raised an exception, which is this one's cause."""


class Answers:
    """Makes the answers nobody has queued; safe to use from several threads."""

    def __init__(self, upstream: Upstream | None = None) -> None:
        self.upstream = upstream
        self.function: AnswerFunction | None = None
        self._errors: list[Exception] = []
        self._lock = threading.Lock()

    def make(self, prompt: Request, endpoint: str, body: dict[str, Any]) -> Answer | Iterator[Piece]:
        """A whole answer, or its pieces as they come from a model behind the sandbox.

        Raises:
            GatewayError: There is none: the function fails or gives an error, or the model cannot be reached.
        """
        if self.function and (answer := self._ask_function(self.function, question_of(prompt, endpoint, body))):
            return answer
        return self.upstream.answer(prompt) if self.upstream else answerer.answer(prompt)

    def take_error(self) -> AnswerFunctionError | None:
        """What to raise for the first exception of the function since the last look, or `None`."""
        with self._lock:
            errors, self._errors = self._errors, []
        if not errors:
            return None
        failure = AnswerFunctionError(f"the function given to sandbox.answer failed: {_name(errors[0])}")
        failure.__cause__ = errors[0]
        return failure

    def _ask_function(self, function: AnswerFunction, question: Question) -> Answer | None:
        try:
            return _to_answer(function(question))
        except GatewayError:
            raise
        except Exception as error:
            with self._lock:
                self._errors.append(error)
            message = f"The function given to sandbox.answer failed: {_name(error)}"
            raise GatewayError(message, status=500, retry=False) from error


def question_of(prompt: Request, endpoint: str, body: dict[str, Any]) -> Question:
    """The request as the function gets it."""
    text, since = prompt.last_question
    return Question(
        text=text,
        system=prompt.system,
        results=tuple(result.text for turn in since for result in turn.results),
        tools=prompt.tools,
        schema=prompt.schema,
        endpoint=endpoint,
        model=prompt.model,
        stream=prompt.stream,
        body=body,
    )


def _to_answer(value: AnswerValue) -> Answer | None:
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
            return Answer(calls=(value.to_call(),))
        case [*calls] if calls and all(isinstance(call, ToolCall) for call in calls):
            return Answer(calls=tuple(call.to_call() for call in calls))
    expected = "a text, a ToolCall or a list of them, a Refusal, an ErrorStatus, or None for the sandbox's own answer"
    raise TypeError(f"it returned {type(value).__name__}; it has to return {expected}")


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
