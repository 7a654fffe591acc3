"""`POST /anthropic/messages`: the message body and its event stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatz_sandbox.ids import new_id, signature
from hatz_sandbox.neutral import Delta, End, Open
from hatz_sandbox.write.frames import event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hatz_sandbox.neutral import Answer, Piece, Question, Usage

Json = dict[str, Any]

CONTENT_TYPE = "text/event-stream; charset=utf-8"
PING = event({"type": "ping"})
_STOP = {"stop": "end_turn", "length": "max_tokens", "tool": "tool_use", "content_filter": "refusal"}


def body(answer: Answer, usage: Usage, question: Question, _quirks: frozenset[str]) -> Json:
    """The body of an answer that is not streamed."""
    return {
        **_head(question.model),
        "content": _blocks(answer),
        "stop_reason": _STOP.get(answer.finish_reason, answer.finish_reason),
        "stop_sequence": answer.stop_sequence,
        "usage": {**_input_usage(usage), "output_tokens": usage.output},
    }


def frames(pieces: Iterable[Piece], usage: Usage, question: Question, _quirks: frozenset[str]) -> Iterator[bytes]:
    """The events of a streamed answer; `usage` is what is known of it when the stream begins."""
    message = {**_head(question.model), "content": [], "stop_reason": None, "stop_sequence": None}
    yield event({"type": "message_start", "message": {**message, "usage": {**_input_usage(usage), "output_tokens": 1}}})
    stream = _Stream()
    for piece in pieces:
        for data in stream.events(piece):
            yield event(data)


class _Stream:
    """The blocks of one stream: which is open, and what it holds."""

    def __init__(self) -> None:
        self._index = -1
        self._open: Open | None = None
        self._text = ""

    def events(self, piece: Piece) -> Iterator[Json]:
        match piece:
            case Open():
                yield from self._close()
                yield from self._begin(piece)
            case Delta(text):
                yield from self._delta(text)
            case End():
                yield from self._close()
                yield from self._end(piece)

    def _begin(self, block: Open) -> Iterator[Json]:
        self._open, self._text, self._index = block, "", self._index + 1
        yield {"type": "content_block_start", "index": self._index, "content_block": _opened(block)}
        if self._index == 0:
            yield {"type": "ping"}
        if block.kind == "call":
            # The real service opens with an empty piece, and sends nothing else for an empty object.
            yield self._block_delta({"type": "input_json_delta", "partial_json": ""})
        for citation in block.citations:
            yield self._block_delta({"type": "citations_delta", "citation": citation})

    def _delta(self, text: str) -> Iterator[Json]:
        self._text += text
        match self._open:
            case Open(kind="reasoning"):
                yield self._block_delta({"type": "thinking_delta", "thinking": text})
            case Open(kind="call"):
                yield self._block_delta({"type": "input_json_delta", "partial_json": text})
            case _:
                yield self._block_delta({"type": "text_delta", "text": text})

    def _close(self) -> Iterator[Json]:
        block, self._open = self._open, None
        if block is None:
            return
        if block.kind == "reasoning":
            yield self._block_delta({"type": "signature_delta", "signature": signature(self._text)})
        yield {"type": "content_block_stop", "index": self._index}

    def _end(self, end: End) -> Iterator[Json]:
        if self._index < 0:
            yield {"type": "ping"}
        delta = {"stop_reason": _STOP.get(end.finish, end.finish), "stop_sequence": end.stop_sequence}
        usage = {**_input_usage(end.usage), "output_tokens": end.usage.output} if end.usage else {}
        yield {"type": "message_delta", "delta": delta, "usage": usage}
        yield {"type": "message_stop"}

    def _block_delta(self, delta: Json) -> Json:
        return {"type": "content_block_delta", "index": self._index, "delta": delta}


def _head(model: str) -> Json:
    return {"id": new_id("msg_"), "type": "message", "role": "assistant", "model": model}


def _input_usage(usage: Usage) -> dict[str, int]:
    # On this wire `input_tokens` excludes what the cache gave and took.
    return {
        "input_tokens": max(usage.input - usage.cache_read - usage.cache_write, 0),
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
    }


def _blocks(answer: Answer) -> list[Json]:
    blocks: list[Json] = []
    if answer.reasoning is not None:
        blocks.append({"type": "thinking", "thinking": answer.reasoning, "signature": signature(answer.reasoning)})
    text = answer.refusal if answer.refusal is not None else answer.text
    if text:
        cited = {"citations": list(answer.citations)} if answer.citations else {}
        blocks.append({"type": "text", "text": text, **cited})
    blocks += [{**_opened(Open("call", call=call)), "input": call.input} for call in answer.calls]
    return blocks


def _opened(block: Open) -> Json:
    if block.kind == "reasoning":
        return {"type": "thinking", "thinking": "", "signature": ""}
    if block.call:
        call_id = block.call.id if block.call.id is not None else new_id("toolu_")
        return {"type": "tool_use", "id": call_id, "name": block.call.name, "input": {}}
    return {"type": "text", "text": "", **({"citations": []} if block.citations else {})}
