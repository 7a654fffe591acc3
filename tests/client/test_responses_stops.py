"""Stop sequences where the endpoint has none: any chunking gives what cutting the whole gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatz_client.content import Citation, Finish, Reasoning, Reply, Text, ToolCall, Usage
from hatz_client.events import Delta, End, Meta, Start, fold
from hatz_client.wire.answer_stages import RequestChanges
from hatz_client.wire.common.answers.stop_sequences import StopSequenceFilter

FINISH = Finish("length", "max_output_tokens")


def streamed(reply, pieces):
    """The events of `reply`, its text parts cut into pieces of the given sizes."""
    sizes = iter(pieces)
    yield Meta(id=reply.id, endpoint=reply.endpoint)
    for index, part in enumerate(reply.parts):
        yield Start(index, Text("") if isinstance(part, Text) else part)
        rest = part.text if isinstance(part, Text) else ""
        while rest:
            size = next(sizes, 1)
            yield Delta(index, rest[:size])
            rest = rest[size:]
        yield End(index, citations=part.citations if isinstance(part, Text) else ())
    yield Meta(finish=reply.finish, usage=reply.usage, residue=reply.residue)


def through(events, stops):
    stop_cut = StopSequenceFilter(stops)
    yield from stop_cut.feed(events)
    yield from stop_cut.close()


def truncate_at_stop(reply, stops):
    return RequestChanges(stop=tuple(stops)).undo(reply)


@given(
    texts=st.lists(st.text("abc\n", max_size=12), min_size=1, max_size=3),
    stops=st.lists(st.text("abc\n", max_size=4), max_size=3),
    pieces=st.lists(st.integers(1, 4), max_size=30),
)
def test_any_chunking_gives_what_cutting_the_whole_gives(texts, stops, pieces):
    whole = Reply(tuple(map(Text, texts)), FINISH, Usage(1, 2, 3), "resp_1", endpoint="responses")
    assert fold(through(streamed(whole, pieces), stops)) == truncate_at_stop(whole, stops)


@given(
    text=st.text("abc", max_size=12),
    stops=st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=3),
    pieces=st.lists(st.integers(1, 4), max_size=30),
)
def test_it_holds_back_less_than_one_stop_sequence(text, stops, pieces):
    stop_cut = StopSequenceFilter(stops)
    given, passed = 0, 0
    for event in streamed(Reply((Text(text),)), pieces):
        out = [left.text for left in stop_cut.feed((event,)) if isinstance(left, Delta)]
        given += len(event.text) if isinstance(event, Delta) else 0
        passed += sum(map(len, out))
        if any(stop in text[:given] for stop in stops):
            break
        assert given - passed < max(map(len, stops))


@pytest.mark.parametrize(
    ("text", "stops", "left", "which"),
    [
        ("one END two", ("END",), "one ", "END"),
        ("one two", ("END",), "one two", None),
        ("abc", ("abc", "b"), "a", "b"),  # "b" ends first
        ("xab", ("b", "ab"), "x", "ab"),  # they end together: the longest
        ("END", ("END",), "", "END"),
        ("EN", ("END",), "EN", None),
        ("one", ("",), "one", None),
    ],
)
def test_the_cut_is_where_a_stop_sequence_ends_first(text, stops, left, which):
    reply = truncate_at_stop(Reply((Text(text),), FINISH, endpoint="responses"), stops)
    assert reply.text == left
    assert reply.finish == (Finish("stop", "stop_sequence") if which else FINISH)
    assert reply.residue == ({"responses": {"stop_sequence": which}} if which else {})


def test_what_comes_after_is_dropped_and_what_came_before_and_the_usage_stay():
    thought, call = Reasoning("END is near"), ToolCall("c1", "search", {"q": "END"})
    reply = Reply((thought, Text("a END b"), Text("c"), call), FINISH, Usage(1, 2, 3), "r")
    short = truncate_at_stop(reply, ["END"])
    assert short.parts == (thought, Text("a "))
    assert short.usage == Usage(1, 2, 3)
    assert fold(through(streamed(reply, [1] * 20), ["END"])) == short


def test_citations_of_what_was_cut_off_go_with_it():
    kept, gone = Citation(url="k", start=0, end=1), Citation(url="g", start=4, end=6)
    reply = Reply((Text("a END b", (kept, gone)),), FINISH)
    assert truncate_at_stop(reply, ["END"]).parts == (Text("a ", (kept,)),)
    assert fold(through(streamed(reply, []), ["END"])) == truncate_at_stop(reply, ["END"])


def test_a_part_that_never_ends_gives_what_was_held_back():
    stop_cut = StopSequenceFilter(["END"])
    events = list(stop_cut.feed((Start(0, Text("")), Delta(0, "an E"))))
    assert fold([*events, *stop_cut.close()]).text == "an E"
    assert fold(events).text == "an "
