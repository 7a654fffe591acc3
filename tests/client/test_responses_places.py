"""Responses streams with wrong places and ids of items: the texts are complete and in order, and no call gets what another was given."""

import pytest

from hatz_client.content import Reasoning, Text
from hatz_client.events import Delta, Start, fold
from tests.client.mutations_responses import identities, place_mutations
from tests.client.responses_streams import body, call, events, message, spelled, text


def thought(words, **fields):
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": words}], **fields}


A, B, C = (message(text(words), id=words) for words in ("Alpha. ", "Beta. ", "Gamma. "))
T, U = (thought(words, id=words) for words in ("Hm. ", "Ho. "))
F, G = (
    call(id=f"fc_{name}", call_id=f"call_{name}", name=name, arguments=given)
    for name, given in (("one", '{"a":1}'), ("two", '{"b":[2,2]}'))
)
EMPTY = call(id="fc_none", call_id="call_none", name="none", arguments="{}")
ANSWERS = {
    "one text": [A],
    "two texts": [A, B],
    "three texts": [A, B, C],
    "the same text twice": [A, {**A, "id": "other"}],
    "thought, texts": [T, A, B],
    "text, thought, text": [A, T, B],
    "text, call, text": [A, F, B],
    "thought, text, thought": [T, A, U],
    "call, text, call": [F, A, G],
    "thoughts and calls": [T, F, U, G],
    "a call without arguments first": [EMPTY, F],
    "a call without arguments last": [F, EMPTY],
}


def mutations(items):
    for name, stream in place_mutations(spelled(body(*items), 4)):
        for named, other in identities(stream):
            yield f"{name}, {named}", other


def streamed(found, kind):
    of_kind = {event.index for event in found if isinstance(event, Start) and isinstance(event.part, kind)}
    return "".join(event.text for event in found if isinstance(event, Delta) and event.index in of_kind)


@pytest.mark.parametrize("answer", ANSWERS)
def test_texts_and_thoughts_are_complete_and_in_order(answer):
    right = fold(events(spelled(body(*ANSWERS[answer]), 4)))
    for name, stream in mutations(ANSWERS[answer]):
        found = events(stream)
        reply = fold(found)
        assert (reply.text, reply.reasoning) == (right.text, right.reasoning), name
        assert (streamed(found, Text), streamed(found, Reasoning)) == (right.text, right.reasoning), name


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_call_is_the_right_one_or_invalid(answer):
    right = [(one.name, one.arguments) for one in fold(events(spelled(body(*ANSWERS[answer]), 4))).tool_calls]
    for name, stream in mutations(ANSWERS[answer]):
        valid = [(one.name, one.arguments) for one in fold(events(stream)).tool_calls if one.valid]
        left = list(right)
        for one in valid:
            assert one in left, (name, valid)
            left.remove(one)


SQL = {"type": "custom_tool_call", "id": "ctc", "call_id": "call_sql", "name": "sql", "input": 'SELECT "1"'}


def without_wholes(stream):
    """The stream without the events that repeat what the deltas said."""
    kept = [event for event in stream if not event["type"].endswith(".done")]
    return [*kept[:-1], {**kept[-1], "response": {**kept[-1]["response"], "output": []}}]


def valid_calls(stream):
    return [(one.name, one.arguments) for one in fold(events(stream)).tool_calls if one.valid]


def test_arguments_of_a_function_under_the_name_of_a_custom_tool_are_not_its_input():
    stream = without_wholes(spelled(body(SQL, F), 4))
    own = valid_calls(stream)
    for at, event in enumerate(stream):
        if event["type"] == "response.function_call_arguments.delta":
            misnamed = [*stream[:at], {**event, "item_id": "ctc", "output_index": 0}, *stream[at + 1 :]]
            assert valid_calls(misnamed) == own, at


def test_a_finished_call_without_arguments_gets_none_under_another_id():
    stream = [event for event in spelled(body(EMPTY, F), 40) if event.get("item", {}).get("id") != "fc_one"]
    misplaced = [
        {**event, "item_id": "other", "output_index": 0} if event.get("delta") == '{"a":1}' else event
        for event in stream
    ]
    assert valid_calls(misplaced) == [("one", {"a": 1})]
