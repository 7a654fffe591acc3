"""One block of a Messages stream while it is being written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.content import Citation, Opaque, Reasoning, Text, ToolCall
from hatz_client.events import Delta, End, Event, Start
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.messages.decode import DIALECT, call_of, citation_of, citations_of, residue_of, written

# Which delta writes a block of this type, and in which field.
_WRITTEN_BY = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    "tool_use": ("input_json_delta", "partial_json"),
}


class Block:
    """A block that has begun: says `Start`, then what its first words, its odd deltas and its end mean.

    The plain deltas never come here: `Decoder.feed` asks for `takes` and `field` and makes a `Delta` itself.
    """

    __slots__ = ("_begun", "_citations", "_fields", "_filled", "_json", "_kind", "field", "index", "takes")

    def __init__(self, index: int, content: Mapping[str, Any]) -> None:
        self.index = index
        self._fields: dict[str, Any] = {}
        """What is known only at the end."""
        self._begun = dict(content)
        self._json: list[str] = []
        self._citations: list[Citation] = []
        self._filled = ""
        """What the block brought with it when it began."""
        self._kind = str(content.get("type"))
        self.takes, self.field = _WRITTEN_BY.get(self._kind, ("", ""))

    def start(self) -> Iterator[Event]:
        """The part begins; with text of its own, it is given at once."""
        fields = {key: value for key, value in self._begun.items() if key != "type"}
        match self._kind:
            case "text":
                self._filled = _words(fields.pop("text", None))
                self._citations += citations_of(fields.pop("citations", None))
                yield Start(self.index, Text("", (), residue_of(fields)))
            case "thinking":
                self._filled = _words(fields.pop("thinking", None))
                if "signature" in fields:
                    self._fields["signature"] = fields.pop("signature")
                yield Start(self.index, Reasoning("", residue_of(fields)))
            case "tool_use":
                yield from self._start_call(fields)
                return
            case "redacted_thinking":
                yield Start(self.index, Reasoning("", residue_of(self._begun)))
            case _:
                yield Start(self.index, Opaque(DIALECT, dict(self._begun)))
        if self._filled:
            yield Delta(self.index, self._filled)

    def _start_call(self, fields: dict[str, Any]) -> Iterator[Event]:
        self._filled = written(fields.pop("input", None))
        call = call_of(fields)
        yield Start(self.index, ToolCall(call.id, call.name, "", call.residue))
        if self._filled:
            # A call can come whole, in `content_block_start` or `message_start`; should deltas follow, they are the
            # arguments (so the official SDK reads it), and this is forgotten.
            self.takes = ""

    def more(self, delta: Mapping[str, Any]) -> Iterator[Event]:
        """What a delta means that is not simply more of the block's text."""
        match delta:
            case {"type": "input_json_delta", "partial_json": str(piece)} if self._kind == "tool_use":
                if piece:
                    self._filled, self.takes = "", "input_json_delta"
                    yield Delta(self.index, piece)
            case {"type": "input_json_delta", "partial_json": str(piece)}:
                self._json.append(piece)
            case {"type": "citations_delta", "citation": Mapping() as citation} if self._kind == "text":
                self._citations.append(citation_of(citation))
            case {"type": "signature_delta", "signature": str(signature)}:
                self._fields["signature"] = signature
            case {"type": "text_delta" | "thinking_delta" | "input_json_delta"} if self._kind in _WRITTEN_BY:
                return  # no text in it, or another kind's: nothing this block could hold
            case _:
                self._grow(delta)

    def _grow(self, delta: Mapping[str, Any]) -> None:
        """Take in a delta of a kind that is not known here: text and lists are more of a field, the rest replaces it."""
        for key, value in delta.items():
            if key == "type":
                continue
            here = self._fields.get(key, self._begun.get(key))
            if isinstance(value, str) and isinstance(here, str):
                self._fields[key] = here + value
            elif isinstance(value, list) and isinstance(here, list):
                self._fields[key] = [*here, *value]
            elif value is not None or here is None:
                self._fields[key] = value

    def end(self) -> Iterator[Event]:
        """The part is complete."""
        if self._kind == "tool_use" and self._filled:
            yield Delta(self.index, self._filled)
        if self._kind in _WRITTEN_BY or self._kind == "redacted_thinking":
            yield End(self.index, tuple(self._citations), residue_of(self._fields))
            return
        if pieces := "".join(self._json):
            self._fields["input"] = arguments_of(pieces)
        yield End(self.index, block=Opaque(DIALECT, {**self._begun, **self._fields}))


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""
