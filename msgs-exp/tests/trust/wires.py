"""One answer, as each wire says it, whole and streamed; written by hand from the wires' documentation, with no code of ours."""

import json

PIECES = ("Grüße, ", "世界", " 🌍.")
TEXT = "".join(PIECES)
MODEL = "anthropic.claude-haiku-4-5"
STREAM_TYPE = {"messages": "text/event-stream", "responses": "text/event-stream", "chat": "application/x-ndjson"}


def _json(value):
    return json.dumps(value, ensure_ascii=False)


def sse(events):
    """Server-sent events, each a frame."""
    return [f"event: {event['type']}\ndata: {_json(event)}\n\n".encode() for event in events]


def lines(objects):
    """Newline-delimited JSON, each a frame."""
    return [f"{_json(one)}\n".encode() for one in objects]


def events(wire, pieces=PIECES):
    """The objects of the stream that says these pieces."""
    return {"messages": _messages, "responses": _responses, "chat": _chat}[wire](pieces)


def frames(wire, objects=None):
    """The stream's frames."""
    objects = events(wire) if objects is None else objects
    return lines(objects) if wire == "chat" else sse(objects)


def body(wire, text=TEXT):
    """The same answer in one piece."""
    if wire == "messages":
        return {
            **_MESSAGE, "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
            "usage": {"input_tokens": 5, "output_tokens": 7},
        }  # fmt: skip
    if wire == "responses":
        return _response("completed", [_item(text, "completed")])
    return {
        "id": "c1", "model": MODEL, "choices": [{"message": {"role": "assistant", "content": text}}],
        "usage": {"input_tokens": 5, "output_tokens": 7},
    }  # fmt: skip


def error_event(wire, message="It exploded."):
    """What the wire puts into a stream that fails."""
    if wire == "messages":
        return {"type": "error", "error": {"type": "overloaded_error", "message": message}}
    if wire == "responses":
        return {"type": "error", "code": "server_error", "message": message, "param": None, "sequence_number": 9}
    return {"type": "error", "error": {"message": message}}


def broken_call(wire):
    """A stream whose tool call has arguments that end too early, though the stream is complete; chat has no calls."""
    if wire == "messages":
        return [
            {"type": "message_start", "message": _MESSAGE},
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}},
            },
            _delta(0, {"type": "input_json_delta", "partial_json": '{"where": "Ber'}),
            {"type": "content_block_stop", "index": 0},
            *_MESSAGE_END("max_tokens"),
        ]
    item = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "look",
        "arguments": '{"where": "Ber',
        "status": "incomplete",
    }
    return [
        {"type": "response.created", "response": _response("in_progress", [])},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**item, "arguments": "", "status": "in_progress"},
        },
        {
            "type": "response.function_call_arguments.delta",
            "item_id": "fc_1",
            "output_index": 0,
            "delta": item["arguments"],
        },
        {
            "type": "response.incomplete",
            "response": {**_response("incomplete", [item]), "incomplete_details": {"reason": "max_output_tokens"}},
        },
    ]


def broken_call_body(wire):
    """The same in one piece."""
    if wire == "messages":
        call = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": '{"where": "Ber'}
        return {
            **_MESSAGE, "content": [call], "stop_reason": "max_tokens",
            "usage": {"input_tokens": 5, "output_tokens": 7},
        }  # fmt: skip
    return broken_call("responses")[-1]["response"]


_MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": MODEL,
    "content": [],
    "stop_reason": None,
    "usage": {"input_tokens": 5, "output_tokens": 0},
}


def _delta(index, delta):
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _MESSAGE_END(reason="end_turn"):  # noqa: N802 (a constant but for its reason)
    return [
        {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 7}},
        {"type": "message_stop"},
    ]


def _messages(pieces):
    return [
        {"type": "message_start", "message": _MESSAGE},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(_delta(0, {"type": "text_delta", "text": piece}) for piece in pieces),
        {"type": "content_block_stop", "index": 0},
        *_MESSAGE_END(),
    ]


def _item(text, status):
    content = [{"type": "output_text", "text": text, "annotations": []}] if text else []
    return {"type": "message", "id": "item_1", "role": "assistant", "status": status, "content": content}


def _response(status, output):
    return {
        "id": "resp_1",
        "object": "response",
        "model": MODEL,
        "status": status,
        "output": output,
        "usage": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12} if output else None,
    }


def _responses(pieces):
    where = {"item_id": "item_1", "output_index": 0, "content_index": 0}
    text = "".join(pieces)
    part = {"type": "output_text", "text": "", "annotations": []}
    return [
        {"type": "response.created", "response": _response("in_progress", [])},
        {"type": "response.output_item.added", "output_index": 0, "item": _item("", "in_progress")},
        {"type": "response.content_part.added", **where, "part": part},
        *({"type": "response.output_text.delta", **where, "delta": piece} for piece in pieces),
        {"type": "response.output_text.done", **where, "text": text},
        {"type": "response.content_part.done", **where, "part": {**part, "text": text}},
        {"type": "response.output_item.done", "output_index": 0, "item": _item(text, "completed")},
        {"type": "response.completed", "response": _response("completed", [_item(text, "completed")])},
    ]


def _chat(pieces):
    return [{"type": "content", "message": piece} for piece in pieces]
