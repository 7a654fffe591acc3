"""Tool calls that fit a request, and sentences from their results."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from textwrap import shorten
from typing import Any

from hatz_sandbox.answerer import values
from hatz_sandbox.answerer.fill import fill
from hatz_sandbox.answerer.passages import best
from hatz_sandbox.answerer.words import stems, word_set
from hatz_sandbox.neutral import Question, Result, Tool, ToolCall

_FITS = 2.0
_LONG_RESULT = 400  # characters
_MIN_SENTENCE = 4  # words
_VAGUE = frozenset(stems(" ".join(word_set("vague"))))
_SEARCHES = frozenset(stems("search retrieve find documents knowledge"))
_ASKING = ("what", "who", "when", "where", "which", "how", "why", "find", "look up", "search", "does", "is ", "are ")


def fitting_calls(text: str, tools: Sequence[Tool]) -> list[ToolCall]:
    """Calls of the tools that fit different parts of the request, in the order of the request."""
    left = set(stems(text)) - _VAGUE
    chosen: list[Tool] = []
    for _ in tools:
        top = max((tool for tool in tools if tool not in chosen), key=lambda tool: _score(tool, left, text))
        if _score(top, left, text) < _FITS:
            break
        chosen.append(top)
        left -= _words(top)
    if not chosen and text.strip().lower().startswith(_ASKING) and len(stems(text)) > 1:
        chosen = [tool for tool in tools if _words(tool) & _SEARCHES][:1]
    order = stems(text)
    places = {tool.name: [order.index(word) for word in {*order} & _words(tool) - _VAGUE] for tool in chosen}
    chosen.sort(key=lambda tool: min(places[tool.name], default=len(order)))
    return [call for tool in chosen for call in _calls(tool, text)]


def forced_call(text: str, tools: Sequence[Tool], answer: str | None = None) -> list[ToolCall]:
    """One call, of the tool that fits best."""
    words = set(stems(text))
    return [_call(max(tools, key=lambda tool: _score(tool, words, text)), text, answer)] if tools else []


def describe_results(question: Question) -> str:
    """A sentence for each tool result after the question; empty without results."""
    calls = {call.id: call for turn in question.since for call in turn.calls}
    results = [result for turn in question.since for result in turn.results]
    return " ".join(_describe(question.text, calls.get(one.id), one, several=len(results) > 1) for one in results)


def _words(tool: Tool) -> set[str]:
    return set(stems(f"{tool.name} {tool.description}"))


def _score(tool: Tool, words: set[str], text: str) -> float:
    if tool.name in text or (len(tool.name) > 3 and tool.name.replace("_", " ").lower() in text.lower()):
        return 10.0 if words & _words(tool) or not words else 5.0
    fields = set(stems(json.dumps(tool.schema.get("properties") or {}, ensure_ascii=False))) - _VAGUE
    name = set(stems(tool.name)) - _VAGUE
    return 2.0 * len(words & name) + len(words & (set(stems(tool.description)) - _VAGUE)) + 0.25 * len(words & fields)


def _calls(tool: Tool, text: str) -> list[ToolCall]:
    """One call, or one for each place in the request if a place is the tool's only required field."""
    required: list[str] = tool.schema.get("required") or list(tool.schema.get("properties") or {})[:1]
    places = values.places(text)
    if len(required) == 1 and len(places) > 1 and required[0].lower() in values.PLACES:
        return [_call(tool, f"in {place}") for place in places]
    return [_call(tool, text)]


def _call(tool: Tool, text: str, answer: str | None = None) -> ToolCall:
    # The name of a tool in the request is not a value; its words are.
    plain = text.replace(tool.name, tool.name.replace("_", " "))
    value: Any = fill({"type": "object", **tool.schema}, plain, answer)
    return ToolCall(tool.name, json.dumps(value, ensure_ascii=False))


def _describe(question: str, call: ToolCall | None, result: Result, *, several: bool) -> str:
    name = call.name if call else "the tool"
    text = plain = result.text.strip()
    if result.is_error or not text:
        return f"The tool {name} reported an error: {text}" if result.is_error else f"The tool {name} gave no result."
    with contextlib.suppress(ValueError, RecursionError):
        plain = _as_text(json.loads(text)) if text[:1] in "{[" else text
    if len(plain) > _LONG_RESULT:
        plain = " ".join(best(question, plain)) or plain[:_LONG_RESULT].rsplit(" ", 1)[0] + " …"
    is_sentence = len(plain.split()) >= _MIN_SENTENCE
    if several and call and call.input and not (is_sentence and plain == text and plain.endswith((".", "!", "?"))):
        arguments = ", ".join(
            f"{key}={shorten(_as_text(item), 80, placeholder='…')}" for key, item in call.input.items()
        )
        return f"{name}({arguments}){' gave' if plain == text and ',' not in text else ':'} {plain.rstrip('.')}."
    if is_sentence:
        return plain if plain.endswith((".", "!", "?", "…", "。")) else plain + "."
    return f"The result of {name} is {plain.rstrip('.')}."


def _as_text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{str(key).replace('_', ' ')} is {_as_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "; ".join(map(_as_text, value))
    return value if isinstance(value, str) else json.dumps(value)
