"""Messages streams in which one event was lost, moved, doubled or put under another index: nothing wrong looks right.

From good streams (recorded ones too, where they are). Of arguments: every call that comes out valid is one of the stream's own,
or the mutated stream is itself a good one, so that nobody could tell. Of closing events: the answer is the same.
"""

import copy
import json
import random

import pytest

from hatz_client.content import Reasoning
from hatz_client.errors import HatzError
from hatz_client.events import fold
from hatz_client.wire import messages
from hatz_client.wire.common.answers.cut_off_calls import CutOffCalls
from tests.client.streams_messages import STREAMS, call, text, thought
from tests.client.streams_messages import stream as stream_of

try:
    from tests.harness import recorded
except pytest.skip.Exception:
    RECORDED = {}
else:
    from tests.client.test_messages_corpus import GOLD, is_answer, sse

    RECORDED = {
        row["id"]: list(sse(row["body"]))
        for row, meant in GOLD
        if is_answer(row, meant) and recorded.complete(row, meant) and row["stream"]
    }

MOST = 12
"""Mutations of one stream; of longer ones a sample, the same in each run."""


def read(stream):
    decoder, stage = messages.Decoder(), CutOffCalls()
    events = [event for data in stream for event in stage.feed(decoder.feed(data))]
    return fold([*events, *stage.feed(decoder.close()), *stage.close()])


def kind(event):
    return event.get("type"), (event.get("delta") or {}).get("type")


def is_argument(event):
    return kind(event) == ("content_block_delta", "input_json_delta") and bool(event["delta"].get("partial_json"))


def plain_calls(stream):
    """The calls as the simplest reader has them; None when the stream is not a good one to it."""
    calls, written = {}, {}
    for event in stream:
        index = event.get("index")
        match kind(event)[0]:
            case "content_block_start" if event["content_block"].get("type") == "tool_use":
                if index in written:
                    return None
                written[index] = ""
                calls[index] = event["content_block"]
            case "content_block_start":
                written.pop(index, None)
            case "content_block_stop":
                if index in written and not is_object(written[index]):
                    return None
                if index in written:
                    calls[index] = {**calls[index], "input": json.loads(written.pop(index) or "{}")}
            case "content_block_delta" if is_argument(event):
                if index not in written:
                    return None
                written[index] += event["delta"]["partial_json"]
    return None if written else calls


def is_object(text):
    try:
        return not text or isinstance(json.loads(text), dict)
    except ValueError:
        return False


def argument_mutations(stream):
    """Each argument event dropped, doubled, moved anywhere, and put under every other index."""
    indexes = {event["index"] for event in stream if "index" in event}
    for at, event in enumerate(stream):
        if not is_argument(event):
            continue
        rest = [*stream[:at], *stream[at + 1 :]]
        yield "dropped", rest
        for to in range(1, len(rest)):  # what comes after message_stop is not read
            yield f"moved {at} to {to}", [*rest[:to], event, *rest[to:]]
            yield f"doubled {at} at {to}", [*stream[:to], event, *stream[to:]]
        for index in {*indexes, max(indexes) + 1, None} - {event["index"]}:
            yield f"{at} under {index}", [*stream[:at], {**event, "index": index}, *stream[at + 1 :]]


def closing_mutations(stream):
    """Each closing event early, late, doubled or fuller; and fuller where the last delta before it is missing."""
    whole = {}
    for at, event in enumerate(stream):
        match kind(event)[0]:
            case "content_block_start":
                whole[event["index"]] = [at, copy.deepcopy(event["content_block"]), []]
            case "content_block_delta":
                whole[event["index"]][2].append((at, event["delta"]))
            case "content_block_stop":
                start, block, deltas = whole[event["index"]]
                rest = [*stream[:at], *stream[at + 1 :]]
                for to in range(start + 1, len(rest) - 1):
                    yield f"end {at} at {to}", [*rest[:to], event, *rest[to:]]
                yield f"end {at} twice", [*stream[:at], event, *stream[at:]]
                yield f"no end {at}", rest
                if (full := completed(block, deltas)) is not None:
                    fuller = {**event, "content_block": full}
                    yield f"fuller end {at}", [*stream[:at], fuller, *stream[at + 1 :]]
                    for left_out in {
                        place for place, delta in deltas[-1:] if delta["type"] in {"text_delta", "thinking_delta"}
                    }:
                        yield (
                            f"fuller end {at}, less before",
                            [*stream[:left_out], *stream[left_out + 1 : at], fuller, *stream[at + 1 :]],
                        )
            case "message_delta":
                rest = [*stream[:at], *stream[at + 1 :]]
                for to in range(1, at):
                    yield f"message_delta at {to}", [*rest[:to], event, *rest[to:]]
                yield "message_delta twice", [*stream[:at], event, *stream[at:]]
            case "message_stop":
                rest = [*stream[:at], *stream[at + 1 :]]
                for to in range(1, at):
                    yield f"message_stop at {to}", [*rest[:to], event, *rest[to:]]
                yield "message_stop twice", [*stream, event]
                yield "no message_stop", rest


def completed(block, deltas):
    """The block as it is when it has been written; None where this does not say so."""
    fields = {"text_delta": "text", "thinking_delta": "thinking"}
    for _, delta in deltas:
        if delta["type"] == "signature_delta":
            block["signature"] = delta["signature"]
        elif delta["type"] in fields:
            block[fields[delta["type"]]] += delta[fields[delta["type"]]]
        else:
            return None
    return block


def some(mutations):
    found = list(mutations)
    return found if len(found) <= MOST else random.Random(len(found)).sample(found, MOST)  # noqa: S311 (a sample)


# All mutations are made before some are chosen: of the longest streams there are millions.
RECORDED = {name: one for name, one in RECORDED.items() if len(one) <= 250}
CALLING = {name: one for name, one in (STREAMS | RECORDED).items() if read(one).tool_calls}


@pytest.mark.parametrize("name", CALLING)
def test_a_call_is_what_the_model_wrote_or_invalid_or_an_error(name):
    stream = CALLING[name]
    own = [(call.id, call.arguments) for call in read(stream).tool_calls]
    mutations = list(argument_mutations(stream)) if name in STREAMS else some(argument_mutations(stream))
    for what, mutated in mutations:
        if plain_calls(mutated) is not None:
            continue
        try:
            reply = read(mutated)
        except HatzError:
            continue
        valid = [(call.id, call.arguments) for call in reply.tool_calls if call.valid]
        assert all(valid.count(one) <= own.count(one) for one in valid), what


@pytest.mark.parametrize("name", [*STREAMS, *RECORDED])
def test_closing_events_complete_and_neither_cut_nor_double(name):
    stream = (STREAMS | RECORDED)[name]
    right = read(stream)
    mutations = list(closing_mutations(stream)) if name in STREAMS else some(closing_mutations(stream))
    for what, mutated in mutations:
        reply = read(mutated)
        assert (reply.text, reply.reasoning, reply.tool_calls) == (right.text, right.reasoning, right.tool_calls), what
        assert reply.finish == right.finish, what


@pytest.mark.parametrize("name", STREAMS)
def test_what_is_announced_twice_is_one(name):
    stream, right = STREAMS[name], read(STREAMS[name])
    for at, event in enumerate(stream):
        if kind(event)[0] in {"content_block_start", "message_start"}:
            assert read([*stream[:at], event, *stream[at:]]).parts == right.parts


def announcement_mutations(stream):
    """Each announcement late, early or once more, while its block is open; the indexes of single events and of all events changed."""
    for at, event in enumerate(stream):
        if kind(event)[0] == "content_block_start":
            rest = [*stream[:at], *stream[at + 1 :]]
            end = next(to for to in range(at, len(stream)) if kind(stream[to])[0] == "content_block_stop")
            for to in range(at, end):
                yield f"{at} late at {to}", [*rest[:to], event, *rest[to:]]
                yield f"{at} once more at {to}", [*stream[: to + 1], event, *stream[to + 1 :]]
        if "index" in event and not is_argument(event):
            for index in {0, 1, 2, 9, None} - {event["index"]}:
                yield f"{at} under {index}", [*stream[:at], {**event, "index": index}, *stream[at + 1 :]]
    yield "no index", [{key: value for key, value in event.items() if key != "index"} for event in stream]
    yield "all 0", [{**event, "index": 0} if "index" in event else event for event in stream]
    for lost in ({"content_block_start"}, {"content_block_stop"}, {"content_block_start", "content_block_stop"}):
        yield f"without {lost}", [event for event in stream if kind(event)[0] not in lost]


TALKING = {name: one for name, one in STREAMS.items() if not read(one).tool_calls} | {
    "two thoughts after each other": stream_of(
        thought("Hm", ".", signature="S1"), thought("Then", " again.", signature="S2"), text("We", "ll.")
    ),
    "two texts": stream_of(text("Al", "pha. "), text("Be", "ta.")),
    "text, thought, text": stream_of(text("Al", "pha. "), thought("Hm", "."), text("Be", "ta.")),
}


@pytest.mark.parametrize("name", TALKING)
def test_a_thought_stays_one_with_its_signature_wherever_its_announcement_comes(name):
    right = read(TALKING[name])
    for what, mutated in announcement_mutations(TALKING[name]):
        reply = read(mutated)
        assert reply.text == right.text, what
        assert [one for one in signed(reply) if any(one)] == signed(right), what


def signed(reply):
    return [(one.text, one.residue.get("messages", {}).get("signature")) for one in thoughts(reply)]


@pytest.mark.parametrize("name", [*STREAMS, *RECORDED])
@pytest.mark.parametrize("indexed", [True, False])
def test_a_block_whose_announcement_is_lost_or_has_no_index(name, indexed):
    stream = (STREAMS | RECORDED)[name]
    right = read(stream)
    own = [(call.id, call.name, call.arguments) for call in right.tool_calls]
    for at, event in enumerate(stream):
        if kind(event)[0] == "content_block_start":
            changed = [] if indexed else [{key: value for key, value in event.items() if key != "index"}]
            try:
                reply = read([*stream[:at], *changed, *stream[at + 1 :]])
            except HatzError:
                continue
            valid = [(call.id, call.name, call.arguments) for call in reply.tool_calls if call.valid]
            assert all(one in own for one in valid), at
            assert reply.text == right.text
            assert indexed or thoughts(reply) == thoughts(right), at


def thoughts(reply):
    return [part for part in reply.parts if isinstance(part, Reasoning)]


SIGNED = {name: one for name, one in STREAMS.items() if any(kind(event)[1] == "signature_delta" for event in one)}
SIGNED["two thoughts"] = stream_of(
    thought("Hm.", signature="S1"), text("So."), thought("Then", " again."), text("Well."), call("now")
)


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("moved", [True, False])
def test_a_signature_that_comes_late_or_twice_is_that_of_its_thought(name, moved):
    stream = SIGNED[name]
    right = read(stream)
    for at, event in enumerate(stream):
        if kind(event)[1] == "signature_delta":
            rest = [*stream[:at], *stream[at + moved :]]
            for to in range(at, len(rest) - 1):
                assert read([*rest[:to], event, *rest[to:]]).parts == right.parts, to


def test_calls_with_one_id_that_never_end_come_in_their_order():
    good = stream_of(*(call("look", f'{{"n": {number}}}') for number in range(40)), finish="tool_use")
    endless = [event for event in good if event["type"] != "content_block_stop" or event["index"] == 0]
    assert [found.arguments for found in read(endless).tool_calls] == [{"n": number} for number in range(40)]
