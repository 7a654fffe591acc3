"""Questions as the schema of an answer with a probability for each option, and the answers read from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from math import isclose
from typing import Any

from langchain_core.decisions import Answer, Box, Choice, ChoiceAnswer, Noul, NoulAnswer, Question, ScoreAnswer
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration
from pydantic import TypeAdapter

from hatz_client import HatzInvalidInputError, HatzUnsupportedError
from hatz_client.integration.structured.output_schema import OutputSchema
from langchain_hatz.decisions.state import Attachments, to_text
from langchain_hatz.structured_output import StructuredParser

ROUNDING = 0.1
"""How far from 1 the sum of a question's probabilities may be; then they are divided by it."""
_PROPERTY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""The names of properties that Anthropic's API accepts."""
_QUESTIONS: TypeAdapter[dict[str, Question]] = TypeAdapter(dict[str, Question])


class Questions:
    """The questions of one request.

    Args:
        questions: The questions by name, also as plain dicts.

    Raises:
        HatzInvalidInputError: if there are none.
        HatzUnsupportedError: for a `Box`.
        pydantic.ValidationError: for anything that is not a question.
    """

    def __init__(self, questions: Mapping[str, Any]) -> None:
        if not questions:
            raise HatzInvalidInputError("questions is empty: ask at least one.")
        self.attachments: Attachments = []
        """The media in the questions."""
        self._questions = _QUESTIONS.validate_python(questions)
        self._properties = _property_names("question", self._questions)
        schemas = {self._properties[name]: self._schema(name, one) for name, one in self._questions.items()}
        self.wanted = OutputSchema("answers", _object(schemas), "The answers to the questions.")
        """The schema of the answer."""

    def read(self, message: BaseMessage) -> dict[str, Answer]:
        """The answers in a message.

        Raises:
            OutputParserException: if a probability is missing or is not from 0 to 1, or if the message was cut off.
            HatzRefusalError: if the model refused.
        """
        found = StructuredParser(wanted=self.wanted).parse_result([ChatGeneration(message=message)])
        try:
            return {
                name: _answer(one, name, found.get(self._properties[name])) for name, one in self._questions.items()
            }
        except _NoProbabilityError as error:
            text = str(message.text)
            raise OutputParserException(f"{error}. The answer was: {text!r:.2000}", llm_output=text) from None

    def _schema(self, name: str, question: Question) -> dict[str, Any]:
        if isinstance(question, Box):
            raise HatzUnsupportedError(
                f"The question {name!r} is a Box; HatzDecisionModel answers Noul, Choice and Score. To ask a model where something "
                "is in an image, use ChatHatz(…).with_structured_output(BoxCoordinates)."
            )
        instructions = self._text(question.instructions)
        if isinstance(question, Noul):
            words = {"true": "Yes means: ", "false": "No means: "}
            given = question.criteria.model_dump(exclude_none=True) if question.criteria else {}
            means = [f"{words[outcome]}{self._text(criterion)}" for outcome, criterion in given.items()]
            return _probability("\n".join([instructions, "The probability of yes.", *means]))
        options = _options(question)
        names = _property_names("option", options)
        shares = {
            names[label]: _probability(label if criterion is None else f"{label}: {self._text(criterion)}")
            for label, criterion in options.items()
        }
        return {
            **_object(shares),
            "description": f"{instructions}\nThe probability of each {'option' if isinstance(question, Choice) else 'level'}.",
        }

    def _text(self, value: Any) -> str:
        return to_text(value, self.attachments)


def _options(question: Any) -> Mapping[str, Any]:
    """The options of a `Choice` or the levels of a `Score`, with their descriptions."""
    if isinstance(question, Choice):
        return question.criteria
    return {f"level_{level}": criterion for level, criterion in enumerate(question.criteria)}


def _property_names(kind: str, names: Collection[str]) -> dict[str, str]:
    """The name in the schema for each name: the same if services accept all of them, else numbers ("option_1")."""
    if all(map(_PROPERTY.fullmatch, names)):
        return {name: name for name in names}
    return {name: f"{kind}_{number}" for number, name in enumerate(names, 1)}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


def _probability(description: str) -> dict[str, Any]:
    return {"type": "number", "minimum": 0, "maximum": 1, "description": description}


class _NoProbabilityError(ValueError):
    """A value of the answer is not a probability."""


def _answer(question: Question, name: str, value: Any) -> Answer:
    if isinstance(question, Noul):
        return NoulAnswer(type="noul", noul=_read_probability(value, name))
    shares = _read_shares(value, name, _options(question))
    if isinstance(question, Choice):
        likeliest = max(shares, key=lambda label: shares[label])
        return ChoiceAnswer(type="choice", choice=likeliest, probabilities=shares, confidence=shares[likeliest])
    levels = dict(enumerate(shares.values()))
    return ScoreAnswer(
        type="score",
        score=sum(level * share for level, share in levels.items()),
        legend=dict(enumerate(_options(question).values())),
        probabilities=levels,
        confidence=max(levels.values()),
    )


def _read_probability(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise _NoProbabilityError(f"The model gave no probability from 0 to 1 for {where}, but {value!r:.100}")
    return float(value)


def _read_shares(value: Any, name: str, options: Collection[str]) -> dict[str, float]:
    """The probabilities of a question's options, which add up to 1."""
    given = value if isinstance(value, Mapping) else {}
    names = _property_names("option", options)
    shares = {label: _read_probability(given.get(names[label]), f"{label} in {name}") for label in options}
    total = sum(shares.values())
    if isclose(total, 1):  # a division would change their last digits
        return shares
    if abs(total - 1) > ROUNDING + 1e-9:  # an error of floats is allowed
        raise _NoProbabilityError(f"The probabilities that the model gave for {name} add up to {total:.4g}, not to 1")
    return {label: share / total for label, share in shares.items()}
