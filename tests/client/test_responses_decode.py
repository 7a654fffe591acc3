"""What a response's body means, also when most of it is missing."""

import pytest

from hatz_client.content import Finish, Opaque, Reasoning, Refusal, Text, ToolCall, Usage
from hatz_client.errors import HatzBadRequestError, HatzResponseError, HatzServerError, HatzStatusError
from hatz_client.util import warn_once
from hatz_client.wire import responses

# The documented body of the gateway: one flattened item for messages and calls, the fields of the other kind null
HATZ = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "status": "completed",
    "model": "anthropic.claude-haiku-4-5",
    "output": [
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
            "call_id": None,
            "name": None,
            "arguments": None,
        },
        {
            "id": "fc_1",
            "type": "function_call",
            "role": None,
            "status": "completed",
            "content": None,
            "call_id": "call_1",
            "name": "search",
            "arguments": '{"q": "x"}',
        },
    ],
    "output_text": "Hi",
    "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    "incomplete_details": None,
}


def test_the_documented_body():
    reply = responses.decode(HATZ)
    item = {"id": "msg_1", "role": "assistant", "status": "completed"}
    assert reply.parts == (
        Text("Hi", (), {"responses": {"annotations": [], "item": item}}),
        ToolCall("call_1", "search", {"q": "x"}, {"responses": {"id": "fc_1", "status": "completed"}}),
    )
    assert reply.finish == Finish("tool_calls", "completed")
    assert reply.usage == Usage(1, 2, 3, raw=HATZ["usage"])
    assert (reply.id, reply.model, reply.endpoint) == ("resp_1", "anthropic.claude-haiku-4-5", "responses")
    assert reply.residue == {"responses": {"status": "completed", "created_at": 1}}


def test_only_the_text_at_the_top():
    reply = responses.decode({"output": [], "output_text": "Hi"})
    assert reply.text == "Hi"
    assert (reply.finish, reply.usage, reply.id, reply.model) == (None, None, None, None)


@pytest.mark.parametrize(
    ("fields", "finish"),
    [
        ({"status": "completed"}, Finish("stop", "completed")),
        ({"status": "complete"}, Finish("stop", "complete")),
        ({"status": "incomplete"}, Finish("length", "incomplete")),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            Finish("length", "max_output_tokens"),
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            Finish("content_filter", "content_filter"),
        ),
        ({"status": "incomplete", "incomplete_details": {"reason": "tired"}}, Finish("other", "tired")),
        ({"incomplete_details": {"reason": "max_output_tokens"}}, Finish("length", "max_output_tokens")),
        ({"status": "queued"}, None),
        ({"status": "in_progress"}, None),
        ({"status": None}, None),
        ({"status": "paused"}, Finish("other", "paused")),
    ],
)
def test_why_it_ended(fields, finish):
    assert responses.decode({"object": "response", "output": [], **fields}).finish == finish


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_an_answer_that_is_not_complete_is_said(status, caplog, monkeypatch):
    monkeypatch.setattr(warn_once, "_warned", set())
    body = {"object": "response", "status": status, "output": None}
    reply = responses.decode(body)
    assert (reply.parts, reply.finish, reply.residue["responses"]["status"]) == ((), None, status)
    (said,) = caplog.messages
    assert said.startswith(f"The response is not complete: its status is '{status}'")


@pytest.mark.parametrize(
    ("usage", "meant"),
    [
        ({"input_tokens": 1, "output_tokens": 2}, (1, 2, 3, None, None, None)),
        ({"input_tokens": 1, "output_tokens": 2, "total_tokens": 4}, (1, 2, 4, None, None, None)),
        ({"prompt_tokens": 1, "completion_tokens": 2}, (1, 2, 3, None, None, None)),
        (
            {
                "input_tokens": 9,
                "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3},
                "output_tokens": 2.0,
                "output_tokens_details": {"reasoning_tokens": 1},
                "total_tokens": 11,
            },
            (9, 2, 11, 4, 3, 1),
        ),
        ({"input_tokens": 1, "output_tokens": 2, "input_tokens_details": None}, (1, 2, 3, None, None, None)),
        (  # without the cached tokens, as Anthropic counts them
            {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5, "input_tokens_details": {"cached_tokens": 10}},
            (13, 2, 15, 10, None, None),
        ),
        ({"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}, None),
        ({"input_tokens": 1}, None),
        ({"input_tokens": "1", "output_tokens": True}, None),
        (None, None),
        ("much", None),
    ],
)
def test_what_it_cost(usage, meant):
    reply = responses.decode({**HATZ, "usage": usage})
    got = reply.usage
    assert (got and (got.input, got.output, got.total, got.cache_read, got.cache_write, got.reasoning)) == meant
    if usage and meant is None:
        assert reply.residue["responses"]["usage"] == usage


def test_nothing_answered_may_cost_nothing():
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    assert responses.decode({"object": "response", "output": [], "usage": usage}).usage == Usage(0, 0, 0, raw=usage)


def parts(*output):
    return responses.decode({"object": "response", "output": list(output)}).parts


@pytest.mark.parametrize(
    ("item", "part"),
    [
        ({"type": "reasoning", "id": "rs", "summary": []}, Reasoning("", {"responses": {"id": "rs", "summary": []}})),
        (
            {"type": "function_call", "id": "fc", "name": "f"},
            ToolCall("fc", "f", {}, {"responses": {"id": "fc"}}),
        ),
        (
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": {"a": 1}},
            ToolCall("c", "f", {"a": 1}, {"responses": {}}),
        ),
        ({"type": "function_call", "call_id": 7, "name": "f"}, ToolCall("7", "f", {}, {"responses": {}})),
        (
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "[1]"},
            ToolCall("c", "f", "[1]", {"responses": {}}),
        ),
        ({"type": "web_search_call", "id": "ws"}, Opaque("responses", {"type": "web_search_call", "id": "ws"})),
        ({"what": "ever"}, Opaque("responses", {"what": "ever"})),
        (
            {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]},
            Refusal("No.", {"responses": {"item": {}}}),
        ),
        ({"type": "message", "content": "Hi"}, Text("Hi", (), {"responses": {"item": {}}})),
        (
            {"type": "message", "id": "m", "content": [{"type": "hologram", "x": 1}]},
            Opaque("responses", {"type": "message", "id": "m", "content": [{"type": "hologram", "x": 1}]}),
        ),
    ],
)
def test_what_an_item_means(item, part):
    assert parts(item) == (part,)


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        ({"type": "text", "text": "a"}, [(Text, "a")]),
        ({"type": "output_text", "text": "a"}, [(Text, "a")]),
        ({"type": "refusal", "refusal": "No."}, [(Refusal, "No.")]),
        ({"content": "a"}, [(Text, "a")]),
        ({"type": "", "content": "a"}, [(Text, "a")]),
        ({"type": "message", "content": {"text": "a"}}, [(Text, "a")]),
        ({"type": "message", "content": ["a", 5, {"refusal": "No."}]}, [(Text, "a"), (Refusal, "No.")]),
        ({"type": "reasoning", "summary": "hm"}, [(Reasoning, "hm")]),
        ({"summary": [{"text": "hm"}]}, [(Reasoning, "hm")]),
    ],
)
def test_the_text_of_an_item_in_every_form(item, wanted):
    assert [(type(part), part.text) for part in parts(item)] == wanted


def test_an_unknown_content_without_a_type_is_kept():
    (part,) = parts({"type": "message", "content": [{"odd": 1}]})
    assert part == Opaque("responses", {"type": "message", "content": [{"odd": 1}]})


def test_the_second_part_of_a_message_has_its_place():
    found = parts({"type": "message", "content": ["a", "b"]})
    assert [part.residue["responses"].get("at") for part in found] == [None, 1]


@pytest.mark.parametrize("arguments", ["", " ", "{}", "[]", "null", None])
def test_a_call_without_arguments_has_none(arguments):
    (call,) = parts({"type": "function_call", "call_id": "c", "name": "f", "arguments": arguments})
    assert call.arguments == {}


def test_sections_of_reasoning():
    summary = [{"type": "summary_text", "text": "A"}, {"type": "summary_text", "text": "B"}]
    content = [{"type": "reasoning_text", "text": "C"}, {"type": "reasoning_text", "text": "D"}]
    assert [
        part.text
        for part in parts({"type": "reasoning", "summary": summary}, {"type": "reasoning", "content": content})
    ] == [
        "A\n\nB",
        "CD",
    ]


def test_sources():
    page = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 1, "end_index": 4}
    file = {"type": "file_citation", "file_id": "f", "filename": "a.pdf", "index": 9}
    (text,) = parts(
        {"type": "message", "content": [{"type": "output_text", "text": "words", "annotations": [page, file]}]}
    )
    assert [(c.url, c.title, c.start, c.end) for c in text.citations] == [
        ("https://a.example", "A", 1, 4),
        (None, "a.pdf", None, None),
    ]
    assert [c.residue["responses"] for c in text.citations] == [page, file]


def test_what_the_response_repeats_of_the_request_is_left_out():
    echo = {"tools": [{"type": "function"}], "instructions": "Be brief.", "temperature": 1.0, "metadata": {"a": 1}}
    kept = {"service_tier": "default", "previous_response_id": "resp_0", "new_field": {"x": 1}}
    assert responses.decode({"object": "response", "output": [], **echo, **kept, "billing": None}).residue == {
        "responses": kept
    }


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (
            {"object": "response", "status": "failed", "error": {"code": "server_error", "message": "Oh."}},
            HatzServerError,
            "Oh.",
        ),
        ({"object": "response", "status": "failed", "error": None}, HatzServerError, "failed"),
        ({"object": "response", "status": "cancelled", "output": []}, HatzServerError, "cancelled"),
        ({"error": {"type": "invalid_request_error", "message": "No."}}, HatzBadRequestError, "No."),
        ({"error": "No."}, HatzStatusError, "No."),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}, HatzServerError, "Busy."),
        ({}, HatzResponseError, "something else"),
        ({"choices": []}, HatzResponseError, "choices"),
        ({"output": "x"}, HatzResponseError, "something else"),
    ],
)
def test_what_is_no_answer_is_an_error(body, kind, words):
    with pytest.raises(kind, match=words):
        responses.decode(body)
