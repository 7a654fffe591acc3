"""A model behind the sandbox: what is asked of it, and what comes back on each of Hatz's endpoints."""

from __future__ import annotations

import http.client
import json
import threading
from urllib.parse import urlsplit

import pytest

from hatz_sandbox import Sandbox, Upstream
from tests.sandbox.conftest import ask
from tests.sandbox.upstream_server import UpstreamServer, body, events

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FLAT = {"type": "function", "name": "weather", "description": "The weather", "parameters": SCHEMA}
TOOL = {"name": "weather", "description": "The weather", "input_schema": SCHEMA}
SENT_TOOL = {"type": "function", "function": {"name": "weather", "description": "The weather", "parameters": SCHEMA}}
RESPONSES, MESSAGES, CHAT = "/openai/responses", "/anthropic/messages", "/chat/completions"
EACH = pytest.mark.parametrize("path", [RESPONSES, MESSAGES, CHAT])
GATEWAYS = pytest.mark.parametrize("path", [RESPONSES, MESSAGES])


def request(path, text="Hello", **more):
    said = [{"role": "user", "content": text}]
    if path == RESPONSES:
        return {"model": "gpt-5.2", "input": text, **more}
    if path == MESSAGES:
        return {"model": "haiku", "max_tokens": 500, "messages": said, **more}
    return {"model": "gpt-5.2", "messages": said, **more}


@pytest.fixture
def upstream():
    with UpstreamServer() as running:
        yield running


@pytest.fixture
def behind(upstream):
    with Sandbox(upstream=upstream.url, quirks=frozenset()) as running:
        yield running


@EACH
def test_text_and_usage_of_a_whole_answer(upstream, behind, path):
    upstream.answers = [body(content="Bonjour")]
    answered = ask(behind, path, request(path)).json
    match answered:
        case {"output_text": text, "usage": {"input_tokens": 11, "output_tokens": 7}, "model": "gpt-5.2"}:
            assert answered["usage"]["input_tokens_details"]["cached_tokens"] == 3
        case {"content": [{"text": text}], "usage": {"input_tokens": 8, "output_tokens": 7}}:
            assert answered["model"] == "anthropic.claude-haiku-4-5"
            assert answered["usage"]["cache_read_input_tokens"] == 3
        case {"choices": [{"message": {"content": text}}], "usage": {"input_tokens": 11}, "model": "gpt-5.2"}:
            pass
    assert text == "Bonjour"
    assert upstream.asked[0]["model"] == "small"
    assert upstream.asked[0]["messages"] == [{"role": "user", "content": "Hello"}]


@EACH
def test_a_stream_comes_as_the_model_writes_it(upstream, behind, path):
    upstream.hold = threading.Event()
    upstream.answers = [events({"role": "assistant", "content": ""}, {"content": "Bon"}, {"content": "jour"})]
    connection = http.client.HTTPConnection(urlsplit(behind.base_url).netloc, timeout=20)
    sent = json.dumps(request(path, stream=True))
    connection.request("POST", f"/v1{path}", sent, {"X-API-Key": behind.api_key})
    response = connection.getresponse()
    got = b""
    while b"Bon" not in got:  # before the upstream has written the rest
        got += response.readline()
    assert b"jour" not in got
    upstream.hold.set()
    got += response.read()
    connection.close()
    assert b"jour" in got
    if path != CHAT:
        assert b'"output_tokens": 7' in got.splitlines()[-2] + got.splitlines()[-5]
    assert upstream.asked[0]["stream"] is True
    assert upstream.asked[0]["stream_options"] == {"include_usage": True}


@GATEWAYS
@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_text_and_calls_in_their_order(upstream, behind, path, stream):
    calls = [
        {
            "index": 0,
            "id": "call_1",
            "type": "function",
            "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
        },
        {
            "index": 1,
            "id": "call_2",
            "type": "function",
            "function": {"name": "weather", "arguments": '{"city": "Rome"}'},
        },
    ]
    if stream:
        first, second = calls
        opened = {**first, "function": {"name": "weather", "arguments": '{"city": '}}
        rest = {"index": 0, "function": {"arguments": '"Oslo"}'}}
        deltas = [{"reasoning_content": "Hm"}, {"reasoning_content": "m."}, {"content": "I look."}]
        deltas += [{"tool_calls": [opened]}, {"tool_calls": [rest]}, {"tool_calls": [second]}]
        upstream.answers = [events(*deltas, finish="tool_calls")]
    else:
        upstream.answers = [body("tool_calls", reasoning="Hmm.", content="I look.", tool_calls=calls)]
    tools = [FLAT] if path == RESPONSES else [TOOL]
    answered = ask(behind, path, request(path, tools=tools, stream=stream))
    found = read(path, answered, stream)
    assert found == [
        ("reasoning", "Hmm."),
        ("text", "I look."),
        ("weather", {"city": "Oslo"}, "call_1"),
        ("weather", {"city": "Rome"}, "call_2"),
    ]
    assert upstream.asked[0]["tools"] == [SENT_TOOL]
    assert "tool_choice" not in upstream.asked[0]


def read(path, answered, stream):
    """What an answer holds, block by block."""
    if path == RESPONSES:
        items = answered.events[-1]["response"]["output"] if stream else answered.json["output"]
        found = []
        for item in items:
            match item:
                case {"type": "reasoning", "summary": [{"text": text}]}:
                    found.append(("reasoning", text))
                case {"type": "message", "content": [{"text": text}]}:
                    found.append(("text", text))
                case {"type": "function_call"}:
                    found.append((item["name"], json.loads(item["arguments"]), item["call_id"]))
        return found
    if not stream:
        blocks = answered.json["content"]
        assert answered.json["stop_reason"] == "tool_use"
    else:
        blocks = folded(answered.events)
    return [
        ("reasoning", block["thinking"])
        if block["type"] == "thinking"
        else ("text", block["text"])
        if block["type"] == "text"
        else (block["name"], block["input"], block["id"])
        for block in blocks
    ]


def folded(stream):
    blocks = {}
    for event in stream:
        match event:
            case {"type": "content_block_start", "index": index, "content_block": block}:
                blocks[index] = {**block, "json": ""}
            case {"type": "content_block_delta", "index": index, "delta": {"type": "text_delta", "text": text}}:
                blocks[index]["text"] += text
            case {"type": "content_block_delta", "index": index, "delta": {"type": "thinking_delta", "thinking": text}}:
                blocks[index]["thinking"] += text
            case {
                "type": "content_block_delta",
                "index": index,
                "delta": {"type": "input_json_delta", "partial_json": text},
            }:
                blocks[index]["json"] += text
    return [{**block, "input": json.loads(block["json"] or "{}")} for block in blocks.values()]


def test_a_conversation_with_tools_reaches_the_model_from_messages(upstream, behind):
    upstream.answers = [body(content="Done")]
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}
    said = [
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}, image]},
        {"role": "assistant", "content": [{"type": "text", "text": "I look."}, {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "boom", "is_error": True}, {"type": "text", "text": "Go on"}]},
    ]  # fmt: skip
    other = {**TOOL, "name": "clock"}
    more = {"system": "Be brief.", "tools": [TOOL, other], "tool_choice": {"type": "tool", "name": "weather", "disable_parallel_tool_use": True},
            "temperature": 0.5, "top_p": 0.9, "stop_sequences": ["END"]}  # fmt: skip
    assert ask(behind, MESSAGES, {**request(MESSAGES), "messages": said, **more}).status == 200
    (asked,) = upstream.asked
    call = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    assert asked["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}, picture]},
        {"role": "assistant", "content": "I look.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "t1", "content": "Error: boom"},
        {"role": "user", "content": "Go on"},
    ]
    assert (asked["tools"], asked["tool_choice"]) == ([SENT_TOOL], "required")
    assert (asked["parallel_tool_calls"], asked["stop"], asked["max_tokens"]) == (False, ["END"], 500)
    assert (asked["temperature"], asked["top_p"]) == (0.5, 0.9)


def test_a_conversation_with_tools_reaches_the_model_from_responses(upstream, behind):
    upstream.answers = [body(content="Done")]
    given = [
        {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}, {"type": "input_image", "image_url": "https://x.org/a.png"}]},
        {"role": "assistant", "content": "I look."},
        {"type": "function_call", "call_id": "a", "name": "weather", "arguments": "{}"},
        {"type": "function_call", "call_id": "b", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "sunny"},
        {"type": "function_call_output", "call_id": "b", "output": "rain"},
    ]  # fmt: skip
    format_ = {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}}
    more = {"input": given, "tools": [FLAT], "tool_choice": "required", "text": format_, "max_output_tokens": 9}
    assert ask(behind, RESPONSES, {**request(RESPONSES), **more}).status == 200
    (asked,) = upstream.asked
    assert [message["role"] for message in asked["messages"]] == ["user", "assistant", "tool", "tool"]
    assert asked["messages"][0]["content"][1] == {"type": "image_url", "image_url": {"url": "https://x.org/a.png"}}
    assert asked["messages"][1]["content"] == "I look."
    assert [call["id"] for call in asked["messages"][1]["tool_calls"]] == ["a", "b"]
    assert (asked["tool_choice"], asked["max_tokens"]) == ("required", 9)
    assert asked["response_format"]["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("finish", "status", "stop_reason"),
    [
        ("stop", "completed", "end_turn"),
        ("length", "incomplete", "max_tokens"),
        ("content_filter", "incomplete", "refusal"),
    ],
)
def test_the_end_is_told(upstream, behind, stream, finish, status, stop_reason):
    for path in (RESPONSES, MESSAGES):
        upstream.answers = [events({"content": "x"}, finish=finish) if stream else body(finish, content="x")]
        answered = ask(behind, path, request(path, stream=stream))
        if path == RESPONSES:
            assert (answered.events[-1]["response"] if stream else answered.json)["status"] == status
        else:
            told = answered.events[-2]["delta"] if stream else answered.json
            assert told["stop_reason"] == stop_reason


@EACH
def test_without_usage_the_sandbox_counts(upstream, behind, path):
    upstream.answers = [events({"content": "one two three"}, usage=False)]
    raw = ask(behind, path, request(path, stream=True)).raw
    assert path == CHAT or b'"output_tokens": 3' in raw


@EACH
@pytest.mark.parametrize("stream", [False, True])
def test_where_it_is_not_reachable_the_answer_is_a_502(path, stream):
    with Sandbox(upstream="http://127.0.0.1:9/v1") as sandbox:
        answered = ask(sandbox, path, request(path, stream=stream))
    assert answered.status == 502
    assert "The upstream server http://127.0.0.1:9/v1 cannot be reached: ConnectError" in answered.raw.decode()


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ((404, {"error": {"message": "model 'x' not found"}}), 404, "answered 404: model 'x' not found"),
        ((400, {"error": "context length exceeded"}), 400, "answered 400: context length exceeded"),
        ((401, {"message": "bad key"}), 502, "answered 401: bad key (its key is read from the variable that --api-key-env names)"),
        ((503, "<html>loading"), 502, "answered 503: <html>loading"),
        ((200, "no JSON"), 502, "answered no JSON"),
        ((200, {"choices": []}), 502, "answered without a choice"),
    ],
)  # fmt: skip
def test_what_the_server_refuses_is_told_in_its_words(upstream, behind, given, status, words):
    upstream.answers = [given]
    answered = ask(behind, RESPONSES, request(RESPONSES))
    assert answered.status == status
    assert words in answered.json["error"]["message"]


@EACH
@pytest.mark.parametrize(
    "broken",
    [
        [{"choices": [{"delta": {"content": "half"}}]}],
        [{"choices": [{"delta": {"content": "half"}}]}, {"error": {"message": "out of memory"}}],
        [{"choices": [{"delta": {"content": "half"}}]}, "{no JSON"],
    ],
    ids=["cut", "error", "no JSON"],
)
def test_a_stream_that_breaks_ends_in_an_error(upstream, behind, path, broken):
    upstream.answers = [broken]
    answered = ask(behind, path, request(path, stream=True))
    found = answered.lines if path == CHAT else answered.events
    assert found[-1]["type"] == "error"
    assert "pstream server" in json.dumps(found[-1])
    assert any("half" in json.dumps(one) for one in found)
    if path == RESPONSES:
        assert [event["sequence_number"] for event in found] == list(range(len(found)))


def test_calls_that_are_mixed_up_are_an_error_and_no_other_call(upstream, behind):
    deltas = [
        {"index": index, "id": f"c{index}", "function": {"name": "weather", "arguments": "{"}} for index in (0, 1)
    ]
    deltas.append({"index": 0, "function": {"arguments": "}"}})
    upstream.answers = [events(*({"tool_calls": [delta]} for delta in deltas), finish="tool_calls")]
    last = ask(behind, RESPONSES, request(RESPONSES, tools=[FLAT], stream=True)).events[-1]
    assert (last["type"], "mixed up" in last["message"]) == ("error", True)


def test_a_server_that_does_not_stream_is_read_all_the_same(upstream, behind):
    upstream.answers = [body(content="whole")]
    assert b"whole" in ask(behind, MESSAGES, request(MESSAGES, stream=True)).raw


def test_a_client_that_leaves_ends_the_upstreams_stream_too(upstream, behind):
    upstream.hold = threading.Event()
    upstream.answers = [events({"content": "a"}, {"content": "b"}, *[{"content": "c"}] * 2000)]
    connection = http.client.HTTPConnection(urlsplit(behind.base_url).netloc, timeout=20)
    connection.request("POST", f"/v1{CHAT}", json.dumps(request(CHAT, stream=True)), {"X-API-Key": behind.api_key})
    response = connection.getresponse()
    response.readline()
    response.close()
    connection.close()
    upstream.hold.set()
    assert behind.last_request.client_closed.wait(10)


def test_the_model_the_key_and_the_url(upstream):
    upstream.answers = [body(content="x")] * 3
    for url in (upstream.url, f"{upstream.url}/v1/", f"{upstream.url}/v1/chat/completions"):
        with Sandbox(upstream=Upstream(url, model="large", api_key="secret")) as sandbox:
            assert ask(sandbox, CHAT, request(CHAT)).status == 200
            assert "secret" not in repr(sandbox.answers.upstream)
    assert {asked["model"] for asked in upstream.asked} == {"large"}
    assert set(upstream.keys) == {"Bearer secret"}
    with pytest.raises(ValueError, match="no URL of a server"):
        Upstream("localhost:11434")


def test_rules_queue_and_function_stand_before_it(upstream, behind):
    behind.reply("queued")
    assert ask(behind, RESPONSES, request(RESPONSES)).json["output_text"] == "queued"
    behind.answer(lambda question: "by the function" if question.text == "Hello" else None)
    assert ask(behind, RESPONSES, request(RESPONSES)).json["output_text"] == "by the function"
    assert ask(behind, MESSAGES, {**request(MESSAGES), "max_tokens": 0}).status == 400
    assert upstream.asked == []
    behind.cut_stream_after(1)
    upstream.answers = [events({"content": "x"})]
    with pytest.raises(http.client.IncompleteRead):
        ask(behind, CHAT, request(CHAT, "Bye", stream=True))


def test_apps_and_agents_are_answered_by_the_model_too(upstream, behind):
    upstream.answers = [body(content="Dear customer"), body(content="Found")]
    app, agent = behind.apps[0], behind.agents[0]
    answered = ask(behind, f"/app/{app['id']}/query", {"inputs": {"ticket": "No mail", "tone": "formal"}}).json
    assert answered["choices"][0]["message"]["content"] == "Dear customer"
    answered = ask(behind, CHAT, {**request(CHAT, "Mail outages?"), "model": f"agent-{agent['id']}"}).json
    assert answered["choices"][0]["message"]["content"] == "Found"
    asked = [sent["messages"][-1]["content"] for sent in upstream.asked]
    assert asked == ["Write a formal reply to this ticket: No mail", "Mail outages?"]


def test_two_sandboxes_in_a_row(upstream):
    upstream.answers = [body(content="x"), body(content="y")]
    sandbox = Sandbox(upstream=upstream.url)
    for text in ("x", "y"):
        with sandbox:
            assert ask(sandbox, RESPONSES, request(RESPONSES)).json["output_text"] == text
