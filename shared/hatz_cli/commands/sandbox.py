"""`hatz sandbox` in the command tree: help and completion know it; `hatz_cli.sandbox` reads its arguments."""

from __future__ import annotations

from typing import Annotated

import typer

from hatz_cli import run_sandbox

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
)
def sandbox(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Options of the sandbox, then -- and a program.")
    ] = None,
) -> None:
    """Run a program against a local stand-in for the gateway: no account, no network, no cost.

    `hatz sandbox --help` lists its options.

    \b
    Examples:
      hatz sandbox -- python app.py
      hatz sandbox -- hatz doctor
      hatz sandbox --port 8123
    """
    raise typer.Exit(run_sandbox(arguments or []))
