"""The Messages codec against recorded exchanges, as the official SDK reads them."""

import copy
import json
import random
from itertools import pairwise

import pytest

from hatz_client.content import Prompt, Text, ToolResult, Turn
from hatz_client.errors import (
    HatzAuthenticationError,
    HatzBadRequestError,
    HatzCreditsError,
    HatzError,
    HatzNotFoundError,
    HatzPermissionError,
    HatzRateLimitError,
    HatzServerError,
    HatzStreamInterruptedError,
)
from hatz_client.events import fold
from hatz_client.operations.error_responses import error_from_response
from hatz_client.util.json_text import to_json
from hatz_client.wire import messages
from tests.harness import recorded
from tests.harness.recorded import parametrize

ERRORS = {
    400: HatzBadRequestError,
    401: HatzAuthenticationError,
    402: HatzCreditsError,
    403: HatzPermissionError,
    404: HatzNotFoundError,
    413: HatzBadRequestError,
    429: HatzRateLimitError,
}

GOLD = list(recorded.exchanges("messages", "count_tokens"))


def is_answer(row, meant):
    return row["wire"] == "messages" and meant["ok"] and meant["checks"].get("terminal") is not False


def is_whole(row, meant):
    return is_answer(row, meant) and not row["stream"]


def sse(body):
    """The JSON objects of an event stream (recorded whole, one line of data an event)."""
    for line in body.split("\n"):
        data = line.removeprefix("data:").strip()
        if data != line.strip() and data.startswith("{"):
            try:
                yield json.loads(data)
            except ValueError:
                return  # cut within the line


def stream(events):
    decoder = messages.Decoder()
    for event in events:
        yield from decoder.feed(event)
    yield from decoder.close()


def read(row):
    return fold(stream(sse(row["body"]))) if row["stream"] else messages.decode(json.loads(row["body"]))


def parts_as_blocks(reply):
    """The types of the blocks that the parts came from."""
    kinds = {"Text": "text", "ToolCall": "tool_use"}
    for part in reply.parts:
        kind = type(part).__name__
        if kind == "Reasoning":
            yield part.residue.get("messages", {}).get("type", "thinking")
        else:
            yield kinds.get(kind) or part.block["type"]


@parametrize(GOLD, is_answer)
def test_an_answer_says_what_the_official_sdk_reads(row, meant):
    reply, result = read(row), meant["result"]
    calls = [{"id": call.id, "name": call.name, "args": call.arguments} for call in reply.tool_calls]

    assert reply.text == result["text"]
    assert calls == result["tool_calls"]
    assert reply.reasoning == result["thinking"]
    assert (reply.finish.raw if reply.finish else None) == result["stop_reason"]
    assert (reply.id, reply.model, reply.endpoint) == (result["id"], result["model"], "messages")
    assert sum(len(part.citations) for part in reply.parts if isinstance(part, Text)) == len(result["citations"])
    assert list(parts_as_blocks(reply)) == result["block_types"]
    assert reply.residue.get("messages", {}).get("stop_sequence") == result["stop_sequence"]
    signed = [part for part in reply.parts if part_has(part, "signature")]
    assert len(signed) == result["signatures"]


def part_has(part, field):
    return not isinstance(part, ToolResult) and bool(getattr(part, "residue", {}).get("messages", {}).get(field))


@parametrize(GOLD, is_answer)
def test_an_answer_counts_what_the_official_sdk_counts(row, meant):
    reply, counted = read(row), meant["result"]["usage"]

    if not counted["input_total"] and not counted["output"]:
        assert reply.usage is None  # zero of an answer that has words is unknown; what was said is kept
        assert reply.residue["messages"]["usage"]["input_tokens"] == 0
        return
    assert (reply.usage.input, reply.usage.output) == (counted["input_total"], counted["output"])
    assert (reply.usage.cache_write, reply.usage.cache_read) == (counted["cache_creation"], counted["cache_read"])
    assert reply.usage.total == reply.usage.input + reply.usage.output


def sendable(blocks):
    """The blocks of an answer but for what says nothing or what the API refuses: blank text, and no citations."""
    for block in blocks:
        if block["type"] == "text" and not block["text"].strip():
            continue
        yield {key: value for key, value in block.items() if key != "citations" or value}


def goes_on(parts):
    """A prompt in which these parts are what the model said before."""
    results = tuple(ToolResult(part.id, (Text("42"),)) for part in parts if type(part).__name__ == "ToolCall")
    then = Turn("tool", results) if results else Turn("user", (Text("Go on."),))
    return Prompt("m", (Turn("user", (Text("Hi."),)), Turn("assistant", parts), then))


@parametrize(GOLD, is_whole)
def test_an_answer_goes_back_exactly_as_it_came(row, meant):
    body = json.loads(row["body"])
    prompt = goes_on(messages.decode(body).parts)
    said = [turn["content"] for turn in messages.encode(prompt)["messages"] if turn["role"] == "assistant"]
    blocks = said[0] if said else []
    if isinstance(blocks, str):
        blocks = [{"type": "text", "text": blocks}]

    assert blocks == list(sendable(body["content"]))


def written(block, index, pieces):
    """The events that write this block."""
    start, deltas = dict(block), []
    match block["type"]:
        case "text":
            start["text"] = ""
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
            if block.get("citations"):
                start["citations"] = []
                deltas += [{"type": "citations_delta", "citation": one} for one in block["citations"]]
        case "thinking":
            start |= {"thinking": "", "signature": ""}
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        case "tool_use" | "server_tool_use" | "mcp_tool_use":
            start["input"] = {}
            deltas = [{"type": "input_json_delta", "partial_json": p} for p in pieces(json.dumps(block["input"]))]
    yield {"type": "content_block_start", "index": index, "content_block": start}
    yield from ({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas)
    yield {"type": "content_block_stop", "index": index}


def as_stream(body, seed):
    """The event stream of a whole answer, its words cut at random places."""
    chance = random.Random(seed)  # noqa: S311 (not for secrets)

    def pieces(text):
        cuts = sorted({0, len(text), *(chance.randrange(len(text) + 1) for _ in range(4))})
        return [text[a:b] for a, b in pairwise(cuts)]

    rest = {key: body[key] for key in body if key not in {"content", "stop_reason", "stop_sequence", "usage"}}
    begun = {**body["usage"], "output_tokens": 1}
    yield {"type": "message_start", "message": {**rest, "content": [], "stop_reason": None, "usage": begun}}
    for index, block in enumerate(body["content"]):
        yield {"type": "ping"}
        yield from written(block, index, pieces)
    delta = {"stop_reason": body["stop_reason"], "stop_sequence": body.get("stop_sequence")}
    yield {"type": "message_delta", "delta": delta, "usage": body["usage"]}
    yield {"type": "message_stop"}


@parametrize(GOLD, is_whole)
def test_a_stream_adds_up_to_the_same_answer_in_one_piece(row, meant):
    body = json.loads(row["body"])

    assert fold(stream(as_stream(body, row["id"]))) == messages.decode(body)


@parametrize(GOLD, lambda row, meant: row["wire"] == "count_tokens" and meant["ok"])
def test_a_count_is_the_count(row, meant):
    assert messages.decode_count(json.loads(row["body"])) == meant["result"]["input_tokens"]


@parametrize(GOLD, lambda row, meant: row["status"] >= 300)
def test_an_error_is_of_its_status_and_says_why(row, meant):
    error = error_from_response(row["status"], row["headers"], row["body"])

    assert isinstance(error, ERRORS.get(row["status"], HatzServerError))
    assert error.status_code == row["status"]
    assert (meant["error"].get("body_message") or "") in error.message
    if meant["error"].get("request_id") and "request_id" in row["body"]:
        assert error.request_id == meant["error"]["request_id"]


@parametrize(GOLD, lambda row, meant: row["status"] == 200 and meant["checks"].get("in_stream_error"))
def test_an_error_within_a_stream_is_raised(row, meant):
    with pytest.raises(HatzServerError, match=meant["error"]["body_message"]) as caught:
        read(row)

    assert caught.value.status_code == 529


@parametrize(GOLD, lambda row, meant: row["stream"] and meant["ok"] and meant["checks"].get("terminal") is False)
def test_a_stream_that_breaks_off_is_an_error_unless_it_said_why_the_answer_ended(row, meant):
    if meant["result"]["stop_reason"] is None:
        with pytest.raises(HatzStreamInterruptedError):
            read(row)
        return
    reply = read(row)
    assert reply.text == meant["result"]["text"]
    assert reply.finish.raw == meant["result"]["stop_reason"]


# -- answers nobody has seen --


def places(value, path=()):
    """All places in a JSON value."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def changed(value, chance, changes):
    """A copy of a JSON value with some of it dropped, emptied, doubled or of another type."""
    value = copy.deepcopy(value)
    for _ in range(changes):
        at = chance.choice([*places(value)] or [None])
        if at is None:
            break
        holder = value
        for key in at[:-1]:
            holder = holder[key]
        match chance.randrange(4):
            case 0:
                del holder[at[-1]]
            case 1 if isinstance(holder, list):
                holder.insert(at[-1], copy.deepcopy(holder[at[-1]]))
            case 2 if isinstance(holder, list):
                chance.shuffle(holder)
            case _:
                holder[at[-1]] = chance.choice([None, "", [], {}, 0, -1, True, "x", [None], {"type": "new"}, 1.5, [[]]])
    return value


@pytest.mark.parametrize("seed", range(6))
def test_nothing_but_our_errors_comes_out_of_answers_nobody_has_seen(seed):
    chance = random.Random(seed)  # noqa: S311 (not for secrets)
    for row, meant in GOLD:
        if not is_answer(row, meant) or len(row["body"]) > 60_000 or chance.random() > 0.35:
            continue
        try:
            if row["stream"]:
                reply = fold(stream(e for e in changed([*sse(row["body"])], chance, 4) if isinstance(e, dict)))
            else:
                reply = messages.decode(changed(json.loads(row["body"]), chance, 4))
            to_json(messages.encode(goes_on(reply.parts)))
        except HatzError:
            continue
