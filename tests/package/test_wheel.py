"""The wheel as a user gets it: what is in it, and each extra in an environment of its own."""

import zipfile

import pytest

from .conftest import Environment

PACKAGES = {"hatz_client", "hatz_sandbox", "hatz_cli", "langchain_hatz", "llama_index_hatz", "llama_index"}

pytestmark = [pytest.mark.installs, pytest.mark.timeout(600)]


@pytest.fixture(scope="session")
def environment(wheel, tmp_path_factory):
    made = {}

    def get(extras):
        if extras not in made:
            made[extras] = Environment(tmp_path_factory.mktemp("env") / "venv").install(f"{wheel}{extras}")
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
    other = llama.packages / "llama_index" / "llms" / "other"
    other.mkdir()
    (other / "__init__.py").touch()
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
