"""Responses streams: the events of a tool call."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hatz_client.content import ToolCall
from hatz_client.events import Delta, End, Event, Start
from hatz_client.util.growing_text import GrowingText
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.common.answers.values import string
from hatz_client.wire.responses.items import (
    CALL_INPUT,
    NAME,
    arguments_text,
    is_incomplete_item,
    is_unfinished,
    stands_for_none,
    tool_call,
)
from hatz_client.wire.responses.stream.items import State, TextItem


class Call(TextItem):
    """A call of one of the caller's tools. The free text of a custom tool becomes the JSON argument `input`.

    A call ends only when the response ends: until then a later form can contradict its arguments, which makes it
    invalid.
    """

    def __init__(self, fields: Mapping[str, Any], index: int, new_index: Callable[[], int]) -> None:
        self.has_other_call_id = False
        """Whether a later form has another call id: then it may be two calls, and is none without arguments unless a delta said so."""
        super().__init__(fields, index, new_index)
        self._custom = self.kind == "custom_tool_call"
        self._text = self._add("arguments", None).text
        self._none = ""
        """The text that stands for no arguments ("{}", say), if the stream had such a text."""
        self._sent = False
        """Whether any arguments have been emitted: they wait for the tool's name."""
        self._contradicted = False
        """Whether a whole form has other arguments than those written."""
        self._exceeded = False
        """Whether the written arguments are longer than the latest whole form."""
        self.arguments_lost = False
        """Whether arguments came that may belong to this call or to another."""
        self.is_confirmed = False
        """Whether a whole form has the same arguments as those written."""
        self.was_guessed_whole = False
        """Whether its whole arguments came under an unknown id or place."""

    @property
    def can_close(self) -> bool:
        """Never: see the class."""
        return False

    @property
    def has_name(self) -> bool:
        """Whether the name of the tool is known."""
        return bool(string(self.get("name")))

    def may_be(self, arguments: str) -> bool:
        """Whether these can be the whole arguments: they begin with what is written."""
        return self._text.continues_to(arguments)

    def is_whole_in(self, fields: Mapping[str, Any]) -> bool:
        """Whether it is being written, and this form has the same name and the arguments that are written."""
        if self.state is not State.OPEN or self.get("name") != fields.get("name"):
            return False
        return _same_json(self.text, self._arguments_of(fields))

    @property
    def had_none(self) -> bool:
        """Whether a delta or its latest form said that it has no arguments."""
        return bool(self._none or string(self.get("arguments")))

    @property
    def repeats_whole(self) -> bool:
        """Whether the next deltas may only repeat a whole form."""
        return not self._text.is_plain

    @property
    def is_complete(self) -> bool:
        """Whether the arguments written so far are a whole object, so that nothing can follow."""
        return not self._text.is_empty and (self._custom or isinstance(arguments_of(self._text.value), dict))

    @property
    def can_go_on(self) -> bool:
        """Whether more arguments can follow although it is done: they are no whole object, or no whole form had this free text."""
        return not self.is_complete or (self._custom and not self.is_confirmed)

    def begin(self) -> Iterator[Event]:
        """Start it, if the name of the tool is known."""
        self._text.announce(self._arguments_of(self._form))
        if not self.is_started and self.has_name:
            yield from self._start_call()

    def _start_call(self) -> Iterator[Event]:
        call = tool_call(self.fields)
        about = {name: value for name, value in call.residue[NAME].items() if name != "status"}
        self.is_started = True
        yield Start(self.index, ToolCall(call.id, call.name, "", {NAME: about}))
        if self.has_text:
            yield from self._send(self._text.value)

    def write_delta(self, what: str, place: Any, text: str) -> Iterator[Event]:  # noqa: ARG002 (as `TextItem`)
        """Write more of the arguments. A text that stands for no arguments is written only if none follow."""
        if not self._custom and not self.has_text and stands_for_none(text):
            self._none = text
        else:
            self._exceeded = self.is_confirmed = False
            yield from self._send(self._text.write_delta(text))

    def write_whole(self, what: str, place: Any, text: str) -> Iterator[Event]:  # noqa: ARG002 (as `TextItem`)
        """Write what the whole arguments add."""
        if not text or (not self._custom and stands_for_none(text)):
            return
        rest = self._text.write_whole(text)
        if rest is None:
            self._contradicted |= not _same_json(text, self._text.value)
        else:
            yield from self._send(rest)
            self._exceeded = self._text.is_longer_than(text)
            self.is_confirmed = not self._exceeded
            self.arguments_lost = self.arguments_lost and self._exceeded

    def plain_text(self, what: str, place: Any) -> tuple[GrowingText, int] | None:  # noqa: ARG002 (as `TextItem`)
        """As `TextItem.plain_text`; never for a custom tool, whose text must become JSON."""
        if self._custom or not self._sent or self.state is not State.OPEN or not self._text.is_plain:
            return None
        return self._text.written, self.index

    def _send(self, text: str) -> Iterator[Event]:
        if not self.is_started or not text:
            return
        if self._custom:
            text = json.dumps(text, ensure_ascii=False)[1:-1]
            text = text if self._sent else '{"input":"' + text
        self._sent = True
        yield Delta(self.index, text)

    def _arguments_of(self, fields: Mapping[str, Any]) -> str:
        given = fields.get(CALL_INPUT[str(self.kind)])
        return (string(given) or "") if self._custom else arguments_text(given)

    def merge(self, fields: Mapping[str, Any]) -> None:
        """Take another form of the call; its first call id stays."""
        call_id = string(self.get("call_id")) if self._values else None
        if call_id and string(fields.get("call_id")) not in (None, "", call_id):
            self.has_other_call_id = True
            fields = {**fields, "call_id": call_id}
        super().merge(fields)

    def complete(self, fields: Mapping[str, Any]) -> Iterator[Event]:
        """Write what a whole form adds: the name, or arguments."""
        yield from super().complete(fields)
        yield from self.begin()
        yield from self.write_whole("", None, self._arguments_of(fields))

    def close(self, *, cut_off: bool) -> Iterator[Event]:
        """End it; as invalid if its arguments were cut off, lost or contradicted, or if its name never came."""
        self.state = State.CLOSED
        fields = self.fields
        if not self.is_started:
            yield from self._start_call()
        yield from self._send(self._text.write_announced())
        unfinished = is_unfinished(fields, cut_off=cut_off)
        cut = unfinished if self._custom or not self.has_text else is_incomplete_item(fields)
        cut = cut or not self.has_name or (self.has_other_call_id and not self.has_text and not self._none)
        invalid = cut or self._contradicted or self._exceeded or self.arguments_lost
        if rest := self._closing(fields, invalid=cut if self._custom else invalid):
            yield Delta(self.index, rest)
        yield End(self.index, residue=tool_call(fields).residue, invalid=invalid)

    def _closing(self, fields: Mapping[str, Any], *, invalid: bool) -> str:
        """The rest of the arguments, at the end."""
        if self._custom:
            return ("" if self._sent else '{"input":"') + ("" if invalid else '"}')
        if self.has_text:
            return ""
        none = self._none or string(fields.get("arguments")) or ""
        return none if invalid else "{}" if none.strip() in ("{}", "[]") else ""


def _same_json(one: str, other: str) -> bool:
    """Whether both texts are the same JSON object, whatever their spacing, or the same text."""
    return arguments_of(one) == arguments_of(other)
