"""The canned answers: the bytes of both wires, for text and for a tool call, in one piece and streamed."""

import functools
import json

WORDS = ("the ", "thinnest ", "layer ", "between ", "a ", "gateway ", "and ", "its ", "frameworks ", "is ")
USAGE = {"input_tokens": 812, "output_tokens": 1000}
RESPONSES_USAGE = {
    **USAGE,
    "total_tokens": 1812,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
}


def text_pieces(count):
    """So many deltas of a text."""
    return [WORDS[i % len(WORDS)] for i in range(count)]


def tool_pieces(count):
    """The arguments of one call, in so many deltas: an object whose one field is a long string."""
    return ['{"query": "', *text_pieces(count - 2), '"}']


@functools.cache
def answer(wire, kind, count, streamed):
    """The body of a response, streamed ones with HTTP's own framing of chunks.

    Args:
        wire: "responses" or "messages".
        kind: "text", "whole" and "together" (a text), "tool" (a call whose arguments come in pieces), "call" (a short call), or "calls".
        count: Of deltas; of "calls" the calls, of "call" its number.
        streamed: Whether it is a stream, else one piece of JSON.
    """
    if kind in {"call", "calls"}:
        numbers = range(count) if kind == "calls" else [count]
        calls = [(f"call_{number}", f'{{"query": "{number}"}}') for number in numbers]
        return stream(wire, calls, "calls") if streamed else json.dumps(whole(wire, "calls", calls)).encode()
    pieces = tool_pieces(count) if kind == "tool" else text_pieces(count)
    if streamed:
        return stream(wire, pieces, "tool" if kind == "tool" else "text")
    return json.dumps(whole(wire, "text", "".join(pieces))).encode()


def stream(wire, pieces, kind):
    """A stream of these pieces: of a text, of a call's arguments, or one for each of several calls."""
    events = (responses_events if wire == "responses" else messages_events)(pieces, kind)
    return b"".join(http_chunk(sse(event)) for event in events) + b"0\r\n\r\n"


def whole(wire, kind, content):
    """The whole response: a text, or calls as (id, arguments)."""
    return response(content, kind) if wire == "responses" else message(content)


def sse(event):
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def http_chunk(data):
    """Each event is an HTTP chunk of its own, as a gateway flushes it."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def call_item(call_id, arguments, status="completed"):
    return {
        "type": "function_call", "id": f"fc_{call_id}", "call_id": call_id, "name": "search", "arguments": arguments, "status": status,
    }  # fmt: skip


def items(content, kind):
    return [call_item(*call) for call in content] if kind == "calls" else [item(content, kind)]


def item(text, kind, status="completed"):
    if kind == "tool":
        call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "search"}
        return {**call, "arguments": text, "status": status}
    parts = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}] if text else []
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": parts}


def response(text, kind):
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1760000000,
        "status": "completed" if text else "in_progress",
        "model": "gpt-5.2",
        "output": items(text, kind) if text else [],
        "usage": RESPONSES_USAGE if text else None,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
    }


def responses_call_events(calls):
    """The events of several calls, each with its arguments in one delta."""
    for at, (call_id, arguments) in enumerate(calls):
        place = {"item_id": f"fc_{call_id}", "output_index": at}
        name = "response.function_call_arguments"
        yield {"type": "response.output_item.added", "output_index": at, "item": call_item(call_id, "", "in_progress")}
        yield {"type": f"{name}.delta", **place, "delta": arguments}
        yield {"type": f"{name}.done", **place, "arguments": arguments}
        yield {"type": "response.output_item.done", "output_index": at, "item": call_item(call_id, arguments)}


def responses_events(pieces, kind):
    if kind == "calls":
        events = [
            {"type": "response.created", "response": response("", kind)},
            *responses_call_events(pieces),
            {"type": "response.completed", "response": response(pieces, kind)},
        ]
        return [{**event, "sequence_number": number} for number, event in enumerate(events)]
    text = "".join(pieces)
    name = "response.function_call_arguments" if kind == "tool" else "response.output_text"
    whole = {"arguments": text} if kind == "tool" else {"text": text, "logprobs": []}
    place = {"item_id": "fc_1" if kind == "tool" else "msg_1", "output_index": 0}
    place |= {} if kind == "tool" else {"content_index": 0}
    part = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    logprobs = {} if kind == "tool" else {"logprobs": []}
    events = [
        {"type": "response.created", "response": response("", kind)},
        {"type": "response.in_progress", "response": response("", kind)},
        {"type": "response.output_item.added", "output_index": 0, "item": item("", kind, "in_progress")},
        *([{"type": "response.content_part.added", **place, "part": part}] if kind != "tool" else []),
        *({"type": f"{name}.delta", **place, "delta": piece, **logprobs} for piece in pieces),
        {"type": f"{name}.done", **place, **whole},
        *([{"type": "response.content_part.done", **place, "part": {**part, "text": text}}] if kind != "tool" else []),
        {"type": "response.output_item.done", "output_index": 0, "item": item(text, kind)},
        {"type": "response.completed", "response": response(text, kind)},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def blocks(content):
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [
        {"type": "tool_use", "id": call_id, "name": "search", "input": json.loads(arguments)}
        for call_id, arguments in content
    ]


def message(text):
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "anthropic.claude-haiku-4-5",
        "content": blocks(text) if text else [],
        "stop_reason": ("end_turn" if isinstance(text, str) else "tool_use") if text else None,
        "stop_sequence": None,
        "usage": USAGE if text else {**USAGE, "output_tokens": 1},
    }


def messages_call_events(calls):
    """The events of several calls, each with its arguments in one delta."""
    for at, (call_id, arguments) in enumerate(calls):
        block = {"type": "tool_use", "id": call_id, "name": "search", "input": {}}
        delta = {"type": "input_json_delta", "partial_json": arguments}
        yield {"type": "content_block_start", "index": at, "content_block": block}
        yield {"type": "content_block_delta", "index": at, "delta": delta}
        yield {"type": "content_block_stop", "index": at}


def messages_events(pieces, kind):
    ending = [
        {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": USAGE},
        {"type": "message_stop"},
    ]
    if kind == "calls":
        return [{"type": "message_start", "message": message("")}, *messages_call_events(pieces), *ending]
    start, delta, reason = {"type": "text", "text": ""}, ("text_delta", "text"), "end_turn"
    if kind == "tool":
        start = {"type": "tool_use", "id": "toolu_1", "name": "search", "input": {}}
        delta, reason = ("input_json_delta", "partial_json"), "tool_use"
    return [
        {"type": "message_start", "message": message("")},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "ping"},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": delta[0], delta[1]: piece}}
            for piece in pieces
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": USAGE},
        {"type": "message_stop"},
    ]
