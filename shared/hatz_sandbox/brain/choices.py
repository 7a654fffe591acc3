"""Prompts of retrieval frameworks that want a choice or keywords in a form of their own."""

from __future__ import annotations

import json
import re
from collections import Counter

from hatz_sandbox.brain.words import content

_OPTION = re.compile(r"^\((?P<number>\d+)\)\s*(?P<text>.+?)(?=^\(\d+\)|^-{5,}|\Z)", re.DOTALL | re.MULTILINE)
_QUESTION = re.compile(r"question: '(?P<question>.*?)'(?:\n|\Z)", re.DOTALL)
_DOCUMENT = re.compile(
    r"^Document (?P<number>\d+):\n(?P<text>.*?)(?=^Document \d+:|^Question:)", re.DOTALL | re.MULTILINE
)
_KEYWORDS = re.compile(r"extract up to (?P<most>\d+) keywords.*?-{5,}\n(?P<text>.*?)\n-{5,}\n", re.DOTALL)
_PLAIN = re.compile(r"[^\W\d_]{3,}")


def chosen(text: str) -> str | None:
    """The choice, in the form the prompt asks for; `None` when it asks for none."""
    for answer in (_ranked, _selected, _keywords):
        found = answer(text)
        if found:
            return found
    return None


def _order(question: str, options: list[tuple[int, str]]) -> list[tuple[int, int]]:
    """Numbers of the options and how many words of the question they share, the best first."""
    asked = set(content(question))
    scores = [(number, len(asked & set(content(text)))) for number, text in options]
    return sorted(scores, key=lambda item: (-item[1], item[0]))


def _selected(text: str) -> str | None:
    question = _QUESTION.search(text)
    options = [(int(match["number"]), match["text"]) for match in _OPTION.finditer(text)]
    if not (text.startswith("Some choices are given below") and question and options):
        return None
    ranked = _order(question["question"], options)
    several = "top choices" in text
    picked = [number for number, score in ranked if score and several] or [ranked[0][0]]
    reason = "It shares the most words with the question."
    if "ANSWER:" in text:
        return f"ANSWER: {', '.join(map(str, picked))}\n{reason}"
    return json.dumps([{"choice": number, "reason": reason} for number in picked])


def _ranked(text: str) -> str | None:
    if "relevance score" not in text:
        return None
    real = text.rsplit("Let's try this now:", maxsplit=1)[-1]
    options = [(int(match["number"]), match["text"]) for match in _DOCUMENT.finditer(real)]
    if not options:
        return None
    ranked = _order(real.rsplit("Question:", 1)[-1].replace("Answer:", ""), options)
    lines = [f"Doc: {number}, Relevance: {min(10, 4 + 2 * score)}" for number, score in ranked if score]
    return "\n".join(lines or [f"Doc: {ranked[0][0]}, Relevance: 1"])


def _keywords(text: str) -> str | None:
    match = _KEYWORDS.search(text)
    if not match or "KEYWORDS:" not in text:
        return None
    words = [word.lower() for word in _PLAIN.findall(match["text"]) if content(word)]
    return "KEYWORDS: " + ", ".join(word for word, _ in Counter(words).most_common(int(match["most"])))
