"""`hatz agents`: the Hatz agents a key may use."""

from __future__ import annotations

from typing import Annotated

import typer

from hatz_cli import gateway
from hatz_cli.exit_codes import report_errors
from hatz_cli.output import terminal

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
@report_errors
def agents(json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the Hatz agents your key may use.

    The first column is the model id that runs the agent: `hatz ask agent-... "question"`.

    \b
    Examples:
      hatz agents
      hatz agents --json
    """
    found = gateway.connect().list_agents()
    if json:
        terminal.print_json(
            [
                {
                    "model": agent.model,
                    "id": agent.id,
                    "name": agent.name,
                    "description": agent.description,
                    "tools": agent.tools,
                }
                for agent in found
            ]
        )
        return
    if not found:
        terminal.note("Your key has no agents. Agents are made in the Hatz workspace.")
    rows = [(agent.model, agent.name or "", ", ".join(agent.tools), agent.description or "") for agent in found]
    terminal.print_table(("model", "name", "tools", "description"), rows, spare=("description", "tools"))
