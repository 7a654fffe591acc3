"""LlamaIndex's prompts that want the facts a user has told, for a memory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatz_sandbox.brain.sentences import sentences
from hatz_sandbox.brain.words import content

if TYPE_CHECKING:
    from hatz_sandbox.neutral import Request

_TAGGED = re.compile(r"fact (?:extraction|condensing) system")
_FACT = re.compile(r"<fact>(.*?)</fact>", re.DOTALL)
_KNOWN = re.compile(r"<existing_facts>(.*?)</existing_facts>", re.DOTALL)
_TELLS = re.compile(r"\b(?:I|I'm|I've|my|me|we|our)\b", re.IGNORECASE)


def facts(request: Request) -> str | None:
    """The facts in the form asked for, or `None` when they are not asked for."""
    user = request.latest.text
    marked = _TAGGED.search(user)
    if marked is None:
        return None
    known = [fact.strip() for part in _KNOWN.findall(user) for fact in _FACT.findall(part)]
    if "condensing" in marked.group():
        return _tagged(list(dict.fromkeys(known)))
    # What stands before the prompt in the same turn was said by the user too.
    start = max(user.rfind("You are a precise", 0, marked.end()), 0)
    said = [turn.text for turn in request.turns if turn.role == "user" and turn.text != user]
    return _tagged([fact for fact in _told("\n\n".join([*said, user[:start]])) if fact not in known])


def _told(text: str) -> list[str]:
    """The sentences in which someone tells of himself; questions, greetings and thanks are none."""
    said = [sentence.text for sentence in sentences(text)]
    return list(dict.fromkeys(one for one in said if not one.endswith("?") and _TELLS.search(one) and content(one)))


def _tagged(found: list[str]) -> str:
    lines = "".join(f"  <fact>{fact}</fact>\n" for fact in found)
    return f"<facts>\n{lines}</facts>" if found else "<facts></facts>"
