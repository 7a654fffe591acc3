"""The tables of features: what a row says of Responses and Messages is shown by a test that runs on both."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WORKS = ("✓", "yes")
PAGES = {"features-langchain.md": "langchain", "features-llama-index.md": "llamaindex"}
OF_MODELS = {"gpt": "responses", "claude": "messages", "moonshot": "messages", "google": "messages"}


def rows():
    for page, folder in PAGES.items():
        for line in (ROOT / "docs" / page).read_text("utf-8").splitlines():
            cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("| ") else []
            if len(cells) == 5 and cells[1].startswith(WORKS) and cells[2].startswith(WORKS):
                yield pytest.param(folder, re.findall(r"`(\S+?)`", cells[-1]), id=f"{folder}: {cells[0]}")


@pytest.fixture(scope="module")
def collected(request):
    """The ids of all tests of both frameworks: this run's own if it runs all tests, else those of another collection."""
    config = request.config
    if config.args == ["tests"] and not config.option.keyword and not config.option.markexpr:
        return [item.nodeid for item in request.session.items]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-rs", "-p", "no:cacheprovider"]
    command += [f"tests/{folder}" for folder in PAGES.values()]
    outer = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=ROOT, env=outer, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if "::" in line and line.startswith("tests/")]


def endpoints(test):
    """The endpoints that a test of this id runs on: named there, or by the model that `endpoint="auto"` goes by."""
    _, _, parameters = test.partition("[")
    words = set(re.findall(r"[a-z]+", parameters))
    named = words & {"responses", "chat"}
    if models := {endpoint for model, endpoint in OF_MODELS.items() if model in words and not named}:
        return models
    return named or words & {"messages"}


def shown(folder, name, collected):
    ids = [test for test in collected if re.match(rf"tests/{folder}/{re.escape(name)}(\[|::|$)", test)]
    if re.search(r"::Test(Responses|Messages)", name):  # one suite, a class for each endpoint
        return {re.search(r"::Test(Responses|Messages)", name)[1].lower()} if ids else set()
    return set().union(*map(endpoints, ids))


@pytest.mark.parametrize(("folder", "names"), list(rows()))
def test_a_row_is_shown_on_both_endpoints(folder, names, collected):
    recorded = all("corpus" in name for name in names)
    if recorded and not any(f"tests/{folder}/{names[0]}" in test for test in collected):
        pytest.skip("no recorded exchanges here")
    if recorded:  # they are of both endpoints, and their ids name none
        return
    of_each = [shown(folder, name, collected) for name in names]
    of_suites = set().union(*(found for name, found in zip(names, of_each, strict=True) if "::Test" in name))
    assert any({"responses", "messages"} <= found for found in [*of_each, of_suites])


def test_the_rows_are_found():
    assert len(list(rows())) > 80
