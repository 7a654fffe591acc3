"""Read lines from a terminal, with editing and history if Python has readline."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from pathlib import Path

_MAX_LINES = 500


def history_file() -> Path:
    """The file with the history: HATZ_HISTORY, else a file below XDG_STATE_HOME."""
    if given := os.environ.get("HATZ_HISTORY"):
        return Path(given)
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "hatz" / "history"


def set_up() -> None:
    """Load the history, and save it at exit. Does nothing without a terminal or without readline (Windows)."""
    if not sys.stdin or not sys.stdin.isatty():
        return
    try:
        import readline  # noqa: PLC0415 - Python on Windows has none
    except ImportError:
        return
    path = history_file()
    with contextlib.suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(_MAX_LINES)
    readline.parse_and_bind("set enable-bracketed-paste on")

    def save() -> None:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            readline.write_history_file(path)

    atexit.register(save)


def read(prompt: str) -> str | None:
    """The next line; None at the end (Ctrl-D). Ctrl-C discards the line. A backslash at its end continues it."""
    lines: list[str] = []
    shown = prompt if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(shown if not lines else "." * (len(shown) - 1) + " " if shown else "")
        except EOFError:
            if shown:
                print()
            return "\n".join(lines) if lines else None
        except KeyboardInterrupt:
            print()
            lines = []
            continue
        if not line.endswith("\\"):
            return "\n".join([*lines, line])
        lines.append(line[:-1])
