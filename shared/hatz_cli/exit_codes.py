"""The exit codes of `hatz`, and the advice for each kind of error."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import ParamSpec

import typer

from hatz_client import (
    HatzAuthenticationError,
    HatzConnectionError,
    HatzContextOverflowError,
    HatzCreditsError,
    HatzError,
    HatzInvalidInputError,
    HatzNotFoundError,
    HatzPermissionError,
    HatzRateLimitError,
    HatzResponseError,
    HatzServerError,
    HatzTimeoutError,
)

P = ParamSpec("P")


class ExitCode(IntEnum):
    """The exit code of the process."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    KEY = 3
    CONNECTION = 4
    LIMIT = 5
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.DONE: "The command succeeded.",
    ExitCode.FAILED: "The gateway rejected the request or its answer was unusable; for `hatz doctor`, a check failed.",
    ExitCode.USAGE: "The command line or its input is wrong; nothing was sent.",
    ExitCode.KEY: "The API key is missing or invalid, or its user may not do this.",
    ExitCode.CONNECTION: "The gateway could not be reached, or the connection broke or timed out.",
    ExitCode.LIMIT: "Credits are used up, or a rate limit was reached.",
    ExitCode.INTERRUPTED: "Ctrl-C.",
}

NO_KEY = """\
Create a key in your Hatz workspace under API Keys, then set it:
  export HATZ_API_KEY=...         (bash, zsh)
  $Env:HATZ_API_KEY = "..."       (PowerShell)
Without an account: hatz sandbox -- hatz models"""
_BASE_URL = "Correct the environment variable HATZ_BASE_URL, or unset it to use Hatz itself."
_DOCTOR = "To find out where it fails, run: hatz doctor"

_CURES: tuple[tuple[type[HatzError], ExitCode, str], ...] = (
    (HatzAuthenticationError, ExitCode.KEY, "Was the key copied completely, and does it still exist under API Keys?"),
    (HatzPermissionError, ExitCode.KEY, "Ask your Hatz admin for the right to use this model or endpoint."),
    (HatzCreditsError, ExitCode.LIMIT, "Credits return on the 1st of the month; a Hatz admin can add some sooner."),
    (HatzRateLimitError, ExitCode.LIMIT, "Wait a little and try again, or use another model: hatz models"),
    (HatzNotFoundError, ExitCode.FAILED, "The models of your key: hatz models"),
    (HatzContextOverflowError, ExitCode.FAILED, "Send less, or use a model with a larger context: hatz models"),
    (HatzTimeoutError, ExitCode.CONNECTION, _DOCTOR),
    (HatzConnectionError, ExitCode.CONNECTION, _DOCTOR),
    (HatzResponseError, ExitCode.FAILED, _DOCTOR),
    (HatzServerError, ExitCode.FAILED, "Try again later; quote the request id when you ask Hatz's support."),
    (HatzInvalidInputError, ExitCode.USAGE, ""),
    (HatzError, ExitCode.FAILED, ""),
)


def explain(error: HatzError) -> tuple[ExitCode, str]:
    """The exit code for an error, and one sentence of advice (empty if the message is enough)."""
    if isinstance(error, HatzAuthenticationError) and error.status_code is None:
        return ExitCode.KEY, NO_KEY
    code, cure = next((code, cure) for kind, code, cure in _CURES if isinstance(error, kind))
    is_address = isinstance(error, HatzInvalidInputError | HatzNotFoundError) and "base_url" in error.message.lower()
    return code, _BASE_URL if is_address and os.environ.get("HATZ_BASE_URL") else cure


def fail(message: str, code: ExitCode = ExitCode.USAGE, cure: str = "") -> typer.Exit:
    """Print an error and the advice to stderr; returns the exception to raise."""
    print(f"hatz: {message}", file=sys.stderr)
    if cure:
        print(cure, file=sys.stderr)
    return typer.Exit(code)


def report_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Decorator: a `HatzError` in a command prints its message and the advice, without a traceback."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except HatzError as error:
            sys.stdout.flush()
            code, cure = explain(error)
            raise fail(str(error), code, cure) from None

    return wrapped
