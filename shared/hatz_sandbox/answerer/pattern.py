"""Strings that match a regular expression: found among others, or made from Python's own parse of the expression."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Any

DEFAULT = "x"
"""The result for an expression that is not supported, such as one with look-arounds or references."""
_TRIED = [*"a0A_- .@b1B/:,#", *map(chr, range(33, 0x250))]
_MAX_LENGTH = 1000
_SECONDS = 0.2
"""The time for an expression: it comes from a request's schema, and a search could take exponential time."""


def find_matches(pattern: str, texts: list[str]) -> list[str]:
    """The texts that contain a match; none if the expression is invalid or takes too long."""
    import regex  # noqa: PLC0415 - its searches can be stopped; slow to import

    until = time.monotonic() + _SECONDS
    try:
        search = regex.compile(pattern).search
        return [text for text in texts if search(text, timeout=max(until - time.monotonic(), 0.001))]
    except (regex.error, TimeoutError):
        return []


def example(pattern: str) -> str:
    """A short string that matches the expression; `DEFAULT` if none is found."""
    try:
        # The parser is private to Python; if it changes, the default is returned.
        parsed = import_module("re._parser").parse(pattern)
        text = _make(parsed, parsed)
    except Exception:  # noqa: BLE001 - an expression of the user may fail in any way
        return DEFAULT
    return text if len(text) <= _MAX_LENGTH and find_matches(pattern, [text]) else DEFAULT


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
