"""`hatz doctor --probe`, from the announcement to the report."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from hatz_cli import gateway as client_side
from hatz_cli import terminal
from hatz_cli.doctor.answers import cheapest
from hatz_cli.exchange import Gateway
from hatz_cli.exit_codes import ExitCode
from hatz_cli.probe import masking, report, show
from hatz_cli.probe.question import NO_ANSWER, Question
from hatz_cli.probe.questions import QUESTIONS
from hatz_cli.probe.run import Answer, ask_all, plan, requests, tokens
from hatz_client import HatzInvalidInputError


@dataclass(frozen=True)
class Wishes:
    """What the command line asks of the probe."""

    models: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    yes: bool = False
    report: Path | None = None
    compare: Path | None = None
    json: bool = False


def run(base_url: str, key: str, wishes: Wishes) -> None:
    """Announce, ask, show, write.

    Raises:
        HatzError: the list of models cannot be had, or a file cannot be read or written.
        typer.Exit: nothing was asked, or no question was answered.
    """
    before = report.read(wishes.compare) if wishes.compare else None
    planned = plan(_chosen(wishes.only), wishes.models or _smallest())
    _announce(planned, base_url, yes=wishes.yes)
    answers = _ask(base_url, key, planned, json=wishes.json)
    made = report.make(answers, base_url, key)
    if wishes.report:
        _write(wishes.report, masking.dumps(made, key))
    changed = report.changes(_same_part(before, made, whole=not wishes.only), made) if before is not None else None
    if wishes.json:
        print(masking.dumps(made if changed is None else {**made, "changes": [vars(one) for one in changed]}, key))
    elif changed is not None:
        show.show_changes(changed)
    if all(answer.verdict.word == NO_ANSWER for answer in answers):
        raise typer.Exit(ExitCode.FAILED)


def _chosen(only: tuple[str, ...]) -> list[Question]:
    found = [question for question in QUESTIONS if not only or any(part in question.id for part in only)]
    if not found:
        raise HatzInvalidInputError(f"No question's id holds {' or '.join(map(repr, only))}; docs/facts.md lists them.")
    return found


def _smallest() -> tuple[str, ...]:
    model = cheapest(client_side.list_models(client_side.connect(timeout=30.0)))
    if model is None:
        raise HatzInvalidInputError("Your key has no model to ask: name one, as in hatz doctor --probe MODEL.")
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
        raise HatzInvalidInputError("Nothing was sent: add --yes to go on without being asked.")
    if not typer.confirm("Go on?", err=True):
        raise typer.Exit(ExitCode.DONE)


def _ask(base_url: str, key: str, planned: list[tuple[Question, str]], *, json: bool) -> list[Answer]:
    """The answers; Ctrl-C ends the questions and keeps what was answered."""
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


def _same_part(before: dict[str, Any], now: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """Of an earlier report what is to be compared: all of it, or the questions that were asked now."""
    if whole:
        return before
    asked = {entry["id"] for entry in now["answers"]}
    kept = [entry for entry in before["answers"] if entry.get("id") in asked]
    return {**before, "answers": kept}
