"""The words of a text for comparison: in lower case, stemmed, without stop words."""

from __future__ import annotations

import re

_PIECE = re.compile(
    r"[A-Z]?[a-z\u00df-\u00ff]+|[A-Z]+(?![a-z])|\d+(?:\.\d+)?|[^\W\d_]+|[+*\u00d7÷/]|(?<=[\d\s])-(?=[\s\d])"
)
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SUFFIXES = ("ations", "ation", "ings", "ing", "ers", "er", "en", "ied", "ies", "ed", "es", "s", "ly", "e")


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


_STOP = word_set("""
    a about after all also am an and any are as at be because been before being between both but by can could did do does
    doing done for from further had has have he her here him his how i if in into is it its just let like ll many may me
    might more most much must my no nor not now of off on only or other our out over own please re same she should so some
    such t than that the their them then there these they this those through to too under until up us very was we were
    what when where which while who whom why will with would yes you your hello hi hey thanks thank tell
    aber als am auf aus bei bin bitte das dass dein dem den der des die du ein eine einem einen einer er es für hat habe
    ich ihr im ist kann man mein mit nach nicht oder sich sie sind um und uns viel viele vom von wann war was welche
    welcher welches wer werden wie wir wird wo zu zum zur
""")
_SAME = {"+": "add", "plus": "add", "sum": "add", "addition": "add", "total": "add"}
_SAME |= {"*": "multiply", "\u00d7": "multiply", "times": "multiply", "product": "multiply", "temperature": "weather"}
_SAME |= {"-": "subtract", "minus": "subtract", "/": "divide", "÷": "divide", "forecast": "weather", "sunny": "weather"}


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
