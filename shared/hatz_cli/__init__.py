"""The `hatz` command: lists, questions, a chat, apps and workflows on the terminal, a check of the setup, and a local sandbox."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

__all__ = ["main"]

_MISSING = 'hatz: the command needs its extra: pip install ".[cli]" in a clone of hatz-integrations (`hatz sandbox` works without)'


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code (`hatz_cli.exit_codes` lists them).

    The default is the process's command line. `hatz sandbox` needs only the extra `sandbox`; all other commands need `cli`.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments[:1] == ["sandbox"]:
        return run_sandbox(arguments[1:])
    if arguments[:1] == ["--version"]:
        from hatz_client.version import __version__  # noqa: PLC0415 - `hatz --help` needs nothing of the client

        print(f"hatz {__version__}")
        raise SystemExit(0)
    if find_spec("typer") is None or find_spec("rich") is None:
        print(_MISSING, file=sys.stderr)
        return 2
    from hatz_cli.app import run  # noqa: PLC0415

    return run(arguments)


def run_sandbox(arguments: Sequence[str]) -> int:
    """Run `hatz sandbox` with these arguments and return its exit code; it needs neither typer nor rich."""
    import argparse  # noqa: PLC0415 - each command loads what it needs

    from hatz_cli import sandbox  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="hatz")
    sandbox.add_to(parser.add_subparsers())
    parsed = parser.parse_args(["sandbox", *arguments])
    code: int = parsed.run(parsed)
    return code
