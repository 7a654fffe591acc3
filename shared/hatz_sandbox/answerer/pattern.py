"""A string that a regular expression matches, made from the way Python itself reads the expression."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

DEFAULT = "x"
"""What stands for an expression that has no example here: one with look-arounds, references and the like."""
_TRIED = [*"a0A_- .@b1B/:,#", *map(chr, range(33, 0x250))]
_CATEGORIES = {"CATEGORY_DIGIT": r"\d", "CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_SPACE": r"\s", "CATEGORY_NOT_SPACE": r"\S",
               "CATEGORY_WORD": r"\w", "CATEGORY_NOT_WORD": r"\W"}  # fmt: skip
_MOST = 1000


def example(pattern: str) -> str:
    """A short string that the expression matches; `DEFAULT` where none is found."""
    try:
        # The parser is Python's own and private; should it change, the default is what is left.
        text = _make(import_module("re._parser").parse(pattern))
        return text if len(text) <= _MOST and re.search(pattern, text) else DEFAULT
    except Exception:  # noqa: BLE001 - whatever a foreign expression does, an example is all it costs
        return DEFAULT


def _make(parts: Any) -> str:
    return "".join(_part(str(kind), value) for kind, value in parts)


def _part(kind: str, value: Any) -> str:
    match kind:
        case "LITERAL":
            return chr(value)
        case "ANY":
            return "a"
        case "IN":
            return _member(value)
        case "NOT_LITERAL":
            return _member([("NEGATE", None), ("LITERAL", value)])
        case "BRANCH":
            return _make(value[1][0])
        case "SUBPATTERN":
            return _make(value[3])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = value
            return _make(inner) * int(min(max(least, min(1, int(most))), _MOST + 1))
        case "AT":
            return ""
        case _:
            raise ValueError(kind)


def _member(choices: Any) -> str:
    """A character of a class such as `[a-f]`."""
    named = [(str(kind), value) for kind, value in choices]
    negated = named[0][0] == "NEGATE"
    found: str = next(one for one in _TRIED if any(_fits(one, *choice) for choice in named) != negated)
    return found


def _fits(one: str, kind: str, value: Any) -> bool:
    match kind:
        case "LITERAL":
            return bool(ord(one) == value)
        case "RANGE":
            return bool(value[0] <= ord(one) <= value[1])
        case "CATEGORY":
            return bool(re.fullmatch(_CATEGORIES[str(value)], one))
        case _:
            return False
