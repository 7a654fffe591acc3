"""The JSON that a prompt asks for: by a field of the request, by a schema in its text, or by the names of keys."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

from hatz_sandbox.answerer.prompts import Prompt
from hatz_sandbox.neutral import Question

_ASKS_FOR_JSON = re.compile(r"\bJSON\b")
_QUOTED_KEY = re.compile(r"[`\"']([A-Za-z_]\w*)[`\"']")


def wanted_schema(question: Question, prompt: Prompt) -> dict[str, Any] | None:
    """The schema of the JSON that is wanted; `None` where a text is."""
    if question.schema or (question.tools and not question.wants_json):
        return question.schema
    words = f"{question.system}\n{question.text}"
    wish = words.replace(prompt.context, "\n") if prompt.marked else words
    if not question.wants_json and not _ASKS_FOR_JSON.search(wish):
        return None
    found = _schema_in(wish) or _schema_in(wish.replace("{{", "{").replace("}}", "}"))  # LlamaIndex doubles the braces
    names = list(dict.fromkeys(_QUOTED_KEY.findall(wish))) if re.search(r"\b(?:keys?|fields?)\b", wish) else []
    if found or not (names or question.wants_json):
        return found
    names = names or ["answer"]
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": names}


def without_wish(text: str) -> str:
    """The prompt without its sentences about JSON, for the values."""
    parts = re.split(r"(?<=[.!?])\s+|\n{2,}", text)
    kept = [part for part in parts if not _ASKS_FOR_JSON.search(part) and "{" not in part and "}" not in part]
    return " ".join(kept) or text


def _schema_in(text: str) -> dict[str, Any] | None:
    for match in itertools.islice(re.finditer(r"\{", text), 100):
        try:
            value, _ = json.JSONDecoder().raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and isinstance(value.get("properties"), dict):
            return {"type": "object", **value}
    return None
