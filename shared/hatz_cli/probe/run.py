"""Ask the questions, one after the other; a failed one does not stop the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hatz_cli.exchange import Exchange, Gateway, Request
from hatz_cli.probe import reading
from hatz_cli.probe.question import NO_ANSWER, Question, Verdict, chat, messages, responses

_LIMITED = {402, 429}
_PAUSE = 2.0
"""Seconds to wait before the second attempt after a 429."""


@dataclass(frozen=True)
class Answer:
    """A question, the model it was asked about, and the result."""

    question: Question
    model: str
    """Empty if the question is not about a model."""
    verdict: Verdict
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def meaning(self) -> str:
        """The meaning of the verdict for the user's settings."""
        return self.question.means.get(self.verdict.word, "")


def plan(questions: Sequence[Question], models: Sequence[str]) -> list[tuple[Question, str]]:
    """Each question with each model; questions that do not depend on the model only with the first."""
    return [(question, model) for question in questions for model in (models if question.per_model else models[:1])]


def ask(gateway: Gateway, question: Question, model: str) -> Answer:
    """Ask one question; the verdict is `NO_ANSWER` if the responses do not answer it."""
    exchanges: list[Exchange] = []
    for step in question.steps:
        request = step if not callable(step) else step(exchanges)
        if request is None:
            break
        exchanges.append(_send(gateway, question, request.on(model)))
        if _problem(question, exchanges[-1]):
            break
    about = model if question.per_model else ""
    if problem := _problem(question, exchanges[-1]):
        return Answer(question, about, Verdict(NO_ANSWER, problem), exchanges)
    return Answer(question, about, _interpret(question, exchanges), exchanges)


def ask_all(gateway: Gateway, planned: Sequence[tuple[Question, str]]) -> Iterator[Answer]:
    """The answers, one by one.

    First each endpoint gets a plain request for the model. If it is refused, the endpoint's other questions are not asked: "refused"
    would then not be about their subject.
    """
    plain: dict[tuple[str, str], Exchange] = {}
    for question, model in planned:
        control = _CONTROLS.get(_path(question)) if question.per_model else None
        if control is None:
            yield ask(gateway, question, model)
            continue
        at = (control.path, model)
        if at not in plain:
            plain[at] = gateway.send(control.on(model))
        if plain[at].status == 200:
            yield ask(gateway, question, model)
        else:
            problem = f"a plain request is refused here: {reading.error(plain[at])}"
            yield Answer(question, model, Verdict(NO_ANSWER, problem), [plain[at]])


_CONTROLS = {request.path: request for request in (responses(), messages(), chat())}


def _path(question: Question) -> str:
    first = question.steps[0]
    return first.path if isinstance(first, Request) else ""


def requests(planned: Sequence[tuple[Question, str]]) -> int:
    """The maximum number of requests of a plan."""
    controls = {(_path(question), model) for question, model in planned if question.per_model}
    return sum(len(question.steps) for question, _ in planned) + sum(1 for path, _ in controls if path in _CONTROLS)


def tokens(planned: Sequence[tuple[Question, str]]) -> int:
    """About how many tokens a plan uses."""
    return sum(question.tokens for question, _ in planned)


def _send(gateway: Gateway, question: Question, request: Request) -> Exchange:
    exchange = gateway.send(request)
    if exchange.status == 429 and not question.expects_errors:
        time.sleep(_PAUSE)
        exchange = gateway.send(request)
    return exchange


def _problem(question: Question, exchange: Exchange) -> str:
    """Why this exchange does not answer the question; empty if it does."""
    if exchange.status is None:
        return reading.error(exchange)
    if question.expects_errors:
        return ""
    if exchange.status in _LIMITED or exchange.status >= 500 or exchange.status == 401:
        return reading.error(exchange)
    return ""


def _interpret(question: Question, exchanges: list[Exchange]) -> Verdict:
    try:
        return question.interpret(exchanges)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        return Verdict(NO_ANSWER, f"the answer has an unknown form ({type(error).__name__}: {error})"[:300])
