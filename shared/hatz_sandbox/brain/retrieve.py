"""The sentences of a text that fit a question best."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

from hatz_sandbox.brain.words import content

_END = re.compile(r"(?<=[.!?。\uff01\uff1f])[\"')\]]*\s+|(?<=[。\uff01\uff1f])|\n+")
_HEADING = re.compile(r"^(#{1,6}\s|[\w .-]{1,40}:\s*\S+$|[-=*_]{3,}$|page_label|file_path|Source\b|Document\b.{0,20}$)")
_NUMBER_WORDS = {"how many", "how much", "how old", "what year", "when", "how long", "how far", "how tall"}


@dataclass(frozen=True)
class Sentence:
    """A sentence, and where in the text it stands."""

    text: str
    start: int
    end: int


def sentences(text: str) -> list[Sentence]:
    """The sentences of the text, without headings and the like."""
    found: list[Sentence] = []
    at = 0
    for gap in [*_END.finditer(text), None]:
        end = gap.start() if gap else len(text)
        raw = text[at:end]
        clean = raw.strip()
        if clean and not _is_heading(clean):
            start = at + raw.index(clean)
            found.append(Sentence(clean, start, start + len(clean)))
        at = gap.end() if gap else end
    return found


def best(question: str, text: str, most: int = 2) -> list[Sentence]:
    """The sentences that fit the question, at most so many, in the order of the text; none when nothing fits."""
    asked = set(content(question))
    told = sentences(text)
    bags = [Counter(content(sentence.text)) for sentence in told]
    if not asked or not told:
        return []
    seen = Counter(word for bag in bags for word in bag)
    weight = {word: math.log(1 + len(told) / (0.5 + seen[word])) for word in asked if seen[word]}
    length = sum(sum(bag.values()) for bag in bags) / len(bags)
    scores = [_score(bag, weight, length) for bag in bags]
    if any(word in question.lower() for word in _NUMBER_WORDS):
        scores = [score * (1.3 if re.search(r"\d", told[at].text) else 1) for at, score in enumerate(scores)]
    ranked = sorted(range(len(told)), key=lambda at: (-scores[at], at))
    top = scores[ranked[0]]
    if top <= 0 or not _enough(bags[ranked[0]], asked):
        return []
    chosen = [ranked[0]]
    covered = set(bags[ranked[0]]) & asked
    # A further sentence has to add a word of the question that the first lacks.
    chosen += [at for at in ranked[1:most] if scores[at] >= 0.6 * top and (set(bags[at]) & asked) - covered]
    return [told[at] for at in sorted(chosen)]


def _score(bag: Counter[str], weight: dict[str, float], length: float) -> float:
    size = sum(bag.values())
    spread = 0.5 + 0.5 * size / (length or 1)
    return sum(value * bag[word] * 2.2 / (bag[word] + 1.2 * spread) for word, value in weight.items() if bag[word])


def _enough(bag: Counter[str], asked: set[str]) -> bool:
    shared = len(set(bag) & asked)
    return shared >= 2 or shared * 3 >= len(asked)


def _is_heading(text: str) -> bool:
    return bool(_HEADING.match(text)) and not text.endswith((".", "!", "?"))
