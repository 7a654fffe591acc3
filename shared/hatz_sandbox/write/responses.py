"""Answers of `POST /openai/responses`, with the gateway's quirks."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator

from hatz_sandbox.ids import new_id
from hatz_sandbox.neutral import Delta, End, Json, Open, Piece, Question, Usage
from hatz_sandbox.read import flat_tool

CONTENT_TYPE = "text/event-stream; charset=utf-8"
PING = b": ping\n\n"
_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}
_FAILED = {"code": "server_error", "message": "The model failed to generate a response."}
_DELTAS = {
    "reasoning": ("response.reasoning_summary_text", "text"),
    "call": ("response.function_call_arguments", "arguments"),
    "refusal": ("response.refusal", "refusal"),
    "text": ("response.output_text", "text"),
}
"""By kind of block, the prefix of its event names and the field of its text."""
_PARTS = {"reasoning": ("reasoning_summary_part", "summary_index")}


def body(pieces: Iterable[Piece], question: Question, quirks: frozenset[str]) -> Json:
    """The body of a non-streaming answer."""
    *_, last = events(pieces, Usage(0, 0), question, quirks - {"empty_final_output", "zero_stream_usage"})
    parts = [part for item in last["response"]["output"] for part in item.get("content", ())]
    return {**last["response"], "output_text": "".join(part.get("text", "") for part in parts)}


def events(pieces: Iterable[Piece], _usage: Usage, question: Question, quirks: frozenset[str]) -> Iterator[Json]:
    """The events of a streaming answer, without their numbers."""
    head = _head(question.model, question.body, quirks)
    started = {**head, "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    yield {"type": "response.created", "response": started}
    yield {"type": "response.in_progress", "response": started}
    items: list[Json] = []
    kinds: set[str] = set()
    rest = iter(pieces)
    piece = next(rest)
    while not isinstance(piece, End) or kinds <= {"reasoning"}:
        if not isinstance(piece, Open):  # an answer without text or calls has an empty message
            piece, rest = Open("text"), iter([piece])
        kinds.add(piece.kind)
        piece = yield from _item_events(piece, rest, items, quirks)
    yield _last(head, piece, items, quirks)


def _item_events(
    block: Open, pieces: Iterator[Piece], items: list[Json], quirks: frozenset[str]
) -> Generator[Json, None, Piece]:
    """The events of an output item, which is added to `items`; returns the piece that ends it."""
    item, at = _new_item(block), {"output_index": len(items)}
    name, key = _DELTAS[block.kind]
    part_name, part_index = _PARTS.get(block.kind, ("content_part", "content_index"))
    place = {"item_id": item["id"], **at, **({} if block.call else {part_index: 0})}
    more: Json = {"logprobs": []} if block.kind == "text" else {}
    yield {"type": "response.output_item.added", **at, "item": item}
    if not block.call:
        yield {"type": f"response.{part_name}.added", **place, "part": _part(block, "", quirks)}
    text = ""
    while isinstance(piece := next(pieces), Delta):
        text += piece.text
        yield {"type": f"{name}.delta", **place, "delta": piece.text, **more}
    # OpenAI's reference has a `name` in this event of a call; its recorded streams do not.
    yield {"type": f"{name}.done", **place, key: text, **more}
    if not block.call:
        yield {"type": f"response.{part_name}.done", **place, "part": _part(block, text, quirks)}
    status = {"status": "incomplete" if isinstance(piece, End) and piece.finish in _REASONS else "completed"}
    if block.call:
        item = {**item, **status, "arguments": text}
    elif block.kind == "reasoning":
        item = {**item, "summary": [_part(block, text, quirks)]}
    else:
        item = {**item, **status, "content": [_part(block, text, quirks)]}
    is_empty = "empty_final_output" in quirks and "content" in item
    yield {"type": "response.output_item.done", **at, "item": {**item, "content": []} if is_empty else item}
    items.append(item)
    return piece


def _part(block: Open, text: str, quirks: frozenset[str]) -> Json:
    if block.kind == "reasoning":
        return {"type": "summary_text", "text": text}
    if block.kind == "refusal":
        return {"type": "refusal", "refusal": text}
    part: Json = {"type": "output_text", "text": text, "annotations": []}
    return part if "small_object" in quirks else {**part, "logprobs": []}


def _last(head: Json, end: End, items: list[Json], quirks: frozenset[str]) -> Json:
    reason = _REASONS.get(end.finish)
    status = "failed" if end.finish == "failed" else "incomplete" if reason else "completed"
    response = {**head, "status": status, "incomplete_details": {"reason": reason} if reason else None}
    if status == "failed":
        response["error"] = _FAILED
    # reference: the final object of a stream is often empty, with a usage of zeros.
    response["output"] = [] if "empty_final_output" in quirks else items
    zero = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    response["usage"] = zero if "zero_stream_usage" in quirks or not end.usage else _usage(end.usage, quirks)
    return {"type": f"response.{status}", "response": response}


def _new_item(block: Open) -> Json:
    if block.kind == "reasoning":
        return {"id": new_id("rs_"), "type": "reasoning", "summary": []}
    if block.call:
        call_id = block.call.id if block.call.id is not None else new_id("call_")
        item = {"id": new_id("fc_"), "type": "function_call", "status": "in_progress", "call_id": call_id}
        return {**item, "name": block.call.name, "arguments": ""}
    return {"id": new_id("msg_"), "type": "message", "role": "assistant", "status": "in_progress", "content": []}


def _head(model: str, request_body: Json, quirks: frozenset[str]) -> Json:
    head: Json = {"id": new_id("resp_"), "object": "response", "created_at": int(time.time()), "model": model}
    if "small_object" in quirks:
        return head
    unset = dict.fromkeys(
        ("error", "max_tool_calls", "previous_response_id", "prompt_cache_key", "safety_identifier", "user")
    )
    return {
        **head,
        **unset,
        "background": False,
        "instructions": request_body.get("instructions"),
        "max_output_tokens": request_body.get("max_output_tokens"),
        "metadata": {},
        "parallel_tool_calls": request_body.get("parallel_tool_calls") is not False,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": False,
        "temperature": request_body.get("temperature", 1.0),
        "text": {"format": {"type": "text"}, "verbosity": "medium", **(request_body.get("text") or {})},
        "tool_choice": request_body.get("tool_choice") or "auto",
        "tools": [{"description": None, "strict": True, **flat_tool(tool)} for tool in request_body.get("tools") or []],
        "top_logprobs": 0,
        "top_p": request_body.get("top_p", 1.0),
        "truncation": "disabled",
    }


def _usage(usage: Usage, quirks: frozenset[str]) -> Json:
    counted: Json = {
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
    }
    if "small_object" not in quirks or usage.cache_read or usage.reasoning:
        counted["input_tokens_details"] = {"cached_tokens": usage.cache_read, "cache_write_tokens": usage.cache_write}
        counted["output_tokens_details"] = {"reasoning_tokens": usage.reasoning}
    return counted
