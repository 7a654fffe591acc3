"""`POST /openai/responses`: the response body and its event stream, with the gateway's quirks."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

from hatz_sandbox.ids import fresh
from hatz_sandbox.tokens import small, words
from hatz_sandbox.write.sse import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatz_sandbox.neutral import Answer, Usage

Json = dict[str, Any]

CONTENT_TYPE = "text/event-stream; charset=utf-8"
QUIRKS = frozenset({"empty_final_output", "zero_stream_usage", "small_object"})
"""What the gateway was seen to do unlike OpenAI's own service; `Sandbox(quirks=...)` chooses among them."""

_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}


def body(answer: Answer, usage: Usage, model: str, asked: Json, quirks: frozenset[str]) -> Json:
    """The body of an answer that is not streamed."""
    response = _response(_head(model, asked, quirks), answer)
    return {**response, "output": _items(answer, quirks), "output_text": answer.text, "usage": _usage(usage, quirks)}


def frames(answer: Answer, usage: Usage, model: str, asked: Json, quirks: frozenset[str]) -> Iterator[bytes]:
    """The events of a streamed answer."""
    numbers = itertools.count()
    for data in _events(answer, usage, model, asked, quirks):
        yield event({"type": data.pop("type"), "sequence_number": next(numbers), **data})


def _events(answer: Answer, usage: Usage, model: str, asked: Json, quirks: frozenset[str]) -> Iterator[Json]:
    head = _head(model, asked, quirks)
    begun = {**head, "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    items = _items(answer, quirks)
    for index, item in enumerate(items):
        yield {"type": "response.output_item.added", "output_index": index, "item": _opened(item)}
        yield from _item_events({"item_id": item["id"], "output_index": index}, item, answer)
        yield {"type": "response.output_item.done", "output_index": index, "item": _closed(item, quirks)}
    last = _response(head, answer)
    # reference: the streamed final object is often empty, its usage all zeros.
    final = [] if "empty_final_output" in quirks else items
    zero = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    counted = zero if "zero_stream_usage" in quirks else _usage(usage, quirks)
    yield {"type": f"response.{last['status']}", "response": {**last, "output": final, "usage": counted}}


def _item_events(at: Json, item: Json, answer: Answer) -> Iterator[Json]:
    match item:
        case {"type": "reasoning", "summary": [{"text": str(text)}]}:
            yield from _summary_events(at, text)
        case {"type": "function_call", "arguments": str(arguments)}:
            for piece in small(arguments):
                yield {"type": "response.function_call_arguments.delta", **at, "delta": piece}
            # OpenAI's description has a `name` here; none of its recorded streams has.
            yield {"type": "response.function_call_arguments.done", **at, "arguments": arguments}
        case {"type": "message", "content": [dict(part)]}:
            yield from _part_events({**at, "content_index": 0}, part, answer)


def _summary_events(at: Json, text: str) -> Iterator[Json]:
    at = {**at, "summary_index": 0}
    part = {"type": "summary_text", "text": ""}
    yield {"type": "response.reasoning_summary_part.added", **at, "part": part}
    for piece in words(text):
        yield {"type": "response.reasoning_summary_text.delta", **at, "delta": piece}
    yield {"type": "response.reasoning_summary_text.done", **at, "text": text}
    yield {"type": "response.reasoning_summary_part.done", **at, "part": {**part, "text": text}}


def _part_events(at: Json, part: Json, answer: Answer) -> Iterator[Json]:
    key = "refusal" if part["type"] == "refusal" else "text"
    name = "response.refusal" if key == "refusal" else "response.output_text"
    extra: Json = {} if key == "refusal" else {"logprobs": []}
    yield {"type": "response.content_part.added", **at, "part": {**part, key: ""}}
    for piece in answer.chunks if answer.chunks is not None else words(part[key]):
        yield {"type": f"{name}.delta", **at, "delta": piece, **extra}
    yield {"type": f"{name}.done", **at, key: part[key], **extra}
    yield {"type": "response.content_part.done", **at, "part": part}


def _head(model: str, asked: Json, quirks: frozenset[str]) -> Json:
    head: Json = {"id": fresh("resp_"), "object": "response", "created_at": int(time.time()), "model": model}
    if "small_object" in quirks:
        return head
    return {
        **head,
        "background": False,
        "error": None,
        "instructions": asked.get("instructions"),
        "max_output_tokens": asked.get("max_output_tokens"),
        "max_tool_calls": None,
        "metadata": {},
        "parallel_tool_calls": asked.get("parallel_tool_calls") is not False,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": None,
        "service_tier": "default",
        "store": False,
        "temperature": asked.get("temperature", 1.0),
        "text": {"format": {"type": "text"}, "verbosity": "medium", **(asked.get("text") or {})},
        "tool_choice": asked.get("tool_choice") or "auto",
        "tools": [{"description": None, "strict": True, **tool} for tool in asked.get("tools") or []],
        "top_logprobs": 0,
        "top_p": asked.get("top_p", 1.0),
        "truncation": "disabled",
        "user": None,
    }


def _response(head: Json, answer: Answer) -> Json:
    if answer.ended == "failed":
        error = {"code": "server_error", "message": "The model failed to generate a response."}
        return {**head, "status": "failed", "error": error, "incomplete_details": None}
    reason = _REASONS.get(answer.ended)
    details = {"reason": reason} if reason else None
    return {**head, "status": "incomplete" if reason else "completed", "incomplete_details": details}


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


def _items(answer: Answer, quirks: frozenset[str]) -> list[Json]:
    status = "incomplete" if answer.ended in _REASONS else "completed"
    items: list[Json] = []
    if answer.reasoning is not None:
        summary = [{"type": "summary_text", "text": answer.reasoning}]
        items.append({"id": fresh("rs_"), "type": "reasoning", "summary": summary})
    if answer.text or answer.refusal is not None or not answer.calls:
        message = {"id": fresh("msg_"), "type": "message", "role": "assistant", "status": status}
        items.append({**message, "content": [_part(answer, quirks)]})
    for call in answer.calls:
        call_id = call.id if call.id is not None else fresh("call_")
        item = {"id": fresh("fc_"), "type": "function_call", "status": status, "call_id": call_id}
        items.append({**item, "name": call.name, "arguments": call.arguments})
    return items


def _part(answer: Answer, quirks: frozenset[str]) -> Json:
    if answer.refusal is not None:
        return {"type": "refusal", "refusal": answer.refusal}
    part: Json = {"type": "output_text", "text": answer.text, "annotations": []}
    return part if "small_object" in quirks else {**part, "logprobs": []}


def _opened(item: Json) -> Json:
    match item:
        case {"type": "message"}:
            return {**item, "status": "in_progress", "content": []}
        case {"type": "function_call"}:
            return {**item, "status": "in_progress", "arguments": ""}
        case _:
            return {**item, "summary": []}


def _closed(item: Json, quirks: frozenset[str]) -> Json:
    if "empty_final_output" in quirks and item["type"] == "message":
        return {**item, "content": []}
    return item
