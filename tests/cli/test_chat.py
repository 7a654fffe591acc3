"""`hatz chat` as a person uses it, in a terminal, and with lines from a pipe."""

import json
import os
import re
import signal
import sys

import pytest

pexpect = pytest.importorskip("pexpect")

PROMPT = r"> $"


def _heed_ctrl_c():
    """Programs that a shell runs in the background ignore Ctrl-C, and what they start does too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """A command in a terminal of its own."""

    def __init__(self, *arguments, size=(24, 80), **environment):
        known = {"TERM": "xterm-256color", **environment}
        inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "hatz_cli", *arguments],
            env={**inherited, **known},
            dimensions=size,
            encoding="utf-8",
            timeout=30,
            preexec_fn=_heed_ctrl_c,
        )

    def until(self, shown):
        self.child.expect(shown)
        return self.child.before + self.child.after

    def type(self, line):
        self.child.sendline(line)

    def end(self):
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def chat(hatz_sandbox):
    opened = []

    def start(*arguments):
        opened.append(Terminal("chat", *arguments))
        opened[-1].until(PROMPT)
        return opened[-1]

    yield start
    for one in opened:
        one.child.close(force=True)


def turns(sandbox):
    return [(turn["role"], turn["content"]) for turn in sandbox.last_request.body["messages"]]


def test_a_conversation_is_sent_whole(chat, hatz_sandbox):
    hatz_sandbox.reply("Because of the moon.")
    hatz_sandbox.reply("Two.")
    talk = chat("anthropic.claude-haiku-4-5", "--system", "Be brief.", "--usage")
    talk.type("Why are there tides?")
    talk.until("Because of the moon.")
    talk.until("request")
    talk.until(PROMPT)
    talk.type("How many a day?")
    talk.until("Two.")
    talk.until(PROMPT)
    said = json.dumps(turns(hatz_sandbox))
    assert [role for role, _ in turns(hatz_sandbox)] == ["user", "assistant", "user"]
    assert "Because of the moon." in said
    assert hatz_sandbox.last_request.body["system"] == "Be brief."
    talk.child.sendeof()
    assert talk.end() == 0


def test_ctrl_c_stops_the_answer_and_keeps_the_chat(chat, hatz_sandbox):
    hatz_sandbox.stall(after_events=5, seconds=60, reply="one two three four five six")
    hatz_sandbox.reply("Yes.")
    talk = chat("anthropic.claude-haiku-4-5")
    talk.type("Count.")
    talk.until("one two")
    talk.child.sendintr()
    talk.until("stopped")
    talk.until(PROMPT)
    talk.type("Continue?")
    talk.until("Yes.")
    talk.until(PROMPT)
    texts = json.dumps(turns(hatz_sandbox))
    assert "one two" in texts
    assert "six" not in texts
    talk.type("/quit")
    assert talk.end() == 0


def test_ctrl_c_before_an_answer_drops_the_question(chat, hatz_sandbox):
    hatz_sandbox.stall(60)
    hatz_sandbox.reply("Yes.")
    talk = chat("anthropic.claude-haiku-4-5")
    talk.type("First?")
    while not hatz_sandbox.connections:
        pass
    talk.child.sendintr()
    talk.until("not kept")
    talk.until(PROMPT)
    talk.type("Second?")
    talk.until("Yes.")
    assert [text for _, text in turns(hatz_sandbox)] in (["Second?"], [[{"type": "text", "text": "Second?"}]])


def test_ctrl_c_at_the_prompt_drops_the_line(chat, hatz_sandbox):
    talk = chat("gpt-5.2")
    talk.child.send("half a line")
    talk.until("half a line")
    talk.child.sendintr()
    talk.until(PROMPT)
    talk.type("/quit")
    assert talk.end() == 0
    assert hatz_sandbox.requests == []


def test_an_error_keeps_the_chat(chat, hatz_sandbox):
    hatz_sandbox.fail(401)
    hatz_sandbox.reply("Yes.")
    talk = chat("gpt-5.2")
    talk.type("One?")
    talk.until("401")
    talk.until("not kept")
    talk.until(PROMPT)
    talk.type("Two?")
    talk.until("Yes.")


def test_the_commands_of_a_chat(chat, hatz_sandbox, tmp_path):
    for text in ("One.", "Two."):
        hatz_sandbox.reply(text)
    talk = chat("gpt-5.2")
    for line, shown in (
        ("/model anthropic.claude-haiku-4-5", "The model is anthropic.claude-haiku-4-5."),
        ("/system Answer in German.", "The instructions are: Answer in German."),
        ("Hello\\\nagain", "One."),
        (f"/save {tmp_path / 'talk.json'}", "Saved 2 turns"),
        (f"/save {tmp_path / 'talk.md'}", "Saved 2 turns"),
        (f"/save {tmp_path / 'no' / 'talk.md'}", "cannot be written"),
        ("/clear", "conversation is empty"),
        ("/system -", "There are no instructions."),
        ("/nothing", "There is no /nothing."),
        ("/help", "/save"),
        ("Fresh", "Two."),
    ):
        talk.type(line)
        talk.until(shown.replace(".", r"\.").replace("/", r"\/"))
        talk.until(PROMPT)
    assert json.loads((tmp_path / "talk.json").read_text()) == {
        "model": "anthropic.claude-haiku-4-5",
        "messages": [
            {"role": "system", "content": "Answer in German."},
            {"role": "user", "content": "Hello\nagain"},
            {"role": "assistant", "content": "One."},
        ],
    }
    assert "## assistant\n\nOne.\n" in (tmp_path / "talk.md").read_text()
    assert len(turns(hatz_sandbox)) == 1
    assert "system" not in hatz_sandbox.last_request.body


def test_the_history_of_lines_is_kept_for_the_next_chat(chat, tmp_path):
    first = chat("gpt-5.2")
    first.type("/model gpt-4o")
    first.until(PROMPT)
    first.type("/quit")
    assert first.end() == 0
    assert (tmp_path / "history").stat().st_mode & 0o077 == 0
    second = chat("gpt-5.2")
    second.child.send("\x1b[A\x1b[A\r")
    second.until(r"The model is gpt-4o\.")


def test_lines_from_a_pipe(hatz, hatz_sandbox):
    hatz_sandbox.reply("One.")
    hatz_sandbox.reply("Two.")
    done = hatz("chat", "gpt-5.2", stdin="Hello\n\nAgain\n")
    assert (done.code, done.out) == (0, "One.\nTwo.\n")


@pytest.mark.parametrize("width", [40, 80, 140])
def test_tables_and_checks_fit_the_terminal(hatz_sandbox, width):
    for command in (["models"], ["doctor", "--offline"]):
        terminal = Terminal(*command, size=(50, width))
        shown = terminal.child.read()
        assert "\x1b[" in shown
        assert max(len(line) for line in plain(shown).splitlines()) <= width, shown


def test_no_colour_with_no_color_and_dumb_terminals(hatz_sandbox):
    for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        for command in (["models"], ["doctor"], ["doctor", "--probe", "--yes", "--only", "stop"]):
            shown = Terminal(*command, **environment).child.read()
            assert "gpt-4o" in shown or "nova" in shown
            assert not [code for code in colours(shown) if code not in {"", "0", "1"}], shown


def plain(shown):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)


def colours(shown):
    return [part for code in re.findall(r"\x1b\[([0-9;]*)m", shown) for part in code.split(";")]


def test_the_probe_asks_before_it_starts(hatz_sandbox):
    terminal = Terminal("doctor", "--probe", "--only", "stop")
    terminal.until("Continue")
    terminal.type("n")
    assert terminal.end() == 0
    assert [request.path for request in hatz_sandbox.requests] == ["/v1/chat/models"]


def test_ctrl_c_ends_ask(hatz_sandbox):
    hatz_sandbox.stall(after_events=5, seconds=60, reply="one two three four five six")
    terminal = Terminal("ask", "anthropic.claude-haiku-4-5", "Count.")
    terminal.until("one two")
    terminal.child.sendintr()
    assert "Traceback" not in terminal.child.read()
    assert terminal.end() == 130
