"""The fast path for deltas in a Responses stream gives what the decoder gives without it, whatever comes between the deltas."""

from hypothesis import given, settings
from hypothesis import strategies as st

from hatz_client.events import fold
from hatz_client.wire import responses
from tests.client.responses_streams import added, all_arguments, arguments, call, done, ended, message, text, words


def parts(objects, *, fast=True):
    decoder, found = responses.Decoder(), []
    for data in objects:
        if not fast:
            decoder._fast.clear()
        found += decoder.feed(data)
    return fold([*found, *decoder.close()]).parts


def test_arguments_without_a_name_are_nobodys_once_another_call_goes_on():
    one, other = call(id="fc_1", arguments=""), call(id="fc_2", call_id="call_2", arguments="")
    begun = [added(one), added(other, 1), arguments('{"b":', "fc_2", 1), done({**other, "arguments": '{"b":'}, 1)]
    unnamed = [arguments(piece, None, None) for piece in ('{"a":', '"1')]
    rest = [arguments("2", "fc_2", 1), arguments('"}', None, None), arguments("}", "fc_2", 1), ended(output=[])]
    found = parts([*begun, *unnamed, *rest])
    assert [one.valid for one in found] == [False, False]
    assert found == parts([*begun, *unnamed, *rest], fast=False)


def test_a_second_message_at_one_place_that_begins_like_the_first():
    first = [added({**message(), "id": "m"}), done({**message(text("Hello")), "id": "m"})]
    second = [words(piece, item_id="other") for piece in ("Hello", " one", " two")]
    assert [part.text for part in parts([*first, *second, ended(output=[])])] == ["Hello", " one two"]


def test_a_text_without_a_place_goes_on_in_the_latest_one():
    nowhere, second = words("a"), words("b", content_index=1)
    del nowhere["content_index"]
    objects = [nowhere, nowhere, second, nowhere, ended(output=[])]
    assert parts(objects) == parts(objects, fast=False)


def test_a_thought_takes_the_fast_path():
    decoder = responses.Decoder()
    for _ in range(2):
        list(decoder.feed(thinking("a", "a", 0, 0)))
    assert decoder._fast


IDS, PLACES = st.sampled_from([None, "a", "b", "c"]), st.sampled_from([None, 0, 1, 2])
PIECES = st.sampled_from(["x", "y", '{"x":', "1}", "{", "}"])
WHOLE = st.sampled_from(["", "xy", '{"x":1}'])


def repeated(event):
    return st.lists(event, min_size=1, max_size=1).flatmap(lambda found: st.integers(1, 3).map(lambda n: found * n))


def without_none(made):
    return made.map(lambda data: {key: value for key, value in data.items() if value is not None})


SECTIONS = st.sampled_from([None, 0, 1])


def thinking(delta, item_id, place, section):
    about = {"item_id": item_id, "output_index": place, "summary_index": section}
    return {"type": "response.reasoning_summary_text.delta", **about, "delta": delta}


def thought(item_id, texts):
    return {"type": "reasoning", "id": item_id, "summary": [{"type": "summary_text", "text": one} for one in texts]}


ABOUT = {"item_id": IDS, "place": PLACES}
ITEMS = without_none(
    st.one_of(
        st.builds(thought, IDS, st.lists(WHOLE, max_size=2)),
        st.builds(lambda item_id, words: {**message(*[text(words)] if words else []), "id": item_id}, IDS, WHOLE),
        st.builds(
            lambda item_id, call_id, name, written: call(id=item_id, call_id=call_id, name=name, arguments=written),
            IDS, st.sampled_from([None, "c", "d"]), st.sampled_from([None, "f"]), WHOLE,
        ),
    )
)  # fmt: skip
EVENTS = without_none(
    st.one_of(
        st.builds(thinking, PIECES, **ABOUT, section=SECTIONS),
        st.builds(lambda delta, item_id, place: {**words(delta), "item_id": item_id, "output_index": place}, PIECES, **ABOUT),
        st.builds(lambda delta, item_id, place, at: {**words(delta), "item_id": item_id, "output_index": place, "content_index": at}, PIECES, **ABOUT, at=SECTIONS),
        st.builds(arguments, PIECES, **ABOUT),
        st.builds(all_arguments, WHOLE, **ABOUT),
        st.builds(added, ITEMS, PLACES),
        st.builds(done, ITEMS, PLACES),
    )
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(repeated(EVENTS), max_size=12), st.lists(ITEMS, max_size=2))
def test_any_order_of_events(groups, output):
    objects = [*(event for group in groups for event in group), ended(output=output)]
    assert parts(objects) == parts(objects, fast=False)
