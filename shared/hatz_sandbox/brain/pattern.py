"""A string that a regular expression matches, for the usual ones."""

from __future__ import annotations

import re

# The standard library's own parser; private by name, unchanged since 3.11.
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any


def example(pattern: str) -> str:
    """The shortest simple string the pattern matches; `x` when it cannot be found."""
    try:
        found = _sequence(parser.parse(pattern))
    except (re.error, RecursionError):
        return "x"
    return found if re.search(pattern, found) else "x"


def _sequence(tokens: Any) -> str:
    return "".join(_one(str(kind), argument) for kind, argument in tokens)


def _one(kind: str, argument: Any) -> str:
    match kind:
        case "LITERAL":
            return chr(int(argument))
        case "NOT_LITERAL":
            return "b" if chr(argument) == "a" else "a"
        case "ANY":
            return "a"
        case "IN":
            return _member(argument)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            least, most, inner = argument
            return _sequence(inner) * max(int(least), min(1, int(most)))
        case "SUBPATTERN":
            return _sequence(argument[-1])
        case "ATOMIC_GROUP":
            return _sequence(argument)
        case "BRANCH":
            return _sequence(argument[1][0])
        case _:
            return ""


def _member(options: Any) -> str:
    for candidate in "a0A_- .@b1B":
        if _is_in(candidate, options):
            return candidate
    kind, argument = options[0]
    return (
        chr(int(argument[0]) if str(kind) == "RANGE" else int(argument)) if str(kind) in {"RANGE", "LITERAL"} else "a"
    )


def _is_in(candidate: str, options: Any) -> bool:
    negated = str(options[0][0]) == "NEGATE"
    hit = any(_hits(candidate, str(kind), argument) for kind, argument in options)
    return hit != negated


def _hits(candidate: str, kind: str, argument: Any) -> bool:
    match kind:
        case "LITERAL":
            return ord(candidate) == int(argument)
        case "RANGE":
            return bool(argument[0] <= ord(candidate) <= argument[1])
        case "CATEGORY":
            name = str(argument)
            kinds = {
                "DIGIT": candidate.isdigit(),
                "SPACE": candidate.isspace(),
                "WORD": candidate.isalnum() or candidate == "_",
            }
            return any(hit != ("NOT" in name) for word, hit in kinds.items() if name.endswith(word))
        case _:
            return False
