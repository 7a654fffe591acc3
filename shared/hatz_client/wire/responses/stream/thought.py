"""Responses streams: the events of reasoning, which is one part of several sections."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hatz_client.content import Reasoning
from hatz_client.events import Delta, End, Event, Start
from hatz_client.wire.responses.items import NAME, own_fields, section_texts
from hatz_client.wire.responses.stream.items import Piece, State, TextItem

_TYPES = {"summary": "summary_text", "content": "reasoning_text"}
"""The sections of a summary, and of the reasoning text itself, each with its type."""


class Thought(TextItem):
    """Reasoning: sections of a summary, or of the reasoning text itself."""

    def __init__(self, fields: Mapping[str, Any], index: int, new_index: Callable[[], int]) -> None:
        super().__init__(fields, index, new_index)
        self._last: Piece | None = None
        """The section that began last."""
        self._reopened = False

    @property
    def can_close(self) -> bool:
        """Whether it has text, or its encrypted form."""
        return self.is_started and bool(self._last or self.get("encrypted_content"))

    def begin(self) -> Iterator[Event]:
        """Start its part, without the fields that belong to its end."""
        about = own_fields(self.fields, "summary", "content", "encrypted_content", "status")
        yield from self._start(Reasoning("", {NAME: about}))

    def _write(self, piece: Piece, text: str) -> Iterator[Event]:
        if text:
            yield from super()._write(piece, text)

    def _write_whole(self, piece: Piece, text: str) -> Iterator[Event]:
        """Write what a whole section adds. Only the last section can still grow."""
        if piece.index is None or piece is self._last:
            yield from super()._write_whole(piece, text)

    def _start_piece(self, piece: Piece) -> Iterator[Event]:
        """Start a section. An empty line comes before it, but not between sections of the reasoning text itself."""
        yield from self.begin()
        if self._last is not None and not self._last.what == piece.what == "content":
            yield Delta(self.index, "\n\n")
        piece.index, self._last = self.index, piece

    def _reopen(self) -> Iterator[Event]:
        """As `TextItem._reopen`. The new part has no residue, or the item would be sent back twice."""
        self.state, self._reopened = State.OPEN, True
        self.index = self._new_index()
        for piece in self._pieces.values():
            piece.index = None if piece.index is None else self.index
        yield Start(self.index, Reasoning(""))

    def complete(self, fields: Mapping[str, Any]) -> Iterator[Event]:
        """Write the sections that were not streamed, and the missing ends of the others."""
        yield from super().complete(fields)
        if self.state is not State.CLOSED:
            yield from self._fill()

    def _fill(self) -> Iterator[Event]:
        for what in _TYPES:
            texts, streamed = section_texts(self.get(what)), list(self._of_kind.get(what, ()))
            if not streamed and self._last and "".join(texts) == self.text:
                continue  # some servers give the same text as a summary and as the reasoning itself
            for at, text in enumerate(texts):
                if at < len(streamed):
                    piece = streamed[at]
                elif at and self._last and self._last.text.is_longer_than(texts[at - 1]):
                    break  # all sections were streamed as one
                else:
                    piece = self._pieces.get((what, at)) or self._add(what, at)
                yield from self._write_whole(piece, text)

    def close(self, *, cut_off: bool) -> Iterator[Event]:  # noqa: ARG002 (as `Item`)
        """End it, with the fields that must go back to the service."""
        if self.state is State.CLOSED:
            return
        yield from self._write_announced()
        if self._last is None:
            yield from self._fill()
        self.state = State.CLOSED
        yield from self._start(Reasoning(""))
        if self._reopened:
            yield End(self.index)
            return
        fields = self.fields
        for what, kind in _TYPES.items():
            texts = [piece.text.value for piece in self._of_kind.get(what, ()) if not piece.text.is_empty]
            if texts and not fields.get(what):
                fields[what] = [{"type": kind, "text": text} for text in texts]
        yield End(self.index, residue={NAME: own_fields(fields)})
