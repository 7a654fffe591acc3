"""What whole answers and streams of the Messages endpoint say, with every oddity that has been met."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hatz_client.content import Citation, Finish, Opaque, Reasoning, Text, ToolCall, Usage
from hatz_client.errors import (
    HatzBadRequestError,
    HatzError,
    HatzResponseError,
    HatzServerError,
    HatzStatusError,
    HatzStreamInterruptedError,
)
from hatz_client.events import Delta, End, Fold, Meta, Start, fold
from hatz_client.wire import messages

STOP = {"type": "message_stop"}


def begun(**message):
    return {"type": "message_start", "message": {"id": "msg_1", "model": "m", "content": [], **message}}


def start(block, **index):
    return {"type": "content_block_start", **index, "content_block": block}


def delta(kind, index=None, **fields):
    return {
        "type": "content_block_delta",
        **({} if index is None else {"index": index}),
        "delta": {"type": kind, **fields},
    }


def stop(**index):
    return {"type": "content_block_stop", **index}


def ended(reason="end_turn", usage=None, **fields):
    return {"type": "message_delta", "delta": {"stop_reason": reason}, **({"usage": usage} if usage else {}), **fields}


def events(*stream):
    decoder = messages.Decoder()
    for event in stream:
        yield from decoder.feed(event)
    yield from decoder.close()


def read(*stream):
    return fold(events(*stream))


def answer(*blocks, **fields):
    return messages.decode({"type": "message", "content": [*blocks], **fields})


# -- one piece --


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "t"}, Text("t")),
        ({"type": "text", "text": None, "citations": None}, Text("")),
        ("plain", Text("plain")),
        (
            {"type": "text", "text": "t", "citations": [{"type": "c", "url": "u", "title": "T", "cited_text": "w"}]},
            Text("t", (Citation("u", "T", "w", residue={"messages": {"type": "c", "url": "u", "title": "T", "cited_text": "w"}}),)),
        ),
        ({"type": "thinking", "thinking": "hm", "signature": "s"}, Reasoning("hm", {"messages": {"signature": "s"}})),
        (
            {"type": "redacted_thinking", "data": "d"},
            Reasoning("", {"messages": {"type": "redacted_thinking", "data": "d"}}),
        ),
        (
            {"type": "tool_use", "id": "c", "name": "n", "input": {"a": 1}, "caller": {"type": "direct"}},
            ToolCall("c", "n", {"a": 1}, {"messages": {"caller": {"type": "direct"}}}),
        ),
        ({"type": "tool_use", "id": None, "name": "n", "input": None}, ToolCall("", "n", {})),
        ({"type": "tool_use", "id": "c", "name": "n", "input": '{"a": 1}'}, ToolCall("c", "n", {"a": 1})),
        ({"type": "tool_use", "id": "c", "name": "n", "input": r'"{\"a\": 1}"'}, ToolCall("c", "n", {"a": 1})),
        ({"type": "tool_use", "id": 7, "name": "n", "input": {}}, ToolCall("7", "n", {})),
        ({"type": "tool_use", "id": "c", "name": "n", "input": '{"a": '}, ToolCall("c", "n", '{"a": ')),
        ({"type": "tool_use", "id": "c", "name": "n", "input": [1]}, ToolCall("c", "n", "[1]")),
        ({"type": "server_tool_use", "x": 1}, Opaque("messages", {"type": "server_tool_use", "x": 1})),
        ({"no": "type"}, Opaque("messages", {"no": "type"})),
    ],
)  # fmt: skip
def test_a_block_is_a_part(block, part):
    assert answer(block).parts == (part,)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("tool_use", "tool_calls"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "refusal"),
        ("pause_turn", "pause"),
        ("compaction", "other"),
    ],
)
def test_why_the_answer_ended(raw, reason):
    assert answer(stop_reason=raw).finish == Finish(reason, raw)


def test_an_answer_that_says_little_is_still_one():
    reply = messages.decode({"content": "Hi."})

    assert (reply.text, reply.finish, reply.usage, reply.id, reply.model) == ("Hi.", None, None, None, None)
    assert messages.decode({"type": "message", "content": None, "usage": None, "stop_reason": None}).parts == ()


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"input_tokens": 3, "output_tokens": 2}, (3, 2, 5, None, None, None)),
        (
            {
                "input_tokens": 3,
                "output_tokens": 2,
                "cache_read_input_tokens": 10,
                "cache_creation_input_tokens": 20,
                "output_tokens_details": {"thinking_tokens": 1},
            },
            (33, 2, 35, 10, 20, 1),
        ),
        ({"input_tokens": 3.0, "output_tokens": 2, "output_tokens_details": None}, (3, 2, 5, None, None, None)),
        (  # with the cached tokens, as OpenAI counts them and LiteLLM passes them on
            {"prompt_tokens": 13, "completion_tokens": 2, "total_tokens": 15, "cache_read_input_tokens": 10},
            (13, 2, 15, 10, None, None),
        ),
        (
            {"input_tokens": 13, "output_tokens": 2, "total_tokens": 15, "cache_read_input_tokens": 10},
            (13, 2, 15, 10, None, None),
        ),
        (
            {"input_tokens": 3, "output_tokens": 2, "total_tokens": 15, "cache_read_input_tokens": 10},
            (13, 2, 15, 10, None, None),
        ),
        ({"input_tokens": 0, "output_tokens": 0}, None),
        ({"input_tokens": 3}, None),
        ({"input_tokens": "3", "output_tokens": 2}, None),
    ],
)
def test_tokens_are_counted_or_unknown(usage, counted):
    reply = answer({"type": "text", "text": "x"}, usage=usage)

    assert reply.usage == (Usage(*counted, raw=usage) if counted else None)
    assert reply.residue.get("messages", {}).get("usage") == (None if counted else usage)


def test_no_tokens_for_no_answer_are_none_and_not_unknown():
    assert answer(usage={"input_tokens": 0, "output_tokens": 0}).usage == Usage(
        0, 0, 0, raw={"input_tokens": 0, "output_tokens": 0}
    )


def test_other_fields_of_the_answer_are_kept():
    reply = answer(stop_sequence="END", stop_details=None, container={"id": "c"}, role="assistant")

    assert reply.residue == {"messages": {"stop_sequence": "END", "container": {"id": "c"}}}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "empty object"),
        ({"choices": [], "object": "chat.completion"}, "fields choices, object"),
        ([], "type list"),
        ("<html>", "type str"),
        (None, "NoneType"),
        ({"content": 3}, "fields content"),
    ],
)
def test_what_is_no_message_is_an_error_that_says_what_came(body, says):
    with pytest.raises(HatzResponseError, match=says):
        messages.decode(body)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}}, HatzServerError),
        ({"error": {"type": "invalid_request_error", "message": "Busy."}}, HatzBadRequestError),
        ({"error": "Busy."}, HatzStatusError),
    ],
)
def test_an_error_with_the_status_200_is_an_error(body, kind):
    with pytest.raises(kind, match="Busy"):
        messages.decode(body)
    with pytest.raises(kind, match="Busy"):
        read(begun(), body)


BUSY = {"error": {"type": "overloaded_error", "message": "Busy."}}


@pytest.mark.parametrize("none", [None, {}, "", {"type": None, "message": ""}])
def test_an_error_beside_an_answer_is_an_error_if_it_says_anything(none):
    hello = {"type": "text", "text": "Hello"}
    assert answer(hello, error=none).text == "Hello"
    assert read(begun(), start(hello, index=0), ended(error=none), {"type": "message_stop"}).text == "Hello"
    with pytest.raises(HatzServerError, match="Busy"):
        answer(hello, **BUSY)
    for last in (ended("error", **BUSY), {"type": "message_stop", **BUSY}):
        with pytest.raises(HatzServerError, match="Busy"):
            read(begun(), start(hello, index=0), stop(index=0), last)


# -- streams --


def test_text_is_passed_on_as_it_comes():
    stream = (
        begun(usage={"input_tokens": 3, "output_tokens": 1}),
        start({"type": "text", "text": ""}, index=0),
        delta("text_delta", 0, text="Hel"),
        {"type": "ping"},
        delta("text_delta", 0, text=""),
        delta("text_delta", 0, text="lo"),
        stop(index=0),
        ended(usage={"output_tokens": 4}),
        STOP,
    )

    assert list(events(*stream)) == [
        Meta(id="msg_1", model="m", endpoint="messages"),
        Start(0, Text("")),
        Delta(0, "Hel"),
        Delta(0, "lo"),
        End(0),
        Meta(
            finish=Finish("stop", "end_turn"),
            usage=Usage(3, 4, 7, raw={"input_tokens": 3, "output_tokens": 4}),
            endpoint="messages",
        ),
    ]


def test_parts_may_be_written_at_the_same_time():
    reply = read(
        begun(),
        start({"type": "tool_use", "id": "a", "name": "f", "input": {}}, index=0),
        start({"type": "tool_use", "id": "b", "name": "g", "input": {}}, index=1),
        delta("input_json_delta", 1, partial_json='{"y": '),
        delta("input_json_delta", 0, partial_json='{"x": 1}'),
        delta("input_json_delta", 1, partial_json="2}"),
        stop(index=0),
        stop(index=1),
        ended("tool_use"),
        STOP,
    )

    assert reply.tool_calls == (ToolCall("a", "f", {"x": 1}), ToolCall("b", "g", {"y": 2}))


CALL = {"type": "tool_use", "id": "a", "name": "f"}


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param((begun(), start({**CALL, "input": {"x": "ü"}}, index=0), stop(index=0), ended()), id="in its start"),
        pytest.param((begun(), start({**CALL, "input": '{"x": "ü"}'}, index=0), stop(index=0), ended()), id="as text"),
        pytest.param((begun(content=[{**CALL, "input": {"x": "ü"}}], stop_reason="tool_use"),), id="in message_start"),
        pytest.param(
            (begun(), start({**CALL, "input": {"x": "ü"}}), delta("input_json_delta", partial_json='{"x": "ü"}'), ended()),
            id="in its start and again",
        ),
        pytest.param(
            (begun(), start({**CALL, "input": {"old": 1}}, index=0), delta("input_json_delta", 0, partial_json=""),
             delta("input_json_delta", 0, partial_json='{"x": '), delta("input_json_delta", 0, partial_json='"ü"}'), ended()),
            id="in its start and then otherwise",
        ),
        pytest.param(
            (start(CALL), delta("input_json_delta", partial_json='{"x": "ü"}'), stop(), ended()), id="without an index"
        ),
    ],
)  # fmt: skip
def test_a_calls_arguments_come_in_many_ways(stream):
    assert read(*stream, STOP).parts == (ToolCall("a", "f", {"x": "ü"}),)


def test_the_id_of_a_call_may_be_a_number():
    call = {"type": "tool_use", "id": 7, "name": "f"}
    piece = delta("input_json_delta", 0, partial_json='{"x": "ü"}')
    reply = read(start(call, index=0), piece, stop(index=0), start(call, index=1), stop(index=1), ended(), STOP)

    assert reply.parts == (ToolCall("7", "f", {"x": "ü"}),)


def test_truncated_arguments_stay_text():
    reply = read(
        start({**CALL, "input": {}}, index=0), delta("input_json_delta", 0, partial_json='{"x": "'), ended(), STOP
    )

    assert reply.parts == (ToolCall("a", "f", '{"x": "'),)


@pytest.mark.parametrize("name", [{}, {"name": ""}, {"name": None}])
def test_a_call_that_names_no_tool_is_invalid(name):
    block = {"type": "tool_use", "id": "toolu_1", "input": {"a": 1}, **name}
    invalid = (ToolCall("toolu_1", "", '{"a":1}'),)
    assert messages.decode({"type": "message", "content": [block]}).tool_calls == invalid
    written = delta("input_json_delta", 0, partial_json='{"a":1}')
    assert read(start({**block, "input": {}}, index=0), written, stop(index=0), ended(), STOP).tool_calls == invalid
    assert read(start(block, index=0), stop(index=0), ended(), STOP).tool_calls == invalid


def test_no_arguments_are_an_empty_object():
    assert read(start({**CALL, "input": {}}, index=0), stop(index=0), ended(), STOP).parts == (ToolCall("a", "f", {}),)


def test_citations_and_signatures_are_known_at_the_end():
    reply = read(
        start({"type": "thinking", "thinking": "", "signature": ""}, index=0),
        delta("thinking_delta", 0, thinking="hm"),
        delta("signature_delta", 0, signature="s"),
        stop(index=0),
        start({"type": "text", "text": "", "citations": []}, index=1),
        delta("citations_delta", 1, citation={"type": "c", "document_title": "T"}),
        delta("text_delta", 1, text="so"),
        stop(index=1),
        ended(),
        STOP,
    )

    cited = Citation(title="T", residue={"messages": {"type": "c", "document_title": "T"}})
    assert reply.parts == (Reasoning("hm", {"messages": {"signature": "s"}}), Text("so", (cited,)))


@pytest.mark.parametrize(
    ("block", "deltas", "whole"),
    [
        ({"input": {}}, [{"type": "input_json_delta", "partial_json": '{"q": '}, {"type": "input_json_delta", "partial_json": "1}"}],
         {"input": {"q": 1}}),
        ({"input": {"q": 1}}, [], {"input": {"q": 1}}),
        ({"content": None}, [{"type": "compaction_delta", "content": "Short."}], {"content": "Short."}),
        ({"content": "Sh"}, [{"type": "new_delta", "content": "ort.", "n": 1}], {"content": "Short.", "n": 1}),
        ({"list": [1]}, [{"type": "new_delta", "list": [2]}, {"type": "new_delta", "list": None}], {"list": [1, 2]}),
    ],
)  # fmt: skip
def test_a_block_of_unknown_meaning_is_put_together(block, deltas, whole):
    changes = [{"type": "content_block_delta", "index": 0, "delta": one} for one in deltas]

    reply = read(start({"type": "new", **block}, index=0), *changes, stop(index=0), ended(), STOP)

    assert reply.parts == (Opaque("messages", {"type": "new", **whole}),)


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param((start({"type": "text", "text": "Hel"}, index=0), delta("text_delta", 0, text="lo")), id="words in its start"),
        pytest.param((delta("text_delta", 0, text="Hel"), delta("text_delta", 0, text="lo")), id="no start"),
        pytest.param((delta("text_delta", text="Hel"), delta("text_delta", text="lo"), stop()), id="no start, no index"),
        pytest.param(
            (start({"type": "text", "text": ""}, index=0), delta("text_delta", 0, text="Hello"), stop(index=0), stop(index=0), stop(index=7)),
            id="several ends",
        ),
        pytest.param(
            (start({"type": "text", "text": ""}, index=0), delta("text_delta", 0, text="Hello"), delta("text_delta", 0),
             delta("text_delta", 0, text=None), {"type": "content_block_delta", "index": 0}, {"type": "new"}, {}, stop(index=None)),
            id="things without meaning",
        ),
    ],
)  # fmt: skip
def test_streams_that_leave_things_out(stream):
    assert read(*stream, ended(), STOP).parts == (Text("Hello"),)


def test_an_open_block_that_is_announced_again_is_one_part():
    reply = read(
        start({"type": "text", "text": ""}, index=0),
        delta("text_delta", 0, text="a"),
        start({"type": "text", "text": ""}, index=0),
        delta("text_delta", 0, text="b"),
        ended(),
        STOP,
    )

    assert reply.parts == (Text("ab"),)


@pytest.mark.parametrize(
    ("first", "last", "counted"),
    [
        ({"input_tokens": 5, "output_tokens": 1}, {"output_tokens": 9}, (5, 9)),
        ({"input_tokens": 5, "output_tokens": 1}, {"input_tokens": 0, "output_tokens": 9}, (5, 9)),
        ({"input_tokens": 5, "output_tokens": 1}, {"input_tokens": None, "output_tokens": 9}, (5, 9)),
        ({"input_tokens": 5, "output_tokens": 1}, {"input_tokens": 70, "output_tokens": 9}, (70, 9)),
        ({"input_tokens": 0, "output_tokens": 0}, {"input_tokens": 5, "output_tokens": 9}, (5, 9)),
        (None, {"input_tokens": 5, "output_tokens": 9}, (5, 9)),
        ({"input_tokens": 5, "output_tokens": 9}, None, (5, 9)),
        (
            {"input_tokens": 1, "cache_read_input_tokens": 100, "output_tokens": 1},
            {"input_tokens": 50, "cache_read_input_tokens": 0, "output_tokens": 9},
            (50, 9),
        ),
        (
            {"input_tokens": 1, "cache_read_input_tokens": 100, "output_tokens": 1},
            {"input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 9},
            (101, 9),
        ),
        ({"input_tokens": 0, "output_tokens": 0}, {"input_tokens": 0, "output_tokens": 0}, None),
        (None, None, None),
    ],
)
def test_the_counts_of_a_stream_are_its_last_ones_that_say_something(first, last, counted):
    stream = list(events(begun(usage=first), delta("text_delta", 0, text="x"), ended(usage=last), STOP))
    said = [event.usage for event in stream if isinstance(event, Meta) and event.usage]

    assert [(usage.input, usage.output) for usage in said] == ([counted] if counted else [])


def test_nothing_counts_after_the_end():
    assert (
        read(delta("text_delta", 0, text="x"), ended(), STOP, delta("text_delta", 0, text="y"), {"type": "error"}).text
        == "x"
    )


def test_a_stream_that_said_why_the_answer_ended_is_complete():
    assert read(delta("text_delta", 0, text="x"), ended("max_tokens")).finish == Finish("length", "max_tokens")


@pytest.mark.parametrize("stream", [(), (begun(),), (begun(), delta("text_delta", 0, text="x"), stop(index=0))])
def test_a_stream_that_breaks_off_is_an_error(stream):
    with pytest.raises(HatzStreamInterruptedError, match="ended before the answer did"):
        read(*stream)


def test_an_error_within_a_stream_is_raised_with_its_meaning():
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}, "request_id": "req_1"}

    with pytest.raises(HatzServerError, match="Busy") as caught:
        read(begun(), delta("text_delta", 0, text="x"), error)

    assert (caught.value.status_code, caught.value.request_id) == (529, "req_1")


def test_further_fields_of_the_last_events_are_kept():
    reply = read(
        begun(container={"id": "a"}, stop_sequence=None),
        {
            "type": "message_delta",
            "delta": {"stop_reason": "stop_sequence", "stop_sequence": "END", "container": {"id": "b"}},
            "context_management": {"edits": []},
        },
        STOP,
    )

    assert reply.residue == {
        "messages": {"container": {"id": "b"}, "stop_sequence": "END", "context_management": {"edits": []}}
    }


# -- what gateways get wrong --


@pytest.mark.parametrize(
    ("stream", "parts"),
    [
        ((start({"type": "text", "text": ""}, index=0), delta("thinking_delta", 0, thinking="Hm."), delta("text_delta", 0, text="Hi")),
         (Text("Hi"), Reasoning("Hm."))),
        ((start({"type": "thinking", "thinking": ""}, index=0), delta("text_delta", 0, text="Hi"), stop(index=0)), (Reasoning(""), Text("Hi"))),
        ((start({"type": "thinking", "thinking": ""}, index=0), delta("thinking_delta", 0, text="Hm."), stop(index=0)), (Reasoning("Hm."),)),
        ((start({"type": "text", "text": ""}, index=0), {"type": "content_block_delta", "index": 0, "delta": {"text": "Hi"}}), (Text("Hi"),)),
        ((start({"text": "Hi"}, index=0), stop(index=0)), (Text("Hi"),)),
        ((start({"type": "thinking", "thinking": "Hm."}, index=0), stop(index=0), delta("signature_delta", 0, signature="S")),
         (Reasoning("Hm.", {"messages": {"signature": "S"}}),)),
        ((start({"type": "thinking", "thinking": "Hm.", "signature": "S"}, index=0), delta("signature_delta", 0, signature=""), stop(index=0)),
         (Reasoning("Hm.", {"messages": {"signature": "S"}}),)),
        ((start(CALL, index=0), delta("input_json_delta", 0, partial_json={"x": 1}), stop(index=0)), (ToolCall("a", "f", {"x": 1}),)),
        ((start(CALL, index=0), delta("input_json_delta", 0, input={"x": 1}), stop(index=0)), (ToolCall("a", "f", {"x": 1}),)),
        ((start(CALL, index=0), delta("input_json_delta", 0, partial_json="[]"), stop(index=0)), (ToolCall("a", "f", {}),)),
        ((start(CALL, index=0), delta("input_json_delta", 0, partial_json='{"x": "a\nb"}'), stop(index=0)), (ToolCall("a", "f", {"x": "a\nb"}),)),
        ((delta("input_json_delta", 3, partial_json='{"x": 1}'),), (ToolCall("", "", '{"x": 1}'),)),
    ],
)  # fmt: skip
def test_a_delta_is_what_its_own_type_says(stream, parts):
    assert read(*stream, ended(), STOP).parts == parts


@pytest.mark.parametrize(
    ("stream", "arguments"),
    [
        ((start(CALL, index=0), delta("input_json_delta", 7, partial_json='{"x": 1}'), stop(index=7)), [{"x": 1}]),
        ((start({"type": "text", "text": "Hi"}, index=0), start(CALL, index=1), delta("input_json_delta", 0, partial_json='{"x": 1}')), [{"x": 1}]),
        ((start(CALL, index=0), stop(index=0), delta("input_json_delta", 0, partial_json='{"x": 1}')), [{"x": 1}]),
        ((delta("input_json_delta", 0, partial_json='{"x": 1}'), start(CALL, index=0), stop(index=0)), [{"x": 1}]),
        ((start(CALL, index=0), start({**CALL, "id": "b"}, index=1), delta("input_json_delta", 7, partial_json='{"x": 1}')), ["", '{"x": 1}']),
        ((start(CALL, index=0), start(CALL, index=0), delta("input_json_delta", 0, partial_json='{"x": 1}')), [{"x": 1}]),
    ],
)  # fmt: skip
def test_arguments_go_to_the_call_they_certainly_belong_to(stream, arguments):
    assert [call.arguments for call in read(*stream, ended("tool_use"), STOP).tool_calls] == arguments


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"type": "message"}, "not an answer"),
        ({"type": "message", "content": 5}, "not an answer"),
        ({"code": 401, "msg": "Go away"}, "Go away"),
    ],
)
def test_no_answer_is_not_an_empty_answer(body, says):
    with pytest.raises(HatzError, match=says):
        messages.decode(body)


def test_a_whole_message_in_a_stream_is_read_like_a_body():
    body = {"type": "message", "content": ["Hel", None, {"type": "text", "text": "lo"}], "stop_reason": "end_turn"}
    assert read(body).parts == messages.decode(body).parts == (Text("Hel"), Text("lo"))


@pytest.mark.parametrize("content", [None, [], [None]])
def test_an_empty_answer_is_one(content):
    assert messages.decode({"type": "message", "content": content}).parts == ()


@pytest.mark.parametrize("error", [None, {}, "", {"message": "", "code": None}])
def test_an_error_without_a_word_is_none(error):
    assert messages.decode({"type": "message", "content": None, "error": error}).parts == ()
    assert messages.decode({"type": "message", "content": "Hi", "error": error}).parts == (Text("Hi"),)


@pytest.mark.parametrize("content", [[{"type": "text", "text": "Hi"}], "Hi", {"type": "text", "text": "Hi"}])
def test_content_beside_an_error_is_no_answer(content):
    assert messages.decode({"content": content}).parts == (Text("Hi"),)
    with pytest.raises(HatzServerError, match="it broke"):
        messages.decode({"type": "error", "content": content, "error": {"type": "api_error", "message": "it broke"}})


def test_calls_without_an_id_are_not_copies_of_each_other():
    block = {"type": "tool_use", "name": "f", "input": {"a": 1}}
    assert [call.arguments for call in answer(block, block).tool_calls] == [{"a": 1}, {"a": 1}]


@pytest.mark.parametrize("usage", [{"input_tokens": 3}, {"output_tokens": 3}])
def test_tokens_of_no_answer_of_which_half_is_missing_are_unknown(usage):
    assert answer(usage=usage).usage is None


def test_an_early_message_stop_ends_nothing():
    assert read(delta("text_delta", 0, text="Hel"), STOP, delta("text_delta", 0, text="lo"), ended()).text == "Hello"


def test_prompt_tokens_are_read_and_an_answer_of_no_tokens_is_unknown():
    text = {"type": "text", "text": "x"}
    assert answer(text, usage={"input_tokens": None, "prompt_tokens": 3, "output_tokens": 2}).usage.input == 3
    assert answer(text, usage={"input_tokens": 3, "output_tokens": 0}).usage is None


# -- any answer at all --

WORDS = st.text(max_size=12)
NAMES = st.text(min_size=1, max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
OBJECT = st.dictionaries(WORDS, JSON, max_size=3)
BLOCK = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, WORDS),
    st.builds(lambda text, mark: {"type": "thinking", "thinking": text, "signature": mark}, WORDS, WORDS),
    st.builds(lambda data: {"type": "redacted_thinking", "data": data}, WORDS),
    st.builds(lambda name, args: {"type": "tool_use", "id": name, "name": name, "input": args}, NAMES, OBJECT),
    st.builds(lambda args: {"type": "server_tool_use", "id": "s", "name": "n", "input": args}, OBJECT),
    st.builds(lambda rest: {"content": rest, "type": "web_search_tool_result"}, JSON),
)
WRITES = {
    "text": ("text", "text_delta", "text", ""),
    "thinking": ("thinking", "thinking_delta", "thinking", ""),
    "tool_use": ("input", "input_json_delta", "partial_json", {}),
    "server_tool_use": ("input", "input_json_delta", "partial_json", {}),
}


@settings(max_examples=150, deadline=None)
@given(st.lists(BLOCK, max_size=5), st.lists(st.integers(0, 30), max_size=4))
def test_any_answer_reads_the_same_in_pieces_and_right_after_each(blocks, cuts):
    body = {"type": "message", "id": "i", "content": blocks, "stop_reason": "end_turn"}
    stream = [begun(id="i", model=None)]
    for index, block in enumerate(blocks):
        if block["type"] not in WRITES:
            stream += [start(block, index=index), stop(index=index)]
            continue
        field, kind, key, empty = WRITES[block["type"]]
        text = block[field] if isinstance(block[field], str) else json.dumps(block[field])
        places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
        stream.append(start({**block, field: empty}, index=index))
        stream += [delta(kind, index, **{key: text[a:b]}) for a, b in pairwise(places)]
        stream.append(stop(index=index))
    stream += [ended(), STOP]
    folding = Fold()
    for event in events(*stream):
        folding.add(event)
        assert messages.decode(body).text.startswith(folding.reply.text)

    assert folding.reply == messages.decode(body)


@pytest.mark.parametrize("closed", [True, False])
def test_a_whole_answer_after_its_pieces_repeats_nothing(closed):
    blocks = [{"type": "text", "text": "Hi"}, {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}}]
    body = {"type": "message", "id": "msg_1", "content": blocks, "stop_reason": "tool_use"}
    body["usage"] = {"input_tokens": 3, "output_tokens": 4}
    pieces = [
        begun(),
        start({"type": "text", "text": ""}, index=0),
        delta("text_delta", 0, text="Hi"),
        *([stop(index=0)] if closed else []),
        start({"type": "tool_use", "id": "t1", "name": "f", "input": {}}, index=1),
        delta("input_json_delta", 1, partial_json='{"a": 1}'),
        *([stop(index=1)] if closed else []),
    ]
    found = read(*pieces, body)
    assert (found.text, [call.arguments for call in found.tool_calls]) == ("Hi", [{"a": 1}])
    assert (found.finish.reason, found.usage.output) == ("tool_calls", 4)
    cut = read(*pieces[:3], body)  # the rest comes only there
    assert (cut.text, [call.arguments for call in cut.tool_calls]) == ("Hi", [{"a": 1}])


def odd(**fields):
    return {"type": "content_block_delta", "index": 0, "delta": fields}


@pytest.mark.parametrize(
    "written",
    [
        odd(type="text", text="Hi"), odd(text="Hi"), odd(type="text_delta", text="Hi"),
    ],
)  # fmt: skip
def test_text_under_other_names_of_its_delta(written):
    reply = read(begun(), start({"type": "text", "text": ""}, index=0), written, stop(index=0), ended(), STOP)
    assert [part.text for part in reply.parts] == ["Hi"]


@pytest.mark.parametrize(
    "written",
    [
        odd(type="thinking", thinking="Hm."), odd(text="Hm."), odd(thinking="Hm."), odd(type="thinking_delta", text="Hm."),
        odd(type="thinking_delta", reasoning_content="Hm."), odd(type="reasoning_delta", reasoning="Hm."),
    ],
)  # fmt: skip
def test_thought_under_other_names_of_its_delta(written):
    reply = read(begun(), start({"type": "thinking", "thinking": ""}, index=0), written, stop(index=0), ended(), STOP)
    assert [(type(part), part.text) for part in reply.parts] == [(Reasoning, "Hm.")]


@pytest.mark.parametrize("field", ["partial_json", "input", "arguments", "text", "json"])
def test_arguments_under_other_names_of_their_field(field):
    block = {"type": "tool_use", "id": "toolu_1", "name": "rm", "input": {}}
    written = odd(type="input_json_delta", **{field: '{"path": "/srv/x"}'})
    reply = read(begun(), start(block, index=0), written, stop(index=0), ended("tool_use"), STOP)
    assert [call.arguments for call in reply.tool_calls] == [{"path": "/srv/x"}]


def test_a_whole_answer_as_the_only_event():
    body = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "Hi"}],
            "stop_reason": "end_turn", "usage": {"input_tokens": 9, "output_tokens": 5}}  # fmt: skip
    reply = read(body)
    assert reply.text == "Hi"
    assert reply.finish.reason == "stop"
    assert reply.usage.output == 5
