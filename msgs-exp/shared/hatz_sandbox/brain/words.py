"""Words of a text as they are compared: split, lowered, stemmed, without the ones that mean nothing."""

from __future__ import annotations

import re

_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+(?:\.\d+)?|[^\W\d_a-zA-Z]+|[+*\u00d7÷]|(?<=[\d\s])[-/](?=[\s\d])")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SUFFIXES = ("ations", "ation", "ingly", "ings", "ing", "edly", "ers", "er", "ied", "ies", "ed", "es", "s", "ly", "e")
_STOP = frozenset(
    re.findall(
        r"\S+",
        """
    a about above after again all also am an and any are as at be because been before being below
    between both but by can could did do does doing done down during each few for from further had
    has have having he her here hers him his how i if in into is it its itself just let like ll many
    may me might more most much must my no nor not now of off ok on once one only or other our out
    over own please re s same shall she should so some such t than that the their them then there
    these they this those through to too under until up us very was we were what when where which
    while who whom why will with would yes you your hello hi hey thanks thank
    """,
    )
)
_SAME = {
    "+": "add",
    "plus": "add",
    "sum": "add",
    "adder": "add",
    "addition": "add",
    "total": "add",
    "*": "multiply",
    "\u00d7": "multiply",
    "times": "multiply",
    "product": "multiply",
    "multiplication": "multiply",
    "-": "subtract",
    "minus": "subtract",
    "subtraction": "subtract",
    "difference": "subtract",
    "/": "divide",
    "÷": "divide",
    "division": "divide",
    "temperature": "weather",
    "forecast": "weather",
    "rain": "weather",
    "sunny": "weather",
    "clock": "time",
    "mail": "email",
    "retrieve": "search",
    "retriever": "search",
    "lookup": "search",
    "find": "search",
}


def content(text: str) -> list[str]:
    """The stems that carry meaning, in order."""
    found: list[str] = []
    for piece in _PIECE.findall(text):
        if _WIDE.search(piece):
            # Scripts without spaces are compared by pairs of characters.
            found += [piece[at : at + 2] for at in range(max(len(piece) - 1, 1))]
            continue
        word = piece.lower()
        if word not in _STOP and (len(word) > 1 or not word.isalpha()):
            found.append(stem(_SAME.get(word, word)))
    return found


def stem(word: str) -> str:
    """The word without its ending."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            return stem_y(word[: -len(suffix)] + ("y" if suffix in {"ies", "ied"} else ""))
    return stem_y(word)


def stem_y(word: str) -> str:
    """The word with a final `y` as `i`, so that `company` meets `companies`."""
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word
