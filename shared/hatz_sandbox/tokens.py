"""A token estimate that is the same on every machine, what it allows of an answer, and the usage that results."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from hatz_sandbox.neutral import Answer, Question, Usage

_TOKEN = re.compile(r"\s*(?:[A-Za-z0-9]{1,6}|\S)|\s+")
_PROMPT = ("instructions", "system", "input", "inputs", "messages", "tools")


def count(text: str) -> int:
    """How many tokens the text is taken to be."""
    return len(_TOKEN.findall(text))


def count_json(value: Any) -> int:
    """How many tokens a JSON value is taken to be, strings by their text and with long data counted shortly."""
    if isinstance(value, str):
        return count(value) if len(value) < 20_000 else len(value) // 4
    if isinstance(value, dict | list):
        return sum(1 + count_json(item) for item in (value.values() if isinstance(value, dict) else value))
    return count(json.dumps(value))


def count_prompt(body: dict[str, Any]) -> int:
    """How many tokens the prompt of a request is taken to be: what is said and offered in it, and no settings."""
    return count_json({name: body[name] for name in _PROMPT if name in body})


def count_usage(answer: Answer, prompt_tokens: int) -> Usage:
    """The usage of an answer to a prompt of so many tokens."""
    reasoning = count(answer.reasoning or "")
    texts = (answer.text, answer.refusal or "", *(call.name + call.arguments for call in answer.calls))
    return answer.usage or Usage(prompt_tokens, max(1, reasoning + sum(map(count, texts))), reasoning=reasoning)


def apply_limits(answer: Answer, question: Question) -> Answer:
    """The answer up to a stop sequence and within the token limit; one whose finish a script set is left as it is."""
    if answer.finish is not None:
        return answer
    found = [(answer.text.find(stop), stop) for stop in question.stop if stop and stop in answer.text]
    if found:
        at, stop = min(found)
        cut: dict[str, Any] = {"text": answer.text[:at], "chunks": None, "calls": (), "citations": ()}
        answer = replace(answer, finish="stop_sequence", stop_sequence=stop, **cut)
    return answer if question.max_tokens is None else _within(answer, question.max_tokens)


def _within(answer: Answer, left: int) -> Answer:
    texts: dict[str, Any] = {}
    for name in ("reasoning", "text", "refusal"):
        text = getattr(answer, name)
        texts[name] = text and _first(text, left)
        left -= count(text or "")
    calls = []
    for call in answer.calls:
        if left > 0:
            calls.append(replace(call, arguments=_first(call.arguments, left)))
        left -= count(call.arguments)
    return answer if left >= 0 else replace(answer, **texts, calls=tuple(calls), chunks=None, finish="length")


def _first(text: str, tokens: int) -> str:
    return "".join(_TOKEN.findall(text)[: max(tokens, 0)])
