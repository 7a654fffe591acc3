"""Print the doctor's findings, one line each, with what to do below those that failed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

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
_WIDTH = 24


def show(console: Console, check: Check, finding: Finding) -> None:
    """Print one finding; `show_end` counts the skipped checks."""
    symbol, word, style = _MARKS[finding.status]
    if finding.status == "skip":
        return
    if not console.is_terminal:
        print(f"{word} {check.name:<{_WIDTH}} {finding.detail}", *finding.cure.splitlines(), sep="\n    ", flush=True)
        return
    mark = symbol if _has_symbols() else word
    line = Text.assemble(
        (mark, style), " ", (f"{check.name:<{_WIDTH}}", "bold" if finding.status == "fail" else ""), " "
    )
    indent = len(mark) + _WIDTH + 2
    if console.width >= indent + 30:
        wrapped = Text(finding.detail).wrap(console, console.width - indent)
        line.append_text(wrapped[0] if wrapped else Text())
        console.print(line, soft_wrap=True)
        for rest in wrapped[1:]:
            console.print(Padding(rest, (0, 0, 0, indent), expand=False))
    else:
        console.print(line.append(finding.detail))
    if finding.cure:
        for part in finding.cure.splitlines():
            console.print(Padding(Text(part, style="yellow"), (0, 0, 0, 4), expand=False))


def show_end(findings: Sequence[Finding]) -> None:
    """Print how many checks failed, and how many were skipped."""
    failed = sum(1 for finding in findings if finding.status == "fail")
    skipped = sum(1 for finding in findings if finding.status == "skip")
    if failed:
        later = f"; {skipped} that depend on them were skipped" if skipped else ""
        print(f"\n{failed} of {len(findings)} checks failed{later}.")
    elif skipped:
        print(f"\n{skipped} of {len(findings)} checks were skipped: out of time.")
    else:
        print("\nAll checks passed.")


def _has_symbols() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
