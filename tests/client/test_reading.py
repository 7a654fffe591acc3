"""What comes before a broken event is handed on, though both came in one piece."""

import json

import httpx
import pytest

from hatz_client import Client, Delta, Fold, HatzRateLimitError, HatzResponseError, Prompt, Text, Turn

BODY = (
    b'data: {"type": "message_start", "message": {"id": "msg_1"}}\n\n'
    b'data: {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}\n\n'
    b'data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Well"}}\n\n'
    b"data: {broken\n\n"
)


def test_events_before_a_broken_one_in_the_same_piece_are_not_lost():
    seen = []
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=BODY))) as http:
        stream = Client("key", http_client=http).stream(Prompt("claude", (Turn("user", (Text("Hi"),)),)))
        with pytest.raises(HatzResponseError) as caught:
            seen.extend(stream)
    assert seen[-1] == Delta(0, "Well")
    assert caught.value.partial.text == "Well"


EVENTS = {
    "messages": (
        {"type": "message_start", "message": {"id": "msg_1"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Well"}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ),
    "responses": (
        {
            "type": "response.output_text.delta",
            "item_id": "msg_1",
            "output_index": 0,
            "content_index": 0,
            "delta": "Well",
        },
        {"type": "response.completed", "response": {"status": "completed", "output": []}},
    ),
    "chat": ({"type": "content", "message": "Well"},),
}


def _read(endpoint, content):
    prompt = Prompt("gpt-5.2", (Turn("user", (Text("Hi"),)),))
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=content))) as http:
        client = Client("key", http_client=http, endpoint=endpoint, max_retries=0)
        yield lambda: client.ask(prompt).text
        yield lambda: _folded(client.stream(prompt)).text


def _folded(events):
    fold = Fold()
    for event in events:
        fold.add(event)
    return fold.reply


@pytest.mark.parametrize("endpoint", EVENTS)
@pytest.mark.parametrize("separator", ["\n", "", "\r\n\r\n"])
def test_events_as_bare_json_are_read_alike_by_ask_and_stream(endpoint, separator):
    content = separator.join(map(json.dumps, EVENTS[endpoint])).encode()
    assert [read() for read in _read(endpoint, content)] == ["Well", "Well"]


@pytest.mark.parametrize("endpoint", EVENTS)
def test_an_error_in_a_list_is_one_for_ask_and_stream(endpoint):
    for read in _read(endpoint, b'[{"error": {"code": 429, "message": "Rest."}}]'):
        with pytest.raises(HatzRateLimitError, match="Rest"):
            read()
