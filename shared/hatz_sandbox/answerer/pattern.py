"""A string that a regular expression matches, made from the way Python itself reads the expression."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

DEFAULT = "x"
"""What stands for an expression that has no example here: one with look-arounds, references and the like."""
_TRIED = [*"a0A_- .@b1B/:,#", *map(chr, range(33, 0x250))]
_MOST = 1000


def example(pattern: str) -> str:
    """A short string that the expression matches; `DEFAULT` where none is found."""
    try:
        # The parser is Python's own and private; should it change, the default is what is left.
        parsed = import_module("re._parser").parse(pattern)
        text = _make(parsed, parsed)
        return text if len(text) <= _MOST and re.search(pattern, text) else DEFAULT
    except Exception:  # noqa: BLE001 - whatever a foreign expression does, an example is all it costs
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
            return _make(inner, whole) * int(min(max(least, min(1, int(most))), _MOST + 1))
        case "AT":
            return ""
        case "ANY" | "IN" | "NOT_LITERAL":
            one = import_module("re._compiler").compile(type(whole)(whole.state, [part]))
            return str(next(tried for tried in _TRIED if one.fullmatch(tried)))
        case unknown:
            raise ValueError(unknown)
