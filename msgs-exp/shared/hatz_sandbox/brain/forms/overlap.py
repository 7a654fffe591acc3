"""How far one text is said by another, by the words they share."""

from __future__ import annotations

import re

from hatz_sandbox.brain import values
from hatz_sandbox.brain.sentences import sentences
from hatz_sandbox.brain.words import content

_NOT = re.compile(r"\b(?:not|no|never|cannot|\w+n't)\b", re.IGNORECASE)
_MOST = 0.75


def share(text: str, other: str) -> float:
    """The share of the words of a text that the other text has, from 0 to 1; 0 for a text without words."""
    words, there = set(content(text)), set(content(other))
    return len(words & there) / len(words) if words else 0.0


def supported(text: str, context: str) -> bool:
    """Whether each sentence of the text is said by the context: nearly all its words, all names and numbers, no denial."""
    told = [sentence.text for sentence in sentences(text)] or [text]
    return all(_said(one, context) for one in told if content(one))


def agrees(text: str, other: str) -> bool:
    """Whether the numbers and names of the one are in the other."""
    marks = {word for name in values.names(text) for word in content(name)}
    marks |= {word for word in content(text) if word[0].isdigit()}
    numbers = {number for number, _ in values.numbers(text)}
    return marks <= set(content(other)) and numbers <= {number for number, _ in values.numbers(other)}


def _said(sentence: str, context: str) -> bool:
    if share(sentence, context) < _MOST or not agrees(sentence, context):
        return False
    words = set(content(sentence))
    nearest = max(sentences(context), key=lambda one: len(words & set(content(one.text))), default=None)
    return nearest is None or bool(_NOT.search(nearest.text)) == bool(_NOT.search(sentence))
