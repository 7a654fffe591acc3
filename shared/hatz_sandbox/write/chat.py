"""Answers of native chat; streams are JSON lines without usage and finish reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hatz_sandbox.neutral import Answer, Delta, Open, Piece, Question, Usage
from hatz_sandbox.write.frames import line

CONTENT_TYPE = "application/x-ndjson"
PING = b"\n"


def body(answer: Answer, usage: Usage, question: Question, _quirks: frozenset[str]) -> dict[str, Any]:
    """The body of a non-streaming answer."""
    text = answer.text if answer.refusal is None else answer.refusal
    return {
        "choices": [{"message": {"content": text, "role": "assistant"}}],
        "model": question.model,
        "usage": {"input_tokens": usage.input, "output_tokens": usage.output},
    }


def frames(pieces: Iterable[Piece], _usage: Usage, _question: Question, _quirks: frozenset[str]) -> Iterator[bytes]:
    """The lines of a streaming answer; tool calls are omitted."""
    kind = "text"
    for piece in pieces:
        match piece:
            case Open():
                kind = piece.kind
            case Delta(text) if kind in {"reasoning", "text", "refusal"}:
                yield line({"type": "thinking" if kind == "reasoning" else "content", "message": text})
