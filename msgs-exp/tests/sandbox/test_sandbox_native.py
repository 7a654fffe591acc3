"""The native endpoints by plain HTTP: keys, discovery, chat, JSON lines, files, request ids."""

from __future__ import annotations

import pytest

HI = {"role": "user", "content": "Hi"}
GATEWAYS = {
    "/openai/responses": {"model": "gpt-4o", "input": "Hi"},
    "/anthropic/messages": {"model": "gpt-4o", "max_tokens": 9, "messages": [HI]},
    "/anthropic/v1/messages": {"model": "gpt-4o", "max_tokens": 9, "messages": [HI]},
    "/anthropic/messages/count_tokens": {"model": "gpt-4o", "messages": [HI]},
    "/anthropic/v1/messages/count_tokens": {"model": "gpt-4o", "messages": [HI]},
}
NATIVE = {"/chat/completions": {"model": "gpt-4o", "messages": [HI]}, "/chat/models": None, "/chat/agents": None}
EVERY = [*GATEWAYS.items(), *NATIVE.items()]


@pytest.mark.parametrize(("path", "body"), EVERY, ids=[path for path, _ in EVERY])
def test_the_key_header_works_everywhere_and_bearer_on_the_gateways_only(sandbox, post, path, body):
    bearer = {"Authorization": f"Bearer {sandbox.api_key}"}
    assert post(path, body).status == 200
    assert post(path, body, headers=bearer).status == 200
    assert post(path, body, key=False).status == 401
    assert post(path, body, key=False, headers={"X-API-Key": "wrong"}).status == 401
    assert post(path, body, key=False, headers={"x-api-key": sandbox.api_key}).status == 200
    assert post(path, body, key=False, headers=bearer).status == (200 if path in GATEWAYS else 401)
    assert post(path, body, key=False, headers={"Authorization": "Bearer wrong"}).status == 401


def test_errors_have_the_body_of_their_wire(post, get):
    assert "session tokens" in get("/chat/models", key=False, headers={"Authorization": "Bearer x"}).json["detail"]
    assert post("/openai/responses", {}, key=False).json["error"]["code"] == "invalid_api_key"
    assert post("/anthropic/messages", {}, key=False).json["error"]["type"] == "authentication_error"


def test_unknown_paths_and_methods(get, post):
    assert get("/models").status == 404
    assert get("/models").json == {"detail": "Not Found"}
    assert post("/openai/chat/completions", {}).status == 404
    assert get("/chat/completions").status == 405
    assert post("/chat/models", {}).status == 405


def test_request_id_is_made_or_echoed(get):
    assert get("/chat/models").headers["X-Request-ID"]
    assert get("/chat/models", headers={"X-Request-ID": "mine-1"}).headers["X-Request-ID"] == "mine-1"
    assert get("/nowhere", headers={"X-Request-ID": "mine-2"}).headers["X-Request-ID"] == "mine-2"


def test_models_and_agents(sandbox, get):
    models = get("/chat/models").json["data"]
    assert {"name", "developer", "display_name", "max_tokens", "vision"} == set(models[0])
    assert "auto" in [model["name"] for model in models]
    assert {"id", "name", "description", "instructions", "tools", "sources"} == set(get("/chat/agents").json["data"][0])
    sandbox.models = [{"name": "only-this", "developer": "x", "display_name": "x", "max_tokens": 1, "vision": False}]
    assert [model["name"] for model in get("/chat/models").json["data"]] == ["only-this"]


def test_chat_answers_with_exactly_the_documented_fields(post):
    answered = post("/chat/completions", {"model": "gpt-4o", "messages": [HI]}).json
    assert set(answered) == {"choices", "model", "usage"}
    assert set(answered["choices"][0]) == {"message"}
    assert set(answered["choices"][0]["message"]) == {"content", "role"}
    assert set(answered["usage"]) == {"input_tokens", "output_tokens"}


def test_chat_streams_json_lines_without_usage_or_end(post):
    whole = post("/chat/completions", {"messages": [HI]}).json["choices"][0]["message"]["content"]
    lines = post("/chat/completions", {"messages": [HI], "stream": True}).lines
    assert len(lines) > 2
    assert all(set(line) == {"type", "message"} and line["type"] == "content" for line in lines)
    assert "".join(line["message"] for line in lines) == whole


def test_chat_drops_client_tools_without_a_word(post):
    tool = {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
    asked = {"messages": [{"role": "user", "content": "Weather in Paris?"}], "tools": [tool], "tool_choice": "required"}
    assert post("/chat/completions", asked).json["choices"][0]["message"]["content"]


@pytest.mark.parametrize("model", ["auto", None, "agent-a1b2c3d4-5678-4abc-8ef0-1234567890ab"])
def test_chat_takes_auto_agents_and_no_model(post, model):
    asked = {"model": model, "messages": [HI], "tools_to_use": ["no_such_tool"], "foo": 1}
    assert post("/chat/completions", asked).status == 200


@pytest.mark.parametrize("model", ["no-such-model", "agent-00000000-0000-4000-8000-000000000000"])
def test_chat_knows_its_models_and_agents(post, model):
    answered = post("/chat/completions", {"model": model, "messages": [HI]})
    assert answered.status == 404
    assert "not found" in answered.json["detail"]


REFUSED = [
    ({}, ["body", "messages"], "missing"),
    ({"messages": []}, ["body", "messages"], "too_short"),
    ({"messages": "Hi"}, ["body", "messages"], "list_type"),
    ({"messages": [{"role": "tool", "content": "x"}]}, ["body", "messages", 0, "role"], "enum"),
    ({"messages": [{"role": "developer", "content": "x"}]}, ["body", "messages", 0, "role"], "enum"),
    (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        ["body", "messages", 0, "content"],
        "string_type",
    ),
    ({"messages": [{"role": "user"}]}, ["body", "messages", 0, "content"], "missing"),
    (
        {"messages": [{"role": "system", "content": "a"}, HI, {"role": "system", "content": "b"}]},
        ["body", "messages", 2],
        "value_error",
    ),
    ({"messages": [HI], "file_uuids": ["x"]}, ["body", "file_uuids", 0], "uuid_parsing"),
    ({"messages": [HI], "temperature": 3}, ["body", "temperature"], "value_error"),
    ({"messages": [HI], "temperature": "hot"}, ["body", "temperature"], "float_type"),
    ({"messages": [HI], "max_tokens": 1.5}, ["body", "max_tokens"], "int_type"),
    ({"messages": [HI], "tools_to_use": "google_search"}, ["body", "tools_to_use"], "list_type"),
    ({"messages": [HI], "tools_to_use": [{}]}, ["body", "tools_to_use", 0], "string_type"),
    ({"messages": [HI], "auto_tool_selection": "yes"}, ["body", "auto_tool_selection"], "bool_type"),
]


@pytest.mark.parametrize(
    ("body", "place", "kind"), REFUSED, ids=[f"{kind}-{n}" for n, (_, _, kind) in enumerate(REFUSED)]
)
def test_chat_refuses_as_fastapi_does(post, body, place, kind):
    answered = post("/chat/completions", body)
    assert answered.status == 422
    detail = answered.json["detail"][0]
    assert set(detail) == {"loc", "msg", "type"}
    assert (detail["loc"][: len(place)], detail["type"]) == (place, kind)


def test_files_are_uploaded_listed_and_become_ready(get, post):
    assert get("/files/").json == {"data": []}
    boundary = "b0undary"
    parts = {"file": "hello", "scope_type": "chat", "scope_id": "a90cb2a4-a4d5-4403-9b6a-6def06b0d4af"}
    lines = []
    for name, value in parts.items():
        extra = '; filename="a.txt"' if name == "file" else ""
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"{extra}', "", value]
    raw = "\r\n".join([*lines, f"--{boundary}--", ""]).encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    uploaded = post("/files/upload", raw, headers=headers).json
    assert (set(uploaded), uploaded["status"]) == ({"file_id", "status", "message"}, "uploading")
    assert get("/files/").json == {"data": [{"file_id": uploaded["file_id"], "status": "uploading"}]}
    states = [get(f"/files/{uploaded['file_id']}/status").json["status"] for _ in range(3)]
    assert states == ["processing", "ready", "ready"]
    assert get("/files/00000000-0000-4000-8000-000000000000/status").status == 404
    missing = post("/files/upload", raw.replace(b"scope_id", b"scope_xx"), headers=headers)
    assert (missing.status, missing.json["detail"][0]["loc"]) == (422, ["body", "scope_id"])
    odd = post(
        "/files/upload", raw.replace(b"\r\nchat\r\n", b"\r\nroom\r\n").replace(b"a90cb2a4", b"x"), headers=headers
    )
    assert [(one["loc"][1], one["type"]) for one in odd.json["detail"]] == [
        ("scope_type", "enum"),
        ("scope_id", "uuid_parsing"),
    ]
    nameless = post("/files/upload", raw.replace(b'; filename="a.txt"', b""), headers=headers)
    assert (nameless.status, nameless.json["detail"][0]["loc"]) == (422, ["body", "file"])
    assert get("/files/").json["data"][0]["status"] == "ready"
    assert get("/files/", key=False).status == 401
    assert post("/files/", {}).status == 405


def test_a_file_can_fail(sandbox, get):
    sandbox.files["f-1"] = "failed"
    assert [get("/files/f-1/status").json["status"] for _ in range(2)] == ["failed", "failed"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/openai/responses", {"input": "x"}),
        ("/anthropic/messages", {"messages": [HI], "max_tokens": 9}),
        ("/anthropic/messages/count_tokens", {"messages": [HI]}),
    ],
)
def test_auto_belongs_to_native_chat(post, path, body):
    answered = post(path, {"model": "auto", **body})
    assert answered.status == (400 if path == "/openai/responses" else 404)
    assert "documented for POST /v1/chat/completions alone" in answered.json["error"]["message"]


def test_json_nested_too_deeply_is_the_requests_fault(post):
    body = (
        b'{"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "x": '
        + b'{"a":' * 100_000
        + b"1"
        + b"}" * 100_000
        + b"}"
    )
    answered = post("/chat/completions", body)
    assert answered.status == 400
    assert "too deeply" in answered.json["detail"]
