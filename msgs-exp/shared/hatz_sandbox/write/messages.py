"""`POST /anthropic/messages`: the message body and its event stream."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hatz_sandbox.ids import fresh, signature
from hatz_sandbox.tokens import small, words
from hatz_sandbox.write.sse import event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatz_sandbox.neutral import Answer, Usage

CONTENT_TYPE = "text/event-stream; charset=utf-8"
_STOP = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool": "tool_use",
    "content_filter": "refusal",
}


def body(answer: Answer, usage: Usage, model: str) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    return {
        **_head(model),
        "content": _blocks(answer),
        "stop_reason": _stop_reason(answer),
        "stop_sequence": answer.stop_sequence,
        "usage": {**_input_usage(usage), "output_tokens": usage.output},
    }


def frames(answer: Answer, usage: Usage, model: str) -> Iterator[bytes]:
    """The events of a streamed answer."""
    start = {**_head(model), "content": [], "stop_reason": None, "stop_sequence": None}
    start["usage"] = {**_input_usage(usage), "output_tokens": 1}
    yield event({"type": "message_start", "message": start})
    blocks = _blocks(answer)
    calls = iter(answer.calls)
    for index, block in enumerate(blocks):
        raw = next(calls).arguments if block["type"] == "tool_use" else None
        yield event({"type": "content_block_start", "index": index, "content_block": _opened(block)})
        if index == 0:
            yield event({"type": "ping"})
        for delta in _deltas(block, answer, raw):
            yield event({"type": "content_block_delta", "index": index, "delta": delta})
        yield event({"type": "content_block_stop", "index": index})
    if not blocks:
        yield event({"type": "ping"})
    delta = {"stop_reason": _stop_reason(answer), "stop_sequence": answer.stop_sequence}
    counted = {**_input_usage(usage), "output_tokens": usage.output}
    yield event({"type": "message_delta", "delta": delta, "usage": counted})
    yield event({"type": "message_stop"})


def ping() -> bytes:
    """The event that says only that the server lives."""
    return event({"type": "ping"})


def _head(model: str) -> dict[str, Any]:
    return {"id": fresh("msg_"), "type": "message", "role": "assistant", "model": model}


def _stop_reason(answer: Answer) -> str:
    return _STOP.get(answer.ended, answer.ended)


def _input_usage(usage: Usage) -> dict[str, int]:
    # On this wire `input_tokens` excludes what the cache gave and took.
    return {
        "input_tokens": max(usage.input - usage.cache_read - usage.cache_write, 0),
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
    }


def _blocks(answer: Answer) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if answer.reasoning is not None:
        blocks.append({"type": "thinking", "thinking": answer.reasoning, "signature": signature(answer.reasoning)})
    if answer.search:
        search_id = fresh("srvtoolu_")
        query = {"query": answer.search.query}
        blocks.append({"type": "server_tool_use", "id": search_id, "name": "web_search", "input": query})
        found = list(answer.search.results)
        blocks.append({"type": "web_search_tool_result", "tool_use_id": search_id, "content": found})
    text = answer.refusal if answer.refusal is not None else answer.text
    if text:
        cited = {"citations": list(answer.citations)} if answer.citations else {}
        blocks.append({"type": "text", "text": text, **cited})
    for call in answer.calls:
        call_id = call.id if call.id is not None else fresh("toolu_")
        blocks.append({"type": "tool_use", "id": call_id, "name": call.name, "input": call.input})
    return blocks


def _opened(block: dict[str, Any]) -> dict[str, Any]:
    match block:
        case {"type": "thinking"}:
            return {"type": "thinking", "thinking": "", "signature": ""}
        case {"type": "text", "citations": _}:
            return {"type": "text", "text": "", "citations": []}
        case {"type": "text"}:
            return {"type": "text", "text": ""}
        case {"type": "tool_use" | "server_tool_use"}:
            return {**block, "input": {}}
        case _:
            return block


def _deltas(block: dict[str, Any], answer: Answer, raw: str | None) -> Iterator[dict[str, Any]]:
    match block:
        case {"type": "thinking", "thinking": thinking, "signature": signed}:
            for piece in words(thinking):
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": signed}
        case {"type": "text", "text": text}:
            for citation in block.get("citations", ()):
                yield {"type": "citations_delta", "citation": citation}
            for piece in answer.chunks if answer.chunks is not None else words(text):
                yield {"type": "text_delta", "text": piece}
        case {"type": "tool_use" | "server_tool_use", "input": arguments}:
            # The real service opens with an empty piece, and sends nothing else for an empty object.
            yield {"type": "input_json_delta", "partial_json": ""}
            for piece in small(raw if raw is not None else json.dumps(arguments, ensure_ascii=False)):
                yield {"type": "input_json_delta", "partial_json": piece}
