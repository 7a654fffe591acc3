"""Responses texts as odd servers and relays send them: nothing is lost and nothing doubled."""

import pytest

from hatz_client.content import Opaque, Reasoning, Text
from hatz_client.events import Start
from hatz_client.wire import responses
from tests.client.responses_streams import (
    added,
    all_words,
    body,
    call,
    done,
    ended,
    events,
    message,
    part,
    read,
    text,
    words,
)


def test_a_message_that_is_announced_twice_is_one():
    item = message(id="m")
    assert (
        read([added(item), added(item), words("Hello"), done(message(text("Hello"), id="m")), ended()]).text == "Hello"
    )


@pytest.mark.parametrize(
    "objects",
    [
        [words("The "), all_words("The whole"), ended()],
        [words("The "), part("done", "The whole"), ended()],
        [words("The "), done(message(text("The whole"), id="m")), ended()],
        [words("The "), ended(output=[message(text("The whole"), id="m")])],
        [words("The "), ended(output=[], output_text="The whole")],
        [words("The "), all_words("The "), done(message(text("The "), id="m")), words("whole"), ended()],
        [words("The "), all_words("The whole"), words("whole"), ended()],
        [all_words("The whole"), words("The "), words("whole"), ended()],
        [part("added", "The whole"), words("The "), words("whole"), all_words("The whole"), ended()],
        [part("added", "The whole"), words("The "), ended()],
        [part("added", "The whole"), ended()],
        [part("added", "The "), words("whole"), ended()],
        [part("added", "The whole"), part("done", "The whole"), done(message(text("The whole"), id="m")), ended()],
        [added(message(text("The whole"), id="m")), words("The "), words("whole"), ended()],
        [added(message(text("The whole"), id="m")), ended()],
        [words("The "), done(message(text("The "), id="m")), added(call(id="fc_1"), 1), words("whole"), ended()],
        [words("The whole"), all_words("The"), all_words("The whole"), all_words("The whole"), ended()],
        [words("The "), words("whole"), ended(output=[message(text("The "), text("whole"), id="m")])],
        [words("The "), words("whole", content_index=1), ended(output=[message(text("The whole"), id="m")])],
        [{"type": "response.output_text.delta", "text": "The whole"}, ended()],
        *(
            [words("The "), words("whole"), {**all_words("The whole"), "content_index": odd}, ended()]
            for odd in (-1, "0", "x", 0.5, True, [0], "9" * 5000)
        ),
        [words("The ", content_index="0"), words("whole", content_index=0), all_words("The whole"), ended()],
    ],
)
def test_closing_events_complete_and_never_cut_or_double(objects):
    assert read(objects).text == "The whole"


EMPTY = message(text(""), id="m")


@pytest.mark.parametrize("later", [added(EMPTY), done(EMPTY), all_words(""), part("added", ""), part("done", "")])
@pytest.mark.parametrize("first", [[added(message(text("Hello"), id="m"))], [added(EMPTY), part("added", "Hello")]])
def test_an_empty_form_does_not_erase_an_announced_text(first, later):
    assert read([*first, later, ended(output=[])]).text == "Hello"


def test_what_part_added_brings_waits_for_the_deltas():
    decoder = responses.Decoder()
    assert not [event for event in decoder.feed(part("added", "The whole")) if not isinstance(event, Start)]


def test_a_text_that_goes_on_after_its_end_is_part_of_the_same_message():
    item = message(text("One "), id="m")
    reply = read([words("One "), done(item), added(call(id="fc_1"), 1), words("two"), ended()])
    assert [part.text for part in reply.parts if isinstance(part, Text)] == ["One ", "two"]
    assert {part.residue["responses"]["item"]["id"] for part in reply.parts if isinstance(part, Text)} == {"m"}


def test_only_the_part_that_goes_on_gets_a_new_one():
    item = message(text("One "), text("two "), id="m")
    objects = [words("One "), words("two ", content_index=1), done(item), added(call(id="fc_1"), 1)]
    final = message(text("One "), text("two three"), id="m")
    reply = read([*objects, words("three", content_index=1), ended(output=[final, call(id="fc_1")])])
    assert [part.text for part in reply.parts if isinstance(part, Text)] == ["One ", "two ", "three"]


def test_the_type_of_a_delta_decides_what_it_is():
    thought = {
        "type": "response.reasoning_text.delta",
        "item_id": "m",
        "output_index": 0,
        "content_index": 0,
        "delta": "Hm.",
    }
    reply = read(
        [added(message(id="m")), words("Hel"), thought, words("lo"), done(message(text("Hello"), id="m")), ended()]
    )
    assert (reply.text, reply.reasoning) == ("Hello", "Hm.")
    other = read([added({"type": "reasoning", "id": "m"}), thought, words("Hello"), ended()])
    assert (other.text, other.reasoning) == ("Hello", "Hm.")


SECTION = {"item_id": "r", "output_index": 0, "summary_index": 0}


def thinking(ending, **fields):
    return {"type": f"response.reasoning_summary_text.{ending}", **SECTION, **fields}


def thought(*summary):
    return {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": one} for one in summary]}


def test_what_the_done_item_has_beyond_the_streamed_sections_is_written():
    reply = read([added(thought()), thinking("delta", delta="One"), done(thought("One more", "Two")), ended()])
    assert reply.reasoning == "One more\n\nTwo"
    announced = {"type": "response.reasoning_summary_part.added", **SECTION, "part": thought("One")["summary"][0]}
    assert read([added(thought()), announced, done(thought()), ended()]).reasoning == "One"


def test_a_section_does_not_grow_behind_a_later_one():
    sections = [thinking("delta", delta="One"), thinking("delta", delta="Two", summary_index=1)]
    reply = read([added(thought()), *sections, thinking("done", text="One more"), ended()])
    assert reply.reasoning == "One\n\nTwo"


def test_an_empty_delta_begins_no_section():
    sections = [thinking("delta", delta="One"), thinking("delta", delta="", summary_index=1)]
    assert read([added(thought()), *sections, ended()]).reasoning == "One"


def test_reasoning_that_goes_on_after_its_end_is_kept():
    thought = {"type": "response.reasoning_summary_text.delta", "item_id": "r", "output_index": 0, "summary_index": 0}
    item = {"type": "reasoning", "id": "r", "encrypted_content": "x", "summary": []}
    reply = read(
        [
            added(item),
            {**thought, "delta": "One "},
            done(item),
            added(message(id="m"), 1),
            {**thought, "delta": "two"},
            ended(),
        ]
    )
    assert reply.reasoning == "One two"
    assert [bool(part.residue) for part in reply.parts if isinstance(part, Reasoning)] == [True, False]


@pytest.mark.parametrize("streamed", ["summary", "content", None])
def test_a_summary_that_repeats_the_reasoning_is_written_once(streamed):
    both = {**thought("Let me", " see."), "content": [{"type": "reasoning_text", "text": "Let me see."}]}
    assert responses.decode(body(both)).reasoning == "Let me\n\n see."
    deltas = {
        "summary": [thinking("delta", delta="Let me see.")],
        "content": [{"type": "response.reasoning_text.delta", **SECTION, "content_index": 0, "delta": "Let me see."}],
        None: [],
    }
    reply = read([added(thought()), *deltas[streamed], done(both), ended(output=[both])])
    assert reply.reasoning == ("Let me see." if streamed else "Let me\n\n see.")


@pytest.mark.parametrize("delta", ["Let me see.", {"text": "Let me see."}])
@pytest.mark.parametrize(("name", "place"), [("reasoning", "content_index"), ("reasoning_summary", "summary_index")])
def test_reasoning_under_the_names_of_open_responses(name, place, delta):
    about = {"item_id": "r", "output_index": 0, place: 0}
    objects = [
        {"type": f"response.{name}.delta", **about, "delta": delta},
        {"type": f"response.{name}.done", **about, "text": "Let me see. So."},
    ]
    assert read([*objects, ended(output=[])]).reasoning == "Let me see. So."


def test_text_under_the_name_of_its_part():
    pieces = [{**words(one), "type": "response.content_part.delta"} for one in ("Hel", "lo")]
    assert read([*pieces, part("done", "Hello"), ended(output=[])]).text == "Hello"


@pytest.mark.parametrize(
    "item",
    [
        {"role": "assistant", "content": [text("Hello")]},
        {"type": None, "role": "assistant", "content": [text("Hello")], "call_id": None, "name": None},
        message(text=None) | {"content": "Hello"},
        message({"text": "Hello"}),
        message("Hello"),
        message("Hel", {"type": "text", "text": "lo"}),
        message(text(None), text("Hello")),
        message() | {"content": {"type": "output_text", "text": "Hello"}},
        {"type": "output_text", "text": "Hello"},
    ],
)
def test_a_content_of_any_form_is_read(item):
    assert responses.decode(body(item)).text == "Hello"
    assert read([done(item), ended(output=[item])]).text == "Hello"
    assert read([added(item), ended(output=[])]).text == "Hello"


def test_output_text_counts_where_no_item_has_text():
    assert responses.decode(body({"what": "ever"}, output_text="Hello")).text == "Hello"
    assert responses.decode(body(message(text("Hello")), output_text="Hello")).text == "Hello"
    assert (
        read([words("Hel"), words("lo", item_id="n", output_index=1), ended(output=[], output_text="Hello")]).text
        == "Hello"
    )


def test_a_call_without_a_type_is_a_call():
    item = {"call_id": "c", "name": "f", "arguments": '{"city":"Oslo"}', "content": None}
    assert responses.decode(body(item)).tool_calls[0].arguments == {"city": "Oslo"}


def test_items_end_when_the_next_begins_and_calls_with_the_answer():
    objects = [
        words("Hi"),
        done(message(text("Hi"), id="m")),
        done({"type": "web_search_call", "id": "w"}, 1),
        done(call(id="fc_1"), 2),
    ]
    names = [type(event).__name__ for event in events([*objects, ended()])]
    assert names == ["Start", "Delta", "End", "Start", "End", "Start", "Delta", "End", "Meta"]
    assert isinstance(read([*objects, ended()]).parts[1], Opaque)


FIRST, SECOND = message(text("Hello you"), id="m1"), message(text("World of wonder"), id="m2")


def without_id(item):
    return {name: value for name, value in item.items() if name != "id"}


def pieces(item, *, whole):
    about = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    written = item["content"][0]["text"]
    for at in range(0, len(written), 4):
        yield {"type": "response.output_text.delta", **about, "delta": written[at : at + 4]}
    if whole:
        yield {"type": "response.output_text.done", **about, "text": written}


@pytest.mark.parametrize("first_done", [True, False])
@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("second_done", [None, SECOND, without_id(SECOND)])
@pytest.mark.parametrize(
    "final", [[], [FIRST], [SECOND], [FIRST, SECOND], [without_id(FIRST), without_id(SECOND)]], ids=len
)
def test_two_messages_at_one_place_of_which_the_second_is_not_announced(first_done, whole, second_done, final):
    objects = [added(message(id="m1")), *pieces(FIRST, whole=whole)]
    objects += [done(FIRST)] if first_done else []
    objects += [*pieces(SECOND, whole=whole), *([done(second_done)] if second_done else []), ended(output=final)]
    reply = read(objects)
    assert reply.text == "Hello youWorld of wonder"
    if first_done:
        assert [part.text for part in reply.parts] == ["Hello you", "World of wonder"]


def test_a_whole_text_under_a_new_id_at_the_place_of_a_finished_message():
    objects = [added(message(id="m1")), *pieces(FIRST, whole=True), done(FIRST)]
    again = {"item_id": "m9", "output_index": 0, "content_index": 0}
    repeated = {"type": "response.output_text.done", **again, "text": "Hello you"}
    assert read([*objects, repeated, ended()]).text == "Hello you"
    assert read([*objects, {**repeated, "text": "World"}, ended()]).text == "Hello youWorld"
