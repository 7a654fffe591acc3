"""Prompts that ask for JSON in words: the schema or the keys they name."""

from __future__ import annotations

import json
import re
from typing import Any

_ASKS = re.compile(r"\bJSON\b")
_KEYS = re.compile(r"[`\"']([A-Za-z_]\w*)[`\"']")
_DECODER = json.JSONDecoder()


def schema_in(text: str) -> dict[str, Any] | None:
    """The JSON schema that stands in a prompt which asks for JSON by one, or `None`."""
    if not _ASKS.search(text):
        return None
    # LlamaIndex's text programs send their schema with every brace doubled.
    return _schema(text) or (_schema(text.replace("{{", "{").replace("}}", "}")) if "{{" in text else None)


def _schema(text: str) -> dict[str, Any] | None:
    for match in re.finditer(r"\{", text):
        try:
            value, _ = _DECODER.raw_decode(text, match.start())
        except ValueError:
            continue
        if isinstance(value, dict) and ("properties" in value and isinstance(value["properties"], dict)):
            return {"type": "object", **value}
    return None


def keys_in(text: str) -> dict[str, Any] | None:
    """A schema of the keys that a prompt names in quotation marks, or `None`."""
    match = re.search(r"\b(?:keys?|fields?)\b", text)
    names = list(dict.fromkeys(_KEYS.findall(text)))
    if not (match and names and _ASKS.search(text)):
        return None
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}, "required": names}


def words_of(text: str) -> str:
    """The prompt without the instructions about JSON, for the values."""
    parts = re.split(r"(?<=[.!?])\s+|\n{2,}", text)
    kept = [part for part in parts if not _ASKS.search(part) and "{" not in part and "}" not in part]
    return " ".join(kept) or text
