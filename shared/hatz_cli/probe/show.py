"""Print the answers of the probe, and the changes since an earlier report."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from hatz_cli.output import terminal
from hatz_cli.probe.question import NO_ANSWER
from hatz_cli.probe.report import Change
from hatz_cli.probe.run import Answer

_STYLES = {
    "works": "green",
    "accepted": "green",
    "yes": "green",
    "refused": "yellow",
    "ignored": "yellow",
    NO_ANSWER: "red",
}
_COLUMNS = ("question", "model", "verdict", "evidence", "what it means")


def show_answer(console: Console, answer: Answer, *, name_model: bool) -> None:
    """Print an answer: on a terminal its verdict, evidence and meaning; in a pipe a tab-separated line."""
    verdict = answer.verdict
    if not console.is_terminal:
        terminal.print_table(
            _COLUMNS, [(answer.question.id, answer.model, verdict.word, verdict.evidence, answer.meaning)]
        )
        sys.stdout.flush()
        return
    line = Text.assemble((f"{verdict.word:<12} ", _STYLES.get(verdict.word, "cyan")), answer.question.asks)
    if answer.model and name_model:
        line.append(f"  {answer.model}", style="bright_black")
    console.print(line)
    width = max(20, console.width - 13)
    evidence = f"{verdict.evidence}: {verdict.quote!r}" if verdict.quote else verdict.evidence
    for text, style in ((evidence, "bright_black"), (answer.meaning, "")):
        if text:
            for part in Text(text, style=style).wrap(console, width)[:3]:
                console.print(Text(" " * 13).append_text(part))


def show_end(answers: Sequence[Answer]) -> None:
    """Print how many questions were answered."""
    unanswered = [answer for answer in answers if answer.verdict.word == NO_ANSWER]
    terminal.note(f"{len(answers) - len(unanswered)} of {len(answers)} questions were answered.")


def show_changes(found: Sequence[Change]) -> None:
    """Print the changes since an earlier report."""
    if not found:
        terminal.note("Nothing changed since that report.")
        return
    rows = [(change.id, change.model, change.before or "not asked", change.now or "not asked") for change in found]
    terminal.print_table(("question", "model", "before", "now"), rows)
