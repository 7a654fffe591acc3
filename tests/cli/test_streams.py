"""Standard input and output in every state: closed, full, in another encoding, and files that are no text."""

import gzip
import json
import os
import subprocess
import sys

import pytest

import hatz_cli
from hatz_cli.output import job_progress, terminal
from hatz_client.resources.jobs import job_of

HATZ = f"{sys.executable} -m hatz_cli"


def shell(command, **environment):
    """A command line of a shell; `hatz` in it is the command."""
    return subprocess.run(
        ["bash", "-c", command.replace("hatz ", f"{HATZ} ")], capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("hatz ask gpt-5.2 - <&-", 2),
        ("hatz chat gpt-5.2 <&-", 0),
        ("hatz run 'Ticket reply' -i ticket=- <&-", 2),
        ("hatz doctor --probe gpt-5.2 <&-", 2),
        ("hatz ask gpt-5.2 Hi >&-", 0),
        ("hatz models >&-", 0),
        ("hatz ask gpt-5.2 Hi -u 2>&-", 0),
    ],
)
def test_a_closed_stream_is_like_the_null_device(hatz_sandbox, command, code):
    done = shell(command)
    assert "Traceback" not in done.stderr
    assert done.returncode == code
    assert "tokens in" not in done.stdout  # notes belong to stderr, even if it is closed


@pytest.mark.parametrize("arguments", ["ask gpt-5.2 Hi", "models", "models --json", "doctor --offline", "--version"])
def test_output_that_cannot_be_written_is_said(hatz_sandbox, arguments):
    done = shell(f"hatz {arguments} > /dev/full")
    assert (done.returncode, done.stderr) == (1, "hatz: the output cannot be written: No space left on device\n")


def test_a_reader_that_leaves_at_once_sees_no_traceback():
    assert shell("hatz --version | true").stderr == ""


@pytest.mark.parametrize("encoding", ["utf-8:strict", "utf-8:surrogateescape"])
@pytest.mark.parametrize("command", ["ask gpt-5.2", "ask gpt-5.2 Why?", "count gpt-5.2"])
def test_bytes_that_are_no_text_are_replaced_with_a_note(hatz_sandbox, command, encoding):
    done = shell(f"printf 'gr\\xfc\\xdfe' | hatz {command}", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert done.stderr.startswith("Some bytes of stdin are not text in utf-8")
    assert "gr\ufffd\ufffde" in json.dumps(hatz_sandbox.last_request.body, ensure_ascii=False)


@pytest.mark.parametrize("module", ["hatz_cli.app", "hatz_client.version"])
def test_ctrl_c_while_it_starts_is_no_traceback(monkeypatch, module):
    class Stop:
        def find_spec(self, name, *_):
            if name == module:
                raise KeyboardInterrupt

    monkeypatch.setattr(sys, "meta_path", [Stop(), *sys.meta_path])
    for name in [name for name in sys.modules if name == module]:
        monkeypatch.delitem(sys.modules, name)
    assert hatz_cli.main(["--version"] if module == "hatz_client.version" else ["models"]) == 130


def test_a_byte_order_mark_is_no_part_of_the_question(hatz, hatz_sandbox):
    hatz("ask", "gpt-5.2", stdin="\ufeffWhy?")
    assert "\ufeff" not in json.dumps(hatz_sandbox.last_request.body, ensure_ascii=False)


def test_a_schema_with_a_byte_order_mark(hatz, hatz_sandbox, tmp_path):
    (tmp_path / "schema.json").write_text('\ufeff{"type": "object", "properties": {}}', encoding="utf-8")
    hatz_sandbox.tool_call("answer", {})
    assert hatz("ask", "gpt-5.2", "Hi", "--schema", tmp_path / "schema.json").code == 0


def test_json_that_is_nested_too_deeply_is_said(hatz, hatz_sandbox, tmp_path):
    (tmp_path / "deep.json").write_text("[" * 200_000)
    for arguments in (["ask", "gpt-5.2", "Hi", "--schema"], ["doctor", "--probe", "gpt-5.2", "--yes", "--compare"]):
        assert hatz(*arguments, tmp_path / "deep.json").code == 2
    assert hatz_sandbox.requests == []


def test_a_compressed_document_is_not_sent_as_the_document(hatz, hatz_sandbox, tmp_path):
    (tmp_path / "report.pdf.gz").write_bytes(gzip.compress(b"%PDF-1.4"))
    done = hatz("ask", "gpt-5.2", "Hi", "--file", tmp_path / "report.pdf.gz")
    assert (done.code, hatz_sandbox.requests) == (2, [])
    assert "report.pdf.gz" in done.err


def test_the_chat_goes_on_after_a_save_that_fails(hatz, hatz_sandbox, tmp_path):
    hatz_sandbox.reply("Still here")
    done = hatz("chat", "gpt-5.2", stdin=f"/save ~nobody-of-this-name/x\n/save {tmp_path}/a\0b\nHi\n")
    assert done.code == 0
    assert done.out.count("cannot be written") == 2
    assert "Still here" in done.out


def test_a_refusal_is_in_the_json(hatz, hatz_sandbox):
    hatz_sandbox.reply(refusal="I cannot help with that.")
    done = json.loads(hatz("ask", "gpt-5.2", "Hi", "--json").out)
    assert done["content"] == "I cannot help with that."


def test_lists_with_values_of_other_types(hatz, hatz_sandbox):
    hatz_sandbox.agents[:] = [{"id": 3, "name": 9, "description": {"a": 1}}, {"id": "b", "name": "B"}]
    done = hatz("agents")
    assert (done.code, done.out.splitlines()[1]) == (0, "agent-b\tB\t\t")


def test_each_finished_step_is_shown_once_in_any_order(capsys):
    def state(*steps):
        outputs = [{"step_id": name, "name": name, "status": status} for name, status in steps]
        return job_of({"status": "running", "step_outputs": outputs}, "j")

    class Job:
        id = "j"
        state = None

        def watch(self, *, deadline):
            yield state(("one", "running"), ("two", "complete"))
            yield state(("one", "complete"), ("two", "complete"))

    job_progress.watch(Job(), None)
    assert capsys.readouterr().err.splitlines()[1:] == ["done: two", "done: one"]


def test_json_has_no_nan(capsys):
    terminal.print_json({"a": float("nan"), "b": ["ü", 1]})
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail) == {"a": None, "b": ["ü", 1]}


def test_a_report_that_cannot_be_written_is_said_before_anything_is_asked(hatz, hatz_sandbox, tmp_path):
    for place in (tmp_path / "missing" / "report.json", tmp_path):
        done = hatz("doctor", "--probe", "gpt-5.2", "--yes", "--only", "usage-endpoint", "--report", place)
        assert (done.code, hatz_sandbox.requests) == (2, [])
        assert "cannot be written" in done.err


def test_an_input_given_twice_is_a_list(hatz, hatz_sandbox):
    inputs = [{"variable_name": "tags", "variable_type": "multiple_choice", "options": ["a", "b", "c"]}]
    hatz_sandbox.apps[:] = [{"id": "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a40", "name": "A", "user_inputs": inputs}]
    assert hatz("run", "A", "-i", "tags=a", "-i", "tags=c").code == 0
    assert hatz_sandbox.last_request.body["inputs"] == {"tags": ["a", "c"]}
