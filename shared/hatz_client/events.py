"""The events of a streamed answer: `Start`, `Delta` and `End` of each part, `Meta` about the whole, and `Fold`.

Every part has an index; parts may be interleaved. `Fold` accumulates events into a `Reply`, which can be read after
each event. Folding a stream gives the same `Reply` as decoding the same answer from one body.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeAlias

import msgspec

from hatz_client.content import (
    TEXT_PARTS,
    Citation,
    Finish,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Reply,
    Residue,
    Text,
    ToolCall,
    Usage,
)
from hatz_client.util.growing_text import GrowingText
from hatz_client.util.json_text import arguments_of, arguments_text
from hatz_client.util.value import Value


class Start(Value, frozen=True, gc=False):
    """A part begins."""

    index: int
    part: Part
    """The part so far: its text is empty; a call has its id, its name and `arguments=""`."""


class Delta(Value, frozen=True, gc=False):
    """More of a part's text, or of a tool call's arguments as JSON text."""

    index: int
    text: str


class End(Value, frozen=True, gc=False):
    """A part is complete; the fields hold what is known only at its end."""

    index: int
    citations: tuple[Citation, ...] = ()
    residue: Residue = msgspec.field(default_factory=dict)
    """Merged into the part's residue, per wire format."""
    block: Opaque | None = None
    """The final form of an opaque part."""
    invalid: bool = False
    """For a tool call: its arguments were cut off, lost or misplaced. They stay text, even if they are a JSON object,
    so that nobody runs the call."""


@dataclass(slots=True)
class Meta:
    """Facts about the whole answer. None means nothing new."""

    id: str | None = None
    model: str | None = None
    finish: Finish | None = None
    usage: Usage | None = None
    request_id: str | None = None
    endpoint: str | None = None
    residue: Residue = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The response's headers, with names in lower case and without cookies."""

    def replace(self, **changes: Any) -> Self:
        """A copy with these fields changed."""
        return replace(self, **changes)


Event: TypeAlias = Start | Delta | End | Meta


def merge_residue(one: Residue, other: Residue) -> Residue:
    """Both merged; if both have the same field of a wire format, `other` wins."""
    if not one or not other:
        return one or other
    return {**one, **{name: {**one.get(name, {}), **fields} for name, fields in other.items()}}


class Fold:
    """Accumulates the events of one answer into a reply."""

    def __init__(self) -> None:
        self._parts: dict[int, Part] = {}
        self._texts: dict[int, GrowingText] = {}
        """The text of each part that is being written."""
        self._meta = Reply()

    def add(self, event: Event) -> None:
        """Add one event. The order of the indices is the order of the parts."""
        if type(event) is Delta:
            self._texts[event.index] += event.text.encode("utf-8", "surrogatepass")
        elif type(event) is Start:
            self._parts[event.index] = event.part
            self._texts[event.index] = GrowingText()
        elif type(event) is End:
            self._parts[event.index] = _end_part(self._parts[event.index], str(self._texts.pop(event.index)), event)
        elif type(event) is Meta:
            self._meta = _merge_meta(self._meta, event)

    def part(self, index: int) -> Part:
        """The part with this index, as it is so far."""
        part = self._parts[index]
        text = self._texts.get(index)
        return part if text is None else _append_text(part, str(text))

    @property
    def metadata(self) -> Reply:
        """The answer so far without its parts: cheaper than `reply`, which builds them."""
        return self._meta

    @property
    def reply(self) -> Reply:
        """The answer so far. An incomplete tool call has its arguments as text, so it is not valid yet."""
        return self._meta.replace(parts=tuple(self.part(index) for index in sorted(self._parts)))


def fold(events: Iterable[Event]) -> Reply:
    """The answer that these events make up."""
    folding = Fold()
    for event in events:
        folding.add(event)
    return folding.reply


def unfold(reply: Reply) -> Iterator[Event]:
    """The events of a stream that makes up this answer, part by part."""
    yield Meta(
        id=reply.id, model=reply.model, request_id=reply.request_id, endpoint=reply.endpoint, headers=reply.headers
    )
    for index, part in enumerate(reply.parts):
        match part:
            case ToolCall(arguments=arguments):
                yield Start(index, part.replace(arguments=""))
                yield Delta(index, arguments if isinstance(arguments, str) else arguments_text(arguments))
                yield End(index, invalid=not part.valid)
            case Text(text, citations, residue):
                yield Start(index, Text("", residue=residue))
                yield Delta(index, text)
                yield End(index, citations)
            case Reasoning(text) | Refusal(text):
                yield Start(index, part.replace(text=""))
                yield Delta(index, text)
                yield End(index)
            case _:
                yield Start(index, part)
                yield End(index)
    yield Meta(finish=reply.finish, usage=reply.usage, residue=reply.residue)


def _append_text(part: Part, text: str) -> Part:
    if isinstance(part, TEXT_PARTS):
        return part.replace(text=part.text + text) if text else part
    if isinstance(part, ToolCall) and isinstance(part.arguments, str):
        return ToolCall(part.id, part.name, part.arguments + text, part.residue)  # `replace` calls ten functions
    return part


def _end_part(part: Part, text: str, end: End) -> Part:
    part = _append_text(part, text)
    match part:
        case Opaque():
            return end.block or part
        case ToolCall(arguments=str(raw)):
            part = part.replace(arguments=raw if end.invalid else arguments_of(raw))
        case Text() if end.citations:
            part = part.replace(citations=part.citations + end.citations)
    return part.replace(residue=merge_residue(part.residue, end.residue)) if end.residue else part


def _merge_meta(reply: Reply, meta: Meta) -> Reply:
    return reply.replace(
        id=meta.id or reply.id,
        model=meta.model or reply.model,
        finish=meta.finish or reply.finish,
        usage=meta.usage or reply.usage,
        request_id=meta.request_id or reply.request_id,
        endpoint=meta.endpoint or reply.endpoint,
        residue=merge_residue(reply.residue, meta.residue),
        headers=meta.headers or reply.headers,
    )
