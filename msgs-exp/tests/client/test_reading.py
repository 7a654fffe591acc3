"""What comes before a broken event is handed on, though both came in one piece."""

import httpx
import pytest

from hatz_client import Client, Delta, HatzResponseError, Prompt, Text, Turn

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
