"""The sentences of a text that fit a question best."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from hatz_sandbox.brain.sentences import sentences
from hatz_sandbox.brain.words import content

if TYPE_CHECKING:
    from hatz_sandbox.brain.sentences import Sentence

_NUMBER_WORDS = re.compile(r"\b(?:how (?:many|much|old|long|far|tall)|what year|when)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twice|once)\b", re.IGNORECASE)
_DEFINES = re.compile(r"^\W*(?:what|who)(?:'s|\s+is|\s+are|\s+was|\s+were)\s+(?P<subject>.+?)\W*$", re.IGNORECASE)
_VERB = re.compile(r"\s(?:is|are|was|were|means|stands for|refers to)\s")
_VAGUE = {"get", "got", "happen", "mean", "giv", "give", "work"}
_ASKS = 0.2  # a question answers none
_WORTH = {"prose": 1.0, "row": 0.5, "code": 0.2}
UNANSWERED = "The context does not answer the question."
_CARRIES = re.compile(r"(?:It|They|He|She|This|These|Both)\b")
_HEADED, _CARRIED, _DEFINING = 0.5, 0.9, 1.8


def best(question: str, text: str, most: int = 2) -> list[Sentence]:
    """The sentences that fit the question, at most so many, in the order of the text; none when nothing fits."""
    order = [word for word in content(question) if word not in _VAGUE]
    asked = set(order)
    told = sentences(text)
    said = [content(sentence.text) for sentence in told]
    # In code and in rows a word that comes twice says no more than once.
    bags = [Counter(words if one.kind == "prose" else set(words)) for one, words in zip(told, said, strict=True)]
    if not asked or not told:
        return []
    seen = Counter(word for bag in bags for word in bag)
    # In the order of the question: sums of floats in the order of a set differ from run to run.
    weight = {word: math.log(1 + len(told) / (0.5 + seen[word])) for word in dict.fromkeys(order)}
    length = sum(sum(bag.values()) for bag in bags) / len(bags)
    heads = [set(content(sentence.heading)) for sentence in told]
    carried = [
        set[str](),
        *(set(before) if _CARRIES.match(one.text) else set() for before, one in zip(said, told[1:], strict=False)),
    ]
    scores = [
        (_score(bag, weight, length) + _lent(bag, weight, head, carry) + _joined(order, words, weight))
        * _worth(question, sentence)
        for bag, words, head, carry, sentence in zip(bags, said, heads, carried, told, strict=True)
    ]
    ranked = sorted(range(len(told)), key=lambda at: (-scores[at], at))
    first = next((at for at in ranked if scores[at] > 0 and _enough(set(bags[at]), heads[at], asked)), None)
    if first is None:
        return []
    covered = set(bags[first]) & asked
    # A further sentence has to add a word of the question that the first lacks.
    further = [
        at
        for at in ranked
        if at != first
        and told[at].kind == "prose"
        and scores[at] >= 0.6 * scores[first]
        and (set(bags[at]) & asked) - covered
    ]
    return [told[at] for at in sorted([first, *further[: most - 1]])]


def _score(bag: Counter[str], weight: dict[str, float], length: float) -> float:
    spread = 0.5 + 0.5 * sum(bag.values()) / (length or 1)
    return sum(value * bag[word] * 2.2 / (bag[word] + 1.2 * spread) for word, value in weight.items() if bag[word])


def _lent(bag: Counter[str], weight: dict[str, float], heading: set[str], carried: set[str]) -> float:
    """What the words of the heading add, and those of the sentence before where this one begins with `It` or the like."""
    left = {word: value for word, value in weight.items() if not bag[word]}
    if len(left) == len(weight):
        carried = set()
    return sum(
        _CARRIED * value if word in carried else _HEADED * value
        for word, value in left.items()
        if word in heading | carried
    )


def _joined(asked: list[str], words: list[str], weight: dict[str, float]) -> float:
    """What is added for words that follow one another in the question and in the sentence."""
    pairs = set(itertools.pairwise(words))
    return sum(
        0.5 * (weight[one] + weight[other]) / 2 for one, other in itertools.pairwise(asked) if (one, other) in pairs
    )


def _worth(question: str, sentence: Sentence) -> float:
    """What the kind of the sentence adds or takes: a number where one is asked for, a definition, code."""
    worth = _ASKS if sentence.text.endswith(("?", "\uff1f")) else _WORTH[sentence.kind]
    if _NUMBER_WORDS.search(question) and _NUMBER.search(sentence.text):
        worth *= 1.3
    asked = _DEFINES.match(question)
    verb = _VERB.search(sentence.text)
    if asked and verb:
        subject = set(content(asked["subject"]))
        head = set(content(sentence.text[: verb.start()]))
        if subject and subject <= head and len(head) <= len(subject) + 1:
            worth *= _DEFINING if subject == head else (1 + _DEFINING) / 2
    return worth


def _enough(bag: set[str], heading: set[str], asked: set[str]) -> bool:
    shared = len((bag | heading) & asked)
    return shared >= 2 or shared * 3 >= len(asked)
