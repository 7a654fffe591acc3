"""The programs in `examples/recipes`, run in this process on the sandbox."""

import csv
import io
import runpy
import sys
from pathlib import Path

import mcp.client.stdio  # noqa: F401 (it keeps the stderr of the time of its import, which is not to be a test's own)
import pytest

RECIPES = Path(__file__).parents[2] / "examples" / "recipes"
# LlamaIndex looks at every attribute of an LLM, deprecated ones too.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:inspect")


@pytest.fixture
def run(hatz_sandbox, monkeypatch, capfd):
    """Run a recipe with arguments; returns what it prints."""

    def run(name, *arguments):
        path = str(RECIPES / name)
        monkeypatch.setattr(sys, "argv", [path, *map(str, arguments)])
        runpy.run_path(path, run_name="__main__")
        return capfd.readouterr().out

    return run


class TestApproval:
    @pytest.fixture(autouse=True)
    def _database(self, tmp_path, monkeypatch):
        monkeypatch.setenv("APPROVAL_DATABASE", str(tmp_path / "approval.sqlite"))

    def test_nothing_is_sent_before_somebody_approves(self, run, hatz_sandbox):
        hatz_sandbox.reply("Dear reader, we are sorry.")
        waiting = run("approval.py")
        assert "Dear reader, we are sorry." in waiting
        assert "Sent" not in waiting
        assert run("approval.py", "approve") == "Sent: Dear reader, we are sorry.\nDecided: approve.\n"
        assert len(hatz_sandbox.requests) == 1  # the draft is not written a second time

    def test_what_is_rejected_is_not_sent(self, run):
        run("approval.py")
        assert run("approval.py", "reject") == "Decided: reject.\n"

    def test_a_decision_counts_once(self, run):
        with pytest.raises(SystemExit, match="Nothing waits"):
            run("approval.py", "approve")
        run("approval.py")
        run("approval.py", "approve")
        with pytest.raises(SystemExit, match="Nothing waits"):
            run("approval.py", "approve")


class TestExtractToCsv:
    @staticmethod
    def rows(text):
        return list(csv.DictReader(io.StringIO(text)))

    def test_a_row_for_each_letter(self, run):
        ada, mary = self.rows(run("extract_to_csv.py"))
        assert ada == {
            "file": "ada.txt",
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "copies": "3",
            "date": "2027-05-01",
            "error": "",
        }
        assert mary["name"] == "Mary Shelley"

    def test_a_failed_letter_does_not_stop_the_others(self, run, hatz_sandbox, tmp_path):
        from hatz_sandbox import ErrorStatus

        for name in ("good", "bad"):
            (tmp_path / f"{name}.txt").write_text(f"A {name} letter of Ada Lovelace, ada@example.com: 3 copies.")
        hatz_sandbox.answer(lambda question: ErrorStatus(400, "Too bad") if "A bad" in question.text else None)
        good, bad = self.rows(run("extract_to_csv.py", tmp_path / "good.txt", tmp_path / "bad.txt"))
        assert (good["name"], good["error"]) == ("Ada Lovelace", "")
        assert bad["name"] == ""
        assert "Too bad" in bad["error"]


def test_an_image_is_sent_with_its_question(run, hatz_sandbox):
    hatz_sandbox.reply("On Saturday.")
    assert run("image_question.py").endswith("\n> Which day has the most visitors? (visitors.png)\nOn Saturday.\n")
    (image, question) = hatz_sandbox.last_request.body["messages"][0]["content"]
    assert image["source"]["media_type"] == "image/png"
    assert question["text"] == "Which day has the most visitors?"


class TestFallback:
    def test_the_first_model_answers(self, run):
        assert run("fallback.py").splitlines()[-2:] == [
            "(anthropic.claude-sonnet-4-5 answers)",
            "Books can be borrowed for four weeks each.",
        ]

    def test_another_one_answers_if_it_is_overloaded(self, run, hatz_sandbox):
        hatz_sandbox.fail(529, times=2, headers={"Retry-After": "0"})
        assert run("fallback.py").splitlines()[-2:] == [
            "(gpt-5.2 answers)",
            "Books can be borrowed for four weeks each.",
        ]
        assert [request.model for request in hatz_sandbox.requests] == [
            *["anthropic.claude-sonnet-4-5"] * 2,
            "gpt-5.2",
        ]

    def test_a_wrong_key_is_an_error_at_once(self, run, hatz_sandbox, monkeypatch):
        from langchain_hatz import HatzAuthenticationError

        monkeypatch.setenv("HATZ_API_KEY", "wrong")
        with pytest.raises(HatzAuthenticationError):
            run("fallback.py")
        assert len(hatz_sandbox.requests) == 1


@pytest.mark.filterwarnings("ignore:.*is in beta.*")
class TestChooseModel:
    def test_easy_and_hard_questions_go_to_different_models(self, run, hatz_sandbox):
        out = run("choose_model.py")
        assert "(small, 83% sure, anthropic.claude-haiku-4-5)\nOn Saturday from 10:00 to 14:00.\n" in out
        assert "(large, 90% sure, gpt-5.2)" in out
        assert "delete_reader` was blocked" in out
        assert "was deleted" not in out

    def test_a_harmless_call_runs(self, run, hatz_sandbox):
        hatz_sandbox.tool_call("answers", {"model_route": {"small": 0.05, "large": 0.95}})
        hatz_sandbox.tool_call("delete_reader", {"name": "Ada"})
        hatz_sandbox.tool_call("answers", {"is_risky": 0.1})
        hatz_sandbox.reply("Done.")
        assert run("choose_model.py", "Delete the test reader.").endswith("(large, 95% sure, gpt-5.2)\nDone.\n")
        models = [request.model for request in hatz_sandbox.requests]
        assert models == ["anthropic.claude-haiku-4-5", "gpt-5.2", "anthropic.claude-haiku-4-5", "gpt-5.2"]


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the MCP client's pipes, closed with its event loop
def test_tools_of_an_mcp_server(run):
    lines = run("mcp_tools.py").splitlines()
    assert lines[0] == "Tools: opening_hours, renew_loan"
    assert [line.split() for line in lines[-3:]] == [
        ["calls", "opening_hours({'day':", "'Saturday'})"],
        ["tool", "From", "10:00", "to", "14:00."],
        ["ai", "From", "10:00", "to", "14:00."],
    ]


def test_each_tenants_request_has_its_own_key(run, hatz_sandbox):
    assert run("tenants.py").splitlines() == [
        "acme: Good morning, Acme.",
        "globex: The key of this tenant is not valid.",
    ]
    keys = {
        request.body["input"][0]["content"][-11:-2]: request.headers["X-API-Key"] for request in hatz_sandbox.requests
    }
    assert len(keys) == 2
    assert set(keys.values()) == {hatz_sandbox.api_key, "not-a-key"}
