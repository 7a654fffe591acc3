"""Apps, workflows and files, by both clients against the sandbox."""

import asyncio
import contextlib
import io
import threading
import time

import pytest

from hatz_client import AsyncClient, Client, FileInfo, Workflow, errors, fold
from hatz_client.connection import retries
from hatz_client.operations import jobs, uploads
from hatz_client.operations.app_inputs import check_inputs, describe_inputs
from hatz_client.resources.apps import App, AppInput, app_of, apps_of
from hatz_client.resources.jobs import job_of
from hatz_sandbox import Sandbox

from .both import Async, Sync

APP = "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a40"
FLOW = "5d8e2f10-8f5b-4c5e-a7a4-2b9d0e6c7f11"
FILE = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(retries, "FIRST_DELAY", 0.0)
    monkeypatch.setattr(retries, "JITTER", 0.0)
    monkeypatch.setattr(jobs, "_POLL_DELAYS", (0.01, 0.02))
    monkeypatch.setattr(uploads, "_POLL_DELAYS", (0.01, 0.02))


@pytest.fixture(params=[Sync, Async])
def kind(request):
    return request.param


@pytest.fixture
def client(kind, sandbox):
    return kind(sandbox)


def asked(sandbox, method="POST"):
    return [request.path.removeprefix("/v1") for request in sandbox.requests if request.method == method]


def more_apps(sandbox, count):
    sandbox.apps[:] = [{"id": f"app-{n}", "name": f"App {n}", "user_inputs": []} for n in range(count)]


# Listing


def test_apps_and_workflows_are_told_apart(client):
    (app,) = client.list_apps()
    (flow,) = client.list_workflows()
    assert (app.id, app.name, app.model) == (APP, "Ticket reply", "gpt-4o")
    assert [(one.name, one.title, one.required, one.choices) for one in app.inputs] == [
        ("ticket", "Ticket", True, ()), ("tone", "Tone", False, ("friendly", "formal")), ("screenshot", "Screenshot", False, ()),
    ]  # fmt: skip
    assert [one.is_file for one in app.inputs] == [False, False, True]
    assert isinstance(flow, Workflow)
    assert [step.name for step in flow.steps] == ["Create the account", "Assign the licence", "Write the welcome mail"]


def test_pages_are_fetched_as_you_go_on(client, sandbox):
    more_apps(sandbox, 7)
    assert [app.id for app in client.list_apps(page_size=3)] == [f"app-{n}" for n in range(7)]
    assert [request.query for request in sandbox.requests] == [
        "limit=3&offset=0", "limit=3&offset=3", "limit=3&offset=6",
    ]  # fmt: skip


def test_a_list_that_is_left_fetches_no_more(sandbox):
    more_apps(sandbox, 7)
    for _ in zip(range(2), Client(sandbox.api_key, sandbox.base_url).list_apps(page_size=3), strict=False):
        pass
    assert len(sandbox.requests) == 1


def test_a_gateway_that_ignores_the_offset_does_not_list_for_ever(client, sandbox):
    page = {"data": [{"id": f"app-{n}", "name": "x"} for n in range(3)]}
    for _ in range(3):
        sandbox.raw(page, path="/app/list")
    assert len(client.list_apps(page_size=3)) == 3
    assert len(sandbox.requests) == 2


def test_a_name_and_a_query_of_your_own_go_into_one_query(kind, sandbox):
    client = kind(sandbox, default_query={"tenant": 7})
    assert [app.name for app in client.list_apps("ticket & co")] == []
    assert sandbox.last_request.query == "tenant=7&name=ticket+%26+co&limit=100&offset=0"
    assert [app.name for app in client.list_apps("TICKET")] == ["Ticket reply"]


@pytest.mark.parametrize("size", [0, 1001, "5"])
def test_a_page_size_that_the_gateway_does_not_take(client, sandbox, size):
    with pytest.raises(errors.HatzInvalidInputError, match="page_size"):
        client.list_apps(page_size=size)
    assert not sandbox.requests


def test_forms_of_an_app():
    wire = {"variable_name": "x", "variable_type": "dropdown", "position": 2}
    entries = [
        {"app_id": "a", "name": "A", "user_inputs": [
            {**wire, "choices": [{"value": "1", "label": "One"}, {"label": "Two"}]}, {"variable_name": "y", "position": 1}, 7, {},
        ]},
        {"uuid": "b", "user_inputs": None, "type": "WORKFLOW"},
        {"id": "../etc", "name": "no id"}, {"name": "no id"}, "no entry",
    ]  # fmt: skip
    a, b = apps_of(entries)
    assert (a.id, [(one.name, one.choices) for one in a.inputs]) == ("a", [("y", ()), ("x", ("1", "Two"))])
    assert (b.id, b.name, b.inputs, type(b)) == ("b", "b", None, Workflow)
    assert app_of({"data": {"id": "c", "name": "C"}}).id == "c"
    for body in ({}, [], {"data": []}, None):
        with pytest.raises(errors.HatzResponseError, match="other than an app"):
            app_of(body)


def test_get_app(client):
    assert client.get_app(APP).name == "Ticket reply"
    with pytest.raises(errors.HatzNotFoundError, match="App not found"):
        client.get_app(FILE)
    with pytest.raises(errors.HatzInvalidInputError, match="not the id of an app"):
        client.get_app("../chat/models")


def test_a_workflow_whose_path_answers_500_comes_from_the_list(client, sandbox):
    assert client.get_app(FLOW).name == "Onboard a user"
    assert asked(sandbox, "GET")[-1] == "/app/list"
    sandbox.apps.clear()
    sandbox.fail(500, times=3, path=FLOW)
    with pytest.raises(errors.HatzServerError):
        client.get_app(FLOW)


# Running an app


def test_run_app(client, sandbox):
    sandbox.reply("Dear customer", usage={"input": 7, "output": 2})
    (app,) = client.list_apps()
    reply = client.run_app(app, {"ticket": "No mail", "tone": None}, model="gpt-5.2", file_uuids=[FILE])
    assert (reply.text, reply.usage.total, reply.model, reply.endpoint) == ("Dear customer", 9, "gpt-5.2", "chat")
    assert reply.request_id
    assert asked(sandbox) == [f"/app/{APP}/query"]
    assert sandbox.last_request.body == {"inputs": {"ticket": "No mail"}, "model": "gpt-5.2", "file_uuids": [FILE]}


def test_by_its_id_an_app_is_looked_up_and_runs_on_its_own_model(client, sandbox):
    sandbox.apps[0]["default_model"] = "anthropic.claude-haiku-4-5"
    assert client.run_app(APP, {"ticket": 12}).text
    assert asked(sandbox, "GET") == [f"/app/{APP}"]
    assert sandbox.last_request.body == {"inputs": {"ticket": "12"}, "model": "anthropic.claude-haiku-4-5"}


def test_the_id_of_a_call_is_that_of_its_main_request(client, sandbox):
    client.run_app(APP, {"ticket": "x", "screenshot": b"png"}, request_id="mine-1")
    client.run_workflow(FLOW, {"full_name": "Ada"}, request_id="mine-2")
    named = [(request.path.rpartition("/")[2], request.headers["x-request-id"]) for request in sandbox.requests]
    assert [name for name, request_id in named if request_id.startswith("mine")] == ["query", "run"]
    assert len({request_id for _, request_id in named}) == len(named)


def test_stream_app(client, sandbox):
    sandbox.reply("Dear customer", reasoning="Hm.")
    events = client.stream_app(APP, {"ticket": "No mail"})
    reply = fold(events)
    assert (reply.text, reply.reasoning, reply.endpoint) == ("Dear customer", "Hm.", "chat")
    assert len(events) > 5
    assert sandbox.last_request.body["stream"] is True


def test_a_broken_stream_of_an_app_keeps_what_came(client, sandbox):
    sandbox.cut_stream_after(3, reply="one two three four five")
    with pytest.raises(errors.HatzStreamInterruptedError) as caught:
        client.stream_app(APP, {"ticket": "x"})
    assert caught.value.partial.text.startswith("one two")
    assert len(asked(sandbox)) == 1


def test_a_model_that_is_not_there_is_answered_with_those_that_are(client):
    with pytest.raises(errors.HatzNotFoundError, match=r"This key may use: .*gpt-5\.2"):
        client.run_app(APP, {"ticket": "x"}, model="gpt-5.3")


def test_an_app_whose_form_the_list_does_not_have(client, sandbox):
    listed = {key: value for key, value in sandbox.apps[0].items() if key != "user_inputs"}
    sandbox.raw({"data": [listed]}, path="/app/list")
    (app,) = client.list_apps()
    assert app.inputs is None
    with pytest.raises(errors.HatzInvalidInputError, match="'ticket'"):
        client.run_app(app, {"tickt": "x"})
    assert not asked(sandbox)


PROBLEMS = {
    "nothing": (None, ["'ticket' (Ticket) is required", "Its inputs: ticket (required), tone (one of 'friendly', 'formal'), screenshot."]),
    "an empty one": ({"ticket": "  "}, ["'ticket' (Ticket) is required"]),
    "a misspelled one": ({"tickt": "x"}, ["'ticket' (Ticket) is required", "'tickt' is not an input: did you mean 'ticket'?"]),
    "a wrong choice": ({"ticket": "x", "tone": "formall"}, ["'tone' is 'formall': use one of 'friendly', 'formal' (did you mean 'formal'?)"]),
    "a dict": ({"ticket": {"a": 1}}, ["'ticket' is of type dict: give a text"]),
    "a bool": ({"ticket": True}, ["'ticket' is of type bool: give a text"]),
    "bytes for a text": ({"ticket": b"x"}, ["'ticket' is of type bytes: give a text"]),
    "two for one": ({"ticket": ["a", "b"]}, ["'ticket' is of type list: give a text"]),
    "a number for a file": ({"ticket": "x", "screenshot": 7}, ["'screenshot' is of type int: give a path, bytes or the id of a file"]),
    "all at once": ({"tone": 1, "x": "y"}, ["'ticket' (Ticket) is required", "'x' is not an input", "'tone' is 1"]),
    "a list": (["ticket"], ["inputs is of type list: pass a dict", "ticket (required)"]),
    "no such file": ({"ticket": "x", "screenshot": "nowhere.png"}, ["The input 'screenshot': The file cannot be read", "nowhere.png"]),
}  # fmt: skip


@pytest.mark.parametrize("given", PROBLEMS)
@pytest.mark.parametrize("verb", ["run_app", "stream_app"])
def test_inputs_that_do_not_fit_are_all_named_and_nothing_is_sent(client, sandbox, verb, given):
    inputs, words = PROBLEMS[given]
    (app,) = client.list_apps()
    before = len(sandbox.requests)
    with pytest.raises(errors.HatzInvalidInputError) as caught:
        getattr(client, verb)(app, inputs)
    assert [word for word in words if word not in str(caught.value)] == []
    assert len(sandbox.requests) == before


@pytest.mark.parametrize("verb", ["get_app", "run_app", "stream_app", "run_workflow", "get_job", "file_status"])
@pytest.mark.parametrize(
    "odd", ["..", ".", "../chat", "a/b", "a%2fb", "a?x=1", "a#b", "", "a b", "a\r\nX: y", "é", "\\..", "x" * 201, None, 5, b"a"]
)  # fmt: skip
def test_what_is_no_id_is_refused_before_anything_is_sent(client, sandbox, verb, odd):
    with pytest.raises(errors.HatzInvalidInputError, match="is not the id of "):
        getattr(client, verb)(odd)
    assert not sandbox.requests


def test_an_app_and_a_workflow_are_not_each_other(client, sandbox):
    for verb, given in (("run_app", FLOW), ("run_workflow", APP)):
        with pytest.raises(errors.HatzInvalidInputError, match="use run_"):
            getattr(client, verb)(given, {})
    assert not asked(sandbox)


def test_files_are_uploaded_after_all_is_checked(client, sandbox, tmp_path):
    path = tmp_path / "screen.png"
    path.write_bytes(b"png")
    for given in (path, str(path), b"png", io.BytesIO(b"png")):
        client.run_app(APP, {"ticket": "x", "screenshot": given})
        upload = next(request for request in reversed(sandbox.requests) if request.path == "/v1/files/upload")
        assert b'name="scope_type"\r\n\r\napp\r\n' in upload.raw
        assert APP.encode() in upload.raw
        assert sandbox.files[sandbox.last_request.body["inputs"]["screenshot"]] == "ready"
    known = sandbox.last_request.body["inputs"]["screenshot"]
    uploads_so_far = asked(sandbox).count("/files/upload")
    for given in (known, known.upper(), FileInfo(known)):
        client.run_app(APP, {"ticket": "x", "screenshot": given})
        assert sandbox.last_request.body["inputs"]["screenshot"] == known
    assert asked(sandbox).count("/files/upload") == uploads_so_far == 4


def test_inputs_of_an_unknown_form_are_all_sent():
    stream = io.BytesIO(b"png")
    given = {"text": 7, "list": ["a", 1], "left": None, "id": FileInfo("f-1"), "bytes": b"png", "stream": stream}
    checked = check_inputs(App("a", "Helper"), given)
    assert checked.values == {"text": "7", "list": ["a", "1"], "id": "f-1"}
    assert checked.files == {"bytes": b"png", "stream": stream}


def test_empty_inputs_are_missing_only_if_they_are_required():
    fields = (AppInput("tone", type="dropdown", choices=("kind",)), AppInput("file", type="file_upload"))
    assert check_inputs(App("a", "Helper", inputs=fields), {"tone": "", "file": " "}).files == {}
    required = App("a", "Helper", inputs=(AppInput("tags", type="multiple_choice", required=True),))
    with pytest.raises(errors.HatzInvalidInputError, match="'tags' is required"):
        check_inputs(required, {"tags": []})


def test_a_form_is_described_in_one_sentence():
    assert describe_inputs(App("a", "Helper")) == "Which inputs this app has is not known."
    assert describe_inputs(App("a", "Helper", inputs=())) == "This app has no inputs."
    assert describe_inputs(Workflow("a", "Flow")) == "Which inputs this workflow has is not known."
    fields = (AppInput("text", required=True), AppInput("tone", choices=("kind",)))
    assert describe_inputs(App("a", "Helper", inputs=fields)) == "Its inputs: text (required), tone (one of 'kind')."


def test_several_choices(client, sandbox):
    sandbox.apps[0]["user_inputs"][1]["variable_type"] = "multiple_choice"
    client.run_app(APP, {"ticket": "x", "tone": ["friendly", "formal"]})
    assert sandbox.last_request.body["inputs"]["tone"] == ["friendly", "formal"]
    with pytest.raises(errors.HatzInvalidInputError, match="'rude'"):
        client.run_app(APP, {"ticket": "x", "tone": ["friendly", "rude"]})


# Workflows


def test_run_workflow_and_wait(client, sandbox):
    sandbox.job(["made", {"text": "full"}, "Welcome!"])
    job = client.run_workflow(FLOW, {"full_name": "Ada"})
    assert job.state.status == "Workflow Job Invoked"
    state = client.job(job, "wait")
    assert (state.status, state.text, state.workflow_id) == ("complete", "Welcome!", FLOW)
    assert [(step.name, step.text) for step in state.steps] == [
        ("Create the account", "made"), ("Assign the licence", "full"), ("Write the welcome mail", "Welcome!"),
    ]  # fmt: skip
    assert asked(sandbox) == ["/workflows/run"]
    assert state is job.state
    assert client.job(job, "wait") is state


def test_watch_tells_each_step(client, sandbox):
    sandbox.job(polls=6)
    (flow,) = client.list_workflows()
    states = client.job(client.run_workflow(flow, {"full_name": "Ada"}), "watch")
    assert [state.progress for state in states] == [
        "Workflow Job Invoked, 0 of ? steps complete",
        "running, 0 of 3 steps complete: Create the account",
        "running, 1 of 3 steps complete: Assign the licence",
        "running, 2 of 3 steps complete: Write the welcome mail",
        "complete, 3 of 3 steps complete",
    ]


def test_a_failed_step_is_named(client, sandbox):
    sandbox.job(["made"], fails_at=2, error="No licence is left")
    job = client.run_workflow(FLOW, {"full_name": "Ada"})
    with pytest.raises(errors.HatzJobError, match="failed in step 'Assign the licence': No licence is left") as caught:
        client.job(job, "wait")
    assert caught.value.job.steps[0].text == "made"
    assert caught.value.step.name == "Assign the licence"
    assert caught.value.job is job.state


@pytest.mark.parametrize(
    "status",
    ["cancelled", "CANCELED", "expired", "timed_out", "Timed out", "TIMEOUT", "aborted", "error", "Terminated"],
)
def test_a_job_that_ended_without_a_result_ends_the_wait(client, sandbox, status):
    job = client.run_workflow(FLOW, {"full_name": "Ada"})
    sandbox.raw({"job_id": job.id, "status": status}, path=job.id)
    with pytest.raises(errors.HatzJobError, match=f"{job.id} failed: its status is '{status}'"):
        client.job(job, "wait")


def test_a_failed_step_that_repeats_the_key_does_not_show_it(kind, sandbox):
    client = kind(sandbox)
    sandbox.job([f"made by {sandbox.api_key}"], fails_at=2, error=f"401 for {sandbox.api_key}")
    job = client.run_workflow(FLOW, {"full_name": "Ada"})
    with pytest.raises(errors.HatzJobError, match=r"401 for \[secret\]") as caught:
        client.job(job, "wait")
    error = caught.value
    assert sandbox.api_key not in repr((str(error), vars(error), error.job.raw, client.get_job(job.id).state.raw))


def test_a_job_can_be_found_again(kind, sandbox):
    job = kind(sandbox).run_workflow(FLOW, {"full_name": "Ada"})
    client = kind(sandbox)
    again = client.get_job(job.id)
    assert client.job(again, "wait").is_complete
    assert client.job(job, "refresh").is_complete
    assert asked(sandbox) == ["/workflows/run"]
    assert job.id in repr(again)


def test_a_deadline_ends_the_waiting_and_not_the_job(client, sandbox):
    sandbox.job(polls=1000)
    job = client.run_workflow(FLOW, {"full_name": "Ada"})
    began = time.monotonic()
    with pytest.raises(
        errors.HatzTimeoutError, match=r"not complete within the deadline of 0\.2 s .*goes on at Hatz"
    ) as caught:
        client.job(job, "wait", deadline=0.2)
    assert time.monotonic() - began < 20
    assert job.id in str(caught.value)
    assert not caught.value.is_retryable
    assert client.job(job, "refresh").status == "running"
    assert asked(sandbox) == ["/workflows/run"]


def test_cancelling_ends_the_waiting_and_not_the_job(sandbox):
    sandbox.job(polls=1000)

    async def main():
        job = await AsyncClient(sandbox.api_key, sandbox.base_url).run_workflow(FLOW, {"full_name": "Ada"})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.1):
                await job.wait()
        return await job.refresh()

    assert asyncio.run(main()).status == "running"
    assert asked(sandbox) == ["/workflows/run"]


def test_a_poll_that_fails_is_repeated_and_the_start_is_not(client, sandbox):
    job = client.run_workflow(FLOW, {"full_name": "Ada"})
    sandbox.fail(503, times=2, path=job.id)
    assert client.job(job, "wait").is_complete
    sandbox.fail(503, times=9, path=job.id)
    job.state = job_of({"job_id": job.id})
    with pytest.raises(errors.HatzServerError, match=rf"The job {job.id} goes on at Hatz: wait again"):
        client.job(job, "wait")
    sandbox.steps.clear()
    assert client.job(job, "wait").is_complete
    assert asked(sandbox) == ["/workflows/run"]


@pytest.mark.parametrize("fault", ["a broken poll", "a stalled poll", "a poll of HTML"])
def test_whatever_happens_to_a_poll_nothing_is_started_again(kind, sandbox, fault):
    client = kind(sandbox, max_retries=1, timeout=1)
    job = client.run_workflow(FLOW, {"full_name": "Ada"})
    for _ in range(2):
        if fault == "a poll of HTML":
            sandbox.raw("<html>Bad gateway", "text/html", path=job.id)
        else:
            sandbox.fail(
                502, path=job.id, body="<html>", headers={"Content-Length": "900"} if "broken" in fault else None
            )
    with pytest.raises(errors.HatzError, match="goes on at Hatz"):
        client.job(job, "wait")
    sandbox.steps.clear()
    assert client.job(job, "wait").is_complete
    assert asked(sandbox) == ["/workflows/run"]


@pytest.mark.parametrize("status", [408, 500, 503])
def test_a_start_that_may_have_happened_is_not_repeated(client, sandbox, status):
    sandbox.fail(status, times=5, path="/workflows/run")
    with pytest.raises(errors.HatzServerError, match="unknown, so it was not sent again"):
        client.run_workflow(FLOW, {"full_name": "Ada"})
    assert asked(sandbox) == ["/workflows/run"]


def test_a_start_whose_answer_is_lost_is_not_repeated(kind, sandbox):
    client = kind(sandbox, timeout=0.3)
    answered = threading.Event()
    start = sandbox.jobs.start

    def start_and_stall(*args):
        job_id = start(*args)
        answered.wait(2)
        return job_id

    sandbox.jobs.start = start_and_stall
    with pytest.raises(errors.HatzTimeoutError, match="unknown, so it was not sent again"):
        client.run_workflow(FLOW, {"full_name": "Ada"})
    answered.set()
    time.sleep(0.1)
    assert len(sandbox.jobs) == 1


def test_a_start_that_certainly_did_not_happen_is_repeated(client, sandbox):
    sandbox.fail(429, times=2, path="/workflows/run")
    client.run_workflow(FLOW, {"full_name": "Ada"})
    assert asked(sandbox) == ["/workflows/run"] * 3
    assert len(sandbox.jobs) == 1


def test_a_refused_start_says_why(client, sandbox):
    sandbox.fail(403, "This workflow is disabled", path="/workflows/run")
    with pytest.raises(errors.HatzPermissionError, match="disabled") as caught:
        client.run_workflow(FLOW, {"full_name": "Ada"})
    assert "unknown" not in str(caught.value)


def test_a_start_that_was_never_sent_is_not_called_unknown(client, sandbox):
    (flow,) = client.list_workflows()
    with pytest.raises(errors.HatzTimeoutError, match="within its deadline") as caught:
        client.run_workflow(flow, {"full_name": "Ada"}, deadline=1e-9)
    assert "unknown" not in str(caught.value)
    assert not asked(sandbox)


def test_no_connection_is_tried_again(kind, sandbox):
    client = kind(sandbox, max_retries=1)
    (flow,) = client.list_workflows()
    sandbox.stop()
    with pytest.raises(errors.HatzConnectionError) as caught:
        client.run_workflow(flow, {"full_name": "Ada"})
    assert "unknown" not in str(caught.value)
    assert caught.value.request_id.endswith("-2")
    sandbox.start()


def test_inputs_of_a_workflow_are_checked(client, sandbox):
    with pytest.raises(errors.HatzInvalidInputError, match=r"The workflow 'Onboard a user' cannot run .*'full_name'"):
        client.run_workflow(FLOW, {"licence": "none"})
    assert not asked(sandbox)


def test_a_workflow_that_no_list_has_is_sent_as_it_is(client, sandbox):
    with pytest.raises(errors.HatzNotFoundError, match="Workflow not found"):
        client.run_workflow(FILE, {"anything": "goes"})
    assert sandbox.last_request.body == {"app_id": FILE, "inputs": {"anything": "goes"}}


def test_forms_of_a_job():
    body = {
        "data": {
            "id": "j-1",
            "status": "Completed",
            "step_outputs": [{"step_id": "s", "status": "SUCCESS", "output_data": [1]}, 7],
        }
    }
    state = job_of(body)
    assert (state.id, state.is_complete, state.text, state.number_of_steps) == ("j-1", True, "[1]", None)
    assert not job_of({"job_id": "j", "status": "paused"}).is_over
    assert "failed: out of credits" in str(
        job_of({"job_id": "j", "status": "error", "error": "out of credits"}).error()
    )
    for body in ({}, [], None, {"job_id": "../x"}):
        with pytest.raises(errors.HatzResponseError, match="other than a job"):
            job_of(body)


# Files and usage


def test_files(client, sandbox):
    file_id = client.upload(b"x", filename="a.txt")
    (listed,) = client.list_files()
    assert (listed.id, listed.status, listed.is_ready) == (file_id, "ready", True)
    assert client.file_status(file_id).is_ready
    with pytest.raises(errors.HatzNotFoundError):
        client.file_status(FILE)
    with pytest.raises(errors.HatzInvalidInputError, match="not the id of a file"):
        client.file_status("../models")


def test_usage_is_added_up(kind, sandbox):
    client = kind(sandbox)
    sandbox.reply("a", usage={"input": 7, "output": 2})
    client.run_app(APP, {"ticket": "before"})
    with client.client.usage() as total, client.client.usage() as other:
        for _ in range(2):
            sandbox.reply("b", usage={"input": 5, "output": 1})
            client.run_app(APP, {"ticket": "x"})
        client.stream_app(APP, {"ticket": "native streams have no usage"})
        sandbox.fail(400)
        with pytest.raises(errors.HatzBadRequestError):
            client.run_app(APP, {"ticket": "no answer"})
    client.run_app(APP, {"ticket": "after"})
    assert (total.input, total.output, total.total, total.answers, total.unknown) == (10, 2, 12, 3, 1)
    assert repr(total) == repr(other) == "<UsageTotal 10 in, 2 out, 3 answers, 1 of 3 unknown>"


def test_what_a_gateway_lists_twice_is_one(client, sandbox):
    sandbox.apps[:] = [{"id": "a", "name": "A"}, {"id": "b", "name": "B"}, {"id": "a", "name": "A"}]
    assert [app.id for app in client.list_apps()] == ["a", "b"]


def test_odd_forms():
    (app,) = apps_of(
        {
            "data": None,
            "apps": [
                {
                    "id": "a",
                    "user_inputs": [
                        {"variable_name": "x", "required": "true", "position": 2},
                        {
                            "variable_name": "level",
                            "position": 1,
                            "options": [{"value": 0, "label": "None"}, {"value": 1}],
                        },
                        {"variable_name": "x"},
                    ],
                }
            ],
        }
    )
    assert [(one.name, one.required, one.choices) for one in app.inputs] == [
        ("level", False, ("0", "1")),
        ("x", True, ()),
    ]


@pytest.mark.parametrize(
    ("status", "ready", "failed"),
    [(None, True, False), ("READY", True, False), ("completed", True, False), ("success", True, False),
     ("Processing", False, False), ("FAILED", False, True), ("error", False, True)],
)  # fmt: skip
def test_the_status_of_a_file_in_other_words(status, ready, failed):
    info = FileInfo("f", status=status)
    assert (info.is_ready, info.is_failed) == (ready, failed)
