"""`hatz sandbox`: a local gateway for one program, or until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import select
import shlex
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from hatz_sandbox import Sandbox, SandboxRequest, Upstream

_ABOUT = """\
Run a program against a local stand-in for the Hatz gateway: no account, no network, no cost.

  hatz sandbox -- python app.py      run a program with HATZ_BASE_URL and HATZ_API_KEY pointing at it
  hatz sandbox                       serve until Ctrl-C, and list each request with its status
  hatz sandbox --print-env           print the two variables for a shell, and exit
  hatz sandbox --upstream http://localhost:11434/v1 --model qwen3
                                     let a real model answer, here one of Ollama
"""
_PORT = 8123
"""The default port; a free one is used if it is taken."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_ENVIRONMENT_LINES = {"sh": "export {}={}", "powershell": '$env:{} = "{}"', "dotenv": "{}={}"}


def add_to(commands: Any) -> None:
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "sandbox",
        help="a local stand-in for the Hatz gateway",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    port_help = f"the port to listen on (default: {_PORT}, or a free one if it is taken; a free one for a program)"
    parser.add_argument("--port", type=_port, help=port_help)
    parser.add_argument(
        "--pace", type=_seconds, default=0.02, help="seconds between the words of a stream (default: 0.02)"
    )
    parser.add_argument("--quiet", action="store_true", help="do not list the requests")
    parser.add_argument(
        "--print-env",
        nargs="?",
        const="sh",
        choices=sorted(_ENVIRONMENT_LINES),
        help="print HATZ_BASE_URL and HATZ_API_KEY for the port, for sh (default), PowerShell or a .env file, and exit",
    )
    parser.add_argument(
        "--limit", metavar="N/second", help="answer requests over this limit with a 429 (or N/minute, N/hour)"
    )
    parser.add_argument("--credits", type=int, metavar="N", help="after N answers, report that the credits are used up")
    parser.add_argument("--upstream", metavar="URL", help="an OpenAI-compatible server whose model answers")
    parser.add_argument("--model", metavar="ID", help="the upstream's model (default: the first it lists)")
    parser.add_argument("--api-key-env", metavar="NAME", help="the variable that holds the upstream's key")
    parser.add_argument("program", nargs=argparse.REMAINDER, metavar="-- PROGRAM ...", help="the program to run")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the command. Exit codes: the program's own; 0 after serving; 2 for invalid options; 127 if the program does not exist."""
    program = arguments.program[1:] if arguments.program[:1] == ["--"] else arguments.program
    if arguments.program and not program:
        return _fail("there is no program after --")
    if arguments.print_env:
        return _print_environment(arguments.print_env, arguments.port or _PORT)
    try:
        upstream = _upstream(arguments)
        stopped = threading.Event()
        sandbox = _start(arguments, upstream, stopped, serves=not program)
    except (ModuleNotFoundError, ValueError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"cannot listen on port {arguments.port}: {error.strerror}; choose another with --port")
    with sandbox:
        if upstream:
            _check_upstream(upstream)
        return _run_program(sandbox, program) if program else _serve(sandbox, upstream, stopped)


def _port(given: str) -> int:
    if given.isdecimal() and int(given) < 65536:
        return int(given)
    raise argparse.ArgumentTypeError(f"{given!r} is not a port: use a number from 0 to 65535")


def _seconds(given: str) -> float:
    if re.fullmatch(r"\d+(?:\.\d*)?|\.\d+", given):
        return float(given)
    raise argparse.ArgumentTypeError(f"{given!r} is not a number of seconds, such as 0.05")


def _fail(message: str, code: int = 2) -> int:
    print(f"hatz sandbox: {message}", file=sys.stderr)
    return code


def _print_environment(form: str, port: int) -> int:
    from hatz_sandbox import DEFAULT_KEY  # noqa: PLC0415 - `hatz --help` needs no server

    print(_environment_lines(form, f"http://127.0.0.1:{port}/v1", DEFAULT_KEY))
    return 0


def _environment_lines(form: str, base_url: str, api_key: str) -> str:
    values = {"HATZ_BASE_URL": base_url, "HATZ_API_KEY": api_key}
    quoted = {name: shlex.quote(value) if form == "sh" else value for name, value in values.items()}
    return "\n".join(_ENVIRONMENT_LINES[form].format(name, value) for name, value in quoted.items())


def _upstream(arguments: argparse.Namespace) -> Upstream | None:
    """The upstream server of the options.

    Raises:
        ValueError: if the options do not fit together, or the variable of the key is not set.
    """
    from hatz_sandbox import Upstream  # noqa: PLC0415 - `hatz --help` needs no server

    if not arguments.upstream:
        if arguments.model or arguments.api_key_env:
            raise ValueError("--model and --api-key-env belong to --upstream")
        return None
    key = os.environ.get(arguments.api_key_env) if arguments.api_key_env else None
    if arguments.api_key_env and not key:
        raise ValueError(f"the variable {arguments.api_key_env} that --api-key-env names is not set")
    return Upstream(arguments.upstream, model=arguments.model, api_key=key)


def _start(
    arguments: argparse.Namespace, upstream: Upstream | None, stopped: threading.Event, *, serves: bool
) -> Sandbox:
    from hatz_sandbox import Sandbox  # noqa: PLC0415 - `hatz --help` needs no server

    def listen(request: SandboxRequest) -> None:
        if not _list_request(request):
            stopped.set()

    shown = listen if serves and not arguments.quiet else None
    chosen = _PORT if serves and arguments.port is None else arguments.port or 0
    limits = {"limit": arguments.limit, "credits": arguments.credits}
    options: dict[str, Any] = {"pace": arguments.pace, "upstream": upstream, "on_request": shown, **limits}
    try:
        return Sandbox(port=chosen, **options).start()
    except OSError:
        if arguments.port is not None or not serves:
            raise
        return Sandbox(port=0, **options).start()


def _check_upstream(upstream: Upstream) -> None:
    """Find the upstream's model now, so that a problem is reported before the first request."""
    try:
        upstream.find_model()
    except Exception as error:  # noqa: BLE001 - the upstream may start later
        _fail(str(error))


def _list_request(request: SandboxRequest) -> bool:
    """Print a line about a request; returns False if stderr is closed."""
    line = f"{request.method} {request.path}{f' {request.model}' if request.model else ''}"
    reason = f" {' '.join(request.reason.split())[:200]}" if request.reason else ""
    try:
        print(f"{line} {request.status}{reason}", file=sys.stderr, flush=True)
    except OSError:
        return False
    return True


def _serve(sandbox: Sandbox, upstream: Upstream | None, stopped: threading.Event) -> int:
    with _signal_handler(lambda _number, _frame: stopped.set()):
        answers = f"answers come from {upstream}" if upstream else "no model behind it, fixed rules make the answers"
        where = sandbox.base_url
        try:
            print(f"hatz sandbox: serving {where} ({answers}). Ctrl-C stops it.", file=sys.stderr, flush=True)
            print(_environment_lines("sh", where, sandbox.api_key), flush=True)
        except BrokenPipeError:
            stopped.set()
        while not stopped.wait(0.2):
            if _stdout_closed():
                break
    # Without a reader, Python would complain about the rest of the buffer at exit.
    if _stdout_closed():
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _stdout_closed() -> bool:
    """Whether standard output is a closed pipe, as after `hatz sandbox | head -1`."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
        return any(event & select.POLLERR for _, event in poll.poll(0))
    except (AttributeError, OSError, ValueError):  # Windows has no poll; tests replace stdout
        return False


def _run_program(sandbox: Sandbox, program: list[str]) -> int:
    environment = {**os.environ, "HATZ_BASE_URL": sandbox.base_url, "HATZ_API_KEY": sandbox.api_key}
    running: list[subprocess.Popen[bytes]] = []
    early: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        # On a terminal the program gets Ctrl-C itself.
        if number == signal.SIGINT and sys.stdin and sys.stdin.isatty():
            return
        for process in running:
            process.send_signal(number)
        if not running:
            early.append(number)

    with _signal_handler(forward):
        try:
            process = subprocess.Popen(program, env=environment)  # noqa: S603 - the user's own program
        except OSError as error:
            return _fail(f"cannot run {program[0]}: {error.strerror}", 127)
        running.append(process)
        for number in early:
            process.send_signal(number)
        with process:
            code = process.wait()
    return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _signal_handler(handler: Any) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
