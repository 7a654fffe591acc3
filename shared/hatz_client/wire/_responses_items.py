"""Responses: one output item of a stream, from its first delta to its end, as events.

An item is told of up to five times: announced, written delta by delta, said as a whole, done, and repeated in the final object.
What comes first counts, and what comes later fills in what is missing: from the gateway the later forms come empty
(reference: public clients of Hatz), from OpenAI complete.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from hatz_client.content import Citation, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from hatz_client.events import Delta, End, Event, Start
from hatz_client.wire import _responses_decode as whole
from hatz_client.wire._responses_decode import CALLS, NAME


def item_of(fields: Mapping[str, Any], new_index: Callable[[], int]) -> Item:
    """The item that these fields announce."""
    kind = fields.get("type")
    if kind == "message":
        return Message(fields, new_index)
    if kind == "reasoning":
        return Thought(fields, new_index)
    return Call(fields, new_index) if isinstance(kind, str) and kind in CALLS else Item(fields, new_index)


class Item:
    """An item with no neutral meaning: its final form is what counts."""

    def __init__(self, fields: Mapping[str, Any], new_index: Callable[[], int]) -> None:
        self.fields = fields
        """The latest of what the wire says of it."""
        self.kind = whole.string(fields.get("type"))
        self.done = False
        """Whether its `output_item.done` has come."""
        self.ended = False
        """Whether all is known of it."""
        self._new_index = new_index
        self._index: int | None = None

    @property
    def visible(self) -> bool:
        """Whether it has a part."""
        return self._index is not None

    def keep_place(self) -> None:
        """Take an index, when it has none yet: another item follows."""

    def begin(self) -> Iterator[Event]:
        """The start of its part, when that can be told already."""
        yield from self._start(Opaque(NAME, self.fields))

    def write(self, what: str, place: Any, text: str, *, more: bool) -> Iterator[Event]:  # noqa: ARG002 (the kinds' own)
        """The next piece of one of its texts, or (not `more`) the whole of it."""
        return iter(())

    def written(self, what: str, place: Any) -> int | None:  # noqa: ARG002 (the kinds' own)
        """The part that further pieces of this text simply go on with."""
        return None

    def complete(self, fields: Mapping[str, Any]) -> Iterator[Event]:
        """What its final form adds, and its end when that leaves nothing open."""
        self.fields = _joined(self.fields, fields)
        if not self.ended:
            yield from self._complete()

    def close(self, *, cut_off: bool) -> Iterator[Event]:  # noqa: ARG002 (the kinds' own)
        """Its end, when the response (cut off or not) has ended."""
        if not self.ended:
            yield from self._complete()

    def _complete(self) -> Iterator[Event]:
        index = yield from self._start(Opaque(NAME, self.fields))
        self.ended = True
        yield End(index, block=Opaque(NAME, self.fields))

    def _start(self, part: Part) -> Generator[Event, None, int]:
        if self._index is None:
            self._index = self._new_index()
            yield Start(self._index, part)
        return self._index


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
        about = whole.about_message(self.fields)
        yield Start(part.index, whole.content_part(block or {"type": what}, about, part.at))
        return part

    def annotate(self, place: Any, annotation: Any) -> Iterator[Event]:
        """Keep a source of a text until its end."""
        if not self.ended:
            part = yield from self.part("output_text", place)
            part.annotations.append(annotation)

    def _complete(self) -> Iterator[Event]:
        final = list(whole.parts_of(self.fields))
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
        about = whole.about_message(self.fields)
        for content in waiting:
            if content.what == "opaque":
                yield End(content.index)
            else:
                yield from self._ended_part(content, whole.content_part({"type": content.what}, about, content.at))

    def _ended_part(self, content: _Content, part: Part) -> Iterator[Event]:
        if isinstance(part, Text | Refusal):
            if part.text and not content.begun:
                yield Delta(content.index, part.text)
            sources: tuple[Citation, ...] = part.citations if isinstance(part, Text) else ()
            yield End(content.index, sources or whole.citations_of(content.annotations), part.residue)
        elif isinstance(part, Opaque):
            yield End(content.index, block=part)


class Thought(Item):
    """Reasoning: sections of a summary, or of the thoughts themselves."""

    def __init__(self, fields: Mapping[str, Any], new_index: Callable[[], int]) -> None:
        super().__init__(fields, new_index)
        self._sections: dict[tuple[str, Any], list[str]] = {}

    def begin(self) -> Iterator[Event]:
        """Its start, without what only its end says."""
        about = whole.own_fields(self.fields, "summary", "content", "encrypted_content")
        yield from self._start(Reasoning("", {NAME: about}))

    def write(self, what: str, place: Any, text: str, *, more: bool) -> Iterator[Event]:
        """The next piece of a section, or the whole of it; an empty line before a new section of the summary."""
        section = (what, place)
        if self.ended or not text or not (more or section not in self._sections):
            return
        yield from self.begin()
        if section not in self._sections:
            before = [where for where, _ in self._sections]
            if before and not before[-1] == what == "content":
                yield from self._delta("\n\n")
            self._sections[section] = []
        self._sections[section].append(text)
        yield from self._delta(text)

    def _delta(self, text: str) -> Iterator[Event]:
        if self._index is not None:
            yield Delta(self._index, text)

    def _complete(self) -> Iterator[Event]:
        fields = dict(self.fields)
        for where, kind in (("summary", "summary_text"), ("content", "reasoning_text")):
            written = ["".join(texts) for (what, _), texts in self._sections.items() if what == where]
            if not written:
                for place, text in enumerate(whole.texts_of(fields.get(where))):
                    yield from self.write(where, place, text, more=True)
            elif not fields.get(where):
                fields[where] = [{"type": kind, "text": text} for text in written]
        self.ended = True
        index = yield from self._start(Reasoning(""))
        yield End(index, residue={NAME: whole.own_fields(fields)})


class Call(Item):
    """A call of a tool of the caller's; a custom tool's free text is written as the JSON argument `input`."""

    def __init__(self, fields: Mapping[str, Any], new_index: Callable[[], int]) -> None:
        super().__init__(fields, new_index)
        self._begun = False
        self._held = ""
        """Arguments that came before the tool's name."""

    @property
    def _custom(self) -> bool:
        return self.kind == "custom_tool_call"

    def begin(self) -> Iterator[Event]:
        """Its start, when the tool's name is known."""
        if self._index is None and self.fields.get("name"):
            yield from self._named()

    def _named(self) -> Iterator[Event]:
        call = whole.call_of(self.fields)
        yield from self._start(ToolCall(call.id, call.name, "", call.residue))
        held, self._held = self._held, ""
        if held:
            yield from self._delta(held)

    def write(self, what: str, place: Any, text: str, *, more: bool) -> Iterator[Event]:  # noqa: ARG002 (as `Item`)
        """The next piece of the arguments, or all of them."""
        if self.ended or not text or (not more and (self._begun or self._held)):
            return
        if self._index is None:
            self._held += text
        else:
            yield from self._delta(text)

    def written(self, what: str, place: Any) -> int | None:  # noqa: ARG002 (as `Item`)
        """The call, unless its text is to be made JSON first."""
        return self._index if self._begun and not self.ended and not self._custom else None

    def _delta(self, text: str) -> Iterator[Event]:
        if self._index is None:
            return
        if self._custom:
            text = json.dumps(text, ensure_ascii=False)[1:-1]
            text = text if self._begun else '{"input":"' + text
        self._begun = True
        yield Delta(self._index, text)

    def _complete(self) -> Iterator[Event]:
        yield from self.begin()
        given = self.fields.get(CALLS[str(self.kind)])
        text = json.dumps(given, ensure_ascii=False) if isinstance(given, Mapping) else given
        if isinstance(text, str) and text.strip():
            yield from self.write("", None, text, more=False)
        if self._begun:
            yield from self._end(unfinished=whole.unfinished(self.fields))

    def close(self, *, cut_off: bool) -> Iterator[Event]:
        """Its end; none when it was cut off before its first argument, for then it is not complete."""
        if self.ended:
            return
        unfinished = whole.unfinished(self.fields, cut_off=cut_off)
        if not unfinished or not self._begun:
            yield from self._complete()
        if not self.ended:
            if self._index is None:
                yield from self._named()
            if self._begun or self._custom or not unfinished:
                yield from self._end(unfinished=unfinished)

    def _end(self, *, unfinished: bool) -> Iterator[Event]:
        self.ended = True
        if self._index is not None:
            if self._custom:
                opening, closing = "" if self._begun else '{"input":"', "" if unfinished else '"}'
                yield Delta(self._index, opening + closing)
            yield End(self._index, residue=whole.call_of(self.fields).residue)


def _joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    """The newer form of an item, with what only the older one says."""
    if old is new:
        return new
    missing = {
        k: v for k, v in old.items() if k != "status" and v not in (None, "", []) and new.get(k) in (None, "", [])
    }
    return {**new, **missing} if missing else new


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
