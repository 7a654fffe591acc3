"""Prompts that want a question in other words: standalone, as search queries, in parts, or as a passage."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hatz_sandbox.brain import values
from hatz_sandbox.brain.forms.extracting import keywords
from hatz_sandbox.brain.words import content
from hatz_sandbox.neutral import Tool

if TYPE_CHECKING:
    from collections.abc import Mapping

_STANDALONE = re.compile(r"standalone question", re.IGNORECASE)
_FOLLOW_UP = re.compile(
    r"Follow[- ]?Up (?:Message|Input|Question)\W*\n?(?P<question>[^\n]*\w[^\n]*?)\s*\n\s*\W*Standalone",
    re.DOTALL | re.IGNORECASE,
)
_HISTORY = re.compile(r"^[ \t]*(?:user|human):\s*(?P<said>.+)$", re.IGNORECASE | re.MULTILINE)
_PRONOUN = re.compile(r"\b(?:it|they|them|he|him|she)\b", re.IGNORECASE)
_QUERIES = re.compile(r"Generate (?P<most>\d+) search queries.*?\nQuery:\s*(?P<query>.*?)\nQueries:\s*\Z", re.DOTALL)
_PASSAGE = re.compile(r"\APlease write a passage to answer the question\n.*?\n\n+(?P<query>.*?)\s*Passage:\W*\Z", re.DOTALL)  # fmt: skip
_NEW_QUESTION = re.compile(
    r"\AThe original question is as follows: (?P<query>.*?)\nWe have an opportunity.*"
    r"Knowledge source context:(?P<rest>.*)\nNew question:\s*\Z",
    re.DOTALL,
)
_PARTS = re.compile(
    r"<Tools>\s*```json\s*(?P<tools>\{[^`]*\})\s*```\s*<User Question>\s*(?P<query>[^\n]+?)\s*\n\s*<Output>\s*\Z"
)
_SHAPES = ("{words}", "What is known about {words}?", "{query} explained", "details on {words}", "examples of {words}")


def rewritten(_system: str, user: str) -> str | None:
    """The question in the form asked for, or `None` when this is no such prompt."""
    return _standalone(user) or _queries(user) or _passage(user) or _next_question(user) or _parts(user)


def _standalone(user: str) -> str | None:
    match = _FOLLOW_UP.search(user) if _STANDALONE.search(user) else None
    if match is None:
        return None
    question: str = match["question"].strip().strip("<>\"' \n")
    spoken = [said for line in _HISTORY.finditer(user[: match.start()]) for said in values.names(line["said"])]
    return _PRONOUN.sub(spoken[-1], question, count=1) if spoken and not values.names(question) else question


def _queries(user: str) -> str | None:
    match = _QUERIES.search(user)
    if match is None:
        return None
    query, most = match["query"].strip(), int(match["most"])
    words = " ".join(dict.fromkeys(keywords(query, 6))) or query
    made = [shape.format(words=words, query=query.rstrip("?")) for shape in _SHAPES]
    made += [f"{word}: {words}" for word in keywords(query, most)]
    made += [f"{words} {number}" for number in range(2, most + 2)]
    return "\n".join(list(dict.fromkeys(made))[:most])


def _passage(user: str) -> str | None:
    match = _PASSAGE.search(user)
    if match is None:
        return None
    query = match["query"].strip()
    return f"This passage answers the question “{query}” It speaks of {', '.join(keywords(query, 8))}."


def _next_question(user: str) -> str | None:
    match = _NEW_QUESTION.search(user)
    if match is None:
        return None
    before = match["rest"].rpartition("Previous reasoning:")
    # One step is all that can be made of a question without a model.
    return "None" if before[1] and before[2].strip() not in {"", "None"} else str(match["query"]).strip()


def _parts(user: str) -> str | None:
    match = _PARTS.search(user)
    if match is None:
        return None
    try:
        about: Mapping[str, str] = json.loads(match["tools"])
    except ValueError:
        return None
    tools = [Tool(name, str(text), {}) for name, text in about.items()]
    query = match["query"]
    words = set(content(query))
    chosen = [tool for tool in tools if words & _own(tool)] or tools
    items = [{"sub_question": _narrowed(query, tool, chosen), "tool_name": tool.name} for tool in chosen]
    return f"```json\n{json.dumps({'items': items}, indent=4, ensure_ascii=False)}\n```"


def _narrowed(query: str, tool: Tool, tools: list[Tool]) -> str:
    """The question without what belongs to another tool alone: of `Uber and Lyft` each keeps its own."""
    own = _own(tool)
    others = {word for other in tools if other is not tool for word in _own(other)}
    for name in re.findall(r"\w+", query):
        if set(content(name)) and set(content(name)) <= others - own:
            joined = rf"\s*(?:,|\band\b|\bor\b|\bwith\b|\bto\b|\bvs\.?)\s+{name}\b|\b{name}\s*(?:,|\band\b|\bor\b|\bwith\b|\bto\b|\bvs\.?)\s+"
            query = re.sub(joined, "", query, count=1).strip()
    return query


def _own(tool: Tool) -> set[str]:
    return set(content(f"{tool.name} {tool.description}"))
