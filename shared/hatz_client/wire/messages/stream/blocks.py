"""Messages: one block of a stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from hatz_client.content import Citation, Opaque, Reasoning, Text, ToolCall
from hatz_client.events import Delta, End, Event, Start
from hatz_client.util.growing_text import GrowingText, encode
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.common.answers.values import id_text, string
from hatz_client.wire.messages.decode import DIALECT, arguments_text, citation_of, kind_of, part_of, residue_of

# The type of delta that adds to a block of this type, and its field.
_WRITTEN_BY = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    "tool_use": ("input_json_delta", "partial_json"),
}


class Block:
    """An open block: the events of its start, its unusual deltas and its end.

    Plain deltas do not come here: `Decoder.feed` asks for `takes` and `field`, makes the `Delta` and appends to `written`.
    """

    def __init__(self, index: int, content: Mapping[str, Any]) -> None:
        self.index = index
        """The index of the part."""
        self.kind = kind_of(content)
        self.takes, self.field = _WRITTEN_BY.get(self.kind, ("", ""))
        if self.is_call:
            self.takes = ""  # until arguments come: what stands for none of them is not written
        self.written = GrowingText()
        """What was streamed."""
        self.wire_indexes: set[int] = set()
        """The wire's indexes of this block while it is open."""
        self.closed = False
        self.echo_of: Block | None = None
        """The earlier, ended call that this block seems to repeat."""
        self.id = id_text(content.get("id"))
        self.name = content.get("name")
        self._begun = dict(content)
        self._fields: dict[str, Any] = {}
        """What is known only at the end."""
        self._citations: list[Citation] = []
        self._parsed: tuple[int, dict[str, Any] | str] | None = None
        self._filled = ""
        """The arguments in the start of a call: streamed arguments replace them, as in the official SDK."""

    @property
    def is_call(self) -> bool:
        """Whether it calls one of the caller's tools."""
        return self.kind == "tool_use"

    @property
    def is_opaque(self) -> bool:
        """Whether its type has no neutral meaning, such as a server tool's call."""
        return self.kind not in {*_WRITTEN_BY, "redacted_thinking"}

    @property
    def arguments(self) -> str:
        """Of a call: its arguments so far, as JSON text."""
        return str(self.written) or self._filled

    @property
    def has_valid_arguments(self) -> bool:
        """For a call: whether its arguments are empty or a JSON object."""
        return isinstance(self.parsed_arguments, dict)

    @property
    def parsed_arguments(self) -> dict[str, Any] | str:
        """Of a call: its arguments as an object; their text when they are none. Parsed once for as much text."""
        if self._parsed is None or self._parsed[0] != len(self.written):
            self._parsed = len(self.written), arguments_of(self.arguments)
        return self._parsed[1]

    def start(self) -> Iterator[Event]:
        """The start of the part, with a delta for text in the start event."""
        match part := part_of(self._begun):
            case Text(text, citations, residue):
                self._citations += citations
                yield Start(self.index, Text("", (), residue))
                yield from self.write(text)
            case Reasoning(text, residue) if self.kind == "thinking":
                fields = dict(residue.get(DIALECT, {}))
                if "signature" in fields:
                    self._fields["signature"] = fields.pop("signature")
                yield Start(self.index, Reasoning("", residue_of(fields)))
                yield from self.write(text)
            case ToolCall():
                self._filled = arguments_text(self._begun.get("input"))
                yield Start(self.index, part.replace(arguments=""))
            case _:
                yield Start(self.index, part or Opaque(DIALECT, self._begun))

    def write(self, text: str) -> Iterator[Event]:
        """Add to its text or arguments."""
        if text:
            self.written += encode(text)
            if self.kind in _WRITTEN_BY:
                yield Delta(self.index, text)

    def write_arguments(self, text: str) -> Iterator[Event]:
        """More of a call's arguments; "null", "[]" and "{}" stand for none, unless more follows."""
        if not self.written and not arguments_of(text):
            return
        self.takes = _WRITTEN_BY["tool_use"][0]
        yield from self.write(text)

    def fill(self, arguments: str) -> None:
        """Record the arguments of a repeated call."""
        self._filled = self._filled or arguments

    def cite(self, citation: Any) -> None:
        """Add a citation to a text."""
        if isinstance(citation, Mapping):
            self._citations.append(citation_of(citation))

    def set_signature(self, signature: Any) -> None:
        """Record the signature of a thought; an empty one does not erase it."""
        if isinstance(signature, str) and (signature or "signature" not in self._fields):
            self._fields["signature"] = signature

    @property
    def is_signed(self) -> bool:
        """Whether the signature of a thought has come."""
        return bool(self._fields.get("signature"))

    def may_be(self, content: Mapping[str, Any]) -> bool:
        """Whether an announcement at the same index may be of this text or thought: late, or once more."""
        whole = content.get(self.field)
        return kind_of(content) == self.kind and (not whole or self.written.rest_of(string(whole) or "") is not None)

    def apply_unknown(self, delta: Mapping[str, Any]) -> None:
        """Apply a delta of an unknown kind: text and lists extend a field, anything else replaces it."""
        for key, value in delta.items():
            if key == "type":
                continue
            current = self._fields.get(key, self._begun.get(key))
            if isinstance(current, _GrowingField) and isinstance(value, current.kind):
                current.pieces.append(value)
            elif isinstance(current, str | list) and isinstance(value, type(current)):
                self._fields[key] = _GrowingField(type(current), [current, value])
            elif value is not None or current is None:
                self._fields[key] = value

    def complete(self, content: Mapping[str, Any]) -> Iterator[Event]:
        """Write what a closing event contains of the block beyond what was streamed."""
        match self.kind:
            case "text" | "thinking" as field:
                whole = string(content.get(field)) or ""
                yield from self.write(self.written.rest_of(whole) or "")
                self.set_signature(content.get("signature")) if field == "thinking" else None
            case "tool_use":
                self.fill(arguments_text(content.get("input")))

    def end(self, *, invalid: bool = False) -> Iterator[Event]:
        """The part is complete; a call without a name is invalid."""
        if self.is_call and not self.written:
            yield from self.write_arguments(self._filled)
        invalid = invalid or (self.is_call and not string(self.name))
        if self.kind in _WRITTEN_BY or self.kind == "redacted_thinking":
            yield End(self.index, tuple(self._citations), residue_of(self._fields), invalid=invalid)
            return
        if self.written:
            self._fields["input"] = arguments_of(str(self.written))
        whole = {key: value.whole if isinstance(value, _GrowingField) else value for key, value in self._fields.items()}
        yield End(self.index, block=Opaque(DIALECT, {**self._begun, **whole}))


@dataclass(slots=True)
class _GrowingField:
    """A field that deltas extend; its pieces are joined once, at the end."""

    kind: type[str | list[Any]]
    pieces: list[Any]

    @property
    def whole(self) -> str | list[Any]:
        return "".join(self.pieces) if self.kind is str else list(chain.from_iterable(self.pieces))
