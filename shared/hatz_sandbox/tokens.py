"""A token estimate that is the same on every machine, and the pieces in which text is streamed."""

from __future__ import annotations

import json
import re
from typing import Any

_TOKEN = re.compile(r"\s*(?:[A-Za-z0-9]{1,6}|\S)|\s+")
_WORD = re.compile(r"\s*\S+|\s+")
_ARGUMENT_PIECE = 7
_LONG_WORD = 24
_PROMPT = ("instructions", "system", "input", "inputs", "messages", "tools")


def count(text: str) -> int:
    """How many tokens the text is taken to be."""
    return len(_TOKEN.findall(text))


def count_json(value: Any) -> int:
    """How many tokens a JSON value is taken to be, strings by their text and with long data counted shortly."""
    if isinstance(value, str):
        return count(value) if len(value) < 20_000 else len(value) // 4
    if isinstance(value, dict):
        return sum(1 + count_json(item) for item in value.values())
    if isinstance(value, list):
        return sum(1 + count_json(item) for item in value)
    return count(json.dumps(value))


def count_prompt(body: dict[str, Any]) -> int:
    """How many tokens the prompt of a request is taken to be: what is said and offered in it, and no settings."""
    return count_json({name: body[name] for name in _PROMPT if name in body})


def first_tokens(text: str, tokens: int) -> str:
    """The first so many tokens of the text."""
    return "".join(_TOKEN.findall(text)[: max(tokens, 0)])


def word_pieces(text: str) -> list[str]:
    """The text in pieces, a word each; pieces of long words, as in languages that set no spaces."""
    pieces: list[str] = []
    for word in _WORD.findall(text):
        pieces += [word[at : at + _LONG_WORD] for at in range(0, len(word), _LONG_WORD)]
    return pieces


def argument_pieces(text: str) -> list[str]:
    """The text in small pieces that respect no boundary, as arguments are streamed."""
    return [text[at : at + _ARGUMENT_PIECE] for at in range(0, len(text), _ARGUMENT_PIECE)]
