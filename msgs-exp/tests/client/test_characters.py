"""A stream whose pieces end in the middle of a character: found with aimock, which cuts its texts by UTF-16 units."""

import json

import httpx
import pytest

from hatz_client import Client, Delta, Prompt, Text, ToolCall, Turn, fold

FAMILY = "👩‍👩‍👧"
PROMPT = Prompt("anthropic.claude-haiku-4-5", (Turn("user", (Text("Hello!"),)),), max_tokens=100)


def units(text):
    """The text in pieces of one UTF-16 unit each."""
    raw = text.encode("utf-16-le")
    return [raw[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(raw), 2)]


def streamed(events):
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, content=body, headers={"content-type": "text/event-stream"})
    )
    with httpx.Client(transport=transport) as http:
        return list(Client("key", http_client=http).stream(PROMPT))


def written(block, deltas):
    return streamed(
        [
            {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "model": "x"}},
            {"type": "content_block_start", "index": 0, "content_block": block},
            *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
            {"type": "message_stop"},
        ]
    )


def test_the_halves_of_a_character_are_put_together():
    events = written({"type": "text", "text": ""}, [{"type": "text_delta", "text": unit} for unit in units(FAMILY)])
    assert fold(events).text == FAMILY
    for event in events:
        if isinstance(event, Delta):
            event.text.encode()


def test_the_halves_within_the_arguments_of_a_call_are_put_together():
    arguments = json.dumps({"who": FAMILY}, ensure_ascii=False)
    deltas = [{"type": "input_json_delta", "partial_json": unit} for unit in units(arguments)]
    reply = fold(written({"type": "tool_use", "id": "t", "name": "greet", "input": {}}, deltas))
    assert reply.parts == (ToolCall("t", "greet", {"who": FAMILY}),)


@pytest.mark.parametrize("half", [chr(0xD83D), chr(0xDC69)], ids=["first", "second"])
def test_a_half_without_the_other_is_handed_on(half):
    reply = fold(
        written({"type": "text", "text": ""}, [{"type": "text_delta", "text": text} for text in ("a", half, "b", half)])
    )
    assert reply.text == f"a{half}b{half}"
