"""Bytes into JSON objects: however they are cut, and whatever the server's habits."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatz_client.errors import HatzResponseError
from hatz_client.wire.common.answers.framing import JsonLines, Lines, ServerSentEvents

OBJECTS = [{"type": "a", "text": "grüße 東京 \u2028 \U0001f600"}, {"type": "b", "n": [1, 2]}, {"type": "c"}]


def fed(framing, body, cuts):
    edges = [0, *sorted(cuts), len(body)]
    pieces = [body[one:two] for one, two in itertools.pairwise(edges)]
    return [found for piece in pieces for found in framing.feed(piece)] + framing.close()


def sse(objects, newline="\n", *, name=True, space=" ", last=True):
    blocks = []
    for item in objects:
        lines = [f"event:{space}{item['type']}"] if name else []
        blocks.append(newline.join([*lines, f"data:{space}{json.dumps(item, ensure_ascii=False)}"]))
    return ((newline * 2).join(blocks) + (newline * 2 if last else "")).encode()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", [True, False])
@pytest.mark.parametrize("space", [" ", ""])
@pytest.mark.parametrize("last", [True, False])
def test_every_line_end_and_habit_in_single_bytes(newline, name, space, last):
    body = sse(OBJECTS, newline, name=name, space=space, last=last)
    assert fed(ServerSentEvents(), body, range(len(body))) == OBJECTS


@given(st.data(), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_cut_gives_the_same_events(data, newline):
    body = sse(OBJECTS, newline)
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=12))
    assert fed(ServerSentEvents(), body, cuts) == OBJECTS


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs",)), max_size=20)), st.data())
def test_lines_are_what_the_bytes_say(texts, data):
    texts = [text.replace("\n", " ").replace("\r", " ").lstrip("\ufeff") for text in texts]
    body = "".join(f"{text}\r\n" for text in texts).encode()
    cuts = data.draw(st.lists(st.integers(0, len(body)), max_size=8))
    assert fed(Lines(), body, cuts) == [text.encode() for text in texts]


def test_an_empty_line_after_a_carriage_return_of_its_own():
    body = b'data: {"n": 1}\r\n\ndata: {"n": 2}\r\n\n'
    assert fed(ServerSentEvents(), body, range(len(body))) == [{"n": 1}, {"n": 2}]


LIFE = (
    b"event: ping\ndata: {not json\n\n", b"event: heartbeat\ndata: hello there\n\n", b"data: [done]\n\n", b"data: true\n\n",
    b"data: ping\n\n", b"data: null\n\n", b"data: None\n\n", b"data: undefined\n\n", b"data: connected\n\n",
    b"data: Processing...\n\n",
)  # fmt: skip


@pytest.mark.parametrize("framing", [ServerSentEvents, JsonLines])
@pytest.mark.parametrize("life", LIFE)
def test_a_line_that_carries_nothing_ends_nothing(framing, life):
    frames = framing()
    found = [*frames.feed(b'data: {"type":"a"}\n\n' + life + b'data: {"type":"b"}\n\n'), *frames.close()]
    assert [frame["type"] for frame in found] == ["a", "b"]


def test_comments_pings_bom_done_and_fields_without_meaning():
    body = b'\xef\xbb\xbf: hello\n\nid: 7\nretry: 100\n\ndata: {"type": "a"}\n\n: ping\n\ndata: [DONE]\n\n'
    assert fed(ServerSentEvents(), body, []) == [{"type": "a"}]


def test_data_over_several_lines_is_one_object():
    assert fed(ServerSentEvents(), b'data: {"type":\ndata: "a"}\n\n', []) == [{"type": "a"}]


def test_the_events_name_stands_in_for_a_type_and_never_for_the_next_event():
    body = b'event: ping\ndata: {"n": 1}\n\nevent: other\n\ndata: {"n": 2}\n\n'
    assert fed(ServerSentEvents(), body, []) == [{"n": 1, "type": "ping"}, {"n": 2}]


def test_a_line_of_twenty_megabytes_in_small_pieces():
    body = b'data: {"type": "a", "text": "' + b"x" * 20_000_000 + b'"}\n\n'
    found = fed(ServerSentEvents(), body, range(0, len(body), 16_000))
    assert len(found[0]["text"]) == 20_000_000


@pytest.mark.parametrize("prefix", ["", "data: ", "data:"])
def test_json_lines_with_the_prefixes_clients_have_seen(prefix):
    body = "\n".join(prefix + json.dumps(item, ensure_ascii=False) for item in OBJECTS).encode() + b"\n\ndata: [DONE]"
    assert fed(JsonLines(), body, range(0, len(body), 3)) == OBJECTS


@pytest.mark.parametrize(
    "body", [b"data: {oops}\n\n", b"data: [1]\n\n", b'data: "text"\n\n', b"data: " + b"[" * 100_000 + b"\n\n"]
)
def test_what_is_no_object_is_said(body):
    with pytest.raises(HatzResponseError, match="The stream contains"):
        fed(ServerSentEvents(), body, [])


def test_broken_utf8_does_not_break_the_stream():
    assert fed(ServerSentEvents(), b'data: {"type": "a\xff"}\n\n', []) == [{"type": "a\ufffd"}]


A, B = b'{"type": "a"}', b'{"type": "b"}'


@pytest.mark.parametrize(
    "body",
    [
        b"data: " + A + b"\ndata: " + B + b"\n\n",
        b"data: " + A + b"\ndata: " + B + b"\ndata: [DONE]\n\n",
        b"data: " + A + B + b"[DONE]\n\n",
        b"data: ping\n\ndata: " + A + b"\n\ndata: : PROCESSING\n\ndata: null\n\ndata: " + B + b"\n\n",
        b"event: ping\ndata: still here\n\ndata: " + A + b"\n\ndata: 2026-01-01 10:00:00.5\n\ndata: " + B + b"\n\n",
        A + b"\n" + B + b"\n",
        b': KEEP-ALIVE\n\n{\n  "type": "a"\n}\n\ndata: ' + B + b"\n\n",
        b"data: [" + A + b", " + B + b"]\n\n",
    ],
)  # fmt: skip
def test_objects_are_found_whatever_is_between_them(body):
    assert fed(ServerSentEvents(), body, range(len(body))) == [{"type": "a"}, {"type": "b"}]


@pytest.mark.parametrize(
    "body",
    [
        A + B,
        A + b"\nping\n: x\nevent: y\n" + B,
        b'{\n  "type":\n  "a"\n}\n' + B,
        b"data: " + A + b"\n\ndata: " + B + b"\ndata: [DONE]",
    ],
)
def test_json_lines_are_found_whatever_is_between_them(body):
    assert fed(JsonLines(), body, range(len(body))) == [{"type": "a"}, {"type": "b"}]


@pytest.mark.parametrize(
    ("data", "event"),
    [
        (b"Upstream is busy", {"type": "error", "message": "Upstream is busy"}),
        (b'{"detail": "x"}', {"type": "error", "error": {"detail": "x"}}),
        (b'{"type": "overloaded_error", "message": "x"}', {"type": "error", "error": {"type": "overloaded_error", "message": "x"}}),
        (b'{"type": "error", "message": "x"}', {"type": "error", "message": "x"}),
        (b'{"error": "x", "status": 429}', {"type": "error", "error": "x", "status": 429}),
    ],
)  # fmt: skip
def test_an_event_named_error_is_one_whatever_its_object_says(data, event):
    assert fed(ServerSentEvents(), b"event: error\ndata: " + data + b"\n\n", []) == [event]


@pytest.mark.parametrize("broken", [b'{"type": "a', b'{"type": "a"\n{"type": "b"}\n', b"[[[", b"oops"])
def test_a_broken_object_between_json_lines_is_said(broken):
    framing = JsonLines()
    with pytest.raises(HatzResponseError, match="The stream contains"):
        fed(framing, A + b"\n" + broken, [])
