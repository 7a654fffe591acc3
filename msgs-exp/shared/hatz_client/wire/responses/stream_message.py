"""Responses: a message of a stream, as events. Its parts start with their first words."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from hatz_client.content import Citation, Opaque, Part, Refusal, Text
from hatz_client.events import Delta, End, Event, Start
from hatz_client.wire.responses.decode import about_message, citations_of, content_part, parts_of
from hatz_client.wire.responses.stream_items import Item


class _Content:
    """A part of a message that is being written."""

    def __init__(self, index: int, what: str, place: Any, at: int) -> None:
        self.index = index
        self.what = what
        self.place = place
        """Its `content_index`, if it has one."""
        self.at = at
        """How many parts came before it."""
        self.begun = False
        self.annotations: list[Any] = []


class Message(Item):
    """A message: parts that start with their first words."""

    def __init__(self, fields: Mapping[str, Any], new_index: Callable[[], int]) -> None:
        super().__init__(fields, new_index)
        self._parts: list[_Content] = []
        self._kept: int | None = None

    @property
    def visible(self) -> bool:
        """Whether it has a part."""
        return bool(self._parts)

    def keep_place(self) -> None:
        """Take the index of its first part, before another item takes it."""
        if not self._parts and self._kept is None and not self.done:
            self._kept = self._new_index()

    def _new_part(self, what: str, place: Any) -> _Content:
        index = self._new_index() if self._kept is None else self._kept
        self._kept = None
        part = _Content(index, what, place, len(self._parts))
        self._parts.append(part)
        return part

    def begin(self) -> Iterator[Event]:
        """Nothing yet."""
        return iter(())

    def write(self, what: str, place: Any, text: str, *, more: bool) -> Iterator[Event]:
        """The next piece of a text or refusal, or the whole of it."""
        if self.ended:
            return
        part = yield from self.part(what, place)
        if text and (more or not part.begun):
            part.begun = True
            yield Delta(part.index, text)

    def written(self, what: str, place: Any) -> int | None:
        """The part of this kind at this place."""
        return None if self.ended else next((p.index for p in self._parts if (p.what, p.place) == (what, place)), None)

    def part(self, what: str, place: Any, block: Mapping[str, Any] | None = None) -> Generator[Event, None, _Content]:
        """The part of this kind at this place (the latest of its kind when no place is given); else a new one."""
        found = [part for part in self._parts if part.what == what and (place is None or part.place in (place, None))]
        if found:
            return found[-1]
        part = self._new_part(what, place)
        about = about_message(self.fields)
        yield Start(part.index, content_part(block or {"type": what}, about, part.at))
        return part

    def annotate(self, place: Any, annotation: Any) -> Iterator[Event]:
        """Keep a source of a text until its end."""
        if not self.ended:
            part = yield from self.part("output_text", place)
            part.annotations.append(annotation)

    def _complete(self) -> Iterator[Event]:
        final = list(parts_of(self.fields))
        self.ended = bool(final or self._parts)
        waiting = list(self._parts)
        for part in final:
            what = _what(part)
            content = next((one for one in waiting if one.what == what), None)
            if content:
                waiting.remove(content)
            else:
                content = self._new_part(what, None)
                yield Start(content.index, _emptied(part))
            yield from self._ended_part(content, part)
        about = about_message(self.fields)
        for content in waiting:
            if content.what == "opaque":
                yield End(content.index)
            else:
                yield from self._ended_part(content, content_part({"type": content.what}, about, content.at))

    def _ended_part(self, content: _Content, part: Part) -> Iterator[Event]:
        if isinstance(part, Text | Refusal):
            if part.text and not content.begun:
                yield Delta(content.index, part.text)
            sources: tuple[Citation, ...] = part.citations if isinstance(part, Text) else ()
            yield End(content.index, sources or citations_of(content.annotations), part.residue)
        elif isinstance(part, Opaque):
            yield End(content.index, block=part)


def _what(part: Part) -> str:
    match part:
        case Text():
            return "output_text"
        case Refusal():
            return "refusal"
        case _:
            return "opaque"


def _emptied(part: Part) -> Part:
    match part:
        case Text(residue=residue):
            return Text("", residue=residue)
        case Refusal(residue=residue):
            return Refusal("", residue)
        case _:
            return part
