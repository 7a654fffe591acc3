"""The command in this process, and in one of its own."""

import logging
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

import hatz_cli

HATZ = [sys.executable, "-m", "hatz_cli"]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path):
    for name in (
        "HATZ_API_KEY",
        "HATZ_BASE_URL",
        "HATZ_API_BASE",
        "HATZ_PROXY",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("HATZ_HISTORY", str(tmp_path / "history"))
    monkeypatch.setattr(logging.getLogger("hatz_client"), "handlers", [*logging.getLogger("hatz_client").handlers])


@dataclass
class Done:
    code: int
    out: str
    err: str


@pytest.fixture
def hatz(capsys, monkeypatch):
    """Runs a command line in this process; `stdin` is piped in."""

    def run(*arguments, stdin=None):
        if stdin is not None:
            read, write = os.pipe()
            os.write(write, stdin.encode())
            os.close(write)
            monkeypatch.setattr(sys, "stdin", os.fdopen(read, encoding="utf-8"))
        else:
            monkeypatch.setattr(sys, "stdin", open(os.devnull, encoding="utf-8"))  # noqa: PTH123, SIM115
        capsys.readouterr()
        try:
            code = hatz_cli.main([str(argument) for argument in arguments])
        finally:
            sys.stdin.close()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Done(code, said.out, said.err)

    return run


@pytest.fixture
def process():
    """Runs a command line as a process of its own."""

    def run(*arguments, **environment):
        done = subprocess.run(
            [*HATZ, *arguments], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    return run
