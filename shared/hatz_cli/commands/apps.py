"""`hatz apps`: the apps a key may use."""

from __future__ import annotations

from typing import Annotated

import typer

from hatz_cli import gateway
from hatz_cli.exit_codes import ExitCode, fail, report_errors
from hatz_cli.input import app_inputs, find_app
from hatz_cli.input.patterns import matches
from hatz_cli.output import terminal

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
@report_errors
def apps(
    pattern: Annotated[
        str | None, typer.Argument(help="Part of a name or id; * and ? match anything, case does not matter.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, with the inputs of each app.")] = False,
) -> None:
    """List the Hatz apps your key may use.

    A star marks the inputs that are required. `hatz run` runs an app, by its id or name.

    \b
    Examples:
      hatz apps
      hatz apps ticket --json
      hatz apps | cut -f1
    """
    found = [one for one in gateway.connect().list_apps() if matches(pattern, one.id, one.name)]
    if not found and pattern:
        raise fail(f"no app matches {pattern!r}", ExitCode.FAILED, "All apps of your key: hatz apps")
    if json:
        terminal.print_json([find_app.as_json(one) for one in found])
        return
    if not found:
        terminal.note("Your key has no apps. Apps are made in the Hatz workspace.")
    rows = [(one.id, one.name, app_inputs.describe(one), one.description or "") for one in found]
    terminal.print_table(("id", "name", "inputs", "description"), rows, spare=("description", "inputs"))
