"""The distributions, built once, and environments of their own to install them into."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hatz_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
COMPANIONS = ("langchain-hatz", "llama-index-llms-hatz")


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(out):
    """The sdist and the wheel of each distribution; each wheel is built from its sdist."""
    for project in (ROOT, *(ROOT / "distributions" / name for name in COMPANIONS)):
        run(sys.executable, "-m", "build", "--installer=uv", "--outdir", out, project)
    return out


@pytest.fixture(scope="session")
def built(tmp_path_factory, worker_id):
    """The folder of all sdists and wheels: built once for all workers, by the first that needs it."""
    from filelock import FileLock

    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "dist"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.is_dir():
            build(folder.with_name("building")).rename(folder)
    return folder


@pytest.fixture(scope="session")
def wheels(built):
    """The path of each distribution's wheel, by its name."""
    return {path.name.partition("-")[0].replace("_", "-"): path for path in sorted(built.glob("*.whl"))}


@pytest.fixture(scope="session")
def wheel(wheels):
    return wheels["hatz-integrations"]


@pytest.fixture
def folder(tmp_path_factory):
    """Where to make an environment: always the same, so that the bytecode of an earlier one is used again."""
    return tmp_path_factory.getbasetemp() / "venv"


class Environment:
    """A virtual environment without this project."""

    def __init__(self, path, python=sys.executable, constraints=("--constraint", ROOT / "constraints.txt")):
        run("uv", "venv", "--quiet", "--clear", "--python", python, path)
        self.constraints = constraints
        self.bytecode = path.with_name("bytecode")
        self.python = path / ("Scripts" if os.name == "nt" else "bin") / "python"

    def uv(self, command, *arguments, **options):
        return run("uv", "pip", command, "--quiet", "--python", self.python, *arguments, **options)

    def install(self, *wheels):
        self.uv("install", *self.constraints, *wheels)
        return self

    def run(self, *arguments, check=True, **variables):
        hidden = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "HATZ_API_KEY", "HATZ_BASE_URL"}
        environment = {name: value for name, value in os.environ.items() if name not in hidden}
        environment["PYTHONPYCACHEPREFIX"] = str(self.bytecode)
        done = subprocess.run(
            [str(self.python), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.python.parent,
            env={**environment, **variables},
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def run_program(self, text):
        """What a program of a page prints, on the sandbox."""
        with Sandbox() as sandbox:
            return self.run("-c", text, HATZ_BASE_URL=sandbox.base_url, HATZ_API_KEY=sandbox.api_key).stdout

    @property
    def packages(self):
        """The folder of the installed packages."""
        return Path(self.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())

    def files(self):
        """A hash of each file of the environment, by its path."""
        root = self.python.parent.parent
        return {path.relative_to(root): hash(path.read_bytes()) for path in root.rglob("*") if path.is_file()}

    def has(self, module):
        code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
        return self.run("-c", code, check=False).returncode == 0
