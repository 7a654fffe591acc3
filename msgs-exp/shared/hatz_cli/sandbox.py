"""`hatz sandbox`: a local gateway for one program, or until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from hatz_sandbox import Sandbox, SandboxRequest

_ABOUT = """\
Run a program against a local stand-in for the Hatz gateway: no account, no network, no cost.

  hatz sandbox -- python app.py    run a program with HATZ_BASE_URL and HATZ_API_KEY pointing at it
  hatz sandbox --port 8123         serve until Ctrl-C, and list what is asked and the status of each answer
"""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def add_to(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "sandbox",
        help="a local stand-in for the Hatz gateway",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_port, default=0, help="the port to listen on (default: a free one)")
    parser.add_argument(
        "--pace", type=_seconds, default=0.02, help="seconds between the words of a stream (default: 0.02)"
    )
    parser.add_argument("--quiet", action="store_true", help="do not list the requests")
    parser.add_argument("program", nargs=argparse.REMAINDER, metavar="-- PROGRAM ...", help="the program to run")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """The exit code: the program's own, or 0 after serving; 2 for what cannot be done, 127 for no such program."""
    from hatz_sandbox import Sandbox  # noqa: PLC0415 - `hatz --help` needs no server

    program = arguments.program[1:] if arguments.program[:1] == ["--"] else arguments.program
    if arguments.program and not program:
        return _complain("there is no program after --")
    listen = None if arguments.quiet or program else _list_request
    sandbox = Sandbox(port=arguments.port, pace=arguments.pace, on_request=listen)
    try:
        sandbox.start()
    except ModuleNotFoundError as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"cannot listen on port {arguments.port}: {error.strerror}; choose another with --port")
    with sandbox:
        return _run_program(sandbox, program) if program else _serve(sandbox)


def _port(given: str) -> int:
    if given.isdecimal() and int(given) < 65536:
        return int(given)
    raise argparse.ArgumentTypeError(f"{given!r} is no port: a number from 0 to 65535")


def _seconds(given: str) -> float:
    if re.fullmatch(r"\d+\.?\d*|\.\d+", given):
        return float(given)
    raise argparse.ArgumentTypeError(f"{given!r} is no number of seconds, such as 0.05")


def _complain(message: str, code: int = 2) -> int:
    print(f"hatz sandbox: {message}", file=sys.stderr)
    return code


def _list_request(request: SandboxRequest) -> None:
    print(f"{request.method} {request.path} {request.status}", file=sys.stderr, flush=True)


def _serve(sandbox: Sandbox) -> int:
    ended = threading.Event()
    with _handling(lambda _number, _frame: ended.set()):
        print(f"export HATZ_BASE_URL={shlex.quote(sandbox.base_url)}")
        print(f"export HATZ_API_KEY={shlex.quote(sandbox.api_key)}", flush=True)
        ended.wait()
    return 0


def _run_program(sandbox: Sandbox, program: list[str]) -> int:
    environment = {**os.environ, "HATZ_BASE_URL": sandbox.base_url, "HATZ_API_KEY": sandbox.api_key}
    running: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        # On a terminal Ctrl-C reaches the program by itself: once is enough.
        if number == signal.SIGINT and sys.stdin and sys.stdin.isatty():
            return
        for process in running:
            process.send_signal(number)
        if not running:
            early.append(number)

    with _handling(forward):
        try:
            process = subprocess.Popen(program, env=environment)  # noqa: S603 - running it is what was asked for
        except OSError as error:
            return _complain(f"cannot run {program[0]}: {error.strerror}", 127)
        running.append(process)
        for number in early:
            process.send_signal(number)
        with process:
            code = process.wait()
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _handling(handler: Any) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
