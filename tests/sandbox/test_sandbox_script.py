"""Scripted answers and faults, seen by plain HTTP on all three wires."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from hatz_sandbox import Sandbox, Usage

MESSAGES = [{"role": "user", "content": "Hello"}]
WIRES = {
    "/chat/completions": {"model": "gpt-4o", "messages": MESSAGES},
    "/openai/responses": {"model": "gpt-4o", "input": "Hello"},
    "/anthropic/messages": {"model": "gpt-4o", "max_tokens": 500, "messages": MESSAGES},
}
EACH = pytest.mark.parametrize("path", WIRES)


def text_of(answered):
    match answered.json:
        case {"choices": [{"message": {"content": text}}]}:
            return text
        case {"output_text": text}:
            return text
        case {"content": [{"text": text}]}:
            return text


def pieces_of(path, answered):
    if path == "/chat/completions":
        return [line["message"] for line in answered.lines]
    found = []
    for event in answered.events:
        match event:
            case {"type": "response.output_text.delta", "delta": piece}:
                found.append(piece)
            case {"type": "content_block_delta", "delta": {"type": "text_delta", "text": piece}}:
                found.append(piece)
    return found


def opened(sandbox, path, body):
    """A raw socket on which the request was sent."""
    where = urlsplit(sandbox.base_url)
    connection = socket.create_connection((where.hostname, where.port), timeout=20)
    data = json.dumps(body).encode()
    head = f"POST /v1{path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {sandbox.api_key}\r\nContent-Length: {len(data)}\r\n\r\n"
    connection.sendall(head.encode() + data)
    return connection


def until(condition):
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


@EACH
def test_replies_come_in_order_and_then_its_own(sandbox, post, path):
    sandbox.reply("first")
    sandbox.reply("second")
    assert sandbox.pending == 2
    assert [text_of(post(path, WIRES[path])) for _ in range(2)] == ["first", "second"]
    assert "Hello" in text_of(post(path, WIRES[path]))
    assert sandbox.pending == 0


@EACH
def test_a_whole_answer_has_the_text_and_a_stream_the_chunks(sandbox, post, path):
    for stream in (False, True):
        sandbox.reply("the text", chunks=["the ", "chunks"])
        answered = post(path, {**WIRES[path], "stream": stream})
        assert (pieces_of(path, answered) if stream else text_of(answered)) == (
            ["the ", "chunks"] if stream else "the text"
        )


def test_an_empty_refusal_is_no_empty_block_and_empty_thinking_is_signed(sandbox, post):
    sandbox.reply(refusal="")
    assert post("/anthropic/messages", WIRES["/anthropic/messages"]).json["content"] == []
    sandbox.reply("x", reasoning="")
    thinking, _ = post("/anthropic/messages", WIRES["/anthropic/messages"]).json["content"]
    assert (thinking["type"], thinking["thinking"], bool(thinking["signature"])) == ("thinking", "", True)


@EACH
def test_chunks_are_streamed_as_they_are(sandbox, post, path):
    pieces = ["Zür", "", "ich 🎉", "\u2028", "\n\ndata: x"]
    sandbox.reply(chunks=pieces)
    assert pieces_of(path, post(path, {**WIRES[path], "stream": True})) == pieces
    sandbox.reply(chunks=pieces)
    assert text_of(post(path, WIRES[path])) == "".join(pieces)


def test_usage_model_and_finish(sandbox, post):
    sandbox.reply("x", usage={"input": 70, "output": 7, "cache_read": 20}, model="other", finish="length")
    answered = post("/openai/responses", WIRES["/openai/responses"]).json
    assert answered["usage"]["total_tokens"] == 77
    assert (answered["model"], answered["status"]) == ("other", "incomplete")
    assert answered["incomplete_details"] == {"reason": "max_output_tokens"}
    sandbox.reply("x", usage=Usage(70, 7, cache_read=20), finish="pause_turn")
    answered = post("/anthropic/messages", WIRES["/anthropic/messages"]).json
    assert (answered["usage"]["input_tokens"], answered["usage"]["cache_read_input_tokens"]) == (50, 20)
    assert answered["stop_reason"] == "pause_turn"
    sandbox.reply("x", usage={"input": 70, "output": 7})
    assert post("/chat/completions", WIRES["/chat/completions"]).json["usage"] == {
        "input_tokens": 70,
        "output_tokens": 7,
    }


def test_a_scripted_finish_leaves_the_text_whole(sandbox, post):
    sandbox.reply("one two three four five six", finish="length")
    answered = post("/anthropic/messages", {**WIRES["/anthropic/messages"], "max_tokens": 1}).json
    assert answered["content"][0]["text"] == "one two three four five six"
    assert answered["stop_reason"] == "max_tokens"


def test_failed_responses(sandbox, post):
    sandbox.reply("half", finish="failed")
    events = post("/openai/responses", {**WIRES["/openai/responses"], "stream": True}).events
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["error"]["code"] == "server_error"


def test_tool_calls(sandbox, post):
    sandbox.tool_call("f", {"a": "é"}, id="call_1")
    (item,) = post("/openai/responses", WIRES["/openai/responses"]).json["output"]
    assert (item["call_id"], item["name"], item["arguments"]) == ("call_1", "f", '{"a": "é"}')
    sandbox.tool_call("f", '{"a": ')
    (item,) = post("/openai/responses", WIRES["/openai/responses"]).json["output"]
    assert item["arguments"] == '{"a": '
    sandbox.tool_calls([("f", {}), ("g", {"b": [1]}, "toolu_1")], text="Both.")
    blocks = post("/anthropic/messages", WIRES["/anthropic/messages"]).json["content"]
    assert [block.get("name", block.get("text")) for block in blocks] == ["Both.", "f", "g"]
    assert blocks[2]["id"] == "toolu_1"


@EACH
def test_failures_count_down(sandbox, post, path):
    sandbox.fail(503, "Back soon.", times=2, headers={"Retry-After": "1"})
    answers = [post(path, WIRES[path]) for _ in range(3)]
    assert [answered.status for answered in answers] == [503, 503, 200]
    assert b"Back soon." in answers[0].raw
    assert answers[0].headers["Retry-After"] == "1"


def test_failure_bodies_as_given(sandbox, post):
    sandbox.fail(502, body="<html>Bad gateway</html>", headers={"content-type": "text/html"})
    answered = post("/chat/completions", WIRES["/chat/completions"])
    assert (answered.status, answered.raw) == (502, b"<html>Bad gateway</html>")
    assert answered.headers.get_all("Content-Type") == ["text/html"]
    sandbox.fail(418, body={"odd": True})
    assert post("/chat/completions", WIRES["/chat/completions"]).json == {"odd": True}


def test_failures_of_other_endpoints_leave_the_queue_alone(sandbox, get, post):
    sandbox.reply("kept")
    sandbox.fail(500, path="/chat/models")
    assert text_of(post("/chat/completions", WIRES["/chat/completions"])) == "kept"
    assert [get("/chat/models").status for _ in range(2)] == [500, 200]


def test_what_is_refused_takes_nothing_from_the_queue(sandbox, post):
    sandbox.reply("kept")
    assert post("/chat/completions", {"messages": []}).status == 422
    assert post("/chat/completions", WIRES["/chat/completions"], key=False).status == 401
    assert text_of(post("/chat/completions", WIRES["/chat/completions"])) == "kept"


def test_raw_of_other_endpoints_leaves_the_queue_alone(sandbox, get, post):
    sandbox.reply("kept")
    sandbox.raw({"data": []}, path="/chat/models")
    assert text_of(post("/chat/completions", WIRES["/chat/completions"])) == "kept"
    assert get("/chat/models").json == {"data": []}
    assert get("/chat/models").json["data"]


@EACH
def test_raw_is_served_byte_by_byte(sandbox, post, path):
    body = 'event: x\ndata: {"é": 1}\n\n'.encode()
    sandbox.raw(body, "text/event-stream", 206, {"X-Own": "1"}, piece_size=1)
    answered = post(path, {**WIRES[path], "stream": True})
    assert (answered.status, answered.raw) == (206, body)
    assert (answered.headers["Content-Type"], answered.headers["X-Own"]) == ("text/event-stream", "1")
    sandbox.raw({"own": []})
    assert post(path, WIRES[path]).json == {"own": []}


@EACH
@pytest.mark.parametrize("reset", [False, True])
def test_a_stream_is_cut_after_events(sandbox, path, reset):
    sandbox.cut_stream_after(3, reply="one two three four five six seven", reset=reset)
    got, error = b"", None
    with opened(sandbox, path, {**WIRES[path], "stream": True}) as connection:
        try:
            while piece := connection.recv(65536):
                got += piece
        except ConnectionResetError as caught:
            error = caught
    assert (error is not None) == reset
    if not reset:
        assert got.count(b"{") >= 3
    assert b"seven" not in got
    assert not got.endswith(b"0\r\n\r\n")


@EACH
def test_a_clean_cut_lacks_only_the_terminal_event(sandbox, post, path):
    sandbox.cut_stream_after(2, clean=True, reply="one two three")
    answered = post(path, {**WIRES[path], "stream": True})
    if path == "/chat/completions":
        assert pieces_of(path, answered) == ["one", " two"]
    else:
        assert len(answered.events) == 2


@EACH
@pytest.mark.parametrize("stream", [False, True])
def test_a_body_is_cut_after_bytes(sandbox, post, path, stream):
    sandbox.cut_stream_after(n_bytes=40, reply="one two three four five six seven")
    with pytest.raises(http.client.IncompleteRead) as caught:
        post(path, {**WIRES[path], "stream": stream})
    assert len(caught.value.partial) == 40


@EACH
def test_an_error_event_ends_the_stream(sandbox, post, path):
    sandbox.error_event(after=2, message="Overloaded!", reply="one two three")
    answered = post(path, {**WIRES[path], "stream": True})
    last = answered.lines[-1] if path == "/chat/completions" else answered.events[-1]
    assert last["type"] == "error"
    assert "Overloaded!" in json.dumps(last)
    sandbox.error_event(message="Overloaded!")
    whole = post(path, WIRES[path])
    assert whole.status == 529
    assert b"Overloaded!" in whole.raw


def test_an_error_event_of_messages_names_its_type(sandbox, post):
    sandbox.error_event(type="api_error", message="x")
    events = post("/anthropic/messages", {**WIRES["/anthropic/messages"], "stream": True}).events
    assert events[-1] == {"type": "error", "error": {"type": "api_error", "message": "x"}}


@EACH
def test_a_stall_is_a_silence_and_then_the_rest(sandbox, post, path):
    sandbox.stall(after_events=2, seconds=0.2, reply="one two three")
    begun = time.monotonic()
    assert "".join(pieces_of(path, post(path, {**WIRES[path], "stream": True}))) == "one two three"
    assert time.monotonic() - begun >= 0.2


def test_a_stall_before_the_first_byte(sandbox):
    sandbox.stall(30)
    with opened(sandbox, "/openai/responses", WIRES["/openai/responses"]) as connection:
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert sandbox.last_request.client_closed.wait(10)


@EACH
def test_pings_in_a_stall_are_no_part_of_the_answer(sandbox, post, path):
    sandbox.stall(after_events=1, seconds=0.3, pings=True, reply="one two")
    raw = post(path, {**WIRES[path], "stream": True}).raw
    ping = {
        "/chat/completions": b"\n\n",
        "/openai/responses": b": ping\n\n",
        "/anthropic/messages": b'{"type": "ping"}',
    }
    assert raw.count(ping[path]) >= 2
    assert b"two" in raw


def test_stopping_ends_every_stall_at_once():
    with Sandbox() as sandbox:
        sandbox.stall(60)
        sandbox.stall(after_events=1, seconds=60)
        waiting = [
            opened(sandbox, "/openai/responses", {**WIRES["/openai/responses"], "stream": True}) for _ in range(2)
        ]
        until(lambda: len(sandbox.requests) == 2)
        begun = time.monotonic()
    assert time.monotonic() - begun < 20
    for connection in waiting:
        connection.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "hatz-sandbox"]


def test_a_client_that_leaves_is_noticed(sandbox):
    sandbox.pace = 0.02
    sandbox.reply(chunks=["x"] * 1000)
    with opened(sandbox, "/chat/completions", {**WIRES["/chat/completions"], "stream": True}) as connection:
        connection.recv(100)
        assert not sandbox.last_request.client_closed.is_set()
    assert sandbox.last_request.client_closed.wait(10)


def test_pace_spreads_a_stream(sandbox, post):
    sandbox.pace = 0.02
    sandbox.reply(chunks=["a"] * 10)
    begun = time.monotonic()
    post("/chat/completions", {**WIRES["/chat/completions"], "stream": True})
    assert time.monotonic() - begun >= 0.18


def test_requests_are_recorded_and_keys_are_not_shown(sandbox, post, get):
    post("/chat/completions", WIRES["/chat/completions"], headers={"Authorization": "Bearer other-secret"})
    get("/chat/models?limit=1")
    first, last = sandbox.requests
    assert (first.method, first.path, first.body) == ("POST", "/v1/chat/completions", WIRES["/chat/completions"])
    assert json.loads(first.raw) == first.body
    assert (last, last.method, last.path, last.query) == (sandbox.last_request, "GET", "/v1/chat/models", "limit=1")
    assert first.headers["X-Api-Key"] == first.headers.get("x-API-key") == sandbox.api_key
    assert sandbox.api_key not in repr(first)
    assert "other-secret" not in repr(first)
    assert sandbox.api_key not in repr(sandbox)


def test_connections_are_counted_and_kept_alive(sandbox):
    where = urlsplit(sandbox.base_url)
    connection = http.client.HTTPConnection(where.netloc, timeout=20)
    for stream in (False, True, False):
        body = json.dumps({**WIRES["/chat/completions"], "stream": stream})
        connection.request("POST", "/v1/chat/completions", body, {"X-API-Key": sandbox.api_key})
        assert connection.getresponse().read()
    connection.close()
    assert sandbox.connections == 1


def test_reset_forgets(sandbox, post):
    sandbox.reply("x")
    sandbox.models = []
    post("/nowhere", {})
    sandbox.reset()
    assert (sandbox.pending, sandbox.requests) == (0, [])
    assert sandbox.models
    with pytest.raises(LookupError, match="no request"):
        _ = sandbox.last_request


def test_many_threads_each_get_one_step(sandbox, post):
    expected = {f"answer {number}" for number in range(40)}
    got = []
    for text in sorted(expected):
        sandbox.reply(text)
    threads = [
        threading.Thread(target=lambda: got.append(text_of(post("/chat/completions", WIRES["/chat/completions"]))))
        for _ in expected
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(got) == expected
    assert len(got) == len(expected)


def test_wrong_use_is_said(sandbox):
    with pytest.raises(ValueError, match="either n_events or n_bytes"):
        sandbox.cut_stream_after()
    with pytest.raises(ValueError, match="either before_first_byte or after_events"):
        sandbox.stall()
    with pytest.raises(ValueError, match="unknown quirks"):
        Sandbox(quirks=frozenset({"nonsense"}))
    with pytest.raises(RuntimeError, match="not started"):
        _ = Sandbox().base_url


def test_a_body_without_length_is_read(sandbox):
    where = urlsplit(sandbox.base_url)
    connection = http.client.HTTPConnection(where.netloc, timeout=20)
    pieces = iter([b'{"messages": [{"role": "user",', b' "content": "Hello"}]}'])
    connection.request("POST", "/v1/chat/completions", pieces, {"X-API-Key": sandbox.api_key}, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()
