"""Answers of native chat; streams are JSON lines without usage and finish reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hatz_sandbox.neutral import Delta, Json, Open, Piece, Question, Usage
from hatz_sandbox.write.frames import collect

CONTENT_TYPE = "application/x-ndjson"
PING = b"\n"


def body(pieces: Iterable[Piece], question: Question, _quirks: frozenset[str]) -> Json:
    """The body of a non-streaming answer."""
    blocks, end = collect(pieces)
    text = "".join(text for block, text in blocks if block.kind in {"text", "refusal"})
    usage = end.usage or Usage(0, 0)
    return {
        "choices": [{"message": {"content": text, "role": "assistant"}}],
        "model": question.model,
        "usage": {"input_tokens": usage.input, "output_tokens": usage.output},
    }


def events(pieces: Iterable[Piece], _usage: Usage, _question: Question, _quirks: frozenset[str]) -> Iterator[Json]:
    """The events of a streaming answer; tool calls are omitted."""
    kind = "text"
    for piece in pieces:
        match piece:
            case Open():
                kind = piece.kind
            case Delta(text) if kind in {"reasoning", "text", "refusal"}:
                yield {"type": "thinking" if kind == "reasoning" else "content", "message": text}
