"""What is said without tools or context: greetings, sums, what was told before, and an honest rest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatz_sandbox.brain.arithmetic import computed
from hatz_sandbox.brain.retrieve import best
from hatz_sandbox.brain.sentences import sentences
from hatz_sandbox.brain.words import content

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hatz_sandbox.neutral import Request, Turn

_GREETING = re.compile(r"^\W*(hello|hi|hey|good (morning|afternoon|evening)|greetings)\b", re.IGNORECASE)
_TOLD_NAME = re.compile(
    r"\b(?i:my name is|i am called|call me|i'm|i am)\s+([A-Z][\w'\u2019-]*(?:\s+[A-Z][\w'\u2019-]*)*)"
)
_ASKED_NAME = re.compile(r"\b(what('s| is) my name|who am i|know my name|remember my name)\b", re.IGNORECASE)
_EXACTLY = re.compile(
    r"\b(?:say|reply|respond|answer|repeat|echo|output|write)\b(?:\s+(?:with|only|exactly|just|back|the\s+words?|after\s+me))*\s*:?\s*[\"'“\u2018]([^\"'”\u2019]+)[\"'”\u2019]", re.IGNORECASE
)  # fmt: skip
_WORK = re.compile(
    r"^\s*(?P<verb>translate|summari[sz]e|rewrite|rephrase|shorten)\b(?P<how>[^:\n]*)[:\n]\s*(?P<text>.+)",
    re.DOTALL | re.IGNORECASE,
)
_COUNT = re.compile(r"\bcount (?:from (?P<low>\d+) )?(?:up )?to (?P<high>\d+)\b", re.IGNORECASE)


def said(request: Request) -> str:
    """The reply to the last turn of the user."""
    turn = request.latest
    text = turn.text
    earlier = request.turns[: request.turns.index(turn)] if turn in request.turns else ()
    return (
        _exactly(text)
        or _named(text, earlier)
        or _summed(text)
        or _counted(text)
        or _worked(text)
        or greeting(text)
        or _recalled(text, earlier)
        or _rest(turn)
    )


def summary(text: str) -> str:
    """The first sentence of a text and the one that holds most of its common words."""
    told = sentences(text)
    if len(told) <= 2:
        return " ".join(sentence.text for sentence in told) or text.strip()
    words = content(text)
    often = {word: words.count(word) for word in set(words)}
    rest = max(told[1:], key=lambda sentence: sum(often.get(word, 0) for word in set(content(sentence.text))))
    return f"{told[0].text} {rest.text}"


def _exactly(text: str) -> str | None:
    match = _EXACTLY.search(text)
    return match.group(1) if match else None


def _summed(text: str) -> str | None:
    found = computed(text)
    return f"{found[0]} = {found[1]}" if found else None


def _counted(text: str) -> str | None:
    match = _COUNT.search(text)
    if not match or int(match["high"]) > 500:
        return None
    return ", ".join(map(str, range(int(match["low"] or 1), int(match["high"]) + 1)))


def _worked(text: str) -> str | None:
    match = _WORK.match(text)
    if not match:
        return None
    if match["verb"].lower().startswith(("summar", "shorten")):
        return summary(match["text"])
    return f"(The Hatz sandbox has no model and cannot {match['verb'].lower()}; the text was:) {match['text'].strip()}"


def greeting(text: str) -> str | None:
    """A greeting in return for one, else `None`."""
    if not _GREETING.match(text) or len(content(text)) > 3:
        return None
    return "Hello! I am the Hatz sandbox's built-in answerer. What can I do for you?"


def _named(text: str, earlier: Sequence[Turn]) -> str | None:
    told = [name for turn in earlier if turn.role == "user" for name in _TOLD_NAME.findall(turn.text)]
    if _ASKED_NAME.search(text):
        return f"Your name is {told[-1]}." if told else "You have not told me your name."
    here = _TOLD_NAME.search(text)
    return f"Nice to meet you, {here.group(1)}!" if here and "?" not in text else None


def _recalled(text: str, earlier: Sequence[Turn]) -> str | None:
    told = "\n".join(turn.text for turn in earlier if turn.role == "user" and not turn.text.rstrip().endswith("?"))
    if not text.rstrip().endswith("?") or not told:
        return None
    found = best(text, told, most=1)
    return f"You told me: {found[0].text}" if found else None


def _rest(turn: Turn) -> str:
    media = turn.media
    seen = (
        f" I see that {len(media)} attachment(s) came with it ({', '.join(media)}), which I cannot look into."
        if media
        else ""
    )
    asked = " ".join(turn.text.split())
    if len(asked) > 160:
        asked = asked[:160].rsplit(" ", 1)[0] + " …"
    if not asked:
        return f"I am the Hatz sandbox's built-in answerer; you sent no text.{seen}"
    return f"I am the Hatz sandbox's built-in answerer, so I have no model to ask. You said: “{asked}”{seen}"
