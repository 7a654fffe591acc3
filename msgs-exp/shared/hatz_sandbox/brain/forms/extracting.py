"""Prompts that want something out of a text: keywords, a title, questions it answers, triplets, where it stands."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from hatz_sandbox.brain import talk, values
from hatz_sandbox.brain.sentences import sentences
from hatz_sandbox.brain.words import content

if TYPE_CHECKING:
    from hatz_sandbox.neutral import Request

_KEYWORDS = (
    re.compile(r"extract up to (?P<most>\d+) keywords.*?-{5,}\n(?P<text>.*?)\n-{5,}\n", re.DOTALL),
    re.compile(r"\A(?P<text>.*)\. Give (?P<most>\d+) unique keywords for this document\.[^\n]*\Z", re.DOTALL),
    re.compile(r"generate synonyms or related keywords up to (?P<most>\d+) .*?QUERY: (?P<text>.*?)\n", re.DOTALL),
)
_TITLE = re.compile(r"\AContext: (?P<text>.*)\. Give a title that summarizes all of .*Title:\s*\Z", re.DOTALL)
_TITLES = re.compile(r"\A(?P<text>.*)\. Based on the above candidate titles and content, .*Title:\s*\Z", re.DOTALL)
_QUESTIONS = (
    re.compile(r"context:\n(?P<text>.*)\n\nGiven the contextual information, generate (?P<most>\d+) questions", re.DOTALL),
    re.compile(r"-{5,}\n(?P<text>.*)\n-{5,}\n.*generate only questions.*?(?P<most>\d+) questions", re.DOTALL),
)  # fmt: skip
_SECTION = re.compile(r"\AHere is the content of the section:\n(?P<text>.*)\n\nSummarize the key topics", re.DOTALL)
_TRIPLETS = re.compile(
    r"extract up to (?P<most>\d+) knowledge triplets.*-{5,}\nText: (?P<text>.*)\n(?P<form>Triplets|Output):\s*\Z",
    re.DOTALL | re.IGNORECASE,
)
_CHUNK = re.compile(r"<chunk>(?P<text>.*)</chunk>(?P<wish>.*)", re.DOTALL)
_DOCUMENT = re.compile(r"<document>(?P<text>.*?)</document>", re.DOTALL)
_HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+)$", re.MULTILINE)
_PLAIN = re.compile(r"[^\W\d_]{3,}")
_VERB = re.compile(r"\s(?P<verb>is|are|was|were|has|have|costs?|opens?)\s")


def extracted(_system: str, user: str) -> str | None:
    """What is wanted of the text, in the form the prompt asks for; `None` when it asks for nothing of the kind."""
    for pattern in _KEYWORDS:
        match = pattern.search(user)
        if match:
            return _listed(user, keywords(match["text"], int(match["most"])))
    for pattern in _QUESTIONS:
        match = pattern.search(user)
        if match:
            return _questions(match["text"], int(match["most"]))
    if match := _TITLE.search(user):
        return title(match["text"])
    if match := _TITLES.search(user):
        return match["text"].split(", ")[0].strip()
    if match := _SECTION.search(user):
        return talk.summary(match["text"])
    match = _TRIPLETS.search(user)
    if match is None:
        return None
    triplets = _triplets(match["text"], int(match["most"]))
    return _in_brackets(triplets) if match["form"] == "Triplets" else _as_json(triplets)


def situated(request: Request) -> str | None:
    """A sentence, or phrases, on where a chunk stands within its document."""
    user = request.latest.text
    chunk = _CHUNK.search(user)
    if chunk is None:
        return None
    words = ", ".join(keywords(chunk["text"], 5))
    if "phrases" in chunk["wish"]:
        return words
    before = "\n".join([request.system, *(turn.text for turn in request.turns)])
    whole = _DOCUMENT.search(before)
    of = f"This chunk is from “{title(whole['text'])}”" if whole else "This is a chunk"
    return f"{of} and speaks of {words}."


def keywords(text: str, most: int) -> list[str]:
    """The words that carry meaning, the most frequent first."""
    words = [word.lower() for word in _PLAIN.findall(text) if content(word)]
    return [word for word, _ in Counter(words).most_common(most)]


def title(text: str) -> str:
    """The first heading of a text, else the beginning of its first sentence."""
    heading = _HEADING.search(text)
    if heading:
        return heading["title"].strip()
    told = sentences(text)
    first = told[0].text if told else " ".join(text.split())
    words = first.split()
    short = " ".join(words[:8])
    return short.rstrip(".,;:") if len(words) <= 8 else f"{short.rstrip('.,;:')} …"


def _listed(user: str, words: list[str]) -> str:
    if "'^'" in user:
        return "^".join(words)
    return ("KEYWORDS: " if "KEYWORDS:" in user else "") + ", ".join(words)


def _questions(text: str, most: int) -> str:
    found: list[str] = []
    for sentence in sentences(text):
        verb = _VERB.search(sentence.text)
        subject = sentence.text[: verb.start()].strip(" *_`") if verb else ""
        if verb and 0 < len(subject.split()) <= 6 and content(subject):
            said = subject if subject.split()[0] in values.names(subject)[:1] else subject[0].lower() + subject[1:]
            form = verb["verb"] if verb["verb"] in {"is", "are", "was", "were"} else None
            found.append(f"What {form} {said}?" if form else f"What is said about {said}?")
    found += [f"What does the text say about {word}?" for word in keywords(text, most)]
    return "\n".join(f"{number}. {one}" for number, one in enumerate(list(dict.fromkeys(found))[:most], 1))


def _triplets(text: str, most: int) -> list[tuple[str, str, str]]:
    """Subject, verb and the rest of the sentences that have such a verb."""
    found: list[tuple[str, str, str]] = []
    for sentence in sentences(text):
        verb = _VERB.search(sentence.text)
        if verb:
            rest = sentence.text[verb.end() :].rstrip(".").strip()
            found.append((sentence.text[: verb.start()].strip(), verb["verb"], rest))
    return found[:most]


def _in_brackets(triplets: list[tuple[str, str, str]]) -> str:
    return "\n".join(f"({', '.join(part.replace(',', '') for part in triplet)})" for triplet in triplets)


def _as_json(triplets: list[tuple[str, str, str]]) -> str:
    made = [
        {"head": head, "head_type": "ENTITY", "relation": verb.upper(), "tail": tail, "tail_type": "ENTITY"}
        for head, verb, tail in triplets
    ]
    return json.dumps(made, ensure_ascii=False)
