"""A string that matches a regular expression, made from Python's own parse of the expression.

The expression comes from a request's schema, so only expressions that cannot take exponential time are run.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from importlib import import_module
from typing import Any

DEFAULT = "x"
"""The result for an expression that is not supported, such as one with look-arounds or references."""
_TRIED = [*"a0A_- .@b1B/:,#", *map(chr, range(33, 0x250))]
_MAX_LENGTH = 1000
_MAX_SEARCHED = 64
_MAX_CHOICES = 3
"""With three repetitions a search in 64 characters takes some milliseconds; each further one takes many times as long."""


def matches(pattern: str, text: str) -> bool:
    """Whether a short text contains a match; False for an expression that is invalid or could take too long."""
    return len(text) <= _MAX_SEARCHED and _is_quick(pattern) and re.search(pattern, text) is not None


@lru_cache(maxsize=512)
def _is_quick(pattern: str) -> bool:
    try:
        re.compile(pattern)
        return _choices(import_module("re._parser").parse(pattern)) <= _MAX_CHOICES
    except Exception:  # noqa: BLE001 - an expression of the user may fail in any way
        return False


def _choices(parts: Any) -> float:
    """How many times a search chooses between ways; infinite if it does so within a repetition."""
    total = 0.0
    for kind, value in parts:
        match str(kind):
            case "BRANCH":
                total += 1 + sum(map(_choices, value[1]))
            case "SUBPATTERN" | "ASSERT" | "ASSERT_NOT":
                total += _choices(value[-1])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, inner = value[0], value[1], _choices(value[2])
                if least == most:
                    total += inner and int(most) * inner
                else:
                    total += 1 + inner if int(most) == 1 or not inner else math.inf
            case "ATOMIC_GROUP":
                total += _choices(value)
            case "GROUPREF_EXISTS":
                total = math.inf
    return total


def example(pattern: str) -> str:
    """A short string that matches the expression, checked if that is quick; `DEFAULT` if none is found."""
    try:
        # The parser is private to Python; if it changes, the default is returned.
        parsed = import_module("re._parser").parse(pattern)
        text = _make(parsed, parsed)
        fits = len(text) <= _MAX_LENGTH and (not _is_quick(pattern) or re.search(pattern, text))
    except Exception:  # noqa: BLE001 - an expression of the user may fail in any way
        return DEFAULT
    return text if fits else DEFAULT


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
            count = int(min(max(least, min(1, int(most))), _MAX_LENGTH + 1))
            return (_make(inner, whole) * count)[: _MAX_LENGTH + 1]
        case "AT":
            return ""
        case "ANY" | "IN" | "NOT_LITERAL":
            one = import_module("re._compiler").compile(type(whole)(whole.state, [part]))
            return str(next(tried for tried in _TRIED if one.fullmatch(tried)))
        case unknown:
            raise ValueError(unknown)
