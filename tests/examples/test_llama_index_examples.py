"""LlamaIndex's further examples, run on the sandbox."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.loops import own_loop

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
# LlamaIndex and its workflows look at every attribute of an agent, deprecated ones too.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:inspect")


@pytest.fixture
def _loop():
    with own_loop():
        yield


@pytest.fixture
def shown(_loop, hatz_sandbox, capsys):
    """What an example prints."""

    def run(name):
        runpy.run_path(str(EXAMPLES / name))
        assert hatz_sandbox.requests
        return capsys.readouterr().out

    return run


def test_a_chat_remembers_what_was_said(shown, hatz_sandbox):
    said, remembered = shown("llama_index_chat.py").split("What the engine remembers:")
    assert "`HatzStreamInterruptedError` is raised" in said
    assert [line.split(":")[0].strip() for line in remembered.strip().splitlines()] == ["user", "assistant"] * 2
    assert "HatzStreamInterruptedError" in str(
        hatz_sandbox.requests[-2].body
    )  # the question is condensed with the history


def test_one_agent_hands_over_to_another(shown, hatz_sandbox):
    lines = shown("llama_index_handoff.py")
    assert lines.index("handoff(to_agent=calendar") < lines.index("date_after(day=2027-03-14, days=100): 2027-06-22")
    assert "calendar answers" in lines
    assert "2027-06-22" in lines.splitlines()[-1]
    assert [request.body["model"] for request in hatz_sandbox.requests] == [
        "gpt-5.2",
        *["anthropic.claude-haiku-4-5"] * 2,
    ]


def test_objects_are_extracted_and_seen_to_grow(shown):
    found, growing = shown("llama_index_extraction.py").split("While it is being written:")
    assert "Order(name='Ada Lovelace', email='ada@example.com', copies=3, date='2027-05-01')" in found
    assert "Order(name='Mary Shelley', email='mary@example.com', copies=12, date='2027-06-15')" in found
    drafts = growing.strip().splitlines()
    assert len(drafts) > 3
    assert drafts[-1].strip().endswith("'copies': 3, 'date': '2027-05-01'}")


@pytest.mark.timeout(180)  # two processes that import LlamaIndex, on a machine that may be busy
def test_worker_processes_summarize(hatz_sandbox):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "llama_index_ingestion.py"],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        timeout=170,
    )
    assert done.returncode == 0, done.stderr
    head, *summaries = done.stdout.strip().splitlines()
    assert head == f"errors.md: {len(summaries)} passages"
    assert all(summary.partition(": ")[2].endswith("…") for summary in summaries)
    assert len(hatz_sandbox.requests) == len(summaries) > 3
