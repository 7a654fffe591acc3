"""Streams: whatever is written in whatever pieces, the chunks add up to the message that the whole answer gives."""

import contextlib
import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.language_models._compat_bridge import chunks_to_events
from langchain_core.language_models.chat_model_stream import ChatModelStream
from langchain_core.messages import AIMessage, AIMessageChunk, message_chunk_to_message
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.utils.json import parse_partial_json

from hatz_client.content import Citation, Finish, Opaque, Refusal, Reply, Text, ToolCall
from hatz_client.events import Delta, End, Event, Start, fold, unfold
from langchain_hatz._messages.chunks import Chunks, unparsable_end
from langchain_hatz._messages.convert import to_ai_message
from tests.harness.streams import DIALECT, call, replies, stream, text, thought


def chunks(events: list[Event], **options: Any) -> list[ChatGenerationChunk]:
    writing = Chunks(model="asked", **options)
    return [*(chunk for event in events for chunk in writing.feed(event)), *writing.close()]


def merged(events: list[Event], **options: Any) -> AIMessage:
    first, *others = (chunk.message for chunk in chunks(events, **options))
    return message_chunk_to_message(first + others)


def test_words_alone_are_a_string() -> None:
    answer = merged(stream(text(0, "Hel", "lo")))
    assert answer.content == "Hello"


def test_metadata_is_said_once() -> None:
    about = merged(stream(text(0, "a", "b"), call(1, "{}"))).response_metadata
    assert about == {
        "model_provider": "hatz",
        "model_name": "answered",
        "endpoint": "messages",
        "request_id": "req_1",
        "id": "msg_1",
        "stop_reason": "end_turn",
        "finish_reason": "stop",
        "normalized_finish_reason": "tool_call",
        "finish_state": "complete",
    }


def test_every_chunk_has_the_id_the_first_what_is_known_and_the_last_the_end() -> None:
    first, *middle, last = (chunk.message for chunk in chunks(stream(text(0, "a", "b", "c"))))
    assert {chunk.id for chunk in (first, *middle, last)} == {"msg_1"}
    assert first.response_metadata["request_id"] == "req_1"
    assert all(chunk.usage_metadata is None for chunk in (first, *middle))
    assert last.chunk_position == "last"
    assert last.usage_metadata == {
        "input_tokens": 10,
        "output_tokens": 5,
        "total_tokens": 15,
        "input_token_details": {"cache_read": 4},
    }


def test_without_usage_the_rest_of_the_end_is_there() -> None:
    answer = merged(stream(text(0, "a")), usage=False)
    assert answer.usage_metadata is None
    assert (answer.response_metadata["finish_reason"], answer.response_metadata["model_name"]) == (
        "stop",
        "answered",
    )


def test_an_answer_without_words_is_a_message_too() -> None:
    (only,) = chunks(stream())
    assert only.message.content == ""
    assert only.message.response_metadata["request_id"] == "req_1"


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize("pieces", [(), ("",), ("nu", "ll"), (" ",), ("{", "}")])
def test_no_arguments_are_an_empty_object(pieces: tuple[str, ...], blocks: bool) -> None:
    answer = merged(stream(call(0, *pieces)), blocks=blocks)
    assert answer.tool_calls == [{"id": "call_0", "name": "look", "args": {}, "type": "tool_call"}]
    assert not answer.invalid_tool_calls


ARGUMENTS = '{"a": "tr\\"ue[", "b": {"c": [1, 2, {"d": null, "e": "x\\\\"}]}, "f": -1.5e3, "g": true}'


@pytest.mark.parametrize("cut", range(1, len(ARGUMENTS)))
def test_arguments_that_were_cut_off_are_never_run(cut: int) -> None:
    events = stream(call(0, ARGUMENTS[:cut]), finish=Finish("length", "max_tokens"))
    for blocks in (False, True):
        answer = merged(events, blocks=blocks)
        assert not answer.tool_calls
        assert answer.invalid_tool_calls[0]["args"].startswith(ARGUMENTS[:cut])
        assert answer.response_metadata["finish_reason"] == "length"
        assert answer.response_metadata["normalized_finish_reason"] == "length"


@pytest.mark.parametrize("arguments", ["", " ", "null", "[]", "{}"])
def test_what_stands_for_no_arguments_is_a_call_without_any(arguments: str) -> None:
    events = stream(call(0, *arguments))
    assert to_ai_message(fold(events), model="asked").tool_calls[0]["args"] == {}
    for blocks in (False, True):
        answer = merged(events, blocks=blocks)
        assert [one["args"] for one in answer.tool_calls] == [{}]
        assert not answer.invalid_tool_calls
    assert [one["args"] for one in v3(events).tool_calls] == [{}]


@pytest.mark.parametrize(
    "arguments", ["[1]", '"x"', "5", "nul", "null x", '{"a":1}{"b":2}', '{"a":1}}', "<xml>", "{\\"]
)
def test_what_is_no_object_is_an_invalid_call_everywhere(arguments: str) -> None:
    events = stream(call(0, arguments))
    whole = to_ai_message(fold(events), model="asked")
    assert whole.invalid_tool_calls[0]["args"] == arguments
    assert whole.invalid_tool_calls[0]["error"]
    for blocks in (False, True):
        answer = merged(events, blocks=blocks)
        assert not answer.tool_calls
        assert [broken["id"] for broken in answer.invalid_tool_calls] == ["call_0"]
    assert not v3(events).tool_calls


@given(st.text(alphabet='{}[]":,\\ntrue1 ', max_size=30))
def test_unparsable_end_leaves_nothing_to_complete(arguments: str) -> None:
    try:
        if isinstance(json.loads(arguments or "{}"), dict):
            return
    except ValueError:
        pass
    closed = arguments + unparsable_end(arguments)
    with pytest.raises(ValueError):
        json.loads(closed)
    with contextlib.suppress(ValueError):
        assert not isinstance(parse_partial_json(closed), dict)


def test_reasoning_stands_beside_a_string_and_its_signature_is_kept() -> None:
    events = stream(thought(0, "Let me ", "see.", signature="sig"), text(1, "Yes."))
    answer = merged(events)
    kept = [
        {"type": "reasoning", "reasoning": "Let me see.", "extras": {"signature": "sig"}},
        {"type": "text", "text": "Yes."},
    ]
    assert answer.content == "Yes."
    beside = [kept[0], {"type": "text", "length": 4}]
    assert answer.additional_kwargs == {"reasoning_content": "Let me see.", "hatz_blocks": beside}
    assert answer.content_blocks == kept
    answer.additional_kwargs["hatz_blocks"] = kept  # of a history that an earlier version saved
    assert answer.content_blocks == kept
    answer.content = "Nope"
    assert answer.content_blocks == [{"type": "reasoning", "reasoning": "Let me see."}, {**kept[1], "text": "Nope"}]
    listed = merged(events, blocks=True)
    assert without_index(listed) == kept
    assert listed.content_blocks == listed.content


def test_a_string_tells_token_callbacks_nothing_but_strings() -> None:
    events = stream(thought(0, "Hm", ".", signature="s"), text(1, "Yes"), call(2, '{"a"', ": 1}"))
    assert all(isinstance(chunk.message.content, str) for chunk in chunks(events))


def test_what_a_string_does_not_hold_is_beside_it() -> None:
    events = stream(
        text(0, "Yes"), thought(1, "hm", signature="s"), [Start(2, Opaque(DIALECT, {"type": "odd"})), End(2)]
    )
    answer = merged(events)
    assert answer.content == "Yes"
    assert answer.additional_kwargs["reasoning_content"] == "hm"
    blocks = to_ai_message(fold(events), model="asked", blocks=True).content
    beside = answer.additional_kwargs["hatz_blocks"]
    assert beside == [{"type": "text", "length": 3}, *blocks[1:]]
    assert answer.content_blocks == blocks


def test_what_a_service_wants_to_see_again_is_kept() -> None:
    commentary = {"responses": {"item": {"id": "msg_1", "phase": "commentary"}, "logprobs": []}}
    answer = merged(stream([Start(0, Text("", residue=commentary)), Delta(0, "Let me look."), End(0)], call(1, "{}")))
    assert [block["type"] for block in answer.additional_kwargs["hatz_blocks"]] == ["text", "tool_call"]
    final = {"responses": {"item": {"id": "msg_1", "phase": "final_answer"}, "logprobs": []}}
    answer = merged(stream([Start(0, Text("", residue=final)), Delta(0, "So."), End(0)]))
    assert (answer.content, answer.additional_kwargs) == ("So.", {})
    signed = ToolCall("call_0", "look", "", {DIALECT: {"thought_signature": "s"}})
    answer = merged(stream([Start(0, signed), Delta(0, "{}"), End(0)]))
    assert answer.additional_kwargs["hatz_blocks"][0]["extras"] == {"thought_signature": "s"}


def test_blocks_follow_the_calls_that_middleware_left() -> None:
    answer = merged(stream(thought(0, "hm", signature="s"), call(1, '{"a": 1}'), call(2, '{"b": 2}')))
    answer.tool_calls = [{**answer.tool_calls[1], "args": {"b": 3}}]
    assert [block["type"] for block in answer.content_blocks] == ["reasoning", "tool_call"]
    assert answer.content_blocks[1]["args"] == {"b": 3}
    answer.content = "Changed."
    assert [block["type"] for block in answer.content_blocks] == ["reasoning", "text", "tool_call"]


def test_citations_and_server_tools_in_blocks() -> None:
    cited = Citation("https://a.example", "A", "words", residue={DIALECT: {"type": "web_search_result_location"}})
    use = {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "x"}}
    result = {"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": [{"url": "https://a.example"}]}
    events = stream(
        [Start(0, Opaque(DIALECT, {**use, "input": {}})), End(0, block=Opaque(DIALECT, use))],
        [Start(1, Opaque(DIALECT, result)), End(1)],
        text(2, "So it ", "is.", citations=(cited,)),
    )
    answer = merged(events)
    kinds = [block["type"] for block in answer.content_blocks]
    assert kinds == ["server_tool_call", "server_tool_result", "text"]
    assert answer.content_blocks[0]["args"] == {"query": "x"}
    assert answer.content_blocks[2]["annotations"] == [
        {
            "type": "citation",
            "url": "https://a.example",
            "title": "A",
            "cited_text": "words",
            "extras": {"type": "web_search_result_location"},
        }
    ]
    assert without_index(answer) == without_index(to_ai_message(fold(events), model="asked"))


REFUSALS = {
    "in words": (
        stream(
            [Start(0, Refusal("")), Delta(0, "I will "), Delta(0, "not."), End(0)],
            finish=Finish("stop", "completed"),
            endpoint="responses",
        ),
        {"type": "refusal", "refusal": "I will not."},
    ),
    "by its stop reason": (
        stream(text(0, "Well"), finish=Finish("refusal", "refusal")),
        {"type": "refusal", "refusal": ""},
    ),
    "with details": (
        stream(
            finish=Finish("refusal", "refusal"),
            residue={"messages": {"stop_details": {"type": "refusal", "category": "cyber", "explanation": "No."}}},
        ),
        {"type": "refusal", "refusal": "No.", "extras": {"category": "cyber"}},
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
@pytest.mark.parametrize("blocks", [False, True])
def test_a_refusal_is_a_standard_block(case: str, blocks: bool) -> None:
    events, block = REFUSALS[case]
    whole, answer = to_ai_message(fold(events), model="x", blocks=blocks), merged(events, blocks=blocks)
    for one in (whole, answer):
        found = [{k: v for k, v in b.items() if k != "index"} for b in one.content_blocks]
        assert found[-1] == block
        assert one.response_metadata["normalized_finish_reason"] == "refusal"
    assert (whole.text, whole.additional_kwargs) == (answer.text, answer.additional_kwargs)
    assert whole.additional_kwargs.get("refusal", "") in {block["refusal"], ""}
    before = copy.deepcopy(whole)
    assert whole.content_blocks == whole.content_blocks
    assert whole == before


def test_blocks_of_pieces_are_pieces() -> None:
    events = stream(text(0, "Yes"), call(1, '{"a"', ": 1}"))
    kinds = [[block["type"] for block in chunk.message.content_blocks] for chunk in chunks(events)]
    assert kinds == [["text"], ["tool_call_chunk"], ["tool_call_chunk"], ["tool_call_chunk"], []]


@pytest.mark.parametrize("arguments", ["", '{"a": 1}', '{"a": 1', "[]"])
def test_a_call_that_was_cut_off_is_invalid_even_where_its_arguments_parse(arguments: str) -> None:
    events = stream(call(0, arguments, invalid=True), finish=Finish("length", "max_tokens"))
    for blocks in (False, True):
        whole, answer = to_ai_message(fold(events), model="x", blocks=blocks), merged(events, blocks=blocks)
        for one in (whole, answer):
            assert not one.tool_calls
            (broken,) = one.invalid_tool_calls
            assert (broken["id"], broken["name"]) == ("call_0", "look")
            assert broken["args"].startswith(arguments)
            assert [block["type"] for block in one.content_blocks] in (["invalid_tool_call"], ["tool_call_chunk"])
        assert whole.invalid_tool_calls[0]["args"] == arguments
        assert whole.invalid_tool_calls[0]["error"]
    assert not v3(events).tool_calls
    assert [broken["id"] for broken in v3(events).invalid_tool_calls] == ["call_0"]


def test_parallel_calls_stay_apart() -> None:
    one, two = call(0, '{"a":', "1}"), call(1, '{"b":', "2}", name="find")
    interleaved = [event for pair in zip(one, two, strict=True) for event in pair]
    for blocks in (False, True):
        answer = merged(stream(interleaved), blocks=blocks)
        assert [(c["name"], c["args"]) for c in answer.tool_calls] == [("look", {"a": 1}), ("find", {"b": 2})]


def v3(events: list[Event], **options: Any) -> AIMessage:
    """The message that LangChain's protocol streaming makes of the chunks."""
    made = ChatModelStream(message_id="run")
    for event in chunks_to_events(iter(chunks(events, **options)), message_id="run"):
        made.dispatch(event)
    return made.output


def without_index(answer: AIMessage) -> Any:
    if isinstance(answer.content, str):
        return answer.content
    return [{key: value for key, value in block.items() if key != "index"} for block in answer.content]


@given(replies(mixed=True))
@settings(deadline=None, max_examples=100)
def test_chunks_of_blocks_add_up_to_the_message(made: tuple[Reply, list[Event]]) -> None:
    reply, events = made
    whole, answer = to_ai_message(reply, model="asked", blocks=True), merged(events, blocks=True)
    assert without_index(answer) == without_index(whole)
    assert (answer.tool_calls, answer.usage_metadata) == (whole.tool_calls, whole.usage_metadata)
    assert answer.response_metadata == whole.response_metadata


@given(replies(mixed=True), st.booleans())
@settings(deadline=None, max_examples=100)
def test_each_chunk_is_what_langchain_would_make_of_it(made: tuple[Reply, list[Event]], blocks: bool) -> None:
    for chunk in chunks(made[1], blocks=blocks):
        fields = {k: v for k, v in vars(chunk.message).items() if k not in {"tool_calls", "invalid_tool_calls"}}
        assert AIMessageChunk(**copy.deepcopy(fields)) == chunk.message
        assert ChatGenerationChunk(message=chunk.message) == chunk


def test_chunks_share_nothing() -> None:
    one, two, *_ = (chunk.message for chunk in chunks(stream(text(0, "a", "b", "c")))[1:])
    one.additional_kwargs["x"] = one.response_metadata["x"] = 1
    one.tool_call_chunks.append(one.tool_calls.append(one.invalid_tool_calls.append("x")))  # type: ignore[func-returns-value]
    assert (two.additional_kwargs, two.response_metadata) == ({}, {})
    assert two.tool_calls == two.tool_call_chunks == two.invalid_tool_calls == []


@given(replies(mixed=False))
@settings(deadline=None, max_examples=100)
def test_chunks_of_words_add_up_to_the_message(made: tuple[Reply, list[Event]]) -> None:
    reply, events = made
    whole, answer = to_ai_message(reply, model="asked"), merged(events)
    assert (answer.text, answer.tool_calls) == (whole.text, whole.tool_calls)
    kept = answer.additional_kwargs.get("hatz_blocks")
    assert without_index(answer) == without_index(whole) or kept == whole.additional_kwargs["hatz_blocks"]
    thoughts = [block["reasoning"] for block in answer.content_blocks if block["type"] == "reasoning"]
    assert "".join(thoughts) == reply.reasoning


@given(replies(mixed=False), st.booleans())
@settings(deadline=None, max_examples=100)
def test_protocol_streaming_says_the_same(made: tuple[Reply, list[Event]], blocks: bool) -> None:
    reply, events = made
    answer = v3(events, blocks=blocks)
    assert answer.text == reply.text
    assert [(c["id"], c["args"]) for c in answer.tool_calls] == [(c.id, c.arguments) for c in reply.tool_calls]
    assert answer.response_metadata["model_name"] == "answered"
    assert "".join(b["reasoning"] for b in answer.content_blocks if b["type"] == "reasoning") == reply.reasoning


def test_two_answers_of_one_id_are_two_messages_of_a_conversation() -> None:
    """LangGraph replaces a message by a later one of the same id."""
    reply = Reply((Text("a"),), id="resp_same", request_id="r2", endpoint="messages")
    history = [to_ai_message(reply, model="x")]
    assert history[0].id == "resp_same"
    answer = to_ai_message(reply, model="x", history=history)
    assert (answer.id, answer.response_metadata["id"]) == ("resp_same-r2", "resp_same")
    streamed = Chunks(model="x", history=history)
    (first,) = [chunk for event in unfold(reply) for chunk in streamed.feed(event)]
    assert first.message.id == "resp_same-r2"
