"""The wheel as a user gets it: what is in it, and each extra in an environment of its own."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"hatz_client", "hatz_sandbox", "hatz_cli", "langchain_hatz", "llama_index_hatz", "llama_index"}

pytestmark = [pytest.mark.installs, pytest.mark.timeout(600)]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", out, ROOT], check=True, capture_output=True, text=True
    )
    (built,) = out.glob("*.whl")
    return built


class Environment:
    """A virtual environment with the wheel and some of its extras."""

    def __init__(self, path, wheel, extras):
        venv.create(path, with_pip=True)
        self.python = path / ("Scripts" if os.name == "nt" else "bin") / "python"
        self.run(
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--constraint",
            str(ROOT / "constraints.txt"),
            f"{wheel}{extras}",
        )

    def run(self, *arguments, check=True):
        environment = {
            key: value
            for key, value in os.environ.items()
            if key not in {"PYTHONPATH", "HATZ_API_KEY", "HATZ_BASE_URL"}
        }
        done = subprocess.run(
            [self.python, *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.python.parent,
            env=environment,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    def add(self, name):
        """An empty file of another distribution."""
        packages = self.run("-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip()
        path = Path(packages, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def has(self, module):
        return (
            self.run(
                "-c", f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)", check=False
            ).returncode
            == 0
        )


@pytest.fixture(scope="session")
def environment(wheel, tmp_path_factory):
    made = {}

    def get(extras):
        if extras not in made:
            made[extras] = Environment(tmp_path_factory.mktemp("env"), wheel, extras)
        return made[extras]

    return get


def test_the_wheel_holds_the_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == PACKAGES
    assert "llama_index/__init__.py" not in names
    assert "llama_index/llms/__init__.py" not in names
    for package in PACKAGES - {"llama_index"}:
        assert f"{package}/py.typed" in names
    assert "llama_index/llms/hatz/py.typed" in names
    assert not [name for name in names if "test" in name.lower() and not name.startswith("hatz_sandbox/pytest_plugin")]


def test_the_client_alone(environment):
    bare = environment("")
    bare.run("-c", "from hatz_client import AsyncClient, Client; Client(), AsyncClient()")
    for missing in ("langchain_core", "llama_index.core", "pydantic", "openai", "anthropic"):
        assert not bare.has(missing.split(".")[0]) or missing == "llama_index.core"
    said = bare.run("-c", "import langchain_hatz", check=False).stderr
    assert 'pip install ".[langchain]" in a clone of hatz-integrations' in said
    said = bare.run("-c", "import llama_index_hatz", check=False).stderr
    assert 'pip install ".[llama-index]" in a clone of hatz-integrations' in said
    said = bare.run("-c", "import llama_index.llms.hatz", check=False).stderr
    assert 'pip install ".[llama-index]" in a clone of hatz-integrations' in said
    said = bare.run("-m", "hatz_cli", "sandbox", "--", "true", check=False)
    assert said.returncode == 0 or 'pip install ".[sandbox]" in a clone of hatz-integrations' in said.stderr


def test_langchain_without_llama_index(environment):
    langchain = environment("[langchain]")
    langchain.run("-c", "from langchain_hatz import ChatHatz; ChatHatz('gpt-5.2')")
    assert not langchain.has("llama_index.core")
    for missing in ("openai", "anthropic", "tiktoken", "langchain", "transformers"):
        assert not langchain.has(missing), missing


def test_llama_index_without_langchain(environment):
    llama = environment("[llama-index,sandbox]")
    llama.run(
        "-c",
        "from llama_index_hatz import HatzLLM; from llama_index.llms.hatz import HatzLLM as Same; assert HatzLLM is Same; HatzLLM('gpt-5.2')",
    )
    for missing in ("langchain_core", "openai", "anthropic"):
        assert not llama.has(missing), missing
    beside = "import llama_index.core, llama_index.llms.other, llama_index.llms.hatz"
    llama.add("llama_index/llms/other/__init__.py")
    llama.run("-c", beside)
    asked = "from llama_index_hatz import HatzLLM; print(HatzLLM('gpt-5.2').complete('Say hello.').text)"
    assert llama.run("-m", "hatz_cli", "sandbox", "--", str(llama.python), "-c", asked).stdout.strip()


def test_the_command_with_its_extra_and_nothing_of_a_framework(environment):
    cli = environment("[cli]")
    for missing in ("langchain_core", "openai", "anthropic"):
        assert not cli.has(missing), missing
    hatz = str(cli.python.parent / "hatz")
    assert "doctor" in cli.run("-m", "hatz_cli", "--help").stdout
    listed = cli.run("-m", "hatz_cli", "sandbox", "--", hatz, "models", "haiku").stdout
    assert listed.startswith("anthropic.claude-haiku-4-5\t")
    assert "All checks passed." in cli.run("-m", "hatz_cli", "sandbox", "--", hatz, "doctor").stdout
