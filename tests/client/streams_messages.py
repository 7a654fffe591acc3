"""Good Messages streams, written by hand: what mutations are made of where no recorded exchanges are."""


def stream(*blocks, finish="end_turn"):
    """The events of an answer of these blocks: (content_block, deltas) each."""
    events = [
        {"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
                                              "usage": {"input_tokens": 9, "output_tokens": 1}}},
    ]  # fmt: skip
    for index, (block, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    end = {
        "type": "message_delta",
        "delta": {"stop_reason": finish, "stop_sequence": None},
        "usage": {"output_tokens": 7},
    }
    return [*events, end, {"type": "message_stop"}]


def text(*pieces):
    return {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces]


def thought(*pieces, signature="S"):
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces]
    return {"type": "thinking", "thinking": "", "signature": ""}, [
        *deltas,
        {"type": "signature_delta", "signature": signature},
    ]


def call(name, *pieces):
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces)]
    return {"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": {}}, deltas


STREAMS = {
    "text": stream(text("Hel", "lo", ", you.")),
    "thought": stream(thought("Let me", " see."), text("It is", " so.")),
    "call": stream(text("I look."), call("look", '{"city": "O', 'slo", "da', 'ys": 2}'), finish="tool_use"),
    "calls": stream(
        call("rm", '{"path": "/tmp/x"', ', "recursive": true', "}"), call("look", '{"city": ', '"Oslo"}'), text("Both."),
        finish="tool_use",
    ),
    "without arguments": stream(call("now"), call("look", '{"city": "Oslo"}'), call("stop"), finish="tool_use"),
    "all": stream(thought("Hm."), text("So."), call("rm", '{"path": ', '"/tmp"}'), call("now"), finish="tool_use"),
}  # fmt: skip
