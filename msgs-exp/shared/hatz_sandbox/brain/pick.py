"""Which of the offered tools fit a request, and the calls to make of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatz_sandbox.brain import values
from hatz_sandbox.brain.fill import fill
from hatz_sandbox.brain.words import content
from hatz_sandbox.neutral import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatz_sandbox.neutral import Tool

_THRESHOLD = 2.0
_VAGUE = {"get", "return", "tool", "use", "function", "value", "user", "given", "input", "us", "giv", "output", "result", "call",
          "number", "string", "two", "integer", "take", "tak", "run", "text", "list", "name", "data", "inform", "answer",
          "question", "query", "quer", "queri", "apply", "appli", "new"}  # fmt: skip
_SEARCHES = {"search", "document", "docum", "knowledge", "rag", "retriev"}
_ASKING = (
    "what",
    "who",
    "when",
    "where",
    "which",
    "how",
    "why",
    "find",
    "look up",
    "search",
    "tell me",
    "does",
    "is ",
    "are ",
)


def calls_for(text: str, tools: Sequence[Tool]) -> list[Call]:
    """The calls that serve the request, in order; none when no tool fits it."""
    return [call for tool in fitting(text, tools) for call in _calls(tool, text)]


def forced(text: str, tools: Sequence[Tool], name: str | None, answer: str | None = None) -> list[Call]:
    """The calls of a choice that leaves no other way: of the named tool, or of the ones that fit best."""
    if name is not None:
        return [_call(tool, text, [], answer) for tool in tools if tool.name == name][:1]
    found = calls_for(text, tools)
    if found or not tools:
        return found
    words = set(content(text))
    return [_call(max(tools, key=lambda tool: _score(tool, words, text)), text, [])]


def fitting(text: str, tools: Sequence[Tool]) -> list[Tool]:
    """The tools that serve different parts of the request, the best first."""
    left = set(content(text)) - _VAGUE
    chosen: list[Tool] = []
    rest = list(tools)
    while rest:
        scores = {tool.name: _score(tool, left, text) for tool in rest}
        top = max(rest, key=lambda tool: scores[tool.name])
        if scores[top.name] < _THRESHOLD:
            break
        chosen.append(top)
        rest.remove(top)
        left -= _own_words(top)
    if not chosen and _asks(text):
        chosen = [tool for tool in tools if _own_words(tool) & _SEARCHES][:1]
    return sorted(chosen, key=lambda tool: _first_mention(tool, text))


def _own_words(tool: Tool) -> set[str]:
    return set(content(f"{tool.name} {tool.description}"))


def _score(tool: Tool, words: set[str], text: str) -> float:
    if tool.name in text or (len(tool.name) > 3 and tool.name.replace("_", " ").lower() in text.lower()):
        return 10.0 if words & _own_words(tool) or not words else 5.0
    name = set(content(tool.name)) - _VAGUE
    description = set(content(tool.description)) - _VAGUE
    fields = set(content(json.dumps(tool.schema.get("properties") or {}, ensure_ascii=False))) - _VAGUE
    return 2.0 * len(words & name) + 1.0 * len(words & description) + 0.25 * len(words & fields)


def _first_mention(tool: Tool, text: str) -> int:
    own = _own_words(tool) - _VAGUE
    said = content(text)
    return next((at for at, word in enumerate(said) if word in own), len(said))


def _asks(text: str) -> bool:
    lowered = text.strip().lower()
    if "how are you" in lowered or len(content(text)) < 2:
        return False
    return lowered.endswith(("?", "\uff1f")) or lowered.startswith(_ASKING)


def _calls(tool: Tool, text: str) -> list[Call]:
    """One call, or one for each of several places the request names for the tool's only required string."""
    properties: dict[str, Any] = tool.schema.get("properties") or {}
    required = tool.schema.get("required") or list(properties)[:1]
    several = values.places(text)
    takes_one = len(required) == 1 and properties.get(required[0], {}).get("type") == "string"
    if takes_one and len(several) > 1 and required[0].lower() in values.PLACES:
        return [_call(tool, text, [name]) for name in several]
    return [_call(tool, text, [])]


def _call(tool: Tool, text: str, names: list[str], answer: str | None = None) -> Call:
    value = fill({"type": "object", **tool.schema}, _without_name(tool, text), names=names, answer=answer)
    return Call(tool.name, json.dumps(value, ensure_ascii=False))


def _without_name(tool: Tool, text: str) -> str:
    # A tool named in the request is not a value; its name's own words still count as words.
    return text.replace(tool.name, tool.name.replace("_", " ")) if "_" in tool.name else text
