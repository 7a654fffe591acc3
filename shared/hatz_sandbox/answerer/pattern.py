"""A string that matches a regular expression, made from Python's own parse of the expression."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

DEFAULT = "x"
"""The result for an expression that is not supported, such as one with look-arounds or references."""
_TRIED = [*"a0A_- .@b1B/:,#", *map(chr, range(33, 0x250))]
_MAX_LENGTH = 1000


def example(pattern: str) -> str:
    """A short string that matches the expression; `DEFAULT` if none is found."""
    try:
        # The parser is private to Python; if it changes, the default is returned.
        parsed = import_module("re._parser").parse(pattern)
        text = _make(parsed, parsed)
        return text if len(text) <= _MAX_LENGTH and re.search(pattern, text) else DEFAULT
    except Exception:  # noqa: BLE001 - an expression of the user may fail in any way
        return DEFAULT


def _make(parts: Any, whole: Any) -> str:
    return "".join(_part(part, whole) for part in parts)


def _part(part: Any, whole: Any) -> str:
    kind, value = part
    match str(kind):
        case "LITERAL":
            return chr(value)
        case "BRANCH":
            return _make(value[1][0], whole)
        case "SUBPATTERN":
            return _make(value[3], whole)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = value
            return _make(inner, whole) * int(min(max(least, min(1, int(most))), _MAX_LENGTH + 1))
        case "AT":
            return ""
        case "ANY" | "IN" | "NOT_LITERAL":
            one = import_module("re._compiler").compile(type(whole)(whole.state, [part]))
            return str(next(tried for tried in _TRIED if one.fullmatch(tried)))
        case unknown:
            raise ValueError(unknown)
