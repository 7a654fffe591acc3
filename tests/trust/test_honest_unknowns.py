"""What the gateway does not say is not said: through both clients and both frameworks, in every verb."""

import pytest
from langchain_core.messages import HumanMessage
from llama_index.core.base.llms.types import ChatMessage

from hatz_client import Client, Text, Turn
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.harness import ways

from . import faults, wires
from .server import END, Server, chunk, whole


def said(loop, verb, wire, events=None, body=None):
    """What a verb makes of this answer."""

    def acts(asked):
        if not asked.streamed:
            return [whole(wires.body(wire) if body is None else body)]
        frames = wires.frames(wire, events)
        return [faults.opening(asked), *(chunk(frame) for frame in frames), END]

    with Server(acts) as server:
        outcome = ways.run(loop, ways.ALL[verb], {"api_key": "k", "base_url": server.base_url, "endpoint": wire})
    assert outcome.error is None
    return outcome


def without(value, *names):
    """The same JSON without these fields, wherever they are."""
    if isinstance(value, dict):
        return {key: without(item, *names) for key, item in value.items() if key not in names}
    return [without(item, *names) for item in value] if isinstance(value, list) else value


def zeroed(value):
    """The same JSON with every number of a usage 0."""
    if isinstance(value, dict):
        return {key: dict.fromkeys(item, 0) if key == "usage" and item else zeroed(item) for key, item in value.items()}
    return [zeroed(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("verb", ways.ALL)
@pytest.mark.parametrize("wire", faults.SSE)
def test_what_is_said_is_handed_on(loop, verb, wire):
    outcome = said(loop, verb, wire)
    assert outcome.finish == "stop"
    assert outcome.usage == (5, 7)


@pytest.mark.parametrize("verb", ways.ALL)
@pytest.mark.parametrize("wire", faults.SSE)
@pytest.mark.parametrize("how", ["missing", "zero"])
def test_usage_that_is_unknown_is_none_and_not_zero(loop, verb, wire, how):
    change = zeroed if how == "zero" else lambda value: without(value, "usage")
    outcome = said(loop, verb, wire, change(wires.events(wire)), change(wires.body(wire)))
    assert outcome.text == wires.TEXT
    assert outcome.usage is None


@pytest.mark.parametrize("verb", ways.STREAM)
def test_native_chats_streams_say_neither_usage_nor_finish(loop, verb):
    outcome = said(loop, verb, "chat")
    assert outcome.text == wires.TEXT
    assert outcome.usage is None
    assert outcome.finish is None


@pytest.mark.parametrize("verb", ways.WHOLE)
@pytest.mark.parametrize("how", ["missing", "zero"])
def test_usage_of_native_chat_that_is_unknown_is_none_and_not_zero(loop, verb, how):
    body = wires.body("chat")
    assert said(loop, verb, "chat", body=body).usage == (5, 7)
    outcome = said(loop, verb, "chat", body=zeroed(body) if how == "zero" else without(body, "usage"))
    assert outcome.text == wires.TEXT
    assert outcome.usage is None


@pytest.mark.parametrize("verb", ways.WHOLE)
@pytest.mark.parametrize("wire", faults.ALL)
def test_no_reason_of_the_end_is_invented(loop, verb, wire):
    assert said(loop, verb, wire, body=without(wires.body(wire), "stop_reason", "status")).finish is None


@pytest.mark.parametrize("verb", ways.STREAM)
def test_no_reason_of_a_streams_end_is_invented(loop, verb):
    """A Responses stream says it with the name of its last event, and native chat's never does."""
    assert said(loop, verb, "messages", without(wires.events("messages"), "stop_reason")).finish is None


@pytest.mark.parametrize("verb", ways.ALL)
def test_a_reason_nobody_knows_is_another_and_not_stop(loop, verb):
    events = [
        {**event, "delta": {"stop_reason": "eclipse"}} if event["type"] == "message_delta" else event
        for event in wires.events("messages")
    ]
    outcome = said(loop, verb, "messages", events, {**wires.body("messages"), "stop_reason": "eclipse"})
    assert outcome.finish == "other"


@pytest.mark.parametrize("verb", ways.ALL)
@pytest.mark.parametrize("wire", faults.SSE)
def test_an_answer_that_was_cut_off_says_so_and_its_call_cannot_be_run(loop, verb, wire):
    outcome = said(loop, verb, wire, wires.broken_call(wire), wires.broken_call_body(wire))
    assert outcome.finish == "length"
    assert [type(arguments) for _, arguments in outcome.calls] == [str]


@pytest.mark.parametrize("wire", faults.ALL)
@pytest.mark.parametrize("verb", ways.STREAM)
def test_a_block_nobody_knows_is_kept(loop, verb, wire):
    """In its place, with its fields."""
    frames = faults._unknown_block(wire)
    with Server(lambda asked: [faults.opening(asked), *(chunk(frame) for frame in frames), END]) as server:
        outcome = ways.run(loop, ways.ALL[verb], {"api_key": "k", "base_url": server.base_url, "endpoint": wire})
    assert outcome.text == wires.TEXT
    assert "hologram" in repr(outcome.raw)


@pytest.mark.parametrize("wire", faults.SSE)
@pytest.mark.parametrize("verb", ways.WHOLE)
def test_a_block_nobody_knows_is_kept_of_a_whole_answer(loop, verb, wire):
    body = wires.body(wire)
    field = "content" if wire == "messages" else "output"
    outcome = said(
        loop, verb, wire, body={**body, field: [{"type": "hologram", "id": "h_1", "data": "h"}, *body[field]]}
    )
    assert outcome.text == wires.TEXT
    assert "hologram" in repr(outcome.raw)


HOLOGRAM = {"type": "hologram", "id": "h_1", "data": "h"}


def strange(wire):
    """A whole answer: text with a field nobody knows, a block nobody knows, text."""
    body = wires.body(wire)
    if wire == "messages":
        first = {"type": "text", "text": "Before.", "tint": "blue"}
        return {**body, "content": [first, HOLOGRAM, {"type": "text", "text": "After."}]}
    content = {"type": "output_text", "annotations": [], "tint": "blue"}
    message = {"type": "message", "role": "assistant", "status": "completed"}
    first, last = (
        {**message, "id": f"m{number}", "content": [{**content, "text": text}]}
        for number, text in enumerate(("Before.", "After."))
    )
    return {**body, "output": [first, HOLOGRAM, last]}


def strange_events(wire):
    """The same as a stream."""
    first, *_ = events = wires.events(wire)
    if wire == "messages":
        yield first
        for index, block in enumerate(strange(wire)["content"]):
            text = block.get("text")
            begins = {**block, "text": ""} if text else block
            yield {"type": "content_block_start", "index": index, "content_block": begins}
            if text:
                delta = {"type": "text_delta", "text": text}
                yield {"type": "content_block_delta", "index": index, "delta": delta}
            yield {"type": "content_block_stop", "index": index}
        yield from events[-2:]
        return
    yield first
    for index, item in enumerate(strange(wire)["output"]):
        yield {"type": "response.output_item.added", "output_index": index, "item": {**item, "content": []}}
        for part in item.get("content", ()):
            at = {"output_index": index, "content_index": 0, "item_id": item["id"]}
            yield {"type": "response.content_part.added", **at, "part": {**part, "text": ""}}
            yield {"type": "response.output_text.delta", **at, "delta": part["text"]}
            yield {"type": "response.content_part.done", **at, "part": part}
        yield {"type": "response.output_item.done", "output_index": index, "item": item}
    yield {**events[-1], "response": strange(wire)}


def say_back(verb, settings, raw):
    """Send the answer back, with another question."""
    if "Client" in verb:
        turns = (*ways.prompt().turns, Turn("assistant", raw.parts), Turn("user", (Text("And?"),)))
        Client(**settings).ask(ways.prompt().replace(turns=turns))
    elif "ChatHatz" in verb:
        ChatHatz(wires.MODEL, **settings).invoke([HumanMessage("Hello!"), raw, HumanMessage("And?")])
    else:
        HatzLLM(wires.MODEL, **settings).chat([ChatMessage("Hello!"), raw.message, ChatMessage("And?")])


@pytest.mark.parametrize("wire", faults.SSE)
@pytest.mark.parametrize("verb", ways.ALL)
def test_blocks_and_fields_that_nobody_knows_stay_in_their_place(loop, verb, wire):
    """As the next request shows, with which the answer goes back."""

    def acts(asked):
        if not asked.streamed:
            return [whole(strange(wire))]
        return [faults.opening(asked), *(chunk(frame) for frame in wires.frames(wire, strange_events(wire))), END]

    with Server(acts) as server:
        settings = {"api_key": "k", "base_url": server.base_url, "endpoint": wire}
        outcome = ways.run(loop, ways.ALL[verb], settings)
        assert (outcome.error, outcome.text) == (None, "Before.After.")
        say_back(verb, settings, outcome.raw)
        asked = server.requests[-1].raw.decode()
    places = [asked.index(text) for text in ("Before.", '"hologram"', "After.")]
    assert places == sorted(places)
    assert '"tint":"blue"' in asked
