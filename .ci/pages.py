"""Generate the pages and tables of docs/ that the code determines. With --check, only check that they are up to date."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import settings_pages
import typer.main

from hatz_cli import sandbox
from hatz_cli.app import COMMANDS, app
from hatz_cli.exit_codes import MEANINGS
from hatz_cli.probe.claims import CLAIMS
from hatz_cli.probe.question import Claim, Question
from hatz_cli.probe.questions import THEMES

DOCS = Path(__file__).parents[1] / "docs"
_MADE = "<!-- Made by `make docs` from the code: do not edit. -->\n"


def cli_page() -> str:
    """The reference of the command line."""
    root: Any = typer.main.get_command(app)
    lines = ["# The hatz command", "", _MADE, *_INTRODUCTION.splitlines(), ""]
    for name in COMMANDS:
        lines += [
            f"## hatz {name}",
            "",
            f"![hatz {name}](pictures/{name}.svg)\n" if name in _PICTURES else "",
            "```text",
        ]
        lines += [_help(root, name), "```", ""]
        for inner in _SUBCOMMANDS.get(name, ()):
            lines += [f"### hatz {name} {inner}", "", "```text", _help(root, name, inner), "```", ""]
    lines += ["## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items()]
    return _join(lines)


_SUBCOMMANDS = {"workflows": ("run", "job")}
_PICTURES = {"models", "chat", "doctor"}
_INTRODUCTION = """\
`pip install ".[cli]"` in a clone of this repository brings it. The key comes from `HATZ_API_KEY` and the address from `HATZ_BASE_URL`, so every command works on the sandbox too: `hatz sandbox -- hatz doctor`.

Answers and lists go to stdout, everything about them to stderr. On a terminal lists are tables; in a pipe they are tab-separated lines without a header. `--json` gives JSON. Colours are left out in a pipe, with `NO_COLOR` and with `TERM=dumb`.

Completion for bash, zsh, fish and PowerShell: `hatz --install-completion`, or `hatz --show-completion` to put the script where you want it.
"""


def _help(root: Any, *names: str) -> str:
    name = names[0]
    if name == "sandbox":
        import argparse  # noqa: PLC0415

        parser = argparse.ArgumentParser(prog="hatz")
        commands = parser.add_subparsers()
        sandbox.add_to(commands)
        made: str = commands.choices["sandbox"].format_help()
        return made.rstrip()
    command, context = root, root.make_context("hatz", [], resilient_parsing=True)
    for step in names:
        command = command.get_command(context, step)
        context = command.make_context(
            step, [], parent=context, resilient_parsing=True, max_content_width=100, terminal_width=100
        )
    help_text: str = command.get_help(context)
    return help_text.rstrip()


def facts_page() -> str:
    """Every claim about the gateway, with its source, how sure it is, and the question that would settle it."""
    lines = ["# What is known about the gateway", "", _MADE, *_ABOUT_FACTS.splitlines(), ""]
    for theme, questions in THEMES.items():
        lines += [f"## {theme}", "", "| claim | source | how sure | question |", "|---|---|---|---|"]
        lines += [_row(question) for question in questions]
        lines.append("")
    lines += ["## Not asked", "", "| claim | source | how sure | why not |", "|---|---|---|---|"]
    lines += [_cells(one.claim, one.reason) for one in CLAIMS]
    return _join(lines)


_ABOUT_FACTS = """\
Nobody here has run this project against the real gateway yet. This page lists what the client assumes about the gateway, and the source of each fact. A fact is *documented* by Hatz, *seen* by public programs, *inferred* from those or from the format an endpoint mirrors, or *unknown*.

`hatz doctor --probe` asks the gateway each question below and says what the answer means for your settings. `--only ID` asks one, `--report FILE` writes a report with secrets and content masked, which can be attached to an issue. `--compare FILE` shows what changed since.
"""


def _row(question: Question) -> str:
    return _cells(question.claim, f"`{question.id}`: {question.asks}")


def _cells(claim: Claim, last: str) -> str:
    cells = (claim.says, claim.source, claim.sure, last)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _join(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in "\n".join(lines).split("\n")).replace("\n\n\n", "\n\n").rstrip() + "\n"


PAGES = {"cli.md": cli_page, "facts.md": facts_page, **settings_pages.PAGES}


def main() -> int:
    """Write the pages, or with --check return 1 and name those that are not as the code has them."""
    stale = [
        name
        for name, make in PAGES.items()
        if not (DOCS / name).is_file() or (DOCS / name).read_text("utf-8") != make()
    ]
    if "--check" in sys.argv:
        print(*(f"docs/{name} is not as the code has it: run make docs" for name in stale), sep="\n")
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"wrote docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
