"""The question: from the arguments and from standard input."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence


def question(words: Sequence[str] | None) -> str:
    """The words of the command line, after the text of a pipe or a redirected file, if there is one.

    With `-`, or without words, the question is all of stdin; a terminal is read only for `-`.
    """
    text = " ".join(words or ())
    if text == "-":
        return sys.stdin.read()
    if not text:
        return "" if _is_terminal() else sys.stdin.read()
    piped = sys.stdin.read() if _is_piped() else ""
    return f"{piped.rstrip()}\n\n{text}" if piped.strip() else text


def _is_terminal() -> bool:
    return sys.stdin is None or sys.stdin.isatty()


def _is_piped() -> bool:
    """Whether stdin is a pipe or a file; with words on the command line, a socket or a device is not read."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
