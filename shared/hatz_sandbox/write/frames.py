"""The pieces of a streamed answer, and the frames that carry them: server-sent events and JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from hatz_sandbox.neutral import Answer, Delta, End, Json, Open, Piece, Usage
from hatz_sandbox.tokens import count

_WORD = re.compile(r"\s*\S{1,24}|\s+")  # long words are split: some languages have no spaces
_ARGUMENT_PIECE = re.compile(r".{1,7}", re.DOTALL)  # arguments are streamed in small pieces, cut anywhere


def pieces_of(answer: Answer, usage: Usage) -> Iterator[Piece]:
    """The pieces of an answer: one for each word, or the answer's own chunks."""
    if answer.reasoning is not None:
        yield from _block(Open("reasoning"), _WORD.findall(answer.reasoning))
    text = answer.text if answer.refusal is None else answer.refusal
    if text or answer.refusal is not None:
        block = Open("text" if answer.refusal is None else "refusal", citations=answer.citations)
        yield from _block(block, _WORD.findall(text) if answer.chunks is None else answer.chunks)
    for call in answer.calls:
        yield from _block(Open("call", call=call), _ARGUMENT_PIECE.findall(call.arguments))
    yield End(answer.finish_reason, answer.stop_sequence, usage)


def collect(pieces: Iterable[Piece]) -> tuple[list[tuple[Open, str]], End]:
    """The blocks of an answer, each with its whole text, and its end."""
    blocks: list[tuple[Open, list[str]]] = []
    end = End()
    for piece in pieces:
        match piece:
            case Open():
                blocks.append((piece, []))
            case Delta(text):
                blocks[-1][1].append(text)
            case End():
                end = piece
    return [(block, "".join(texts)) for block, texts in blocks], end


def with_usage(pieces: Iterable[Piece], prompt: Usage) -> Iterator[Piece]:
    """The pieces; an end without usage gets the sandbox's own count."""
    tokens = 0
    for piece in pieces:
        if isinstance(piece, Delta):
            tokens += count(piece.text)
        if isinstance(piece, End) and piece.usage is None:
            yield End(piece.finish, piece.stop_sequence, Usage(prompt.input, tokens or 1))
        else:
            yield piece


def dumps(value: Any) -> bytes:
    """JSON as UTF-8; with a lone surrogate, which UTF-8 does not allow, as ASCII with escapes."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def sse(data: Json) -> bytes:
    """A server-sent event, named by its `type`, as OpenAI and Anthropic both do."""
    return b"event: " + str(data["type"]).encode() + b"\ndata: " + dumps(data) + b"\n\n"


def _block(block: Open, texts: Iterable[str]) -> Iterator[Piece]:
    yield block
    yield from map(Delta, texts)
