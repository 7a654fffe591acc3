"""The commands of `hatz`; the module of a command is imported when the command runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "models": "List the models your key may use.",
    "agents": "List the Hatz agents your key may use.",
    "apps": "List the Hatz apps your key may use.",
    "run": "Run a Hatz app.",
    "workflows": "List Hatz workflows, run one, and watch its job.",
    "ask": "Ask a model one question.",
    "chat": "Talk with a model.",
    "count": "Count the tokens of a text.",
    "doctor": "Check key, network and endpoints; ask the gateway what its documentation does not say.",
    "sandbox": "Run a program against a local stand-in for the gateway.",
}
"""The commands, with their descriptions in `hatz --help`."""

_HELP = """\
Talk to every model of the Hatz AI gateway from the terminal.

The key comes from HATZ_API_KEY, the address from HATZ_BASE_URL (default: Hatz itself).

\b
First steps:
  hatz doctor                      check the key, the network and the endpoints
  hatz models                      list the models your key may use
  hatz ask gpt-5.2 "Hello!"        ask one question
  hatz chat gpt-5.2                talk with a model
  hatz sandbox -- hatz models      run a command without a key, on a local stand-in
"""


class LazyGroup(TyperGroup):
    """A group that imports a command's module on first use."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands, in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, or None."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"hatz_cli.commands.{cmd_name}").app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands, without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a command; typer suggests a name for a misspelled one."""
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment] # the names for suggestions
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=LazyGroup,
    help=_HELP,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    del version  # `main` prints it, without typer
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(2)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a console with another encoding shows "?" for unknown characters
            stream.reconfigure(errors="replace")
    try:
        typer.main.get_command(app)(list(arguments), prog_name="hatz")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0
