"""Objects that prompts of retrieval frameworks want: a selection, a ranking, a verdict."""

from __future__ import annotations

import re
from typing import Any

from hatz_sandbox.brain.forms.choosing import REASON, picked, relevance
from hatz_sandbox.brain.forms.overlap import share

_CRITIQUE = re.compile(r"original query:\nQuery: (?P<query>.*?)\nCritique .*?\nResponse: (?P<told>.*?)\nGuidelines:", re.DOTALL)  # fmt: skip


def made(schema: dict[str, Any], text: str) -> dict[str, Any] | None:
    """The object for a schema that fits the prompt, or `None` when they are no such pair."""
    fields = set(schema.get("properties") or {})
    ranked = picked(text)
    if ranked:
        best = [(number, score) for number, score in ranked if score] or ranked[:1]
        one: dict[str, Any] = {"index": best[0][0], "reason": REASON}
        if fields == set(one):
            return one
        if fields == {"selections"}:
            return {"selections": [{"index": number, "reason": REASON} for number, _ in best]}
        if fields == {"documents"}:
            return {"documents": [{"document_number": number, "relevance": relevance(score)} for number, score in best]}
    critique = _CRITIQUE.search(text)
    if critique and fields == {"passing", "feedback"}:
        common = share(critique["query"], critique["told"])
        said = f"The response takes up {round(100 * common)} % of the words of the query."
        return {"passing": common > 0, "feedback": said}
    return None
