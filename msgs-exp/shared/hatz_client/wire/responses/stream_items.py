"""Responses: one output item of a stream, from its first delta to its end, as events.

An item is told of up to five times: announced, written delta by delta, said as a whole, done, and repeated in the final object.
What comes first counts, and what comes later fills in what is missing: from the gateway the later forms come empty
(reference: public clients of Hatz), from OpenAI complete.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from hatz_client.content import Opaque, Part, Reasoning, ToolCall
from hatz_client.events import Delta, End, Event, Start
from hatz_client.wire.responses.decode import CALLS, NAME, call_of, own_fields, string, texts_of, unfinished


class Item:
    """An item with no neutral meaning: its final form is what counts."""

    def __init__(self, fields: Mapping[str, Any], new_index: Callable[[], int]) -> None:
        self.fields = fields
        """The latest of what the wire says of it."""
        self.kind = string(fields.get("type"))
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


class Thought(Item):
    """Reasoning: sections of a summary, or of the thoughts themselves."""

    def __init__(self, fields: Mapping[str, Any], new_index: Callable[[], int]) -> None:
        super().__init__(fields, new_index)
        self._sections: dict[tuple[str, Any], list[str]] = {}

    def begin(self) -> Iterator[Event]:
        """Its start, without what only its end says."""
        about = own_fields(self.fields, "summary", "content", "encrypted_content", "status")
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
                for place, text in enumerate(texts_of(fields.get(where))):
                    yield from self.write(where, place, text, more=True)
            elif not fields.get(where):
                fields[where] = [{"type": kind, "text": text} for text in written]
        self.ended = True
        index = yield from self._start(Reasoning(""))
        yield End(index, residue={NAME: own_fields(fields)})


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
        call = call_of(self.fields)
        about = {name: value for name, value in call.residue[NAME].items() if name != "status"}
        yield from self._start(ToolCall(call.id, call.name, "", {NAME: about}))
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
            yield from self._end(unfinished=unfinished(self.fields))

    def close(self, *, cut_off: bool) -> Iterator[Event]:
        """Its end; none when it was cut off before its first argument, for then it is not complete."""
        if self.ended:
            return
        cut = unfinished(self.fields, cut_off=cut_off)
        if not cut or not self._begun:
            yield from self._complete()
        if not self.ended:
            if self._index is None:
                yield from self._named()
            if self._begun or self._custom or not cut:
                yield from self._end(unfinished=cut)

    def _end(self, *, unfinished: bool) -> Iterator[Event]:
        self.ended = True
        if self._index is not None:
            if self._custom:
                opening, closing = "" if self._begun else '{"input":"', "" if unfinished else '"}'
                yield Delta(self._index, opening + closing)
            yield End(self._index, residue=call_of(self.fields).residue)


def _joined(old: Mapping[str, Any], new: Mapping[str, Any]) -> Mapping[str, Any]:
    """The newer form of an item, with what only the older one says."""
    if old is new:
        return new
    missing = {
        k: v for k, v in old.items() if k != "status" and v not in (None, "", []) and new.get(k) in (None, "", [])
    }
    return {**new, **missing} if missing else new
