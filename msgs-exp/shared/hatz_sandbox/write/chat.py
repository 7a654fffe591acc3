"""`POST /chat/completions`: the native body, and JSON lines without usage or finish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatz_sandbox.tokens import words
from hatz_sandbox.write.sse import line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hatz_sandbox.neutral import Answer, Usage

CONTENT_TYPE = "application/x-ndjson"


def body(answer: Answer, usage: Usage, model: str) -> dict[str, Any]:
    """The body of an answer that is not streamed."""
    return {
        "choices": [{"message": {"content": _text(answer), "role": "assistant"}}],
        "model": model,
        "usage": {"input_tokens": usage.input, "output_tokens": usage.output},
    }


def frames(answer: Answer) -> Iterator[bytes]:
    """The lines of a streamed answer; the stream just ends."""
    if answer.reasoning:
        for piece in words(answer.reasoning):
            yield line({"type": "thinking", "message": piece})
    for piece in answer.chunks if answer.chunks is not None else words(_text(answer)):
        yield line({"type": "content", "message": piece})


def _text(answer: Answer) -> str:
    return answer.refusal if answer.refusal is not None else answer.text
