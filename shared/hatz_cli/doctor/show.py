"""The doctor's findings on a terminal: a line each, and the cure below it when something failed."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from hatz_cli.doctor.check import Check, Finding, Status

_MARKS: dict[Status, tuple[str, str, str]] = {
    "ok": ("✓", "ok  ", "green"),
    "warn": ("!", "warn", "yellow"),
    "fail": ("✗", "FAIL", "bold red"),
    "skip": ("-", "skip", "bright_black"),
}
_WIDTH = 20


def show(console: Console, check: Check, finding: Finding) -> None:
    """Print one finding."""
    symbol, word, style = _MARKS[finding.status]
    mark = symbol if _has_symbols() else word
    line = Text.assemble((mark, style), " ", (f"{check.name:<{_WIDTH}}", "bold" if finding.status == "fail" else ""), " ")
    hang = len(mark) + _WIDTH + 2
    if console.width >= hang + 30:
        text = Text(finding.detail, style="bright_black" if finding.status == "skip" else "")
        wrapped = text.wrap(console, console.width - hang)
        line.append_text(wrapped[0] if wrapped else Text())
        console.print(line, soft_wrap=True)
        for rest in wrapped[1:]:
            console.print(Padding(rest, (0, 0, 0, hang), expand=False))
    else:
        console.print(line.append(finding.detail))
    if finding.cure:
        for part in finding.cure.splitlines():
            console.print(Padding(Text(part, style="yellow"), (0, 0, 0, 4), expand=False))


def _has_symbols() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
