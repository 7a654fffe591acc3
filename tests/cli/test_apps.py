"""`hatz apps`, `hatz run` and `hatz workflows`."""

import json

import pytest

from hatz_client.operations import jobs
from tests.trust.server import Server, whole

APP = "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a40"
FLOW = "5d8e2f10-8f5b-4c5e-a7a4-2b9d0e6c7f11"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(jobs, "_POLL_DELAYS", (0.01, 0.02))


def sent(sandbox):
    return [request.path.removeprefix("/v1") for request in sandbox.requests if request.method == "POST"]


def test_apps_are_tab_separated_in_a_pipe(hatz, hatz_sandbox):
    assert hatz("apps").out == (
        f"{APP}\tTicket reply\tticket*, tone, screenshot\tWrites the reply to a support ticket.\n"
    )
    assert hatz("apps", "TICKET*").out == hatz("apps", "0b6f").out == hatz("apps").out
    done = hatz("apps", "no-such")
    assert (done.code, done.out) == (1, "")
    assert "no app matches 'no-such'" in done.err
    hatz_sandbox.apps.clear()
    assert "Your key has no apps" in hatz("apps").err


def test_apps_and_workflows_as_json(hatz, hatz_sandbox):
    (app,) = json.loads(hatz("apps", "--json").out)
    assert (app["id"], app["model"]) == (APP, "gpt-4o")
    assert app["inputs"][1] == {
        "name": "tone", "title": "Tone", "type": "dropdown", "required": False, "choices": ["friendly", "formal"],
        "description": "How the reply sounds.",
    }  # fmt: skip
    (flow,) = json.loads(hatz("workflows", "--json").out)
    assert flow["steps"] == ["Create the account", "Assign the licence", "Write the welcome mail"]
    assert hatz("workflows").out.startswith(f"{FLOW}\tOnboard a user\tfull_name*, licence\t3\t")


@pytest.mark.parametrize("name", ["Ticket reply", "ticket REPLY", APP])
def test_run_prints_the_answer_alone(hatz, hatz_sandbox, name):
    hatz_sandbox.reply("Dear customer")
    done = hatz("run", name, "-i", "ticket=I get no mail: a=b", "--input", "tone=formal", "--model", "gpt-5.2")
    assert (done.code, done.out, done.err) == (0, "Dear customer\n", "")
    assert hatz_sandbox.last_request.body == {
        "inputs": {"ticket": "I get no mail: a=b", "tone": "formal"}, "model": "gpt-5.2", "stream": True,
    }  # fmt: skip


def test_run_reads_files_and_stdin(hatz, hatz_sandbox, tmp_path):
    (tmp_path / "ticket.txt").write_text("from a file")
    (tmp_path / "screen.png").write_bytes(b"\x89PNG")
    for screenshot in (tmp_path / "screen.png", f"@{tmp_path / 'screen.png'}"):
        assert hatz("run", APP, "-i", f"ticket=@{tmp_path / 'ticket.txt'}", "-i", f"screenshot={screenshot}").code == 0
        inputs = hatz_sandbox.last_request.body["inputs"]
        assert inputs["ticket"] == "from a file"
        assert hatz_sandbox.files[inputs["screenshot"]] == "ready"
    hatz("run", APP, "-i", "ticket=-", stdin="from a pipe")
    assert hatz_sandbox.last_request.body["inputs"] == {"ticket": "from a pipe"}


def test_run_with_usage_and_as_json(hatz, hatz_sandbox):
    hatz_sandbox.reply("OK", usage={"input": 7, "output": 2})
    done = hatz("run", APP, "-i", "ticket=x", "--usage")
    assert done.out == "OK\n"
    assert "[gpt-4o; app; 7 tokens in, 2 out; " in done.err
    hatz_sandbox.reply("OK", usage={"input": 7, "output": 2})
    shown = json.loads(hatz("run", APP, "-i", "ticket=x", "--json").out)
    assert (shown["content"], shown["usage"]["total"]) == ("OK", 9)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "Ticket replie", "-i", "ticket=x"], "Your key has no app 'Ticket replie': did you mean 'Ticket reply'?"),
        (["run", FLOW], f"Your key has no app '{FLOW}'."),
        (["run", APP], "'ticket' (Ticket) is required"),
        (["run", APP, "-i", "tickt=x"], "'tickt' is not an input: did you mean 'ticket'?"),
        (["run", APP, "-i", "ticket=x", "-i", "tone=rude"], "'tone' is 'rude': use one of 'friendly', 'formal'"),
        (["run", APP, "-i", "ticket"], "--input 'ticket' is not name=value"),
        (["run", APP, "-i", "ticket=@no-such-file"], "--input ticket=@no-such-file: No such file"),
        (["run", APP, "-i", "ticket=@binary"], "--input ticket=@binary: the file is not text in UTF-8"),
        (["run", APP, "-i", "ticket=x", "-i", "screenshot=no-such-file"], "The input 'screenshot': The file cannot be read"),
        (["workflows", "run", "Onboard"], "Your key has no workflow 'Onboard'"),
        (["workflows", "run", FLOW], "'full_name' (Full name) is required"),
        (["workflows", "run", FLOW, "-i", "full_name=x", "--watch", "--deadline", "-1"], "Invalid value for '--deadline'"),
        (["workflows", "rum"], "No such command 'rum'"),
        (["workflows", "job", "../models"], "not the id of a job"),
    ],
)  # fmt: skip
def test_mistakes_are_said_and_nothing_is_run(hatz, hatz_sandbox, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    done = hatz(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in " ".join(done.err.split())
    assert sent(hatz_sandbox) == []


def test_two_apps_of_one_name_are_told_apart_by_id(hatz, hatz_sandbox):
    hatz_sandbox.apps.append({**hatz_sandbox.apps[0], "id": "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a41"})
    assert "2 apps are called 'Ticket reply': use an id of `hatz apps`." in hatz("run", "Ticket reply").err
    assert hatz("run", APP, "-i", "ticket=x").code == 0


def test_a_workflow_is_watched(hatz, hatz_sandbox):
    hatz_sandbox.job(["made", "full", "Welcome, Ada!"])
    done = hatz("workflows", "run", "Onboard a user", "-i", "full_name=Ada", "--watch")
    assert (done.code, done.out) == (0, "Welcome, Ada!\n")
    first, *steps = done.err.splitlines()
    assert "Ctrl-C stops the waiting, not the job; to come back: hatz workflows job " in first
    assert steps == [
        "done: Create the account (0.1 s)", "done: Assign the licence (0.1 s)", "done: Write the welcome mail (0.1 s)",
    ]  # fmt: skip
    assert sent(hatz_sandbox) == ["/workflows/run"]


def test_a_job_is_looked_after_later(hatz, hatz_sandbox):
    job_id = hatz("workflows", "run", FLOW, "-i", "full_name=Ada").out.strip()
    assert hatz("workflows", "job", job_id).out == "running, 1 of 3 steps complete: Assign the licence\n"
    assert json.loads(hatz("workflows", "job", job_id, "--json").out)["steps_complete"] == 2
    done = hatz("workflows", "job", job_id, "--watch", "--json")
    shown = json.loads(done.out)
    assert (shown["status"], shown["steps_complete"], shown["number_of_steps"]) == ("complete", 3, 3)
    assert shown["result"] == shown["steps"][-1]["output"]
    assert sent(hatz_sandbox) == ["/workflows/run"]
    done = hatz("workflows", "job", APP)
    assert (done.code, done.out) == (1, "")
    assert f"there is no job '{APP}'" in done.err


def test_a_failed_step_is_named(hatz, hatz_sandbox):
    hatz_sandbox.job(fails_at=2, error="No licence is left")
    done = hatz("workflows", "run", FLOW, "-i", "full_name=Ada", "--watch")
    assert (done.code, done.out) == (1, "")
    assert "failed: Assign the licence" in done.err
    assert "failed in step 'Assign the licence': No licence is left" in done.err


def test_a_deadline_says_how_to_come_back(hatz, hatz_sandbox):
    hatz_sandbox.job(polls=1000)
    done = hatz("workflows", "run", FLOW, "-i", "full_name=Ada", "--watch", "--deadline", "0.2")
    assert done.code == 4
    assert "goes on at Hatz" in done.err


def test_a_job_that_vanishes_is_no_missing_model(hatz, monkeypatch):
    monkeypatch.setenv("HATZ_API_KEY", "k")
    answers = [whole({"job_id": "j-1", "status": "running"}), whole({"detail": "gone"}, 404)]
    with Server(lambda asked: [answers[min(asked.number, 2) - 1]]) as server:
        monkeypatch.setenv("HATZ_BASE_URL", server.base_url)
        done = hatz("workflows", "job", "j-1", "--watch")
    assert (done.code, done.out) == (1, "")
    assert "there is no job 'j-1'" in done.err
    assert "hatz models" not in done.err
