"""Reading a Responses stream or body takes time in proportion to its size: calls of functions and steps are counted, not seconds."""

import json
import math

import pytest

from hatz_client.content import Prompt, Reasoning, Text, Turn
from hatz_client.events import fold
from hatz_client.wire import responses
from tests.client.growth import assert_linear
from tests.client.responses_streams import body, call, ended, message, spelled, text, words


def added(item, place):
    return {"type": "response.output_item.added", "output_index": place, "item": item}


def done(item, place):
    return {"type": "response.output_item.done", "output_index": place, "item": item}


def calls(n, arguments='{"a":1}'):
    return [call(id=f"fc_{at}", call_id=f"call_{at}", arguments=arguments) for at in range(n)]


def delta(piece, **about):
    return {"type": "response.function_call_arguments.delta", "delta": piece, **about}


STREAMS = {
    "messages": lambda n: spelled(body(*(message(text("Hi"), id=f"m_{at}") for at in range(n)))),
    "calls": lambda n: spelled(body(*calls(n))),
    "content parts": lambda n: spelled(body(message(*(text("Hi") for _ in range(n)), id="m"))),
    "sections of reasoning": lambda n: spelled(
        body({"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "x"}] * n})
    ),
    "items that only the final object has": lambda n: [ended(output=calls(n))],
    "items without ids": lambda n: [*(done(call(call_id=f"c_{at}"), None) for at in range(n)), ended(output=[])],
    "items that share everything": lambda n: [*(added(message(), 0) for _ in range(n)), ended(output=[message()] * n)],
    "calls that are announced first": lambda n: [*map(added, calls(n, ""), range(n)), *map(done, calls(n), range(n)), ended(output=calls(n))],
    "messages without content": lambda n: [*(added(message(id=f"m_{at}"), at) for at in range(n)), ended(output=[])],
    "places far apart": lambda n: [*(added(message(id=f"m_{at}"), at * 9) for at in range(n)), ended(output=[])],
    "arguments for nobody": lambda n: [*(delta('{"a":1}', item_id=f"x_{at}", output_index=at) for at in range(n)), ended(output=[])],
    "arguments for a message": lambda n: [added(message(id="m"), 0), added(call(arguments=""), 1), *(delta("1", item_id="m", output_index=0) for _ in range(n)), ended()],
    "arguments after the end": lambda n: [done(call(), 0), *(delta("1", output_index=0) for _ in range(n)), ended()],
    "the same end again": lambda n: [*spelled(body(*calls(1)))[:-1], *(done(calls(1)[0], 0) for _ in range(n)), ended()],
    "annotations": lambda n: [*({"type": "response.output_text.annotation.added", "annotation": {"url": "u"}} for _ in range(n)), ended()],
    "citations between deltas": lambda n: [*([words("x"), {"type": "response.output_text.annotation.added", "annotation": {"url": "u"}}] * n), ended()],
    "messages at one place": lambda n: [one for at in range(n) for one in (words("x"), done(message(text("x"), id=f"m_{at}"), 0))] + [ended()],
    "calls that end in reverse": lambda n: [*map(added, calls(n, ""), range(n)), *map(done, calls(n)[::-1], reversed(range(n))), ended(output=[])],
    "deltas without any place": lambda n: [*(delta("1") for _ in range(n)), ended()],
}  # fmt: skip


def read(objects):
    decoder = responses.Decoder()
    for data in objects:
        for _ in decoder.feed(data):
            pass


@pytest.mark.parametrize("make", [pytest.param(make, id=name) for name, make in STREAMS.items()])
def test_a_stream_of_any_shape_is_read_in_linear_time(make):
    assert_linear(make, read)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: body(*calls(n)),
        lambda n: body(*(message(text("Hi"), id=f"m_{at}") for at in range(n))),
        lambda n: body(message(*(text("Hi", annotations=[{"url": "u"}]) for _ in range(n)))),
        lambda n: body({"type": "reasoning", "summary": [{"type": "summary_text", "text": "x"}] * n}),
    ],
)
def test_a_body_of_any_shape_is_read_in_linear_time(make):
    assert_linear(make, responses.decode)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: responses.decode(body(*calls(n))).parts,
        lambda n: responses.decode(body(message(*(text("Hi") for _ in range(n)), id="m"))).parts,
        lambda n: tuple(Reasoning("", {"responses": {"id": f"rs_{at}"}}) for at in range(n)),
    ],
)
def test_an_answer_of_any_shape_is_encoded_in_linear_time(make):
    prompt = lambda parts: Prompt("m", (Turn("user", (Text("hi"),)), Turn("assistant", parts)))  # noqa: E731
    assert_linear(make, lambda parts: responses.encode(prompt(parts)))


def test_the_count_sees_what_is_not_linear():
    with pytest.raises(AssertionError):
        assert_linear(lambda n: n, lambda n: [one for at in range(n) for one in range(at) if math.sqrt(one) < 0])


def test_streams_of_many_items_are_read_right():
    for make in (STREAMS["messages"], STREAMS["calls"], STREAMS["content parts"]):
        objects = make(50)
        decoder = responses.Decoder()
        reply = fold(event for data in objects for event in decoder.feed(data))
        assert reply == responses.decode(json.loads(json.dumps(objects[-1]["response"])))
