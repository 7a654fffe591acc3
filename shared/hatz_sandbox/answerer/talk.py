"""What is said without tools and without a context: a few plain things, and else that there is no model."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from hatz_sandbox.answerer.passages import best
from hatz_sandbox.answerer.words import content
from hatz_sandbox.ids import new_id
from hatz_sandbox.neutral import Answer, Search

if TYPE_CHECKING:
    from hatz_sandbox.neutral import Request, Turn

_GREETING = re.compile(
    r"\W*(?:hello|hi|hey|good (?:morning|afternoon|evening)|greetings|hallo|guten \w+)\b", re.IGNORECASE
)
_SAY = re.compile(
    r"\b(?:say|reply|respond|answer|repeat|write)\b(?:\s++(?:with|only|exactly|just))*+\s*+(?::\s*+)?[\"'“]([^\"'”]+)[\"'”]",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\bcount (?:from (?P<low>\d{1,4}) )?(?:up )?to (?P<high>\d{1,3})\b", re.IGNORECASE)
_SEARCH = re.compile(r"\b(?:search|look up|latest|news|today|current|recent|web|online|internet)\b", re.IGNORECASE)


def talk(request: Request) -> str:
    """The reply to the last turn of the user."""
    turn = request.latest
    text = turn.text
    if match := _SAY.search(text):
        return match[1]
    if match := _COUNT.search(text):
        return ", ".join(map(str, range(int(match["low"] or 1), int(match["high"]) + 1)))
    if _GREETING.match(text) and len(content(text)) <= 3:
        return "Hello! I am the Hatz sandbox's built-in answerer. What can I do for you?"
    earlier = "\n".join(one.text for one in request.turns if one.role == "user" and not one.text.rstrip().endswith("?"))
    found = best(text, earlier, most=1) if text.rstrip().endswith("?") else []
    return f"You told me: {found[0].text}" if found else _confess(turn)


def search_web(text: str) -> Answer | None:
    """The server's own web search, canned: one result that says so; `None` for a text that asks for none."""
    if not _SEARCH.search(text):
        return None
    query = " ".join(text.split())[:120].rstrip("?.! ")
    sentence = f"This is a canned result of the Hatz sandbox for the search “{query}”."
    sealed = base64.b64encode(sentence.encode()).decode()
    page = {"title": "Hatz sandbox: canned search result", "url": "https://sandbox.hatz.invalid/search"}
    result = {"type": "web_search_result", **page, "encrypted_content": sealed, "page_age": None}
    citation = {"type": "web_search_result_location", "cited_text": sentence, **page, "encrypted_index": sealed}
    return Answer(text=sentence, search=Search(new_id("srvtoolu_"), query, (result,)), citations=(citation,))


def _confess(turn: Turn) -> str:
    text = " ".join(turn.text.split())
    if len(text) > 160:
        text = text[:160].rsplit(" ", 1)[0] + " …"
    repeated = f"You said: “{text}”" if text else "You sent no text."
    media = f" I cannot look into what came with it: {', '.join(turn.media)}." if turn.media else ""
    return f"I am the Hatz sandbox's built-in answerer; there is no model behind me. {repeated}{media}"
