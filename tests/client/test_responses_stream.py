"""Responses streams: a stream is the same answer as the body it spells, and survives what servers leave out."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hatz_client.content import Finish, Opaque, Reasoning, Refusal, Text, ToolCall
from hatz_client.errors import (
    HatzBadRequestError,
    HatzCreditsError,
    HatzRateLimitError,
    HatzServerError,
    HatzStatusError,
    HatzStreamInterruptedError,
)
from hatz_client.events import Delta, End, Start, fold
from hatz_client.wire import responses
from tests.client.responses_streams import body, call, ended, events, message, read, spelled, text

# Any body

WORDS = st.text(max_size=8)
SOME = st.text(min_size=1, max_size=8)
NOTES = st.lists(
    st.fixed_dictionaries({"type": st.just("url_citation"), "url": SOME, "start_index": st.integers(0, 9)}), max_size=2
)
CONTENT = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("output_text"), "text": WORDS, "annotations": NOTES, "logprobs": st.just([])}
    ),
    st.fixed_dictionaries({"type": st.just("output_text"), "text": WORDS}),
    st.fixed_dictionaries({"type": st.just("refusal"), "refusal": WORDS}),
    st.fixed_dictionaries({"type": st.just("output_image"), "image_url": SOME}),
)
ARGUMENTS = st.dictionaries(WORDS, st.one_of(WORDS, st.integers(), st.none()), max_size=2).map(json.dumps)
ITEMS = st.one_of(
    st.lists(CONTENT, min_size=1, max_size=3).map(lambda parts: message(*parts)),
    st.builds(lambda parts: message(*parts, phase="commentary"), st.lists(CONTENT, min_size=1, max_size=2)),
    st.builds(
        lambda parts, cipher: {
            "type": "reasoning",
            "summary": [{"type": "summary_text", "text": part} for part in parts],
            "encrypted_content": cipher,
        },
        st.lists(SOME, max_size=3),
        SOME,
    ),
    st.builds(
        lambda words: {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": words}]}, SOME
    ),
    st.builds(lambda arguments: call(arguments=arguments, status="completed"), ARGUMENTS),
    st.builds(
        lambda words: {
            "type": "custom_tool_call",
            "call_id": "c",
            "name": "sql",
            "input": words,
            "status": "completed",
        },
        WORDS,
    ),
    st.builds(lambda query: {"type": "web_search_call", "action": {"query": query}, "status": "completed"}, WORDS),
)


@st.composite
def bodies(draw):
    items = draw(st.lists(ITEMS, max_size=4))
    numbered = draw(st.booleans())
    items = [{**item, **({"id": f"id_{at}"} if numbered else {})} for at, item in enumerate(items)]
    items = [{**item, "call_id": f"call_{at}"} if "call_id" in item else item for at, item in enumerate(items)]
    cut = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}} if draw(st.booleans()) else {}
    return body(*items, **cut)


@settings(max_examples=300)
@given(bodies(), st.integers(1, 5))
def test_a_stream_is_the_same_answer_as_the_body_it_spells(answer, size):
    assert read(spelled(answer, size)) == responses.decode(answer)


@settings(max_examples=300)
@given(bodies(), st.integers(1, 5))
def test_the_deltas_of_a_part_are_its_text_and_its_events_are_in_order(answer, size):
    open_parts, texts, seen = set(), {}, []
    for event in events(spelled(answer, size)):
        match event:
            case Start(index):
                open_parts.add(index)
                seen.append(index)
                texts[index] = ""
            case Delta(index, piece):
                assert index in open_parts
                texts[index] += piece
            case End(index):
                open_parts.remove(index)
    assert seen == list(range(len(seen)))
    for index, part in enumerate(responses.decode(answer).parts):
        if isinstance(part, Text | Refusal | Reasoning):
            assert texts[index] == part.text


# What servers leave out


def test_the_gateways_final_object_is_empty_and_its_usage_zero():
    zeros = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    reply = read([
        {"type": "response.created", "response": {"id": "resp_1", "created_at": 1}},
        {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message"}},
        {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"},
        {"type": "response.output_text.delta", "output_index": 0, "delta": " you"},
        {"type": "response.output_item.done", "output_index": 0, "item": {"type": "message"}},
        {"type": "response.output_item.added", "output_index": 1, "item": {"type": "function_call", "id": "fc_1", "name": "f"}},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": '{"a":'},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "1}"},
        {"type": "response.output_item.done", "output_index": 1, "item": {"type": "function_call", "id": "fc_1"}},
        ended(output=[], usage=zeros),
    ])  # fmt: skip
    assert reply.text == "Hi you"
    assert [(c.id, c.name, c.arguments) for c in reply.tool_calls] == [("fc_1", "f", {"a": 1})]
    assert reply.finish == Finish("tool_calls", "completed")
    assert reply.usage is None
    assert reply.residue["responses"]["usage"] == zeros


def test_llama_cpp_gives_no_place_and_names_a_call_by_its_call_id():
    reply = read([
        {"type": "response.created", "response": {"id": "resp_1", "object": "response", "status": "in_progress"}},
        {"type": "response.output_item.added", "item": {"id": "msg_1", "type": "message", "role": "assistant", "content": []}},
        {"type": "response.content_part.added", "item_id": "msg_1", "part": {"type": "output_text", "text": ""}},
        {"type": "response.output_text.delta", "item_id": "msg_1", "delta": "Let me"},
        {"type": "response.output_text.delta", "item_id": "msg_1", "delta": " see."},
        {"type": "response.output_item.added", "item": {"call_id": "fc_x", "name": "f", "type": "function_call", "arguments": ""}},
        {"type": "response.function_call_arguments.delta", "item_id": "fc_x", "delta": "{}"},
        {"type": "response.output_text.done", "item_id": "msg_1", "text": "Let me see."},
        {"type": "response.output_item.done", "item": message(text("Let me see."), id="msg_1")},
        {"type": "response.output_item.done", "item": call(call_id="fc_x", name="f", arguments="{}")},
        {"type": "response.completed", "response": body(message(text("Let me see."), id="msg_1"), call(call_id="fc_x", name="f", arguments="{}"))},
    ])  # fmt: skip
    assert [type(part) for part in reply.parts] == [Text, ToolCall]
    assert (reply.text, reply.tool_calls[0].arguments) == ("Let me see.", {})


@pytest.mark.parametrize(
    "ending",
    [
        {"type": "response.completed"},
        {"type": "response.completed", "response": None},
        ended(),
        ended(output=None),
        ended(output=[None, "x"]),
    ],
)
def test_the_terminal_event_may_say_nothing(ending):
    reply = read([{"type": "response.output_text.delta", "delta": "Hi"}, ending])
    assert (reply.text, reply.finish) == ("Hi", Finish("stop", "completed"))
    assert reply.usage is None


def test_items_that_only_the_final_object_has_are_there_in_their_place():
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}
    said = message(text("Hi"), id="msg_1")
    streamed = [event for event in spelled(body(thought, said)) if event.get("output_index") != 0]
    assert read(streamed) == responses.decode(body(thought, said))


def test_text_that_is_only_in_done_or_only_in_a_part_counts_once():
    about = {"output_index": 0, "item_id": "m", "content_index": 0}
    done = {"type": "response.output_text.done", **about, "text": "Hi"}
    part = {"type": "response.content_part.done", **about, "part": text("Hi")}
    item = {"type": "response.output_item.done", "output_index": 0, "item": message(text("Hi"), id="m")}
    for objects in ([done], [part], [item], [done, part, item], []):
        assert read([*objects, ended(output=[message(text("Hi"), id="m")])]).text == "Hi"
    assert read([done, part, ended()]).text == "Hi"


def test_arguments_that_come_before_the_tools_name_wait_for_it():
    reply = events([
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"q":'},
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '"x"}'},
        {"type": "response.output_item.done", "output_index": 0, "item": call()},
        ended(),
    ])  # fmt: skip
    assert fold(reply).tool_calls[0].arguments == {"q": "x"}
    assert next(event.part for event in reply if isinstance(event, Start)).name == "search"


@pytest.mark.parametrize(
    "announced", [{"type": "function_call", "call_id": "call_1", "name": "search", "arguments": '{"q":"x"}'}]
)
def test_a_call_that_is_announced_whole_is_whole(announced):
    reply = read([{"type": "response.output_item.added", "output_index": 0, "item": announced}, ended(output=[])])
    assert reply.tool_calls[0].arguments == {"q": "x"}


def test_two_calls_that_come_only_when_done_at_the_same_place_are_two():
    done = [
        {"type": "response.output_item.done", "output_index": 0, "item": call(id=f"fc_{n}", call_id=f"call_{n}")}
        for n in (1, 2)
    ]
    assert [c.id for c in read([*done, ended()]).tool_calls] == ["call_1", "call_2"]


@pytest.mark.parametrize(("raw", "arguments"), [('{"a":48', '{"a":48'), ("", "")])
def test_arguments_that_were_cut_off_stay_text(raw, arguments):
    cut = call(arguments=raw, status="incomplete")
    whole = body(cut, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    for reply in (read(spelled(whole)), responses.decode(whole)):
        assert reply.tool_calls[0].arguments == arguments
        assert not reply.tool_calls[0].valid
        assert reply.finish == Finish("length", "max_output_tokens")


def test_a_call_without_arguments_has_none():
    for raw in ("", "{}", "null", None):
        whole = body(call(arguments=raw))
        assert (
            read([{"type": "response.output_item.done", "output_index": 0, "item": call(arguments=raw)}, ended()])
            .tool_calls[0]
            .arguments
            == {}
        )
        assert responses.decode(whole).tool_calls[0].arguments == {}


@pytest.mark.parametrize("words", ["SELECT 1", "", 'a "quoted"\n\\ line'])
def test_a_custom_tools_text_is_the_argument_input(words):
    item = {
        "type": "custom_tool_call",
        "id": "ctc_1",
        "call_id": "c1",
        "name": "sql",
        "input": words,
        "status": "completed",
    }
    for reply in (read(spelled(body(item), 2)), responses.decode(body(item))):
        assert reply.tool_calls == (
            ToolCall(
                "c1",
                "sql",
                {"input": words},
                {"responses": {"type": "custom_tool_call", "id": "ctc_1", "status": "completed"}},
            ),
        )


@pytest.mark.parametrize("words", ["SELECT 1", ""])
def test_a_custom_tools_text_that_was_cut_off_is_no_valid_call(words):
    item = {
        "type": "custom_tool_call",
        "id": "ctc_1",
        "call_id": "c1",
        "name": "sql",
        "input": words,
        "status": "incomplete",
    }
    whole = body(item, status="incomplete", incomplete_details={"reason": "max_output_tokens"})
    assert read(spelled(whole)) == responses.decode(whole)
    assert not responses.decode(whole).tool_calls[0].valid


def test_a_custom_call_cut_off_before_it_was_done_is_no_valid_call():
    item = {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c1", "name": "sql", "input": ""}
    reply = read([
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.custom_tool_call_input.delta", "output_index": 0, "item_id": "ctc_1", "delta": "DROP"},
        ended("incomplete", incomplete_details={"reason": "max_output_tokens"}),
    ])  # fmt: skip
    assert not reply.tool_calls[0].valid


def test_sections_of_reasoning_are_apart():
    thought = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": one} for one in ("First.", "Second.")],
    }
    assert read(spelled(body(thought))).reasoning == "First.\n\nSecond."
    hollow = [e for e in spelled(body(thought)) if not e["type"].endswith("item.done")][:-1]
    reply = read([*hollow, ended(output=[])])
    assert reply.reasoning == "First.\n\nSecond."
    assert reply.parts[0].residue["responses"]["summary"] == thought["summary"]


def test_messages_that_interleave_keep_their_order():
    first, second = message(text("one"), id="m1"), message(text("two"), id="m2")
    objects = list(spelled(body(first, second)))
    ones, twos = ([e for e in objects if e.get("output_index") == place] for place in (0, 1))
    mixed = [event for pair in zip(ones, twos, strict=True) for event in pair]
    assert read([objects[0], *mixed, objects[-1]]) == responses.decode(body(first, second))


def test_citations_that_only_an_event_brings_are_kept():
    note = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 2}
    reply = read([
        {"type": "response.output_text.delta", "delta": "Hi"},
        {"type": "response.output_text.annotation.added", "annotation": note},
        ended(),
    ])  # fmt: skip
    assert reply.parts[0].citations[0].url == "https://a.example"
    assert reply.parts[0].citations[0].residue == {"responses": note}


def test_a_server_tools_trace_is_there_in_its_final_form():
    final = {"type": "code_interpreter_call", "id": "ci_1", "code": "1+1", "outputs": [], "status": "completed"}
    reply = read([
        {"type": "response.output_item.added", "output_index": 0, "item": {"type": "code_interpreter_call", "id": "ci_1", "code": ""}},
        {"type": "response.code_interpreter_call_code.delta", "output_index": 0, "item_id": "ci_1", "delta": "1+1"},
        {"type": "response.code_interpreter_call.completed", "output_index": 0, "item_id": "ci_1"},
        {"type": "response.output_item.done", "output_index": 0, "item": final},
        ended(),
    ])  # fmt: skip
    assert reply.parts == (Opaque("responses", final),)


def test_unknown_events_and_those_after_the_end_mean_nothing():
    reply = read([
        {"type": "response.something.new", "x": 1},
        {"type": "keepalive"},
        {},
        {"type": "response.output_text.delta", "delta": "Hi"},
        ended(),
        {"type": "response.output_text.delta", "delta": " there"},
        {"type": "error", "message": "late"},
    ])  # fmt: skip
    assert reply.text == "Hi"


def test_a_whole_response_in_a_stream_is_the_answer():
    assert read([body(message(text("Hi")))]) == responses.decode(body(message(text("Hi"))))


@pytest.mark.parametrize(
    ("event", "kind", "words"),
    [
        ({"type": "error", "code": "server_error", "message": "Oh."}, HatzServerError, "Oh."),
        ({"type": "error", "error": {"type": "rate_limit_error", "message": "Slow."}}, HatzRateLimitError, "Slow."),
        ({"error": {"message": "No.", "code": "invalid_prompt"}}, HatzBadRequestError, "No."),
        ({"detail": "Broken."}, HatzStatusError, "Broken."),
        (ended("failed", error={"code": "rate_limit_exceeded", "message": "Slow."}), HatzRateLimitError, "Slow."),
        (ended("failed", error={"code": "insufficient_quota", "message": "Quota."}), HatzCreditsError, "Quota."),
        (ended("failed"), HatzServerError, "failed"),
        (ended("cancelled"), HatzServerError, "cancelled"),
        ({"type": "response.failed"}, HatzServerError, "failed"),
    ],
)
def test_errors_in_a_stream_are_raised_with_their_words(event, kind, words):
    decoder = responses.Decoder()
    decoder.feed({"type": "response.output_text.delta", "delta": "Hi"})
    with pytest.raises(kind, match=words):
        list(decoder.feed(event))


def test_a_stream_without_its_terminal_event_is_interrupted():
    decoder = responses.Decoder()
    decoder.feed({"type": "response.output_text.delta", "delta": "Hi"})
    assert not decoder.done
    with pytest.raises(HatzStreamInterruptedError):
        decoder.close()
