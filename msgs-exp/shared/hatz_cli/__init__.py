"""The `hatz` command."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hatz_cli import sandbox
from hatz_client.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of a command line; without arguments it is the process's own."""
    parser = argparse.ArgumentParser(prog="hatz", description="Tools around the Hatz AI gateway.")
    parser.add_argument("--version", action="version", version=f"hatz {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    sandbox.add_to(commands)
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 2
    code: int = arguments.run(arguments)
    return code
