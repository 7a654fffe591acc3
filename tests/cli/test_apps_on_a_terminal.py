"""`hatz run` and `hatz workflows` with a person at the terminal."""

import os
import signal
import sys

import pytest

pexpect = pytest.importorskip("pexpect")  # Windows has none
FLOW = "5d8e2f10-8f5b-4c5e-a7a4-2b9d0e6c7f11"


@pytest.fixture
def terminal(hatz_sandbox):
    started = []

    def start(*arguments):
        child = pexpect.spawn(
            sys.executable, ["-m", "hatz_cli", *arguments], encoding="utf-8", timeout=20, dimensions=(24, 100), env={**os.environ, "TERM": "xterm"}
        )  # fmt: skip
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def test_missing_inputs_are_asked_for(terminal, hatz_sandbox):
    hatz_sandbox.apps[0]["user_inputs"][1]["required"] = True
    hatz_sandbox.reply("Dear customer")
    child = terminal("run", "Ticket reply")
    child.expect_exact("Ticket (The customer's words): ")
    child.sendline("I get no mail.")
    child.expect_exact("Tone (How the reply sounds) [friendly, formal]: ")
    child.sendline("rude")
    child.expect_exact("Tone (How the reply sounds) [friendly, formal]: ")
    child.sendline("formal")
    child.expect_exact("Dear customer")
    child.expect(pexpect.EOF)
    assert hatz_sandbox.last_request.body["inputs"] == {"ticket": "I get no mail.", "tone": "formal"}


def test_ctrl_c_ends_the_waiting(terminal, hatz_sandbox):
    hatz_sandbox.job(polls=1000)
    child = terminal("workflows", "run", FLOW, "-i", "full_name=Ada", "--watch")
    child.expect_exact("to come back: hatz workflows job ")
    child.expect("running, 0 of 3 steps complete")
    child.kill(signal.SIGINT)
    child.expect(pexpect.EOF)
    child.close()
    assert "Traceback" not in child.before
    assert child.exitstatus == 130
    assert len(hatz_sandbox.jobs) == 1


def test_ctrl_c_at_the_probes_question_is_that_of_every_command(terminal, hatz_sandbox):
    child = terminal("doctor", "--probe", "gpt-5.2")
    child.expect_exact("Continue? [y/N]: ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, hatz_sandbox.requests) == (130, [])
