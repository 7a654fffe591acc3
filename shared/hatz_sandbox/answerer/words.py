"""The words of a text for comparison: in lower case, stemmed, without stop words."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_PIECE = re.compile(
    r"[A-Z]?[a-z\u00df-\u00ff]+|[A-Z]+(?![a-z])|\d+(?:\.\d+)?|[^\W\d_]+|[+*\u00d7÷/]|(?<=[\d\s])-(?=[\s\d])"
)
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SUFFIXES = ("ations", "ation", "ings", "ing", "ers", "er", "en", "ied", "ies", "ed", "es", "s", "ly", "e")
_DATA: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
_SAME = {word: name for name, words in _DATA["same"].items() for word in words.split()}


def word_set(name: str) -> frozenset[str]:
    """A set of words of `words.json`."""
    return frozenset(" ".join(_DATA[name]).split())


_STOP = word_set("stop_words")


def stems(text: str) -> list[str]:
    """The stems of the text's words in order, without stop words."""
    found: list[str] = []
    for piece in _PIECE.findall(text):
        word = piece.lower()
        if _WIDE.search(piece):  # in scripts without spaces, each pair of characters
            found += [piece[at : at + 2] for at in range(max(len(piece) - 1, 1))]
        elif word not in _STOP and (len(word) > 1 or not word.isalpha()):
            found.append(_stem(_SAME.get(word, word)))
    return found


def _stem(word: str) -> str:
    """The word without its ending, with `i` for a final `y`: the same for `company` and `companies`."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            word = word[: -len(suffix)] + ("y" if suffix in {"ies", "ied"} else "")
            break
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word
