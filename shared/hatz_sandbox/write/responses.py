"""`POST /openai/responses`: the response body and its event stream, with the gateway's quirks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from hatz_sandbox.ids import new_id
from hatz_sandbox.neutral import Delta, End, Open
from hatz_sandbox.pieces import pieces_of
from hatz_sandbox.read.responses import flat_tool
from hatz_sandbox.write.frames import event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hatz_sandbox.neutral import Answer, Piece, Question, Usage

Json = dict[str, Any]

CONTENT_TYPE = "text/event-stream; charset=utf-8"
PING = b": ping\n\n"
_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}
_FAILED = {"code": "server_error", "message": "The model failed to generate a response."}
# What the deltas of a block are called, and the field of its text.
_DELTAS = {
    "reasoning": ("response.reasoning_summary_text", "text"),
    "call": ("response.function_call_arguments", "arguments"),
    "refusal": ("response.refusal", "refusal"),
    "text": ("response.output_text", "text"),
}


def body(answer: Answer, usage: Usage, question: Question, quirks: frozenset[str]) -> Json:
    """The body of an answer that is not streamed."""
    shown = quirks - {"empty_final_output", "zero_stream_usage"}
    *_, last = _events(pieces_of(answer, usage), question, shown)
    return {**last["response"], "output_text": answer.text}


def frames(pieces: Iterable[Piece], _usage: Usage, question: Question, quirks: frozenset[str]) -> Iterator[bytes]:
    """The events of a streamed answer."""
    for number, data in enumerate(_events(pieces, question, quirks)):
        yield event({"type": data.pop("type"), "sequence_number": number, **data})


def _events(pieces: Iterable[Piece], question: Question, quirks: frozenset[str]) -> Iterator[Json]:
    head = _head(question.model, question.body, quirks)
    begun = {**head, "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    stream = _Stream(head, quirks)
    for piece in pieces:
        yield from stream.events(piece)


class _Stream:
    """The items of one stream: those that are complete, the one that is open, and its text."""

    def __init__(self, head: Json, quirks: frozenset[str]) -> None:
        self._head = head
        self._quirks = quirks
        self._items: list[Json] = []
        self._item: Json | None = None
        self._kind = "text"
        self._text = ""
        self._spoke = False

    def events(self, piece: Piece) -> Iterator[Json]:
        match piece:
            case Open():
                yield from self._close("completed")
                yield from self._begin(piece)
            case Delta(text):
                self._text += text
                more: Json = {"logprobs": []} if self._kind == "text" else {}
                yield {"type": f"{_DELTAS[self._kind][0]}.delta", **self._at(), "delta": text, **more}
            case End():
                status = "incomplete" if piece.finish in _REASONS else "completed"
                if not self._spoke:
                    yield from self._close("completed")
                    yield from self._begin(Open("text"))
                yield from self._close(status)
                yield self._last(piece)

    def _begin(self, block: Open) -> Iterator[Json]:
        self._kind, self._text, self._item = block.kind, "", _new_item(block)
        self._spoke = self._spoke or block.kind != "reasoning"
        at = self._at()
        yield {"type": "response.output_item.added", "output_index": at["output_index"], "item": self._item}
        if block.kind == "reasoning":
            yield {"type": "response.reasoning_summary_part.added", **at, "part": {"type": "summary_text", "text": ""}}
        elif block.kind != "call":
            yield {"type": "response.content_part.added", **at, "part": self._part()}

    def _close(self, status: str) -> Iterator[Json]:
        if self._item is None:
            return
        at, kind = self._at(), self._kind
        name, key = _DELTAS[kind]
        more: Json = {"logprobs": []} if kind == "text" else {}
        # OpenAI's description has a `name` in the event of a call; none of its recorded streams has.
        yield {"type": f"{name}.done", **at, key: self._text, **more}
        shown = item = {**self._item, "status": status}
        if kind == "call":
            shown = item = {**item, "arguments": self._text}
        elif kind == "reasoning":
            part = {"type": "summary_text", "text": self._text}
            yield {"type": "response.reasoning_summary_part.done", **at, "part": part}
            shown = item = {**self._item, "summary": [part]}
        else:
            yield {"type": "response.content_part.done", **at, "part": self._part()}
            item = {**item, "content": [self._part()]}
            shown = {**item, "content": []} if "empty_final_output" in self._quirks else item
        yield {"type": "response.output_item.done", "output_index": at["output_index"], "item": shown}
        self._items.append(item)
        self._item = None

    def _last(self, end: End) -> Json:
        reason = _REASONS.get(end.finish)
        status = "failed" if end.finish == "failed" else "incomplete" if reason else "completed"
        response = {**self._head, "status": status, "incomplete_details": {"reason": reason} if reason else None}
        if status == "failed":
            response["error"] = _FAILED
        # reference: the streamed final object is often empty, its usage all zeros.
        response["output"] = [] if "empty_final_output" in self._quirks else self._items
        zero = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
        hidden = "zero_stream_usage" in self._quirks or end.usage is None
        response["usage"] = zero if hidden or end.usage is None else _usage(end.usage, self._quirks)
        return {"type": f"response.{status}", "response": response}

    def _at(self) -> Json:
        at = {"item_id": (self._item or {}).get("id"), "output_index": len(self._items)}
        if self._kind == "call":
            return at
        return {**at, "summary_index" if self._kind == "reasoning" else "content_index": 0}

    def _part(self) -> Json:
        if self._kind == "refusal":
            return {"type": "refusal", "refusal": self._text}
        part: Json = {"type": "output_text", "text": self._text, "annotations": []}
        return part if "small_object" in self._quirks else {**part, "logprobs": []}


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
