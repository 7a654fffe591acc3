"""Answers of `POST /openai/responses`, with the gateway's quirks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from hatz_sandbox.ids import new_id
from hatz_sandbox.neutral import Delta, End, Open, Piece, Question, Usage
from hatz_sandbox.read import flat_tool

Json = dict[str, Any]

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
    item: _Item | None = None
    for piece in pieces:
        match piece:
            case Delta(text) if item:
                yield item.delta(text)
            case Open():
                if item:
                    yield from item.close("completed", items)
                item = _Item(piece, len(items), quirks)
                yield from item.open()
            case End():
                incomplete = piece.finish in _REASONS
                if item is None or {item.kind, *(one["type"] for one in items)} == {"reasoning"}:
                    # An answer without text or calls has an empty message.
                    yield from item.close("completed", items) if item else ()
                    item = _Item(Open("text"), len(items), quirks)
                    yield from item.open()
                yield from item.close("incomplete" if incomplete else "completed", items)
                yield _last(head, piece, items, quirks)


class _Item:
    """An output item that is being streamed."""

    def __init__(self, block: Open, index: int, quirks: frozenset[str]) -> None:
        self.kind = block.kind
        self._item = _new_item(block)
        self._name, self._key = _DELTAS[self.kind]
        self._more: Json = {"logprobs": []} if self.kind == "text" else {}
        self._text = ""
        self._quirks = quirks
        self._added = {"output_index": index}
        self._at: Json = {"item_id": self._item["id"], **self._added}
        if self.kind != "call":
            self._at["summary_index" if self.kind == "reasoning" else "content_index"] = 0

    def open(self) -> Iterator[Json]:
        yield {"type": "response.output_item.added", **self._added, "item": self._item}
        if self.kind != "call":
            yield {"type": f"response.{self._part_name}.added", **self._at, "part": self._part()}

    def delta(self, text: str) -> Json:
        self._text += text
        return {"type": f"{self._name}.delta", **self._at, "delta": text, **self._more}

    def close(self, status: str, items: list[Json]) -> Iterator[Json]:
        # OpenAI's reference has a `name` in this event of a call; its recorded streams do not.
        yield {"type": f"{self._name}.done", **self._at, self._key: self._text, **self._more}
        if self.kind == "call":
            item = shown = {**self._item, "status": status, "arguments": self._text}
        else:
            yield {"type": f"response.{self._part_name}.done", **self._at, "part": self._part()}
            if self.kind == "reasoning":
                item = shown = {**self._item, "summary": [self._part()]}
            else:
                item = {**self._item, "status": status, "content": [self._part()]}
                shown = {**item, "content": []} if "empty_final_output" in self._quirks else item
        yield {"type": "response.output_item.done", **self._added, "item": shown}
        items.append(item)

    @property
    def _part_name(self) -> str:
        return "reasoning_summary_part" if self.kind == "reasoning" else "content_part"

    def _part(self) -> Json:
        if self.kind == "reasoning":
            return {"type": "summary_text", "text": self._text}
        if self.kind == "refusal":
            return {"type": "refusal", "refusal": self._text}
        part: Json = {"type": "output_text", "text": self._text, "annotations": []}
        return part if "small_object" in self._quirks else {**part, "logprobs": []}


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
