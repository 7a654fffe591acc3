"""What the request allows of an answer: stop sequences, the token limit, and the usage that results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hatz_sandbox.neutral import Usage
from hatz_sandbox.tokens import count, first_tokens

if TYPE_CHECKING:
    from hatz_sandbox.neutral import Answer, Question


def apply_limits(answer: Answer, question: Question) -> Answer:
    """The answer within what the request allows; one whose finish a script set is left as it is."""
    if answer.finish is not None:
        return answer
    return _within_limit(_until_stop(answer, question.stop), question.max_tokens)


def count_usage(answer: Answer, prompt_tokens: int) -> Usage:
    """The usage of an answer to a prompt of so many tokens."""
    reasoning = count(answer.reasoning or "")
    texts = (answer.text, answer.refusal or "", *(call.name + call.arguments for call in answer.calls))
    return answer.usage or Usage(prompt_tokens, max(1, reasoning + sum(map(count, texts))), reasoning=reasoning)


def _until_stop(answer: Answer, stops: tuple[str, ...]) -> Answer:
    found = [(answer.text.find(stop), stop) for stop in stops if stop and stop in answer.text]
    if not found:
        return answer
    at, stop = min(found)
    return replace(
        answer, text=answer.text[:at], chunks=None, calls=(), finish="stop_sequence", stop_sequence=stop, citations=()
    )


def _within_limit(answer: Answer, limit: int | None) -> Answer:
    if limit is None:
        return answer
    left = limit
    kept: list[str | None] = []
    for text in (answer.reasoning, answer.text, answer.refusal):
        kept.append(None if text is None else first_tokens(text, left))
        left -= count(text or "")
    calls = []
    for call in answer.calls:
        if left > 0:
            calls.append(replace(call, arguments=first_tokens(call.arguments, left)))
        left -= count(call.arguments)
    if left >= 0:
        return answer
    reasoning, text, refusal = kept
    return replace(
        answer, reasoning=reasoning, text=text or "", refusal=refusal, calls=tuple(calls), chunks=None, finish="length"
    )
