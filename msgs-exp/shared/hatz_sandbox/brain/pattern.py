"""A string that a regular expression matches, for the usual ones."""

from __future__ import annotations

import re

DEFAULT = "x"
"""What stands for a pattern that is not understood: groups that look around, references, and the like."""
_USUAL = ("a", "1", "A", "2026-01-01", "someone@example.com", "https://example.com/", "00000000-0000-4000-8000-000000000001", "+10000000000")  # fmt: skip
_TRIED = "a0A_- .@b1B/:,#"
_QUANTIFIER = re.compile(r"(?:(?P<sign>[*+?])|\{(?P<least>\d+)(?:,(?P<most>\d*))?\})[?+]?")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]")
_GROUP = re.compile(r"\((?:\?(?::|P?<[A-Za-z_]\w*>))?")
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_LONGEST = 1000


class _UnknownError(Exception):
    """The pattern has something this does not understand."""


def example(pattern: str) -> str:
    """A short string the pattern matches; `DEFAULT` when none is found."""
    try:
        made = [_Maker(pattern).made()]
    except (_UnknownError, RecursionError):
        made = []
    try:
        return next((one for one in [*made, *_USUAL] if re.search(pattern, one)), DEFAULT)
    except re.error:
        return DEFAULT


class _Maker:
    """One walk through a pattern that takes the first branch and the least repeats, but one at least."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def made(self) -> str:
        """The string.

        Raises:
            _UnknownError: when the pattern is not understood.
        """
        text = self._branches()
        if self._at < len(self._pattern):
            raise _UnknownError
        return text

    def _branches(self) -> str:
        first = self._sequence()
        while self._pattern[self._at : self._at + 1] == "|":
            self._at += 1
            self._sequence()
        return first

    def _sequence(self) -> str:
        made = ""
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            made += self._piece() * self._times()
            if len(made) > _LONGEST:
                raise _UnknownError
        return made

    def _times(self) -> int:
        match = _QUANTIFIER.match(self._pattern, self._at)
        if match is None:
            return 1
        self._at = match.end()
        least = int(match["least"] or 0)
        most = int(match["most"]) if match["most"] else least if match["least"] and match["most"] is None else 1
        return min(max(least, min(1, most)), _LONGEST)

    def _piece(self) -> str:
        sign = self._pattern[self._at]
        if sign == "(":
            return self._group()
        if sign == "[":
            match = _CLASS.match(self._pattern, self._at)
            if match is None:
                raise _UnknownError
            self._at = match.end()
            return _member(match.group())
        self._at += 1
        if sign == "\\":
            return self._escaped()
        if sign in "^$":
            return ""
        return "a" if sign == "." else sign

    def _group(self) -> str:
        match = _GROUP.match(self._pattern, self._at)
        if match is None or self._pattern[match.end() : match.end() + 1] == "?":
            raise _UnknownError
        self._at = match.end()
        made = self._branches()
        if self._pattern[self._at : self._at + 1] != ")":
            raise _UnknownError
        self._at += 1
        return made

    def _escaped(self) -> str:
        sign = self._pattern[self._at : self._at + 1]
        self._at += 1
        if sign in {"b", "B", "A", "Z", "z"}:
            return ""
        if sign in {"d", "D", "w", "W", "s", "S"}:
            return _member(f"\\{sign}")
        if sign in _CONTROLS:
            return _CONTROLS[sign]
        if not sign or sign.isalnum():
            raise _UnknownError
        return sign


def _member(kind: str) -> str:
    """A character of a class such as `[a-f]`."""
    try:
        matcher = re.compile(kind)
    except re.error as error:
        raise _UnknownError from error
    return next((one for one in [*_TRIED, *map(chr, range(33, 0x250))] if matcher.fullmatch(one)), "")
