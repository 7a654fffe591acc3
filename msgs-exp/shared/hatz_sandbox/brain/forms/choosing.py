"""Prompts that give numbered things to choose from or to rank."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hatz_sandbox.brain.words import content

if TYPE_CHECKING:
    from hatz_sandbox.neutral import Request

# Prompts as LlamaIndex has them: llama_index.core.prompts, .selectors and .postprocessor.
_OPTION = re.compile(r"^\((?P<number>\d+)\)\s*(?P<text>.+?)(?=^\(\d+\)|^-{5,}|\Z)", re.DOTALL | re.MULTILINE)
_QUESTION = re.compile(r"question: '(?P<question>.*?)'(?:\n|\Z)", re.DOTALL)
_DOCUMENT = re.compile(
    r"^Document (?P<number>\d+):\n(?P<text>.*?)(?=^Document \d+:|^Question:)", re.DOTALL | re.MULTILINE
)
_PERMUTE = re.compile(r"Search Query: (?P<query>.*?)\. \nRank the \d+ passages above", re.DOTALL)
_PASSAGE = re.compile(r"\[(?P<number>\d+)\] (?P<text>.*)", re.DOTALL)
_INSERT = re.compile(r"-{5,}\n[^\n]*new piece of information: (?P<new>.*?)\nAnswer with the number", re.DOTALL)
REASON = "It shares the most words with the question."


def chosen(_system: str, text: str) -> str | None:
    """The choice, in the form the prompt asks for; `None` when it asks for none."""
    return _ranked(text) or _selected(text) or _inserted(text)


def permuted(request: Request) -> str | None:
    """The order of the passages that came one in each turn, best first: `[2] > [1]`."""
    asked = _PERMUTE.search(request.latest.text)
    if not asked:
        return None
    passages = [match for turn in request.turns if (match := _PASSAGE.match(turn.text)) and turn.role == "user"]
    ranked = order(asked["query"], [(int(match["number"]), match["text"]) for match in passages])
    return " > ".join(f"[{number}]" for number, _ in ranked) or None


def picked(text: str) -> list[tuple[int, int]] | None:
    """Numbers and scores of what the prompt gives to choose from, the best first; `None` when it gives no choice."""
    real = text.rsplit("Let's try this now:", maxsplit=1)[-1]
    documents = [(int(match["number"]), match["text"]) for match in _DOCUMENT.finditer(real)]
    if documents and "relevance score" in text:
        return order(real.rsplit("Question:", 1)[-1].replace("Answer:", ""), documents)
    question = _QUESTION.search(text)
    options = [(int(match["number"]), match["text"]) for match in _OPTION.finditer(text)]
    if text.startswith("Some choices are given below") and question and options:
        return order(question["question"], options)
    return None


def order(question: str, options: list[tuple[int, str]]) -> list[tuple[int, int]]:
    """Numbers of the options and how many words of the question they share, the best first."""
    asked = set(content(question))
    scores = [(number, len(asked & set(content(text)))) for number, text in options]
    return sorted(scores, key=lambda item: (-item[1], item[0]))


def _selected(text: str) -> str | None:
    ranked = picked(text) if text.startswith("Some choices") else None
    # The prompts for objects end here; they are answered by an object.
    if not ranked or not ("ANSWER:" in text or "JSON instance" in text):
        return None
    numbers = [number for number, score in ranked if score and "top choices" in text] or [ranked[0][0]]
    if "ANSWER:" in text:
        return f"ANSWER: {', '.join(map(str, numbers))}\n{REASON}"
    return json.dumps([{"choice": number, "reason": REASON} for number in numbers])


def _ranked(text: str) -> str | None:
    ranked = picked(text) if "relevance score" in text and '"properties"' not in text else None
    if not ranked:
        return None
    lines = [f"Doc: {number}, Relevance: {relevance(score)}" for number, score in ranked if score]
    return "\n".join(lines or [f"Doc: {ranked[0][0]}, Relevance: 1"])


def relevance(score: int) -> int:
    """Shared words as a score from 1 to 10."""
    return min(10, 4 + 2 * score) if score else 1


def _inserted(text: str) -> str | None:
    asked = _INSERT.search(text)
    if not asked:
        return None
    options = [(int(match["number"]), match["text"]) for match in _OPTION.finditer(text[: asked.start()] + "\n------")]
    return str(order(asked["new"], options)[0][0]) if options else None
