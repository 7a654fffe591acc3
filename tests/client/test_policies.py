"""What is done about tool calls without results, results without calls, and late system messages: as the caller wants it."""

import logging

import pytest

from hatz_client import HatzInvalidInputError, Prompt, Reasoning, Refusal, Text, ToolCall, ToolResult, Turn
from hatz_client.util import warn_once as notices
from hatz_client.wire import chat, messages, responses
from hatz_client.wire.common.requests.policies import (
    apply_history_policies,
    refuses_prefill,
    without_open_thoughts,
)
from hatz_client.wire.common.requests.tool_pairing import NO_CALL, NO_RESULT, orphans, pair_tool_results

HI = Turn("user", "Hi")
FIRST = Turn("system", "Be brief.")
LATE = Turn("system", "Be kind.")
CALL = Turn("assistant", (Text("Well"), ToolCall("c-1", "look", {})))
RESULT = Turn("tool", ToolResult("c-1", (Text("seen"),)))
STRAY = Turn("tool", ToolResult("c-9", (Text("stray"),)))
WIRES = pytest.mark.parametrize("wire", [responses, messages, chat])
PAIRED = pytest.mark.parametrize("wire", [responses, messages])


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch):
    monkeypatch.setattr(notices, "_warned", set())


def prompt(*turns, **policies):
    return Prompt("m", turns, **policies)


# Tools


@WIRES
@pytest.mark.parametrize("policy", ["repair", "raise", "pass"])
def test_a_complete_history_is_sent_alike(wire, policy):
    complete = (FIRST, HI, CALL, RESULT, HI)
    assert wire.encode(prompt(*complete, orphan_tools=policy)) == wire.encode(prompt(*complete))


@WIRES
def test_raise_names_the_calls_and_the_results(wire):
    with pytest.raises(HatzInvalidInputError) as caught:
        wire.encode(prompt(HI, CALL, HI, STRAY, orphan_tools="raise"))
    assert "tool calls without a result: 'c-1'; tool results without a call: 'c-9'." in str(caught.value)
    assert "orphan_tools='repair'" in str(caught.value)


def test_raise_repairs_what_is_no_orphan():
    scattered = (HI, CALL, HI, RESULT, Turn("user", (Text(""),)))
    assert apply_history_policies(prompt(*scattered, orphan_tools="raise")) == pair_tool_results(scattered)


@PAIRED
def test_pass_sends_the_history_as_it_is(wire):
    body = str(wire.encode(prompt(HI, CALL, HI, STRAY, orphan_tools="pass")))
    assert "c-1" in body
    assert "c-9" in body
    assert NO_CALL not in body
    assert NO_RESULT not in body


@PAIRED
def test_repair_is_what_is_done_unasked(wire):
    body = str(wire.encode(prompt(HI, CALL, HI, STRAY)))
    assert NO_CALL in body
    assert NO_RESULT in body


def test_orphans_of_both_kinds():
    assert orphans((HI, CALL, RESULT)) == ([], [])
    assert orphans((HI, CALL, STRAY)) == (["c-1"], ["c-9"])


# System messages


@WIRES
@pytest.mark.parametrize("policy", ["inline", "hoist", "raise"])
def test_leading_system_messages_stay(wire, policy):
    ordered = (FIRST, LATE, HI, CALL, RESULT)
    assert wire.encode(prompt(*ordered, system_messages=policy)) == wire.encode(prompt(*ordered))


@WIRES
@pytest.mark.parametrize("role", ["system", "developer"])
def test_raise_names_the_turn(wire, role):
    with pytest.raises(HatzInvalidInputError, match=rf"turns\[2\] is a {role} message"):
        wire.encode(prompt(FIRST, HI, Turn(role, "Be kind."), system_messages="raise"))


@WIRES
def test_hoist_moves_them_behind_the_first_and_says_so_once(wire, caplog):
    caplog.set_level(logging.WARNING, "hatz_client")
    for _ in range(2):
        body = wire.encode(prompt(FIRST, HI, CALL, LATE, RESULT, HI, system_messages="hoist"))
    assert body == wire.encode(prompt(FIRST, LATE, HI, CALL, RESULT, HI))
    assert sum("moved to the system prompt" in message for message in caplog.messages) == 1


def test_inline_keeps_them_in_their_place():
    assert apply_history_policies(prompt(HI, LATE, HI)) == (HI, LATE, HI)


def test_a_conversation_of_system_messages_alone():
    assert apply_history_policies(prompt(FIRST, LATE, system_messages="raise")) == (FIRST, LATE)


# Both


def test_unknown_policies_are_refused():
    for policy in ({"orphan_tools": "drop"}, {"system_messages": "drop"}, {"assistant_prefill": "drop"}):
        with pytest.raises(HatzInvalidInputError, match=f"{next(iter(policy))}='drop' is unknown: use "):
            messages.encode(prompt(HI, **policy))


def test_the_defaults_cost_nothing():
    sound = prompt(FIRST, HI, CALL, RESULT)
    assert apply_history_policies(sound) is sound.turns


# Thoughts that nothing follows

THOUGHT = Reasoning("Hm.", {"responses": {"id": "rs_1", "encrypted_content": "E"}, "messages": {"signature": "S"}})

OF_ANOTHER_SERVICE = Reasoning("Hm.", {"responses": {"format": "google-gemini-v1", "encrypted_content": "E"}})


@pytest.mark.parametrize(
    ("turns", "kept"),
    [
        ((HI, Turn("assistant", (THOUGHT,)), HI), (HI, HI)),
        ((HI, Turn("assistant", (THOUGHT, Text(""))), HI), (HI, HI)),
        ((HI, Turn("assistant", (Text("a"), THOUGHT)), HI), (HI, Turn("assistant", (Text("a"),)), HI)),
        ((HI, Turn("assistant", (THOUGHT, THOUGHT))), (HI,)),
        ((HI, Turn("assistant", (THOUGHT,)), Turn("assistant", (THOUGHT,)), HI), (HI, HI)),
    ],
)
def test_a_thought_that_nothing_follows_is_left_out(turns, kept):
    assert apply_history_policies(prompt(*turns)) == kept
    assert apply_history_policies(prompt(*turns, orphan_tools="pass")) == kept


@pytest.mark.parametrize(
    "turns",
    [
        (HI, Turn("assistant", (THOUGHT, Text("a"))), HI),
        (HI, Turn("assistant", (THOUGHT, ToolCall("c-1", "look", {}))), RESULT, HI),
        (HI, Turn("assistant", (THOUGHT,)), Turn("assistant", (Text("a"),)), HI),
        (HI, Turn("assistant", (Text(""),)), HI),
        (HI, Turn("assistant", ()), HI),
        (HI, Turn("assistant", (Text("a"), OF_ANOTHER_SERVICE)), HI),
        (HI,),
    ],
)
def test_every_other_thought_stays(turns):
    assert without_open_thoughts(turns) is turns


def test_empty_turns_beside_such_a_thought_stay():
    empty = Turn("assistant", ())
    assert without_open_thoughts((HI, empty, HI, Turn("assistant", (THOUGHT,)))) == (HI, empty, HI)


@PAIRED
def test_no_endpoint_is_sent_a_thought_that_nothing_follows(wire):
    body = str(wire.encode(prompt(HI, Turn("assistant", (THOUGHT,)), Turn("user", "Go on."))))
    assert "Hm." not in body
    assert "rs_1" not in body


# The model's own turn at the end


@pytest.mark.parametrize(
    ("model", "refuses"),
    [
        ("anthropic.claude-opus-4-6", True),
        ("us.anthropic.claude-sonnet-4-6-20260217-v1:0", True),
        ("claude-opus-4.7", True),
        ("anthropic.claude-haiku-5", True),
        ("claude-sonnet-10-1", True),
        ("opus", True),
        ("sonnet", True),
        ("anthropic.claude-sonnet-4-5-20250929", False),
        ("claude-haiku-4-5", False),
        ("claude-opus-4-20250514", False),
        ("claude-3-7-sonnet-20250219", False),
        ("haiku", False),
        ("gpt-5.2", False),
        ("moonshot.kimi-k2-thinking", False),
    ],
)
def test_claude_models_that_refuse_to_go_on_with_their_own_turn(model, refuses):
    assert refuses_prefill(model) is refuses


def test_a_conversation_that_ends_with_the_models_turn(caplog):
    turns = (HI, Turn("assistant", "The answer is"))
    sent = messages.encode(Prompt("claude-opus-4-7", turns))["messages"]
    assert [one["role"] for one in sent] == ["user", "assistant", "user"]
    assert sent[-1]["content"] == "Continue."
    assert "own last message" in caplog.text
    assert messages.encode(Prompt("claude-haiku-4-5", turns))["messages"][-1]["role"] == "assistant"


@WIRES
def test_prefill_policies(wire, caplog):
    ending = (HI, Turn("assistant", "The answer is"), Turn("assistant", ""))

    def body(model, **policy):
        return str(wire.encode(Prompt(model, ending, **policy)))

    for _ in range(2):
        assert "Continue." in body("claude-opus-4-7")
    assert sum("assistant_prefill" in message for message in caplog.messages) == 1
    assert "Continue." not in body("claude-opus-4-7", assistant_prefill="pass")
    assert "Continue." not in body("claude-haiku-4-5")
    assert "Continue." not in body("claude-haiku-4-5", assistant_prefill="raise")
    with pytest.raises(
        HatzInvalidInputError, match=r"claude-opus-4-7 refuses to continue it.*assistant_prefill='continue'"
    ):
        body("claude-opus-4-7", assistant_prefill="raise")


@pytest.mark.parametrize("wire", [messages, chat])
@pytest.mark.parametrize("blank", [Text(" "), Refusal(" ")])
def test_a_last_turn_that_is_blank_is_not_the_end(wire, blank):
    sent = wire.encode(Prompt("claude-opus-4-7", (HI, Turn("assistant", (blank,))), assistant_prefill="raise"))
    assert [message["role"] for message in sent["messages"]] == ["user"]


@WIRES
def test_a_conversation_that_ends_with_the_user_needs_no_prefill(wire):
    for turns in ((HI,), (HI, CALL, RESULT), (HI, Turn("assistant", ()), Turn("user", "Hi"))):
        assert "Continue." not in str(wire.encode(Prompt("claude-opus-4-7", turns, assistant_prefill="raise")))


def test_native_chat_moves_a_late_system_message_away_from_the_end():
    body = chat.encode(Prompt("claude-opus-4-7", (HI, Turn("assistant", "So"), LATE)))
    assert [message["role"] for message in body["messages"]] == ["system", "user", "assistant", "user"]
    assert [message["role"] for message in body["messages"]][-1] == "user"
