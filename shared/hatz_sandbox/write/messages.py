"""Answers of `POST /anthropic/messages`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hatz_sandbox.ids import new_id, signature
from hatz_sandbox.neutral import Delta, End, Json, Open, Piece, Question, ToolCall, Usage
from hatz_sandbox.write.frames import collect, sse

CONTENT_TYPE = "text/event-stream; charset=utf-8"
PING = sse({"type": "ping"})
_STOP = {"stop": "end_turn", "length": "max_tokens", "tool": "tool_use", "content_filter": "refusal"}
_DELTAS = {"reasoning": ("thinking_delta", "thinking"), "call": ("input_json_delta", "partial_json")}


def body(pieces: Iterable[Piece], question: Question, _quirks: frozenset[str]) -> Json:
    """The body of a non-streaming answer."""
    blocks, end = collect(pieces)
    content = [_block(block, text) for block, text in blocks if text or block.kind in {"reasoning", "call"}]
    return {**_head(question), "content": content, **_stop_fields(end), "usage": _usage(end.usage)}


def events(pieces: Iterable[Piece], usage: Usage, question: Question, _quirks: frozenset[str]) -> Iterator[Json]:
    """The events of a streaming answer; `usage` is for the first event."""
    started = {**_head(question), "content": [], "stop_reason": None, "stop_sequence": None}
    yield {"type": "message_start", "message": {**started, "usage": {**_usage(usage), "output_tokens": 1}}}
    index, kind, text = -1, "", ""
    for piece in pieces:
        if kind and not isinstance(piece, Delta):
            if kind == "reasoning":
                yield _delta(index, "signature_delta", "signature", signature(text))
            yield {"type": "content_block_stop", "index": index}
        match piece:
            case Open():
                index, kind, text = index + 1, piece.kind, ""
                yield {"type": "content_block_start", "index": index, "content_block": _block(piece)}
                if index == 0:
                    yield {"type": "ping"}
                if kind == "call":
                    # The real service starts with an empty delta, and sends no other for an empty object.
                    yield _delta(index, *_DELTAS[kind], "")
                for citation in piece.citations:
                    yield _delta(index, "citations_delta", "citation", citation)
            case Delta(more):
                text += more
                yield _delta(index, *_DELTAS.get(kind, ("text_delta", "text")), more)
            case End():
                if index < 0:
                    yield {"type": "ping"}
                yield {"type": "message_delta", "delta": _stop_fields(piece), "usage": _usage(piece.usage)}
                yield {"type": "message_stop"}


def _delta(index: int, kind: str, key: str, value: Any) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, key: value}}


def _head(question: Question) -> Json:
    return {"id": new_id("msg_"), "type": "message", "role": "assistant", "model": question.model}


def _stop_fields(end: End) -> Json:
    return {"stop_reason": _STOP.get(end.finish, end.finish), "stop_sequence": end.stop_sequence}


def _usage(usage: Usage | None) -> dict[str, int]:
    if usage is None:
        return {}
    return {
        # On this endpoint `input_tokens` excludes tokens read from and written to the cache.
        "input_tokens": max(usage.input - usage.cache_read - usage.cache_write, 0),
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": usage.output,
    }


def _block(block: Open, text: str | None = None) -> Json:
    """A block with its text; without text as a stream starts it."""
    if block.kind == "reasoning":
        return {"type": "thinking", "thinking": text or "", "signature": "" if text is None else signature(text)}
    if block.call:
        call_id = block.call.id if block.call.id is not None else new_id("toolu_")
        return {"type": "tool_use", "id": call_id, "name": block.call.name, "input": ToolCall("", text or "").input}
    cited = {"citations": [] if text is None else list(block.citations)} if block.citations else {}
    return {"type": "text", "text": text or "", **cited}
