"""Apps, workflows and their jobs by plain HTTP: what is listed, what is answered, and what is refused."""

from __future__ import annotations

import pytest

APP = "0b6f6a4e-3c1d-4f0e-9a52-7d1c1f2b3a40"
FLOW = "5d8e2f10-8f5b-4c5e-a7a4-2b9d0e6c7f11"
NONE = "0f8fad5b-d9cb-469f-a165-70867728950e"
QUERY, RUN = f"/app/{APP}/query", "/workflows/run"


def test_the_list_has_pages_and_a_filter(sandbox, get):
    sandbox.apps.extend({"id": f"app-{number}", "name": f"App {number}"} for number in range(3))
    assert [app["name"] for app in get("/app/list").json["data"]][:2] == ["Ticket reply", "Onboard a user"]
    assert [app["name"] for app in get("/app/list?limit=2&offset=3").json["data"]] == ["App 1", "App 2"]
    assert [app["name"] for app in get("/app/list?name=ONBOARD").json["data"]] == ["Onboard a user"]
    for query in ("limit=0", "limit=1001", "limit=x", "offset=-1"):
        assert get(f"/app/list?{query}").status == 422


def test_one_app(get):
    assert get(f"/app/{APP}").json["name"] == "Ticket reply"
    assert get(f"/app/{FLOW}").status == 500
    assert get(f"/app/{NONE}").json == {"detail": "App not found"}
    assert get("/app/not-a-uuid").json["detail"][0]["loc"] == ["path", "app_id"]
    assert get("/app/models").json["data"][0]["name"] == "gpt-4o"


@pytest.mark.parametrize(
    ("path", "body"), [("/app/list", None), (f"/app/{APP}", None), (QUERY, {}), (RUN, {}), ("/workflows/x", None)]
)
def test_only_the_key_header_is_accepted(sandbox, get, post, path, body):
    bearer = {"Authorization": f"Bearer {sandbox.api_key}"}
    send = get if body is None else lambda path, **options: post(path, body, **options)
    assert send(path, key=False).status == 401
    assert send(path, key=False, headers=bearer).status == 401


def test_an_app_answers_like_native_chat(sandbox, post):
    sandbox.reply("Dear Ada")
    answer = post(QUERY, {"inputs": {"ticket": "No mail"}, "model": "gpt-5.2"}).json
    assert answer["choices"] == [{"message": {"content": "Dear Ada", "role": "assistant"}}]
    assert answer["model"] == "gpt-5.2"
    sandbox.reply(chunks=["Dear ", "Ada"])
    lines = post(QUERY, {"inputs": {"ticket": "No mail"}, "stream": True}).lines
    assert lines == [{"type": "content", "message": "Dear "}, {"type": "content", "message": "Ada"}]


def test_the_prompt_has_the_inputs_in_it(sandbox, post):
    questions = []
    sandbox.answer(lambda question: questions.append(question.text) or "Fine.")
    post(QUERY, {"inputs": {"ticket": "No mail", "tone": "formal"}})
    sandbox.apps[0]["prompt_sections"] = []
    post(QUERY, {"inputs": {"ticket": "No mail"}})
    assert questions == ["Write a formal reply to this ticket: No mail", "ticket: No mail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"inputs": []}, 422),
        ({"inputs": {"ticket": "x"}, "stream": "yes"}, 422),
        ({"inputs": {"ticket": "x"}, "model": 7}, 422),
        ({"inputs": {"ticket": "x"}, "file_uuids": ["x"]}, 422),
        ({"inputs": {}}, 400),
        ({"inputs": {"ticket": "x", "tone": "rude"}}, 400),
        ({"inputs": {"ticket": "x", "screenshot": NONE}}, 400),
        ({"inputs": {"ticket": "x"}, "model": "no-such"}, 404),
        ({"inputs": {"ticket": "x", "other": 1}}, 200),
    ],
)
def test_what_an_app_refuses(post, body, status):
    assert post(QUERY, body).status == status


def test_what_a_workflow_refuses(post):
    for body, status in (
        ({}, 422), ({"app_id": FLOW}, 422), ({"app_id": 7, "inputs": {}}, 422),
        ({"app_id": FLOW, "inputs": {"full_name": "x"}, "is_draft_app": "no"}, 422),
        ({"app_id": APP, "inputs": {}}, 404), ({"app_id": FLOW, "inputs": {}}, 400),
    ):  # fmt: skip
        assert post(RUN, body).status == status
    assert post(f"/app/{FLOW}/query", {"inputs": {}}).status == 404


def run(post):
    started = post(RUN, {"app_id": FLOW, "inputs": {"full_name": "Ada"}}).json
    assert started["status"] == "Workflow Job Invoked"
    return f"/workflows/{started['job_id']}"


def test_a_job_takes_a_poll_for_each_step(get, post):
    job = run(post)
    polls = [get(job).json for _ in range(4)]
    assert [poll["status"] for poll in polls] == ["running", "running", "complete", "complete"]
    assert [[step["status"] for step in poll["step_outputs"]] for poll in polls[:3]] == [
        ["complete", "running"], ["complete", "complete", "running"], ["complete"] * 3,
    ]  # fmt: skip
    assert polls[2]["step_outputs"][0]["output_data"] == "Create the account: done (full_name: Ada)"
    assert set(polls[0]) == {
        "job_id", "app_id", "tenant_id", "user_id", "created_at", "updated_at", "start_time", "end_time", "number_of_steps",
        "status", "user_inputs", "app_data", "step_outputs",
    }  # fmt: skip
    assert get(f"/workflows/{NONE}").status == 404


def test_a_scripted_job(sandbox, get, post):
    sandbox.job(["made"], polls=4, fails_at=2, error="No licence is left")
    job = run(post)
    polls = [get(job).json for _ in range(4)]
    assert [poll["status"] for poll in polls] == ["running", "running", "running", "failed"]
    assert [(step["status"], step["output_data"]) for step in polls[-1]["step_outputs"]] == [
        ("complete", "made"), ("failed", "No licence is left"),
    ]  # fmt: skip
    sandbox.reset()
    assert get(job).status == 404
