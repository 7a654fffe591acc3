"""Responses streams that lose, move, double or misplace one event: never a valid call that the model did not write."""

import json

import pytest

from hatz_client.content import Reasoning
from hatz_client.errors import HatzError
from tests.client.mutations_responses import announcement_mutations, argument_mutations, closing_mutations
from tests.client.responses_streams import body, call, message, read, spelled, text

ARGUMENTS = [
    '{"path":"/tmp/a b","n":12}',
    '{"recursive":true,"path":"/"}',
    "{}",
    '{"a":{"b":[1,2,{"c":"}"}]}}',
    '{"n": 1}',
]
THOUGHT = {
    "type": "reasoning",
    "id": "rs",
    "summary": [{"type": "summary_text", "text": one} for one in ("First.", "Second.")],
}


def custom(n, words):
    return {
        "type": "custom_tool_call",
        "id": f"ctc_{n}",
        "call_id": f"call_{n}",
        "name": "sql",
        "input": words,
        "status": "completed",
    }


def calls(*arguments):
    return [
        call(id=f"fc_{n}", call_id=f"call_{n}", name=f"tool_{n}", arguments=one, status="completed")
        for n, one in enumerate(arguments)
    ]


ANSWERS = {
    "one call": [*calls(ARGUMENTS[0])],
    "two calls": [*calls(ARGUMENTS[0], ARGUMENTS[1])],
    "text and calls": [message(text("Let me look."), id="m"), *calls(ARGUMENTS[1], "{}", ARGUMENTS[3])],
    "a call without arguments first": [*calls("{}", ARGUMENTS[4])],
    "thought, text, call, text": [
        THOUGHT,
        message(text("One"), text("Two"), id="m"),
        *calls(ARGUMENTS[0]),
        message(text("Three"), id="m2"),
    ],
    "custom and function": [custom(7, 'SELECT "1"'), *calls(ARGUMENTS[0])],
}
STREAMS = pytest.mark.parametrize(
    "events", [pytest.param(spelled(body(*items), 4), id=name) for name, items in ANSWERS.items()]
)


def meant(reply):
    return [(one.id, one.name, one.arguments) for one in reply.tool_calls]


def thoughts(reply):
    return [part.text for part in reply.parts if isinstance(part, Reasoning)]


def readings(mutations):
    for name, events in mutations:
        try:
            yield name, read(events)
        except HatzError:
            continue


@STREAMS
def test_a_call_is_the_right_one_or_invalid(events):
    right = meant(read(events))
    number = 0
    for name, reply in readings(argument_mutations(events)):
        valid = [found for found, one in zip(meant(reply), reply.tool_calls, strict=True) if one.valid]
        assert all(one in right for one in valid), name
        assert len({one[0] for one in valid}) == len(valid), name
        assert reply.text == read(events).text, name
        number += 1
    assert number > 10


@STREAMS
@pytest.mark.parametrize("mutate", [closing_mutations, announcement_mutations])
def test_closing_events_and_announcements_change_nothing(events, mutate):
    right = read(events)
    for name, reply in readings(mutate(events)):
        assert reply.text == right.text, name
        assert meant(reply) == meant(right), name
        assert "\n\n".join(thoughts(reply)) == "\n\n".join(thoughts(right)), name
        assert reply.finish == right.finish, name


@STREAMS
@pytest.mark.parametrize("lost", ["arguments.done", "output_item.done"])
def test_one_kind_of_closing_event_may_be_missing(events, lost):
    hollow = [event for event in events if not event["type"].endswith(lost)]
    assert meant(read(hollow)) == meant(read(events))


def test_without_whole_forms_a_call_whose_arguments_are_misplaced_never_has_none():
    for items in ANSWERS.values():
        events = [hollowed(event) for event in spelled(body(*items), 4)]
        right = {one.id: one.arguments for one in read(events).tool_calls}
        for name, reply in readings(argument_mutations(events)):
            for one in reply.tool_calls:
                assert one.arguments != {} or right[one.id] == {}, name


def hollowed(event):
    """The event as the gateway sends it, without arguments in its whole forms."""
    event = json.loads(json.dumps(event))
    for item in [event.get("item"), *(event.get("response") or {}).get("output", [])]:
        if item:
            item |= {key: "" for key in ("arguments", "input") if key in item}
    return {**event, "arguments": ""} if "arguments" in event else event


def test_arguments_that_come_before_their_call_are_no_part_of_the_call_before():
    for items in ANSWERS.values():
        events = [hollowed(event) for event in spelled(body(*items), 4)]
        right = meant(read(events))
        begun = {event["item"]["id"]: at for at, event in enumerate(events) if event["type"].endswith("item.added")}
        early = [
            (f"{at} moved to {to}", [*events[:to], event, *events[to:at], *events[at + 1 :]])
            for at, event in enumerate(events)
            if event["type"].endswith(("arguments.delta", "input.delta"))
            for to in range(1, begun[event["item_id"]] + 1)
        ]
        for name, reply in readings(early):
            valid = [found for found, one in zip(meant(reply), reply.tool_calls, strict=True) if one.valid]
            assert all(one in right for one in valid), name
