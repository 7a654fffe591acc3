"""Responses endings and errors as odd servers and relays send them: said as what they are."""

import pytest

from hatz_client.content import Finish
from hatz_client.errors import (
    HatzAuthenticationError,
    HatzError,
    HatzRateLimitError,
    HatzResponseError,
    HatzServerError,
)
from hatz_client.wire import responses
from tests.client.responses_streams import (
    body,
    call,
    ended,
    message,
    read,
    text,
    words,
)


@pytest.mark.parametrize(
    "event", [{"type": "response.done", "response": {"status": "completed"}}, {"type": "response.done"}]
)
def test_response_done_is_the_end(event):
    assert read([words("Hi"), event]).finish == Finish("stop", "completed")


@pytest.mark.parametrize(
    ("event", "finish"),
    [
        ({"type": "response.incomplete"}, Finish("length", "incomplete")),
        (ended("incomplete", incomplete_details=None), Finish("length", "incomplete")),
        ({"type": "response.incomplete", "response": {"status": "completed"}}, Finish("length", "incomplete")),
        ({"type": "response.completed", "response": {"status": "incomplete"}}, Finish("length", "incomplete")),
        (ended("incomplete", incomplete_details={"reason": "length"}), Finish("length", "length")),
        (ended("incomplete", incomplete_details={"reason": "max_tokens"}), Finish("length", "max_tokens")),
        (ended("incomplete", incomplete_details="max_output_tokens"), Finish("length", "max_output_tokens")),
        (
            ended("incomplete", incomplete_details={"reason": "content_filter"}),
            Finish("content_filter", "content_filter"),
        ),
    ],
)
def test_an_answer_that_was_cut_off_says_so(event, finish):
    assert read([words("Hi"), event]).finish == finish


@pytest.mark.parametrize("event", ["response.completed", "response.done"])
def test_the_final_response_may_stand_in_the_event_itself(event):
    whole = body(message(text("Hi")), call())
    found = read([{**whole, "type": event}])
    assert (found.text, len(found.tool_calls), found.finish.reason) == ("Hi", 1, "tool_calls")
    assert found.usage == responses.decode(whole).usage
    assert read([words("Hi"), {**body(message(text("Hi"))), "type": event}]).text == "Hi"


@pytest.mark.parametrize("word", ["stop", "end_turn", "tool_calls", "tool_use", "requires_action", "completed"])
@pytest.mark.parametrize(("item", "reason"), [(message(text("Hi")), "stop"), (call(), "tool_calls")])
def test_a_normal_end_in_any_words(word, item, reason):
    assert responses.decode(body(item, status=word)).finish == Finish(reason, word)


@pytest.mark.parametrize(
    ("usage", "meant"),
    [
        ({"input_tokens": None, "prompt_tokens": 3, "output_tokens": None, "completion_tokens": 5}, (3, 5)),
        ({"input_tokens": 3, "output_tokens": 0}, None),
        ({"prompt_tokens": 3, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 2}}, (3, 5)),
    ],
)
def test_usage_in_other_shapes(usage, meant):
    found = responses.decode(body(message(text("Hi")), usage=usage)).usage
    assert (found and (found.input, found.output)) == meant
    found = read([words("Hi"), {"type": "response.completed", "response": {}, "usage": usage}]).usage
    assert (found and (found.input, found.output)) == meant


@pytest.mark.parametrize("output", [5, "x", None, {}])
def test_no_answer_is_not_an_empty_answer(output):
    whole = {**body(), "output": output}
    with pytest.raises(HatzResponseError):
        responses.decode(whole)
    with pytest.raises(HatzResponseError):
        responses.decode({key: value for key, value in whole.items() if key != "output"})
    if output is not None:
        with pytest.raises(HatzResponseError):
            read([ended(output=output)])
    with pytest.raises(HatzResponseError):
        responses.decode(body(message() | {"content": 5}))


# Errors


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"type": "response.error", "error": {"code": "rate_limit_exceeded", "message": "Rest."}}, HatzRateLimitError),
        ({"type": "rate_limit_error", "message": "Rest."}, HatzRateLimitError),
        (
            {"type": "response.in_progress", "response": {"status": "failed", "error": {"message": "Rest."}}},
            HatzServerError,
        ),
        ({"type": "response.something", "response": {"error": {"code": 429, "message": "Rest."}}}, HatzRateLimitError),
        ({"id": "x", "choices": [], "error": {"code": 429, "message": "Rest."}}, HatzRateLimitError),
        ({"code": 401, "msg": "Rest."}, HatzAuthenticationError),
        ({"error": ["Rest."]}, HatzError),
        ({"type": "response.done", "response": {"status": "failed", "error": {"message": "Rest."}}}, HatzServerError),
        ({"type": "response.failed", "error": {"code": "rate_limit_exceeded", "message": "Rest."}}, HatzRateLimitError),
        (
            {"type": "response.failed", "response": {"status_details": {"error": {"code": 429, "message": "Rest."}}}},
            HatzRateLimitError,
        ),
    ],
)
def test_an_error_of_any_shape_keeps_its_words(event, kind):
    with pytest.raises(kind, match=r"Rest\."):
        read([words("Hi"), event])
    if "type" not in event and "choices" not in event:
        with pytest.raises(kind, match=r"Rest\."):
            responses.decode(event)


@pytest.mark.parametrize("error", [None, {}, "", {"code": None, "message": ""}, []])
def test_an_error_without_a_word_in_a_complete_answer_is_none(error):
    assert responses.decode(body(message(text("Hi")), error=error)).text == "Hi"
    assert read([words("Hi"), ended(error=error)]).text == "Hi"


def test_events_of_tomorrow_are_no_errors():
    odd = [
        {"type": "response.mcp_call.in_progress", "message": "x"},
        {"type": "keepalive", "detail": "x"},
        {"type": 5},
        {},
    ]
    assert read([words("Hi"), *odd, ended()]).text == "Hi"


def test_an_answer_without_items_that_was_cut_off():
    reply = read([ended("incomplete", output=None, incomplete_details={"reason": "max_output_tokens"})])
    assert (reply.parts, reply.finish) == ((), Finish("length", "max_output_tokens"))
