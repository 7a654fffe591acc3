"""What `hatz` loads, and what it says without its extra."""

import os
import subprocess
import sys

import pytest

import hatz_cli
from hatz_cli.app import COMMANDS

resource = pytest.importorskip("resource")  # Windows has none
HEAVY = ("httpx", "rich", "langchain_core", "llama_index", "hatz_sandbox", "jsonschema", "asyncio")


def loaded(*arguments):
    check = (
        "import sys, hatz_cli\n"
        "try: hatz_cli.main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        f"print('loaded:', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", check, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1].split()[1:]


@pytest.mark.parametrize(
    "arguments",
    [[], ["--help"], ["--version"], ["ask", "--help"], ["doctor", "--help"], ["chat", "--help"], ["no-such"]],
)
def test_help_loads_nothing_heavy(arguments):
    assert loaded(*arguments) == []


def test_the_help_loads_neither_client_nor_pydantic():
    check = "import sys, hatz_cli; hatz_cli.main(['--help']); print([name for name in ('hatz_client', 'pydantic') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_is_quick():
    """The budget is 150 ms. Processor time is what is measured: the machine may be busy with other things."""
    assert min(_processor_seconds() for _ in range(5)) < 0.150


def _processor_seconds():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "hatz_cli", "--help"], capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_help_names_every_command(hatz):
    done = hatz("--help")
    assert done.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.out
        if name != "sandbox":
            help_text = hatz(name, "--help")
            assert help_text.code == 0
            assert "Examples:\n" in help_text.out


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_the_extra_it_says_what_to_install(tmp_path, missing):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hide:\n"
        f"    def find_spec(self, name, *_): \n        if name == {missing!r}: raise ModuleNotFoundError(name)\n"
        "import importlib.util as u\n"
        f"find = u.find_spec\nu.find_spec = lambda name, *rest: None if name == {missing!r} else find(name, *rest)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "hatz_cli", "models"], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert 'pip install ".[cli]" in a clone of hatz-integrations' in done.stderr
    served = subprocess.run(
        [sys.executable, "-m", "hatz_cli", "sandbox", "--", sys.executable, "-c", "print('served')"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert served.stdout == "served\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_for_each_shell(shell):
    words = {
        "COMP_WORDS": "hatz mo",
        "COMP_CWORD": "1",
        "_TYPER_COMPLETE_ARGS": "hatz mo",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": "mo",
    }
    environment = {
        **os.environ,
        **words,
        "_HATZ_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run(
        [sys.executable, "-c", "import hatz_cli; hatz_cli.main()"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert "models" in done.stdout
    assert "agents" not in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_the_completion_script_can_be_shown(shell, hatz):
    environment = {**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "import hatz_cli, sys; sys.exit(hatz_cli.main())", "--show-completion", shell],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert "_HATZ_COMPLETE" in done.stdout


def test_completion_that_cannot_be_installed(tmp_path, process):
    home = tmp_path / "no folder"
    home.write_text("")
    done = process("--install-completion", "bash", HOME=str(home), _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert done.code == 1
    assert done.err.startswith(f"hatz: {home}")
    assert "Traceback" not in done.err


def test_the_sandbox_runs_the_other_commands(process):
    done = process("sandbox", "--", sys.executable, "-m", "hatz_cli", "models", "haiku")
    assert done.out.startswith("anthropic.claude-haiku-4-5\t")


def test_main_is_called_without_arguments(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["hatz"])
    assert hatz_cli.main() == 2
    assert "sandbox" in capsys.readouterr().out
