"""A whole answer as the pieces in which it is streamed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hatz_sandbox.neutral import Answer, Delta, End, Open, Piece, Usage
from hatz_sandbox.tokens import count

_WORD = re.compile(r"\s*\S{1,24}|\s+")  # of a long word pieces, as in languages that set no spaces
_ARGUMENT_PIECE = re.compile(r".{1,7}", re.DOTALL)  # arguments come in small pieces that respect no boundary


def pieces_of(answer: Answer, usage: Usage) -> Iterator[Piece]:
    """The answer word by word, or in the chunks that a script asked for."""
    if answer.reasoning is not None:
        yield from _block(Open("reasoning"), _WORD.findall(answer.reasoning))
    text = answer.text if answer.refusal is None else answer.refusal
    if text or answer.refusal is not None:
        block = Open("text" if answer.refusal is None else "refusal", citations=answer.citations)
        yield from _block(block, _WORD.findall(text) if answer.chunks is None else answer.chunks)
    for call in answer.calls:
        yield from _block(Open("call", call=call), _ARGUMENT_PIECE.findall(call.arguments))
    yield End(answer.finish_reason, answer.stop_sequence, usage)


def with_usage(pieces: Iterable[Piece], prompt: Usage) -> Iterator[Piece]:
    """The pieces; where their end tells no usage, with the sandbox's own count of what was streamed."""
    tokens = 0
    for piece in pieces:
        if isinstance(piece, Delta):
            tokens += count(piece.text)
        if isinstance(piece, End) and piece.usage is None:
            yield End(piece.finish, piece.stop_sequence, Usage(prompt.input, tokens or 1))
        else:
            yield piece


def _block(block: Open, texts: Iterable[str]) -> Iterator[Piece]:
    yield block
    yield from map(Delta, texts)
