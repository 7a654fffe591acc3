"""The programs in `examples`, run as a newcomer runs them, on the sandbox."""

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hatz_sandbox import Sandbox

ROOT = Path(__file__).parent.parent.parent
HATZ = shutil.which("hatz", path=Path(sys.executable).parent) or "hatz"


def run(*command, **variables):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HATZ_")}
    env = {**clean, **variables}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, check=False, text=True, encoding="utf-8", timeout=240
    )


def on_the_sandbox(name, **variables):
    done = run(HATZ, "sandbox", "--pace", "0", "--", sys.executable, f"examples/{name}", **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.timeout(300)  # seven programs, one after the other, on a machine that may be busy
def test_demo_shows_all_seven_sections():
    done = run(sys.executable, "-m", "examples", "--pace", "0")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    head, *sections = done.stdout.split("\n(")
    assert "HATZ_API_KEY is not set" in head
    assert "local sandbox" in head
    chain, agent, query, function_agent, *hatz_tools, models = sections

    assert chain.startswith("1) A LangChain chain")
    assert "$ hatz sandbox -- python examples/langchain_chain.py" in chain
    assert "Up to twelve books can be borrowed at a time" in chain
    assert "ten on Saturdays" in chain

    assert "calls  weekday_of(day=2027-03-14)" in agent
    assert "calls  date_after(start=2027-03-14, days=100)" in agent
    answer = agent.rstrip().splitlines()[-1]
    assert "Sunday" in answer
    assert "2027-06-22" in answer

    assert "`HatzStreamInterruptedError` is raised" in query
    assert "errors.md, Partial answers: If a stream is interrupted" in query
    assert "gateway.md, Aliases: The names" in query

    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    answer = function_agent.rstrip().splitlines()[-1]
    assert "calls  list_headings(page=errors.md)" in function_agent
    assert "Partial answers" in answer
    assert str(len(page.split())) in answer

    for shown in hatz_tools:
        assert "hatz_tools.py 'Ticket reply' 'Onboard a user' 'Research Assistant'" in shown
        assert "calls  Ticket_reply(ticket=I get no mail since Monday)" in shown
        assert "… running, 2 of 3 steps complete: Write the welcome mail" in shown
        assert "result Onboard_a_user: Write the welcome mail: done (full_name: Ada Lovelace)" in shown
        assert "result Research_Assistant: " in shown

    assert "gpt-5.2" in models
    assert "Anthropic       200,000  yes" in models
    assert "agent Research Assistant" in models


def test_demo_lists_its_sections():
    listed = run(sys.executable, "-m", "examples", "--list")
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert names == ["chain", "agent", "query-engine", "function-agent", "apps", "tool-spec", "models"]
    files = re.findall(r"\(examples/(\w+\.py)\)", listed.stdout)
    assert all((ROOT / "examples" / file).exists() for file in files)
    assert len(files) == len(names)
    refused = run(sys.executable, "-m", "examples", "--only", "chains")
    assert refused.returncode == 2
    assert "'chain'" in refused.stderr


@pytest.mark.parametrize("name", ["langchain_hatz_tools.py", "llama_index_hatz_tools.py"])
def test_without_names_the_tools_of_a_workspace_are_listed_and_none_is_run(name, hatz_sandbox):
    listed = run(
        sys.executable, f"examples/{name}", HATZ_BASE_URL=hatz_sandbox.base_url, HATZ_API_KEY=hatz_sandbox.api_key
    )
    assert listed.returncode == 0, listed.stderr
    assert "Onboard_a_user            Creates the account of a new employee" in listed.stdout
    assert {request.method for request in hatz_sandbox.requests} == {"GET"}


def test_structured_output_gives_the_same_object_twice():
    lines = on_the_sandbox("structured_output.py").splitlines()[-2:]
    order = "Order(name='Ada Lovelace', email='ada@example.com', copies=3, date='2027-05-01')"
    assert lines == [f"LangChain:  {order}", f"LlamaIndex: {order}"]


@pytest.mark.filterwarnings(
    "ignore::pydantic.warnings.PydanticDeprecationWarning:inspect"
)  # LlamaIndex looks at all members
@pytest.mark.parametrize(
    ("name", "model", "essence"),
    [
        ("langchain_agent.py", "gpt-5.2", "2027-06-22"),
        ("llama_index_agent.py", "anthropic.claude-haiku-4-5", "Partial answers"),
    ],
)
def test_an_agent_works_with_a_model_of_the_other_endpoint(name, model, essence, hatz_sandbox, monkeypatch, capsys):
    monkeypatch.setenv("HATZ_MODEL", model)
    runpy.run_path(str(ROOT / "examples" / name))
    assert essence in capsys.readouterr().out.rstrip().splitlines()[-1]
    assert {request.body["model"] for request in hatz_sandbox.requests} == {model}


def test_demo_with_a_key_uses_the_gateway_and_says_when_a_section_failed():
    with Sandbox() as gateway:
        here = {"HATZ_BASE_URL": gateway.base_url, "HATZ_API_KEY": gateway.api_key}
        good = run(sys.executable, "-m", "examples", "--only", "models", **here)
        bad = run(sys.executable, "-m", "examples", "--only", "models", **{**here, "HATZ_API_KEY": "wrong"})
    assert good.returncode == 0, good.stderr
    assert "runs on the Hatz gateway" in good.stdout
    assert "$ python examples/models.py" in good.stdout
    assert bad.returncode == 1
    assert "Failed: models.py" in bad.stdout
    assert "HatzAuthenticationError" in bad.stderr
    assert "wrong" not in bad.stderr


PROGRAMS = sorted((ROOT / "examples").rglob("[a-z]*.py"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_example_is_short_and_knows_no_sandbox(path):
    text = path.read_text("utf-8")
    assert "sandbox" not in text.lower()
    assert 15 <= text.count("\n") < 60


def test_the_index_names_every_example_and_no_other():
    page = (ROOT / "examples" / "README.md").read_text("utf-8")
    linked = {(ROOT / "examples" / link).resolve() for link in re.findall(r"\]\(([^)#]+)\)", page) if "://" not in link}
    assert all(path.exists() for path in linked)
    notebooks = (ROOT / "examples").rglob("*.ipynb")
    assert {*PROGRAMS, *notebooks} <= linked
