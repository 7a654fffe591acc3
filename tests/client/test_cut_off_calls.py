"""A finish of "length": the call that was written last is invalid, streamed or not; every other call stays as it is."""

import pytest

from hatz_client.content import Finish, Reply, Text, ToolCall
from hatz_client.events import Delta, End, Meta, Start, fold, unfold
from hatz_client.wire.answer_stages import RequestChanges
from hatz_client.wire.common.answers.cut_off_calls import CutOffCalls

ONE, TWO = ToolCall("1", "rm", {"path": "/"}), ToolCall("2", "rm", {"path": "/home"})


def streamed(events):
    stage = CutOffCalls()
    found = [passed for event in events for passed in stage.feed((event,))]
    return fold([*found, *stage.close()])


def valid(reply):
    return [call.id for call in reply.tool_calls if call.valid]


@pytest.mark.parametrize("reason", ["length", "tool_calls", "stop", None])
@pytest.mark.parametrize(
    ("parts", "cut_off"),
    [
        ((ONE,), ["1"]),
        ((ONE, TWO), ["2"]),
        ((Text("a"), ONE), ["1"]),
        ((ONE, Text("a")), []),
        ((ONE, TWO, Text("")), []),
        ((), []),
    ],
)
def test_the_last_call_of_an_answer_that_was_cut_off(parts, cut_off, reason):
    reply = Reply(parts, finish=Finish(reason, "x") if reason else None)
    kept = [part.id for part in parts if isinstance(part, ToolCall) and not (reason == "length" and part.id in cut_off)]
    assert valid(RequestChanges().undo(reply)) == valid(streamed(unfold(reply))) == kept


def test_its_arguments_stay_as_text():
    reply = RequestChanges().undo(Reply((ONE,), finish=Finish("length", "max_tokens")))
    assert reply.tool_calls[0].arguments == '{"path":"/"}'


def test_the_call_that_was_written_last_is_not_always_the_one_that_began_last():
    events = [
        Start(0, ToolCall("1", "f", "")),
        Start(1, ToolCall("2", "f", "")),
        Delta(1, "{}"),
        End(1),
        Delta(0, "{}"),
        End(0),
    ]
    assert valid(streamed([*events, Meta(finish=Finish("length", "x"))])) == ["2"]


def test_an_end_that_comes_after_the_finish():
    events = [Start(0, ToolCall("1", "f", "")), Delta(0, "{}"), Meta(finish=Finish("length", "x")), End(0)]
    assert valid(streamed(events)) == []


def test_deltas_are_passed_on_as_they_come():
    stage = CutOffCalls()
    events = (Delta(0, "a"),)
    assert tuple(stage.feed(events)) == events
    assert not stage.delays
