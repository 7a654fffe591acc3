"""A whole answer as the pieces in which it is streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatz_sandbox.neutral import Delta, End, Open, Usage
from hatz_sandbox.tokens import argument_pieces, count, word_pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hatz_sandbox.neutral import Answer, Piece


def pieces_of(answer: Answer, usage: Usage) -> Iterator[Piece]:
    """The answer word by word, or in the chunks that a script asked for."""
    if answer.reasoning is not None:
        yield from _block(Open("reasoning"), word_pieces(answer.reasoning))
    text = answer.text if answer.refusal is None else answer.refusal
    if text or answer.refusal is not None:
        block = Open("text" if answer.refusal is None else "refusal", citations=answer.citations)
        yield from _block(block, word_pieces(text) if answer.chunks is None else answer.chunks)
    for call in answer.calls:
        yield from _block(Open("call", call=call), argument_pieces(call.arguments))
    yield End(answer.finish_reason, answer.stop_sequence, usage)


def with_usage(pieces: Iterable[Piece], prompt: Usage) -> Iterator[Piece]:
    """The pieces; where their end tells no usage, with the sandbox's own count of what was streamed."""
    tokens = 0
    for piece in pieces:
        match piece:
            case Delta(text):
                tokens += count(text)
                yield piece
            case End(finish, stop_sequence, None):
                yield End(finish, stop_sequence, Usage(prompt.input, tokens or 1))
            case _:
                yield piece


def _block(block: Open, texts: Iterable[str]) -> Iterator[Piece]:
    yield block
    for text in texts:
        yield Delta(text)
