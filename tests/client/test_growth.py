"""Reading Messages, native chat, framing, errors and histories takes time in proportion to their size."""

import json
import time

import pytest

from hatz_client.content import Prompt, Text, ToolCall, ToolResult, Turn
from hatz_client.errors import HatzError
from hatz_client.wire import chat, messages
from hatz_client.wire.common.answers import error_bodies
from hatz_client.wire.common.answers.framing import JsonLines, ServerSentEvents
from hatz_client.wire.common.requests import tool_pairing
from tests.client.growth import assert_linear


def start(block, index):
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index, kind, **fields):
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def stop(index):
    return {"type": "content_block_stop", "index": index}


def tool(at, **more):
    return {"type": "tool_use", "id": f"t{at}", "name": "f", "input": {}, **more}


END = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]
TEXT = {"type": "text", "text": ""}
STREAMS = {
    "blocks": lambda n: [one for at in range(n) for one in (start(TEXT, at), delta(at, "text_delta", text="x"), stop(at))],
    "blocks that do not end": lambda n: [one for at in range(n) for one in (start(TEXT, at), delta(at, "text_delta", text="x"))],
    "calls": lambda n: [one for at in range(n) for one in (start(tool(at), at), delta(at, "input_json_delta", partial_json="{}"), stop(at))],
    "calls without arguments": lambda n: [one for at in range(n) for one in (start(tool(at), at), stop(at))],
    "one call announced often": lambda n: [
        one for at in range(n) for one in (start(tool(0), at), delta(at, "input_json_delta", partial_json='{"a":1}'), stop(at))
    ],
    "arguments for nobody": lambda n: [delta(at, "input_json_delta", partial_json="1") for at in range(n)],
    "arguments for closed calls": lambda n: [
        *(one for at in range(n) for one in (start(tool(at), at), stop(at))), *(delta(at, "input_json_delta", partial_json="1") for at in range(n)),
    ],
    "arguments with many calls open": lambda n: [
        *(start(tool(at), at) for at in range(n)), *(delta(n + at, "input_json_delta", partial_json="1") for at in range(n)),
    ],
    "text and thought in one block": lambda n: [
        start(TEXT, 0), *(delta(0, kind, text="x", thinking="y") for _ in range(n) for kind in ("text_delta", "thinking_delta")),
    ],
    "a block of unknown type": lambda n: [
        start({"type": "new", "content": "", "list": []}, 0), *(delta(0, "new_delta", content="x", list=[1]) for _ in range(n)), stop(0),
    ],
    "calls written in turns": lambda n: [
        *(start(tool(at), at) for at in range(n)), *(delta(at, "input_json_delta", partial_json=piece) for piece in ('{"a":', "1}") for at in range(n)),
    ],
    "late signatures": lambda n: [
        *(one for at in range(n) for one in (start({"type": "thinking", "thinking": "x"}, at), stop(at))),
        *(delta(None, "signature_delta", signature=f"S{at}") for at in range(n)),
    ],
    "counts": lambda n: [{"type": "message_delta", "delta": {}, "usage": {f"count_{at}": at}} for at in range(n)],
    "signatures": lambda n: [start({"type": "thinking", "thinking": ""}, 0), *(delta(0, "signature_delta", signature="S") for _ in range(n))],
    "a whole message at the end": lambda n: [
        *(one for at in range(n) for one in (start(TEXT, at), stop(at))), {"type": "message_stop", "message": {"content": [TEXT] * n}},
    ],
}  # fmt: skip


def read(decoder, objects):
    for data in objects:
        for _ in decoder.feed(data):
            pass
    for _ in decoder.close():
        pass


@pytest.mark.parametrize("name", STREAMS)
def test_a_messages_stream(name):
    assert_linear(lambda n: [*STREAMS[name](n), *END], lambda stream: read(messages.Decoder(), stream))


def test_a_messages_body():
    assert_linear(lambda n: {"content": [tool(0, input={"a": 1})] * n}, messages.decode)
    assert_linear(lambda n: {"content": [{"type": "text", "text": "x", "citations": [{}]}] * n}, messages.decode)


def test_a_native_chat_stream():
    kinds = ("content", "thinking", "tool_call")
    assert_linear(
        lambda n: [{"type": kinds[at % 3], "message": "x"} for at in range(n)],
        lambda lines: read(chat.Decoder(), lines),
    )


def fed(framing, data):
    try:
        for _ in framing.feed(data):
            pass
        framing.close()
    except HatzError:
        pass


BODIES = {
    "objects": lambda n: b'data: {"type":"a"}\n\n' * n,
    "objects without empty lines": lambda n: b'data: {"type":"a"}\n' * n,
    "objects glued together": lambda n: b'{"type":"a"}' * n,
    "lines of one object": lambda n: b'{\n"a": [\n' + b"1,\n" * n + b"1]}\n",
    "brackets that stay open": lambda n: b"[\n" * n,
    "quotes that stay open": lambda n: b'{"a": "' + b'\\"' * n + b"\n",
    "signs of life": lambda n: b"data: ping\n\n: x\n\nping\n" * n,
    "empty lines": lambda n: b"\r\n\n\r" * n,
    "text": lambda n: b"data: words and words\n" * n,
}


@pytest.mark.parametrize("framing", [ServerSentEvents, JsonLines])
@pytest.mark.parametrize("name", BODIES)
def test_framing(framing, name):
    assert_linear(BODIES[name], lambda data: fed(framing(), data))
    began = time.process_time()
    fed(framing(), BODIES[name](30_000))
    assert time.process_time() - began < 5  # what is counted above leaves out how long each step takes


@pytest.mark.parametrize(
    "make",
    [
        lambda n: {"error": [{"message": ""}] * n},
        lambda n: {"errors": {f"field_{at}": "wrong" for at in range(n)}},
        lambda n: "<title" * n,
        lambda n: "<" * n,
        lambda n: "{" * n,
        lambda n: "model " * n + "credits " * n,
        lambda n: json.loads("[" * n + "]" * n),
    ],
)
def test_errors(make):
    assert_linear(make, error_bodies.error_from_event)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: tuple(one for _ in range(n) for one in (Turn("assistant", ToolCall("same", "f", {})), Turn("tool", ToolResult("same", ())))),
        lambda n: (Turn("assistant", [ToolCall("same", "f", {})] * n), Turn("tool", [ToolResult("same", ())] * n)),
        lambda n: (Turn("assistant", [ToolCall("", "f", {})] * n), Turn("tool", [ToolResult("x", ())] * n)),
        lambda n: tuple(Turn("assistant", ToolCall("same", "f", {})) for _ in range(n)),
        lambda n: tuple(Turn("tool", ToolResult("x", (Text("r"),))) for _ in range(n)),
    ],
)  # fmt: skip
def test_histories(make):
    assert_linear(make, tool_pairing.pair_tool_results)
    assert_linear(make, tool_pairing.orphans)
    assert_linear(lambda n: Prompt("m", (Turn("user", "Hi"), *make(n))), messages.encode)
