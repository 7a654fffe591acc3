"""Retrieval: the sentences of a text that fit a question best."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from hatz_sandbox.answerer.words import stems

_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])[\"')\]*_]*\s+|(?<=[\u3002\uff01\uff1f])")
_ABBREVIATED = re.compile(r"(?:^|[\s(])(?:e\.g|i\.e|z\.B|cf|etc|vs|Dr|Mr|Mrs|Ms|Prof|St|No|Nr|approx|ca|[A-Z])\.\s*$")
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_HEADING = re.compile(r"\s*#{1,6}\s+(.*)")
# Metadata that frameworks put before a passage, and what is not prose: rulers and rows of tables.
_SKIPPED = re.compile(
    r"\s*+(?:(?:page_label|file_\w+|header_path|creation_date|last_\w+_date|source)\s*:.*|[\s|:=*_-]*|\|.*\|\s*)$"
)
_ITEM = re.compile(r"^\s*(?:[-*+\u2022]|\d{1,3}[.)]|(?:Response|Answer)(?: \d+)?:)\s+(?=\S)")
_PAIR = re.compile(r"[\w .-]{1,40}:\s+\S")
_CARRIES = re.compile(r"(?:It|They|He|She|This|These|Both|Er|Es|Sie)\b")
_SHORT_LINE = 40  # characters; a shorter line is not a full one that was broken


def sentences(text: str) -> list[tuple[str, str]]:
    """The sentences of the prose in order, each with the heading above it; lines of one paragraph are joined."""
    found: list[tuple[str, str]] = []
    heading, lines = "", list[str]()
    for line in [*_CODE.sub("\n", text).splitlines(), ""]:
        titled, skipped = _HEADING.match(line), _SKIPPED.match(line)
        if lines and (titled or skipped or _starts_paragraph(line, lines[-1])):
            found += [(sentence, heading) for sentence in _split(" ".join(lines))]
            lines = []
        if titled:
            heading = titled[1].strip()
        elif not skipped:
            lines.append(line)
    return found


def best(question: str, text: str, most: int = 2) -> list[str]:
    """The sentences that fit the question, at most `most`, in the order of the text."""
    wanted = list(dict.fromkeys(stems(question)))
    all_sentences = sentences(text)
    words = [stems(sentence) for sentence, _ in all_sentences]
    seen = Counter(word for one in words for word in set(one))
    weights = {word: math.log(1 + len(all_sentences) / (0.5 + seen[word])) for word in wanted}
    scores = []
    for at, (sentence, heading) in enumerate(all_sentences):
        # `It was finished in 1889.` continues the sentence before it.
        before = words[at - 1] if at and _CARRIES.match(sentence) else []
        scores.append(_score(sentence, words[at], {*before, *stems(heading)}, weights))
    ranked = sorted((at for at in range(len(all_sentences)) if scores[at] > 0), key=lambda at: (-scores[at], at))
    if not ranked:
        return []
    first = ranked[0]
    covered = set(words[first]) & set(wanted)
    # A second sentence has to have a word of the question that the first does not have.
    further = [
        at for at in ranked[1:] if scores[at] >= 0.6 * scores[first] and (set(words[at]) & set(wanted)) - covered
    ]
    return [all_sentences[at][0] for at in sorted([first, *further[: most - 1]])]


def _score(sentence: str, words: list[str], borrowed: set[str], weights: dict[str, float]) -> float:
    own = set(words)
    shared = sum(1 for word in weights if word in own or word in borrowed)
    if shared < 2 and shared * 3 < len(weights):
        return 0.0
    score = sum(
        weight if word in own else 0.5 * weight if word in borrowed else 0.0 for word, weight in weights.items()
    )
    if sentence.endswith(("?", "\uff1f")):
        score *= 0.2
    if weights.keys() & words[:1]:  # the subject comes first
        score *= 1.2
    return score / (1 + 0.01 * len(own))


def _starts_paragraph(line: str, before: str) -> bool:
    """Whether a line starts a new paragraph: a list item, a `name: value` line, or a line after a short one."""
    if _ITEM.match(line) or (_PAIR.match(line) and _PAIR.match(before)):
        return True
    return (
        len(before.strip()) < _SHORT_LINE
        and line.lstrip()[:1].isupper()
        and before.rstrip()[-1:] not in {",", ";", "-"}
    )


def _split(paragraph: str) -> Iterator[str]:
    text = _ITEM.sub("", " ".join(paragraph.split()), count=1)
    at = 0
    for gap in _END.finditer(text):
        if not _ABBREVIATED.search(text, max(at, gap.start() - 10), gap.end()):
            yield text[at : gap.end()].strip()
            at = gap.end()
    if text[at:].strip():
        yield text[at:].strip()
