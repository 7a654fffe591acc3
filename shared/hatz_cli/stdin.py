"""Text from the arguments and from a pipe."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence


def question(words: Sequence[str] | None) -> str:
    """The words of the command line, after the text of a pipe or a redirected file where there is one.

    `-` alone, or no words at all, reads stdin to its end. A terminal is read only for `-`.
    """
    said = " ".join(words or ())
    if said == "-":
        return sys.stdin.read()
    if not said:
        return "" if _is_terminal() else sys.stdin.read()
    piped = sys.stdin.read() if _is_piped() else ""
    return f"{piped.rstrip()}\n\n{said}" if piped.strip() else said


def _is_terminal() -> bool:
    return sys.stdin is None or sys.stdin.isatty()


def _is_piped() -> bool:
    """Whether stdin is a pipe or a file: a question that is given never waits for a socket or a device."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode)
