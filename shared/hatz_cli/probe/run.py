"""Asking the questions: one after the other, whatever happens to one of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hatz_cli.exchange import Exchange, Gateway, Request
from hatz_cli.probe import reading
from hatz_cli.probe.question import NO_ANSWER, Question, Verdict, chat, messages, responses

_LIMITED = {402, 429}
_PAUSE = 2.0
"""Seconds to wait before a question that met a rate limit is asked once more."""


@dataclass(frozen=True)
class Answer:
    """A question, what it was asked of, and what came of it."""

    question: Question
    model: str
    """"" where the question is not about a model."""
    verdict: Verdict
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def meaning(self) -> str:
        """What the verdict means for the user's settings."""
        return self.question.means.get(self.verdict.word, "")


def plan(questions: Sequence[Question], models: Sequence[str]) -> list[tuple[Question, str]]:
    """Which question is asked of which model: those that are about no model once, with the first."""
    return [(question, model) for question in questions for model in (models if question.per_model else models[:1])]


def ask(gateway: Gateway, question: Question, model: str) -> Answer:
    """Ask one question; the answer's verdict is `NO_ANSWER` when it could not be judged."""
    exchanges: list[Exchange] = []
    for step in question.steps:
        request = step if not callable(step) else step(exchanges)
        if request is None:
            break
        exchanges.append(_sent(gateway, question, request.on(model)))
        if _hindrance(question, exchanges[-1]):
            break
    named = model if question.per_model else ""
    if hindered := _hindrance(question, exchanges[-1]):
        return Answer(question, named, Verdict(NO_ANSWER, hindered), exchanges)
    return Answer(question, named, _judged(question, exchanges), exchanges)


def ask_all(gateway: Gateway, planned: Sequence[tuple[Question, str]]) -> Iterator[Answer]:
    """The answers, as they come.

    A model that an endpoint refuses even a plain request for is not asked further there: "refused" would be said of the wrong thing.
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
    """How many requests a plan takes at most."""
    controls = {(_path(question), model) for question, model in planned if question.per_model}
    return sum(len(question.steps) for question, _ in planned) + sum(1 for path, _ in controls if path in _CONTROLS)


def tokens(planned: Sequence[tuple[Question, str]]) -> int:
    """About how many tokens a plan takes."""
    return sum(question.tokens for question, _ in planned)


def _sent(gateway: Gateway, question: Question, request: Request) -> Exchange:
    exchange = gateway.send(request)
    if exchange.status == 429 and not question.judges_errors:
        time.sleep(_PAUSE)
        exchange = gateway.send(request)
    return exchange


def _hindrance(question: Question, exchange: Exchange) -> str:
    """Why an exchange tells nothing about the question; "" when it does."""
    if exchange.status is None:
        return reading.error(exchange)
    if question.judges_errors:
        return ""
    if exchange.status in _LIMITED or exchange.status >= 500 or exchange.status == 401:
        return reading.error(exchange)
    return ""


def _judged(question: Question, exchanges: list[Exchange]) -> Verdict:
    try:
        return question.judge(exchanges)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        return Verdict(
            NO_ANSWER, f"the answer has a form the probe does not know ({type(error).__name__}: {error})"[:300]
        )
