"""The Responses codec against recorded exchanges, as the official SDK reads them."""

import copy
import json
import random
from itertools import islice

import pytest

from hatz_client.content import Opaque, Prompt, Reasoning, Refusal, Text, ToolCall, Turn
from hatz_client.errors import (
    HatzAuthenticationError,
    HatzBadRequestError,
    HatzCreditsError,
    HatzError,
    HatzNotFoundError,
    HatzPermissionError,
    HatzRateLimitError,
    HatzServerError,
    HatzStatusError,
    HatzStreamInterruptedError,
)
from hatz_client.events import Delta, fold
from hatz_client.operations.error_responses import error_from_response
from hatz_client.util.json_text import to_json
from hatz_client.wire import responses
from tests.client.mutations_responses import announcement_mutations, argument_mutations, closing_mutations
from tests.harness import recorded

ERRORS = {
    400: HatzBadRequestError,
    401: HatzAuthenticationError,
    403: HatzPermissionError,
    404: HatzNotFoundError,
    429: HatzRateLimitError,
}
TERMINAL = {"response.completed", "response.incomplete"}
REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}

ALL = list(recorded.exchanges("responses", gold=False))
GOLD = [(row, meant) for row, meant in ALL if meant["gold"]]
ANSWERS = [(r, m) for r, m in GOLD if m["ok"] and r["status"] == 200 and not m["result"]["response_error"]]
WHOLE = [pytest.param(json.loads(r["body"]), m["result"], id=r["id"]) for r, m in ANSWERS if not r["stream"]]
STREAMS = [pytest.param(r["body"], m["result"], id=r["id"]) for r, m in ANSWERS if r["stream"]]
REFUSED = [pytest.param(r, m["error"], id=r["id"]) for r, m in GOLD if not m["ok"]]


def events_of(text):
    """The JSON objects of a recorded stream."""
    for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        data = "\n".join(line[5:].removeprefix(" ") for line in block.split("\n") if line.startswith("data:"))
        if data and data != "[DONE]":
            yield json.loads(data)


def read(objects):
    decoder = responses.Decoder()
    events = [event for data in objects for event in decoder.feed(data)]
    events += decoder.close()
    return fold(events)


def calls_meant(result):
    for call in result["tool_calls"]:
        if call["type"] == "custom":
            yield call["id"], call["name"], {"input": call["raw_args"]}, "custom"
        else:
            yield call["id"], call["name"], call["raw_args"] if call["args"] is None else call["args"], "function"


def calls_got(reply):
    for call in reply.tool_calls:
        custom = call.residue["responses"].get("type") == "custom_tool_call"
        yield call.id, call.name, call.arguments, "custom" if custom else "function"


def finish_meant(result):
    if result["status"] == "queued":
        return None
    if result["status"] == "incomplete":
        return REASONS[result["incomplete_reason"]], result["incomplete_reason"]
    return ("tool_calls" if result["tool_calls"] else "stop"), result["status"]


def usage_meant(result):
    """Unknown, when an answer is said to have cost nothing at all."""
    usage = result["usage"]
    return usage if usage and (usage["input"] or usage["output"] or not result["item_types"]) else None


def usage_got(usage):
    return usage and {
        "input": usage.input,
        "output": usage.output,
        "total": usage.total,
        "cached": usage.cache_read,
        "cache_write": usage.cache_write,
        "reasoning": usage.reasoning,
    }


def thoughts(reply, where, between):
    parts = [part for part in reply.parts if isinstance(part, Reasoning)]
    return between.join(part.text for part in parts if part.residue["responses"].get(where))


def types_of(reply):
    """The kinds of the items, in order; a message's parts counted as one."""
    kinds = []
    for part in reply.parts:
        match part:
            case Text() | Refusal():
                if "at" not in part.residue["responses"]:
                    kinds.append("message")
            case Reasoning():
                kinds.append("reasoning")
            case ToolCall():
                kinds.append(part.residue["responses"].get("type", "function_call"))
            case Opaque():
                kinds.append(part.block["type"])
    return kinds


def check(reply, result):
    assert reply.text == result["text"]
    assert reply.refusal == result["refusal"]
    assert list(calls_got(reply)) == list(calls_meant(result))
    assert thoughts(reply, "summary", "\n\n") == result["reasoning"]
    assert thoughts(reply, "content", "") == result["reasoning_content"]
    assert (reply.finish and (reply.finish.reason, reply.finish.raw)) == finish_meant(result)
    assert usage_got(reply.usage) == usage_meant(result)
    assert (reply.id, reply.model) == (result["id"], result["model"])
    assert sum(len(p.citations) for p in reply.parts if isinstance(p, Text)) == len(result["annotations"])
    assert types_of(reply) == result["item_types"]
    assert [p.residue["responses"]["item"].get("phase") for p in reply.parts if isinstance(p, Text | Refusal)] == [
        message["phase"] for message in result["messages"]
    ]


def comparable(item):
    """An item without its null fields, arguments compared as JSON."""
    item = {key: value for key, value in item.items() if value is not None or key in ("result", "results", "error")}
    if item.get("type") == "function_call":
        try:
            return {**item, "arguments": json.loads(item["arguments"])}
        except ValueError:
            return item
    return item


def says_something(item):
    """An empty text is not sent again."""
    return item["type"] != "message" or any(part.get("text") or part.get("refusal") for part in item["content"])


def replayed(reply):
    """The items that the reply becomes as history."""
    prompt = Prompt("m", (Turn("user", (Text("hi"),)), Turn("assistant", reply.parts)))
    body = json.loads(to_json(responses.encode(prompt)))
    results = ["function_call_output", "custom_tool_call_output"]
    return [comparable(item) for item in body["input"][1:] if item.get("type") not in results]


def test_there_is_something_to_check():
    assert len(WHOLE) > 400
    assert len(STREAMS) > 200


@pytest.mark.parametrize(("body", "result"), WHOLE)
def test_a_body_means_what_the_sdk_reads(body, result):
    check(responses.decode(body), result)


@pytest.mark.parametrize(("text", "result"), STREAMS)
def test_a_stream_means_what_the_sdk_reads(text, result):
    check(read(events_of(text)), result)


@pytest.mark.parametrize(("body", "result"), WHOLE)
def test_what_was_answered_is_sent_back_as_it_was(body, result):
    """All but OpenAI's reasoning that nothing follows, which it refuses."""
    if body["output"]:
        expected = [comparable(item) for item in body["output"] if says_something(item)]
        while expected and expected[-1]["type"] == "reasoning" and "format" not in expected[-1]:
            expected.pop()
        assert replayed(responses.decode(body)) == expected


def without_ciphers(parts):
    """Parts without what the service encrypts again each time it sends an item."""
    for part in parts:
        match part:
            case Reasoning(text, residue):
                yield Reasoning(text, {"responses": {**residue["responses"], "encrypted_content": None}})
            case Opaque(dialect, {"encrypted_content": _, **rest}):
                yield Opaque(dialect, rest)
            case _:
                yield part


@pytest.mark.parametrize(("text", "result"), STREAMS)
def test_a_stream_is_the_same_answer_as_its_final_object(text, result):
    objects = list(events_of(text))
    final = next(data["response"] for data in objects if data["type"] in TERMINAL)
    streamed, whole = read(objects), responses.decode(final)
    if final["output"]:
        assert list(without_ciphers(streamed.parts)) == list(without_ciphers(whole.parts))
        assert streamed.finish == whole.finish
    assert (streamed.usage, streamed.residue) == (whole.usage, whole.residue)


@pytest.mark.parametrize(("text", "result"), STREAMS)
def test_deltas_alone_are_enough(text, result):
    """The gateway was seen to send final forms that are empty, and no usage."""
    reply = read(hollowed(events_of(text)))
    assert reply.text == result["text"]
    assert reply.refusal == result["refusal"]
    assert [c[:3] for c in calls_got(reply)] == [c[:3] for c in calls_meant(result)]
    assert thoughts(reply, "summary", "\n\n") == result["reasoning"]
    assert thoughts(reply, "content", "") == result["reasoning_content"]
    assert types_of(reply) == [
        kind for kind in result["item_types"] if kind != "message" or result["text"] or result["refusal"]
    ]
    assert reply.usage is None


def hollowed(objects):
    for data in objects:
        if data["type"] in TERMINAL:
            yield {
                **data,
                "response": {**data["response"], "output": [], "usage": {"input_tokens": 0, "output_tokens": 0}},
            }
        elif data["type"] == "response.output_item.done" and data["item"]["type"] == "message":
            yield {**data, "item": {**data["item"], "content": []}}
        elif data["type"] == "response.output_item.done" and data["item"]["type"] == "reasoning":
            yield {**data, "item": {**data["item"], "content": [], "summary": []}}
        elif data["type"] == "response.output_item.done" and data["item"]["type"] == "function_call":
            yield {**data, "item": {**data["item"], "arguments": ""}}
        elif (
            not data["type"].endswith((".done", "part.added", "annotation.added"))
            or "arguments" in data["type"]
            or data["type"] == "response.output_item.done"
        ):
            yield data


@pytest.mark.parametrize(("text", "result"), STREAMS)
def test_a_stream_without_deltas_is_read_from_its_final_forms(text, result):
    objects = [data for data in events_of(text) if not data["type"].endswith(".delta")]
    check(read(objects), result)


@pytest.mark.parametrize(("text", "result"), STREAMS)
def test_a_final_object_that_holds_all_is_enough(text, result):
    objects = [data for data in events_of(text) if data["type"] in TERMINAL]
    if objects[0]["response"]["output"]:
        check(read(objects), result)


@pytest.mark.parametrize("identity", ["item_id", "output_index", "both", "constant"])
@pytest.mark.parametrize(("text", "result"), STREAMS[::3])
def test_items_are_told_apart_by_whatever_is_there(text, result, identity):
    """llama.cpp has no `output_index`, Copilot's ids change with each event, others' places are all 0."""
    check(read(reidentified(events_of(text), identity)), result)


def reidentified(objects, identity):
    missing = {
        "item_id": set(),
        "output_index": {"output_index"},
        "both": {"output_index", "item_id", "content_index"},
        "constant": set(),
    }[identity]
    for number, data in enumerate(objects):
        kept = {key: value for key, value in data.items() if key not in {"sequence_number", *missing}}
        if identity == "constant" and "output_index" in data:
            kept["output_index"] = 0
        if identity == "item_id":
            kept |= {"item_id": f"changing_{number}"} if "item_id" in data else {}
            kept |= {"item": {**data["item"], "id": f"changing_{number}"}} if "item" in data else {}
        yield kept


@pytest.mark.parametrize(("row", "error"), REFUSED)
def test_a_refusal_is_the_right_error_with_the_words_of_the_service(row, error):
    raised = error_from_response(row["status"], row["headers"], row["body"])
    expected = HatzServerError if row["status"] >= 500 else ERRORS[row["status"]]
    if error.get("code") == "insufficient_quota":
        expected = HatzCreditsError
    if error.get("code") == "model_not_found" or "Model not found" in row["body"]:
        expected = HatzNotFoundError
    assert type(raised) is expected
    assert raised.status_code == row["status"]
    if error.get("body_message"):
        assert error["body_message"] in str(raised)


def test_a_failed_response_is_an_error_with_its_message():
    failed = [(r, m) for r, m in ALL if m["ok"] and m["result"] and m["result"]["response_error"]]
    assert {row["stream"] for row, _ in failed} == {True, False}
    for row, meant in failed:
        with pytest.raises(HatzServerError, match=meant["result"]["response_error"]["message"]) as caught:
            read(events_of(row["body"])) if row["stream"] else responses.decode(json.loads(row["body"]))
        assert caught.value.is_retryable


def test_an_error_event_is_an_error_with_its_message():
    errors = [(r, m) for r, m in ALL if r["stream"] and r["status"] == 200 and m["error"]]
    assert errors
    for row, meant in errors:
        with pytest.raises(HatzStatusError, match=meant["error"]["message"]):
            read(events_of(row["body"]))


@pytest.mark.parametrize(("text", "result"), STREAMS[::5])
def test_a_stream_cut_anywhere_is_interrupted_and_keeps_what_had_come(text, result):
    objects = list(events_of(text))
    for length in range(0, len(objects), max(1, len(objects) // 12)):
        decoder, events = responses.Decoder(), []
        for data in objects[:length]:
            events += decoder.feed(data)
        with pytest.raises(HatzStreamInterruptedError):
            decoder.close()
        assert result["text"].startswith(fold(events).text)
        given = "".join(data["delta"] for data in objects[:length] if data["type"] == "response.output_text.delta")
        assert fold(events).text == given


# Optional fields that go missing, fields that are null, events that are lost, double, or out of order


def mutated(value, chance, rng):
    match value:
        case dict():
            result = {}
            for key, inner in value.items():
                luck = rng.random()
                if luck >= chance:
                    result[key] = mutated(inner, chance, rng)
                elif luck < chance / 2:
                    result[key] = rng.choice([None, None, "", [], {}, 0, "x", [1], {"a": None}])
            return result
        case list():
            return [mutated(inner, chance, rng) for inner in value]
        case _:
            return value


@pytest.mark.parametrize("seed", range(6))
def test_mutilated_bodies_give_an_answer_or_an_error_of_ours(seed):
    rng = random.Random(seed)  # noqa: S311 (no secret)
    for parameters in WHOLE:
        body = mutated(copy.deepcopy(parameters.values[0]), rng.choice([0.02, 0.1, 0.4]), rng)
        try:
            reply = responses.decode(body)
            replayed(reply)
        except HatzError:
            continue


@pytest.mark.parametrize("seed", range(6))
def test_mutilated_streams_give_an_answer_or_an_error_of_ours(seed):
    rng = random.Random(seed)  # noqa: S311 (no secret)
    for parameters in STREAMS:
        objects = [
            mutated(data, rng.choice([0, 0, 0.05, 0.3]), rng)
            for data in events_of(parameters.values[0])
            for _ in range(rng.choice([1, 1, 1, 1, 1, 0, 2]))
        ]
        for at in range(1, len(objects)):
            if rng.random() < 0.1:
                objects[at - 1], objects[at] = objects[at], objects[at - 1]
        decoder, events = responses.Decoder(), []
        try:
            for data in objects:
                events += decoder.feed(data)
            decoder.close()
        except HatzError:
            pass
        reply = fold(events)
        try:
            replayed(reply)
        except HatzError:
            continue


def test_plain_deltas_take_the_short_way():
    """One delta in, one `Delta` out, in a tuple that nothing had to be generated for."""
    decoder = responses.Decoder()
    parameters = next(p for p in STREAMS if len(p.values[1]["text"]) > 200)
    given = [decoder.feed(data) for data in events_of(parameters.values[0])]
    short = [events for events in given if isinstance(events, tuple) and len(events) == 1 and type(events[0]) is Delta]
    assert len(short) > 20


# One event lost, moved, doubled or changed


WITH_CALLS = [p for p in STREAMS if p.values[1]["tool_calls"]]
SHORT = [p for p in STREAMS if len(p.values[0]) < 30_000]


def readings(mutations):
    for name, objects in mutations:
        try:
            yield name, read(objects)
        except HatzError:
            continue


@pytest.mark.parametrize(("text", "result"), WITH_CALLS)
def test_a_call_whose_arguments_are_misplaced_is_the_right_one_or_invalid(text, result):
    meant = list(calls_meant(result))
    for name, reply in readings(islice(argument_mutations(list(events_of(text))), 0, 2000, 7)):
        assert reply.text == result["text"]
        for call, got in zip(reply.tool_calls, calls_got(reply), strict=True):
            assert not call.valid or got in meant, name


@pytest.mark.parametrize(("text", "result"), SHORT[::4])
@pytest.mark.parametrize("mutate", [closing_mutations, announcement_mutations])
def test_a_closing_event_that_comes_early_late_or_twice_changes_nothing(text, result, mutate):
    right = read(events_of(text))
    for name, reply in readings(islice(mutate(list(events_of(text))), 200)):
        assert reply.text == right.text, name
        assert reply.refusal == right.refusal, name
        assert reply.reasoning.replace("\n\n", "") == right.reasoning.replace("\n\n", ""), name
        assert list(calls_got(reply)) == list(calls_got(right)), name
