"""Histories as trimming, interrupts and other providers leave them, put right."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hatz_client.content import Media, Opaque, Prompt, Reasoning, Refusal, Text, ToolCall, ToolResult, Turn
from hatz_client.wire import messages
from hatz_client.wire.common.requests.tool_pairing import NO_CALL, NO_RESULT, pair_tool_results, portable_id

HI = Turn("user", (Text("hi"),))
PNG = Media("image", "image/png", "iVBORw0KGgo=")
REFERENCE = Opaque("messages", {"type": "tool_reference", "tool_name": "f"})


def call(call_id):
    return ToolCall(call_id, "f", {})


def result(call_id, text="r"):
    return ToolResult(call_id, (Text(text),))


def missing(call_id):
    return ToolResult(call_id, (Text(NO_RESULT),), is_error=True)


def said(*parts):
    return Turn("assistant", parts)


def tool(*parts):
    return Turn("tool", parts)


def user(*parts):
    return Turn("user", parts)


SOUND = (
    Turn("system", (Text("s"),)),
    HI,
    said(Reasoning(""), Text("x"), call("a"), call("b")),
    tool(result("b"), result("a")),
    said(call("c")),
    tool(result("c")),
    said(Text("done")),
)


def test_a_sound_history_is_the_same_object():
    assert pair_tool_results(SOUND) is SOUND
    assert pair_tool_results(()) == ()


@pytest.mark.parametrize(
    ("turns", "right"),
    [
        pytest.param((HI, said(call("a"), call("b")), tool(result("a")), tool(result("b"))),
                     (HI, said(call("a"), call("b")), tool(result("a"), result("b"))), id="results in several turns"),
        pytest.param((said(call("a")), HI, tool(result("a"))), (said(call("a")), tool(result("a")), HI), id="a result too late"),
        pytest.param((said(call("a")), said(call("b")), tool(result("b"), result("a"))),
                     (said(call("a")), tool(result("a")), said(call("b")), tool(result("b"))), id="calls in several turns"),
        pytest.param((said(call("a")), user(result("a"), Text("x"))), (said(call("a")), tool(result("a")), user(Text("x"))), id="a result in the user's turn"),
        pytest.param((said(call("a")), tool(result("a"), Text("x"))), (said(call("a")), tool(result("a")), user(Text("x"))), id="words among results"),
        pytest.param((said(call("a"), call("b")), tool(result("b"))), (said(call("a"), call("b")), tool(result("b"), missing("a"))), id="one result missing"),
        pytest.param((HI, said(call("a"))), (HI, said(call("a")), tool(missing("a"))), id="interrupted"),
        pytest.param((tool(result("a")), HI), (user(Text(NO_CALL), Text("r")), HI), id="its call trimmed away"),
        pytest.param((said(call("a")), tool(result("a"), result("a", "again"))),
                     (said(call("a")), tool(result("a")), user(Text(NO_CALL), Text("again"))), id="two results"),
        pytest.param((said(call("a")), tool(result("a")), said(call("a")), tool(result("a", "2"))),
                     (said(call("a")), tool(result("a")), said(call("a_2")), tool(result("a_2", "2"))), id="the same id in two turns"),
        pytest.param((said(call("a"), call("a")), tool(result("a"), result("a", "2"))),
                     (said(call("a"), call("a_2")), tool(result("a"), result("a_2", "2"))), id="the same id in one turn"),
        pytest.param((said(call("a")), said(call("a_2")), said(call("a"))),
                     (said(call("a")), tool(missing("a")), said(call("a_2")), tool(missing("a_2")), said(call("a_3")), tool(missing("a_3"))), id="the new id is taken"),
        pytest.param((said(call("a")), said(call("a")), tool(result("a"))),
                     (said(call("a")), tool(missing("a")), said(call("a_2")), tool(result("a_2"))), id="an earlier one was never answered"),
        pytest.param((said(call(""), call("")), tool(result(""), result("", "2"))),
                     (said(call("call_1"), call("call_2")), tool(result("call_1"), result("call_2", "2"))), id="no ids"),
        pytest.param((said(call("a"), call("b")), tool(result("", "2"), result("a"))),
                     (said(call("a"), call("b")), tool(result("b", "2"), result("a"))), id="a result without an id"),
        pytest.param((said(call("")), tool(result("x"))), (said(call("call_1")), tool(result("call_1"))), id="a call without an id"),
        pytest.param((said(call("a")), said(Text("x")), tool(result(""))),
                     (said(call("a")), tool(missing("a")), said(Text("x")), user(Text(NO_CALL), Text("r"))), id="an observation of another turn"),
        pytest.param((HI, user(), said(Text(""), Refusal("")), user(Text(""), Text("x"))), (HI, user(Text("x"))), id="empty things"),
        pytest.param((tool(),), (), id="nothing at all"),
        pytest.param((HI, said(), HI), (HI, HI), id="an empty answer"),
        pytest.param((said(call("")), HI), (said(call("call_1")), tool(missing("call_1")), HI), id="interrupted without an id"),
        pytest.param((user(result("a")), HI), (user(Text(NO_CALL), Text("r")), HI), id="only a result without a call in the user's turn"),
        pytest.param((HI, tool(Text("x"))), (HI, user(Text("x"))), id="only words from a tool"),
        pytest.param((said(call("a")), tool(Text("x"))), (said(call("a")), tool(missing("a")), user(Text("x"))), id="words in place of a result"),
        pytest.param((said(call("a")), user(result("a"))), (said(call("a")), tool(result("a"))), id="only a result in the user's turn"),
        pytest.param((said(call("")), tool(result(""))), (said(call("call_1")), tool(result("call_1"))), id="one call without an id"),
        pytest.param((said(call("a"), call("")), tool(result("a"))),
                     (said(call("a"), call("call_2")), tool(result("a"), missing("call_2"))), id="a result is used once"),
        pytest.param((said(call("a"), call("")), tool(result(""), result("", "2"))),
                     (said(call("a"), call("call_2")), tool(result("a"), result("call_2", "2"))), id="results without ids go by order"),
        pytest.param((tool(ToolResult("a", (Text(""), Refusal("")))), HI), (user(Text(NO_CALL)), HI), id="its call trimmed away, and empty"),
        pytest.param((tool(ToolResult("a", (PNG, REFERENCE))), HI),
                     (user(Text(NO_CALL), PNG, Text('{"type":"tool_reference","tool_name":"f"}')), HI), id="blocks of a result whose call was trimmed away"),
    ],
)  # fmt: skip
def test_what_the_gateways_refuse_is_put_right(turns, right):
    before = repr(turns)

    put_right = pair_tool_results(turns)

    assert put_right == right
    assert pair_tool_results(put_right) is put_right
    assert repr(turns) == before


@pytest.mark.parametrize("call_id", ["", "functions.f:0", "x" * 65, "é", "a b", "\ud83d"])
def test_an_id_that_some_service_refuses_becomes_one_that_all_accept(call_id):
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", portable_id(call_id))
    assert portable_id(call_id) == portable_id(call_id) != portable_id(call_id + "!")


def test_an_id_that_all_accept_stays():
    assert portable_id("toolu_01-A") == "toolu_01-A"


IDS = st.sampled_from(["", "a", "b", "a_2", "call_1", "x:y"])
PART = st.one_of(
    st.builds(Text, st.sampled_from(["", " ", "x"])),
    st.builds(call, IDS),
    st.builds(result, IDS),
    st.just(Opaque("messages", {"type": "new"})),
)
ANSWER = st.one_of(st.builds(Text, st.sampled_from(["", "x"])), st.builds(call, IDS))
TURN = st.one_of(
    st.builds(lambda parts: said(*parts), st.lists(ANSWER, max_size=3)),
    st.builds(lambda parts: tool(*parts), st.lists(st.builds(result, IDS), max_size=3)),
    st.builds(
        lambda parts: user(*parts), st.lists(PART.filter(lambda part: not isinstance(part, ToolCall)), max_size=2)
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(TURN, max_size=6))
def test_any_history_can_be_sent_and_loses_no_words(turns):
    body = messages.encode(Prompt("m", (HI, *turns)))

    waiting, seen = [], set()
    for turn in body["messages"]:
        blocks = turn["content"] if isinstance(turn["content"], list) else []
        answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        assert answered == [block["tool_use_id"] for block in blocks[: len(answered)] if block["type"] == "tool_result"]
        assert sorted(answered) == sorted(waiting)
        waiting = [block["id"] for block in blocks if block["type"] == "tool_use"]
        assert len(set(waiting)) == len(waiting)
        assert seen.isdisjoint(waiting)
        seen.update(waiting)
    assert not waiting
    given_words = [part.content for turn in turns for part in turn.parts if isinstance(part, ToolResult)]
    assert repr(body).count("'r'") == len(given_words)
    assert all(a["role"] != b["role"] for a, b in zip(body["messages"], body["messages"][1:], strict=False))


@settings(max_examples=200, deadline=None)
@given(st.lists(TURN, max_size=6))
def test_putting_right_twice_changes_nothing_more(turns):
    once = pair_tool_results(tuple(turns))

    assert pair_tool_results(once) is once
