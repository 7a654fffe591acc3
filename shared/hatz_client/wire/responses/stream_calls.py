"""Responses streams: a tool call as it is written, as events."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hatz_client.content import ToolCall
from hatz_client.events import Delta, End, Event, Start
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.responses.items import (
    CALL_INPUT,
    NAME,
    arguments_text,
    is_incomplete_item,
    is_unfinished,
    stands_for_none,
    string,
    tool_call,
)
from hatz_client.wire.responses.stream_items import Item, State
from hatz_client.wire.responses.stream_text import WrittenText


class Call(Item):
    """A call of a tool of the caller's; the free text of a custom tool is written as the JSON argument `input`.

    A call ends with the response, not before: until then a later form can still contradict its arguments, which makes it
    invalid.
    """

    def __init__(self, fields: Mapping[str, Any], index: int, new_index: Callable[[], int]) -> None:
        super().__init__(fields, index, new_index)
        self._custom = self.kind == "custom_tool_call"
        self._text = WrittenText()
        self._none = ""
        """What stands for no arguments, as far as the stream brought nothing else."""
        self._sent = False
        """Whether the text written so far has been handed on: it waits for the tool's name."""
        self._contradicted = False
        self._exceeded = False
        """Whether more was written than the latest whole form has."""
        self.arguments_lost = False
        """Whether arguments came that may be this call's or another's."""
        self.was_cut_off = False
        """Whether the response was cut off while this call was written, although it may not look so."""

    @property
    def can_close(self) -> bool:
        """Never before the response ends."""
        return False

    @property
    def text(self) -> str:
        """The arguments written so far."""
        return self._text.value

    @property
    def has_text(self) -> bool:
        """Whether arguments have been written."""
        return self._text.length > 0

    @property
    def has_name(self) -> bool:
        """Whether it is known which tool is called."""
        return bool(self.get("name"))

    def may_be(self, arguments: str) -> bool:
        """Whether these may be all of the arguments, by what is written so far."""
        return arguments.startswith(self._text.value)

    @property
    def repeats_whole(self) -> bool:
        """Whether further deltas may only repeat a whole form."""
        return not self._text.is_plain

    @property
    def is_complete(self) -> bool:
        """Whether the arguments written so far are whole, so that nothing can follow."""
        return self._text.length > 0 and (self._custom or isinstance(arguments_of(self._text.value), dict))

    def begin(self) -> Iterator[Event]:
        """Its start, when the tool's name is known."""
        self._text.announce(self._arguments_of(self._form))
        if not self._started and self.has_name:
            yield from self._start_call()

    def _start_call(self) -> Iterator[Event]:
        call = tool_call(self.fields)
        about = {name: value for name, value in call.residue[NAME].items() if name != "status"}
        self._started = True
        yield Start(self.index, ToolCall(call.id, call.name, "", {NAME: about}))
        if self.has_text:
            yield from self._send(self._text.value)

    def write_delta(self, what: str, place: Any, text: str) -> Iterator[Event]:  # noqa: ARG002 (as `Item`)
        """The next piece of the arguments. One that stands for no arguments is written only if none follow."""
        if not self._custom and not self.has_text and stands_for_none(text):
            self._none = text
        else:
            self._exceeded = False
            yield from self._send(self._text.write_delta(text))

    def write_whole(self, what: str, place: Any, text: str) -> Iterator[Event]:  # noqa: ARG002 (as `Item`)
        """All of the arguments."""
        if not text or (not self._custom and stands_for_none(text)):
            return
        rest = self._text.write_whole(text)
        if rest is None:
            self._contradicted = self._contradicted or not _same_json(text, self._text.value)
        else:
            yield from self._send(rest)
            self._exceeded = len(text) < self._text.length
            self.arguments_lost = self.arguments_lost and self._exceeded

    def plain_text(self, what: str, place: Any) -> tuple[Callable[[str], Any], int] | None:  # noqa: ARG002 (as `Item`)
        """As `Item.plain_text`; the text of a custom tool has to be made JSON first."""
        if self._custom or not self._sent or self.state is not State.OPEN or not self._text.is_plain:
            return None
        return self._text.append, self.index

    def _send(self, text: str) -> Iterator[Event]:
        if not self._started or not text:
            return
        if self._custom:
            text = json.dumps(text, ensure_ascii=False)[1:-1]
            text = text if self._sent else '{"input":"' + text
        self._sent = True
        yield Delta(self.index, text)

    def _arguments_of(self, fields: Mapping[str, Any]) -> str:
        given = fields.get(CALL_INPUT[str(self.kind)])
        return (string(given) or "") if self._custom else arguments_text(given)

    def complete(self, fields: Mapping[str, Any]) -> Iterator[Event]:
        """What a whole form adds: the name, the arguments or the end of them."""
        yield from super().complete(fields)
        yield from self.begin()
        yield from self.write_whole("", None, self._arguments_of(fields))

    def close(self, *, cut_off: bool) -> Iterator[Event]:
        """Its end: invalid where the arguments were cut off, lost or contradicted, or where the name never came."""
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        fields = self.fields
        if not self._started:
            yield from self._start_call()
        yield from self._send(self._text.write_announced())
        unfinished = is_unfinished(fields, cut_off=cut_off)
        cut = unfinished if self._custom or not self.has_text else is_incomplete_item(fields)
        cut = cut or self.was_cut_off or not self.has_name
        invalid = cut or self._contradicted or self._exceeded or self.arguments_lost
        if rest := self._closing(fields, invalid=cut if self._custom else invalid):
            yield Delta(self.index, rest)
        yield End(self.index, residue=tool_call(fields).residue, invalid=invalid)

    def _closing(self, fields: Mapping[str, Any], *, invalid: bool) -> str:
        """What is left to write of the arguments."""
        if self._custom:
            return ("" if self._sent else '{"input":"') + ("" if invalid else '"}')
        if self.has_text:
            return ""
        none = self._none or string(fields.get("arguments")) or ""
        return none if invalid else "{}" if none.strip() in ("{}", "[]") else ""


def _same_json(one: str, other: str) -> bool:
    """Whether both texts are the same JSON object, however it is spelled."""
    found = arguments_of(one)
    return isinstance(found, dict) and found == arguments_of(other)
