"""The commands that print one thing: models, agents, ask, count."""

import base64
import json
import os

import pytest

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_models_are_tab_separated_in_a_pipe(hatz, hatz_sandbox):
    done = hatz("models")
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert rows[0] == ["gpt-4o", "GPT-4o", "OpenAI", "128000", "yes", "responses"]
    assert [row[5] for row in rows if row[0] in {"auto", "anthropic.claude-haiku-4-5"}] == ["messages", "chat"]
    assert "\x1b" not in done.out


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["haiku"], ["anthropic.claude-haiku-4-5"]),
        (["HAIKU"], ["anthropic.claude-haiku-4-5"]),
        (["Kimi K2"], ["moonshot.kimi-k2-thinking"]),
        (["gpt-5*"], ["gpt-5.2", "gpt-5.5"]),
        (["--developer", "mistral"], ["mistral.mixtral-8x7b-instruct-v0:1"]),
        (["--no-vision"], ["moonshot.kimi-k2-thinking", "mistral.mixtral-8x7b-instruct-v0:1"]),
    ],
)
def test_models_are_filtered(hatz, hatz_sandbox, arguments, found):
    assert [line.split("\t")[0] for line in hatz("models", *arguments).out.splitlines()] == found


def test_a_pattern_that_fits_nothing_is_said(hatz, hatz_sandbox):
    done = hatz("models", "no-such")
    assert (done.code, done.out) == (1, "")
    assert "no model matches 'no-such'" in done.err


def test_models_and_agents_as_json(hatz, hatz_sandbox):
    first = json.loads(hatz("models", "--json").out)[0]
    assert first == {
        "id": "gpt-4o", "name": "GPT-4o", "developer": "OpenAI", "context": 128000, "vision": True, "endpoint": "responses",
    }  # fmt: skip
    agent = json.loads(hatz("agents", "--json").out)[0]
    assert agent["model"] == f"agent-{agent['id']}"
    assert hatz("agents").out.startswith(f"{agent['model']}\tResearch Assistant\t")


def test_ask_prints_the_answer_alone(hatz, hatz_sandbox):
    hatz_sandbox.reply("Twice a day.")
    done = hatz("ask", "gpt-5.2", "How often", "is high tide?", "--system", "Be brief.")
    assert (done.code, done.out, done.err) == (0, "Twice a day.\n", "")
    body = hatz_sandbox.last_request.body
    assert body["stream"] is True
    assert "How often is high tide?" in json.dumps(body["input"])


def test_ask_puts_a_pipe_before_the_question(hatz, hatz_sandbox):
    hatz("ask", "anthropic.claude-haiku-4-5", "What is this?", stdin="some text\n")
    assert "some text\\n\\nWhat is this?" in json.dumps(hatz_sandbox.last_request.body["messages"])
    hatz("ask", "anthropic.claude-haiku-4-5", stdin="only this")
    assert "only this" in json.dumps(hatz_sandbox.last_request.body["messages"])


def test_ask_shows_usage_on_stderr(hatz, hatz_sandbox):
    hatz_sandbox.reply("OK", usage={"input": 7, "output": 2})
    done = hatz("ask", "anthropic.claude-haiku-4-5", "Hi", "--usage", "--max-tokens", "50")
    assert done.out == "OK\n"
    assert "[anthropic.claude-haiku-4-5; messages; 7 tokens in, 2 out; finish: stop; request " in done.err
    assert hatz_sandbox.last_request.body["max_tokens"] == 50


def test_ask_says_that_an_answer_was_cut_off(hatz, hatz_sandbox):
    hatz_sandbox.reply("The sea is", finish="length")
    assert "cut off at the token limit" in hatz("ask", "gpt-5.2", "Hi").err


def test_ask_sends_files_as_what_they_are(hatz, hatz_sandbox, tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "c.txt").write_text("plain words")
    files = [part for name in ("a.png", "b.pdf", "c.txt") for part in ("--file", tmp_path / name)]
    hatz("ask", "anthropic.claude-haiku-4-5", *files, "What is this?")
    blocks = hatz_sandbox.last_request.body["messages"][0]["content"]
    assert [block["type"] for block in blocks] == ["image", "document", "text", "text"]
    assert blocks[2]["text"] == "c.txt:\n\nplain words"


def test_ask_uploads_files_for_native_chat(hatz, hatz_sandbox, tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    assert hatz("ask", "auto", "--file", tmp_path / "a.png", "What is this?").code == 0
    assert len(hatz_sandbox.last_request.body["file_uuids"]) == 1


def test_ask_gives_json_for_a_schema(hatz, hatz_sandbox, tmp_path):
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"type": "object", "properties": {"born": {"type": "integer"}}, "required": ["born"]}))
    hatz_sandbox.tool_call("answer", {"born": 1815})
    assert json.loads(hatz("ask", "gpt-5.2", "Ada", "--schema", schema).out) == {"born": 1815}
    hatz_sandbox.reply("I do not know.")
    done = hatz("ask", "gpt-5.2", "Ada", "--schema", schema)
    assert (done.code, done.out) == (1, "")
    assert "gave no JSON for the schema; its answer: I do not know." in done.err


def test_ask_as_json(hatz, hatz_sandbox):
    hatz_sandbox.reply("OK", usage={"input": 7, "output": 2})
    shown = json.loads(hatz("ask", "gpt-5.2", "Hi", "--json").out)
    assert shown.pop("request_id")
    assert shown == {
        "model": "gpt-5.2", "endpoint": "responses", "content": "OK", "finish": "stop",
        "usage": {"input": 7, "output": 2, "total": 9},
    }  # fmt: skip


def test_ask_names_hatzs_own_tools(hatz, hatz_sandbox):
    hatz("ask", "gpt-5.2", "News?", "--tool-use", "google_search", "--tool-use", "tavily_search")
    assert hatz_sandbox.last_request.path.endswith("/chat/completions")
    assert hatz_sandbox.last_request.body["tools_to_use"] == ["google_search", "tavily_search"]


def test_ask_obeys_the_endpoint(hatz, hatz_sandbox):
    hatz("ask", "gpt-5.2", "Hi", "--endpoint", "messages")
    assert hatz_sandbox.last_request.path.endswith("/anthropic/messages")


def test_what_came_before_a_break_is_kept(hatz, hatz_sandbox):
    hatz_sandbox.cut_stream_after(5, reply="one two three four five six seven eight")
    done = hatz("ask", "anthropic.claude-haiku-4-5", "Count.")
    assert done.code == 4
    assert done.out.startswith("one")
    assert "hatz doctor" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "gpt-5.2"], "There is no question"),
        (["ask", "gpt-5.2", "Hi", "--endpoint", "other"], "--endpoint 'other' is unknown"),
        (["ask", "gpt-5.2", "Hi", "--file", "no-such-file"], "--file no-such-file: No such file"),
        (["ask", "gpt-5.2", "Hi", "--file", "film.mp4"], "film.mp4: video/mp4 cannot be sent"),
        (["ask", "gpt-5.2", "Hi", "--schema", "no-such-file"], "--schema no-such-file: No such file"),
        (["ask", "gpt-5.2", "Hi", "--schema", "broken.json"], "--schema broken.json is not JSON"),
        (["ask", "gpt-5.2", "Hi", "--schema", "list.json"], "the schema must be that of an object"),
        (["ask", "gpt-5.2", "Hi", "--max-tokens", "0"], "Invalid value for '--max-tokens'"),
        (["count", "gpt-5.2"], "There is no text"),
        (["count", "gpt-5.2", "no-such-file"], "no-such-file: No such file"),
        (["aks"], "No such command 'aks'. Did you mean 'ask'?"),
        (["models", "--no-such-option"], "No such option"),
        (["ask"], "Missing argument"),
    ],
)
def test_mistakes_are_said_and_nothing_is_sent(hatz, hatz_sandbox, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "film.mp4").write_bytes(b"\0\0\xff")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text('{"type": "array"}')
    done = hatz(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in " ".join(done.err.split())
    assert hatz_sandbox.requests == []


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (401, 3, "under API Keys"),
        (403, 3, "Ask your Hatz admin"),
        (402, 5, "1st of the month"),
        (404, 1, "hatz models"),
        (400, 1, "The sandbox was told to fail."),
    ],
)
def test_errors_have_an_exit_code_and_a_cure(hatz, hatz_sandbox, status, code, said):
    hatz_sandbox.fail(status)
    done = hatz("ask", "gpt-5.2", "Hi")
    assert (done.code, done.out) == (code, "")
    assert said in done.err


@pytest.mark.parametrize(
    "command", [["models"], ["agents"], ["ask", "gpt-5.2", "Hi"], ["chat", "gpt-5.2"], ["doctor", "--probe"]]
)
def test_without_a_key_it_says_where_to_get_one(hatz, hatz_sandbox, monkeypatch, command):
    monkeypatch.delenv("HATZ_API_KEY")
    done = hatz(*command)
    assert done.code == 3
    assert "export HATZ_API_KEY=" in done.err
    assert "$Env:HATZ_API_KEY" in done.err
    assert len(done.err.splitlines()) <= 6


def test_a_base_url_that_is_none_is_said(hatz, monkeypatch):
    monkeypatch.setenv("HATZ_API_KEY", "key-1")
    monkeypatch.setenv("HATZ_BASE_URL", "gateway")
    done = hatz("models")
    assert done.code == 2
    assert "Correct the environment variable HATZ_BASE_URL" in done.err


def test_a_retry_is_one_line_that_fits(hatz, hatz_sandbox, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    hatz_sandbox.fail(503)
    hatz_sandbox.reply("OK")
    done = hatz("ask", "gpt-5.2", "Hi")
    assert (done.code, done.out) == (0, "OK\n")
    (line,) = done.err.splitlines()
    assert line.startswith("note: Attempt 1 failed")
    assert len(line) <= 80


def test_count(hatz, hatz_sandbox, tmp_path):
    file = tmp_path / "notes.md"
    file.write_text("Why are there tides?")
    assert int(hatz("count", "gpt-5.2", file).out) > 4
    assert json.loads(hatz("count", "gpt-5.2", "--json", stdin="Hello").out)["model"] == "gpt-5.2"


def test_a_reader_that_leaves_is_no_error(process, hatz_sandbox):
    done = os.popen(f"{os.sys.executable} -m hatz_cli models 2>&1 | head -1")  # noqa: S605
    said = done.read()
    done.close()
    assert said.startswith("gpt-4o")
    assert "Traceback" not in said


def test_a_wrong_path_of_the_base_url_is_said(hatz, hatz_sandbox, monkeypatch):
    monkeypatch.setenv("HATZ_BASE_URL", hatz_sandbox.base_url.removesuffix("/v1"))
    done = hatz("ask", "gpt-5.2", "Hi")
    assert done.code == 1
    assert "Correct the environment variable HATZ_BASE_URL" in done.err
