"""The `hatz` command: lists, questions, a chat, apps and workflows on the terminal, a check of the setup, and a local sandbox."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec

__all__ = ["main"]

_MISSING = 'hatz: the command needs its extra: pip install ".[cli]" in a clone of hatz-integrations (`hatz sandbox` needs only the extra sandbox)'


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code (`hatz_cli.exit_codes` lists them).

    The default is the process's command line. `hatz sandbox` needs only the extra `sandbox`; all other commands need `cli`.
    """
    open_missing_streams()
    try:
        try:
            return run_command(sys.argv[1:] if argv is None else list(argv))
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:  # while modules are imported; later each command sees to it
        return 130
    except OSError as error:
        if error.filename is not None:  # no error of the output: a file such as that of --install-completion
            print(f"hatz: {error.filename}: {error.strerror}", file=sys.stderr)
            return 1
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - Python flushes stdout once more at exit
        if not isinstance(error, BrokenPipeError):  # a reader that leaves is no error
            print(f"hatz: the output cannot be written: {error.strerror or error}", file=sys.stderr)
        return 1


def open_missing_streams() -> None:
    """Open the null device in place of standard streams that the caller closed: Python has None there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def run_command(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
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
