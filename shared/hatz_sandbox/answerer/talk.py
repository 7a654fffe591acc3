"""What is said without tools and without a context: a few plain things, and else that there is no model."""

from __future__ import annotations

import re

from hatz_sandbox.answerer.passages import best
from hatz_sandbox.answerer.words import content
from hatz_sandbox.neutral import Question, Turn

_GREETING = re.compile(
    r"\W*(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings|hallo|guten \w+)\b", re.IGNORECASE
)
_SAY = re.compile(
    r"\b(?:say|reply|respond|answer|repeat|write)\b(?:\s++(?:with|only|exactly|just))*+\s*+(?::\s*+)?[\"'“]([^\"'”]+)[\"'”]",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\bcount (?:from (?P<low>\d{1,4}) )?(?:up )?to (?P<high>\d{1,3})\b", re.IGNORECASE)


def talk(question: Question) -> str:
    """The reply to the last turn of the user."""
    turn = next((turn for turn in reversed(question.turns) if turn.role == "user"), Turn("user"))
    text = turn.text
    if match := _SAY.search(text):
        return match[1]
    if match := _COUNT.search(text):
        return ", ".join(map(str, range(int(match["low"] or 1), int(match["high"]) + 1)))
    if _GREETING.match(text) and len(content(text)) <= 3:
        return "Hello! I am the Hatz sandbox's built-in answerer. What can I do for you?"
    if text.rstrip().endswith("?"):
        said = [one.text for one in question.turns if one.role == "user" and not one.text.rstrip().endswith("?")]
        if found := best(text, "\n".join(said), most=1):
            return f"You told me: {found[0]}"
    words = " ".join(text.split())
    repeated = f"You said: “{words if len(words) <= 160 else words[:160] + '…'}”" if words else "You sent no text."
    images = " I do not look at images." if turn.images else ""
    return f"I am the Hatz sandbox's built-in answerer; there is no model behind me. {repeated}{images}"
