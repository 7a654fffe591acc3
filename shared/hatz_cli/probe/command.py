"""`hatz doctor --probe`: announce the cost, ask the questions, show the answers, write the report."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from hatz_cli import gateway as client_side
from hatz_cli.doctor.answers import cheapest
from hatz_cli.exchange import Gateway
from hatz_cli.exit_codes import ExitCode
from hatz_cli.output import terminal
from hatz_cli.probe import masking, report, show
from hatz_cli.probe.question import NO_ANSWER, Question
from hatz_cli.probe.questions import QUESTIONS
from hatz_cli.probe.run import Answer, ask_all, plan, requests, tokens
from hatz_client import HatzInvalidInputError


@dataclass(frozen=True)
class ProbeOptions:
    """The options of the command line."""

    models: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    yes: bool = False
    report: Path | None = None
    compare: Path | None = None
    json: bool = False


def run(base_url: str, key: str, options: ProbeOptions) -> None:
    """Run the probe.

    Raises:
        HatzError: if the list of models is not available, or a file cannot be read or written.
        typer.Exit: if the user declined, or no question was answered.
    """
    before = report.read(options.compare) if options.compare else None
    planned = plan(_select(options.only), options.models or _smallest_model())
    _announce(planned, base_url, yes=options.yes)
    answers = _ask(base_url, key, planned, json=options.json)
    written = report.make(answers, base_url, key)
    if options.report:
        _write(options.report, masking.dumps(written, key))
    changed = (
        report.changes(_comparable(before, written, whole=not options.only), written) if before is not None else None
    )
    if options.json:
        print(
            masking.dumps(written if changed is None else {**written, "changes": [vars(one) for one in changed]}, key)
        )
    elif changed is not None:
        show.show_changes(changed)
    if all(answer.verdict.word == NO_ANSWER for answer in answers):
        raise typer.Exit(ExitCode.FAILED)


def _select(only: tuple[str, ...]) -> list[Question]:
    found = [question for question in QUESTIONS if not only or any(part in question.id for part in only)]
    if not found:
        raise HatzInvalidInputError(
            f"No question's id contains {' or '.join(map(repr, only))}; docs/facts.md lists them."
        )
    return found


def _smallest_model() -> tuple[str, ...]:
    model = cheapest(client_side.connect(timeout=30.0).list_models())
    if model is None:
        raise HatzInvalidInputError("Your key has no model: name one, as in hatz doctor --probe MODEL.")
    return (model,)


def _announce(planned: list[tuple[Question, str]], base_url: str, *, yes: bool) -> None:
    models = ", ".join(dict.fromkeys(model for _, model in planned))
    terminal.note(
        f"The probe asks {len(planned)} questions of {base_url} with {models}: at most {requests(planned)} requests, "
        f"about {tokens(planned):,} tokens."
    )
    if yes:
        return
    if not sys.stdin.isatty():
        raise HatzInvalidInputError("Nothing was sent: add --yes to continue without confirmation.")
    if not typer.confirm("Continue?", err=True):
        raise typer.Exit(ExitCode.DONE)


def _ask(base_url: str, key: str, planned: list[tuple[Question, str]], *, json: bool) -> list[Answer]:
    """The answers; Ctrl-C stops, and keeps the answers so far."""
    console, answers = terminal.console(), []
    several = len({model for _, model in planned}) > 1
    try:
        with Gateway(base_url, key) as gateway:
            for answer in ask_all(gateway, planned):
                answers.append(answer)
                if not json:
                    show.show_answer(console, answer, name_model=several)
    except KeyboardInterrupt:
        terminal.note("[stopped]")
        if not answers:
            raise
    show.show_end(answers)
    return answers


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise HatzInvalidInputError(f"The report {path} cannot be written: {error.strerror or error}.") from None
    terminal.note(f"The report is in {path}; keys and content are masked.")


def _comparable(before: dict[str, Any], now: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """The earlier report; reduced to the questions of the new one if only some were asked."""
    if whole:
        return before
    ids = {entry["id"] for entry in now["answers"]}
    kept = [entry for entry in before["answers"] if entry.get("id") in ids]
    return {**before, "answers": kept}
