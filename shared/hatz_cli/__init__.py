"""The `hatz` command."""

from __future__ import annotations

import argparse
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from hatz_cli import sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of a command line; without arguments it is the process's own."""
    parser = argparse.ArgumentParser(prog="hatz", description="Tools around the Hatz AI gateway.")
    parser.add_argument("--version", action="version", version=f"hatz {_version()}")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    sandbox.add_to(commands)
    arguments = parser.parse_args(argv)
    if arguments.command is None:
        parser.print_help()
        return 2
    code: int = arguments.run(arguments)
    return code


def _version() -> str:
    try:
        return version("hatz-integrations")
    except PackageNotFoundError:
        return "(not installed)"
