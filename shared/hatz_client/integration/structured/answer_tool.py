"""Turn the call of the answer tool back into text."""

from __future__ import annotations

import json
from collections.abc import Iterator

from hatz_client.content import Finish, Reasoning, Reply, Text, ToolCall
from hatz_client.events import Delta, End, Event, Meta, Start, fold, unfold
from hatz_client.integration.structured.find_json import find_json
from hatz_client.integration.structured.output_schema import WRAPPER, OutputSchema
from hatz_client.util.json_text import arguments_of


class AnswerToolFilter:
    """Turns the call of the answer tool, in a stream of events, into text.

    | the model wrote                | its text becomes                   | the answer tool's call becomes |
    |--------------------------------|------------------------------------|--------------------------------|
    | text alone                     | the JSON in it; without one: text  |                                |
    | a call of the answer tool      | reasoning                          | text                           |
    | … and a second one             | reasoning                          | text; the second is dropped    |
    | a call of another tool         | text                               |                                |
    | calls of both                  | text                               | dropped: the answer comes later |

    Text is delayed until it is clear which row applies. If no other tool is offered, a call decides this at once, and its
    arguments are streamed; otherwise they are delayed until the answer ends.
    """

    def __init__(self, name: str, *, alone: bool, wanted: OutputSchema | None = None) -> None:
        self._name = name
        self._alone = alone
        self._wanted = wanted or OutputSchema()
        self._answer: int | None = None
        """The index of the answer tool's call."""
        self._written = False
        """Whether any arguments of the call have arrived: a call without arguments is `{}`."""
        self._other_call = False
        self._dropped: set[int] = set()
        self._held: dict[int, list[Event]] = {}
        """The events of each delayed part."""

    def feed(self, event: Event) -> Iterator[Event]:
        """The events to pass on."""
        match event:
            case Meta(finish=None):
                yield event
            case Meta():
                yield from self.close()
                yield self._finish(event)
            case Start():
                yield from self._start(event)
            case Delta() | End() if event.index in self._held:
                self._held[event.index].append(event)
                if type(event) is End and event.index == self._answer and self._alone:
                    yield from self.close()
            case Delta() | End():
                yield from self._pass_on(event)

    def _start(self, event: Start) -> Iterator[Event]:
        match event.part:
            case Text():
                self._held[event.index] = [event]
            case ToolCall(name=name) if name == self._name:
                yield from self._begin_answer(event.index)
            case ToolCall():
                self._other_call = True
                yield from self.close()
                yield event
            case _:
                yield event

    def _pass_on(self, event: Delta | End) -> Iterator[Event]:
        """Pass on an event of a part that is not delayed; the answer's end becomes that of a text."""
        if event.index in self._dropped:
            return
        if event.index != self._answer:
            yield event
        elif isinstance(event, Delta):
            self._written |= bool(event.text.strip())
            yield event
        else:
            yield from () if self._written or event.invalid else (Delta(event.index, "{}"),)
            yield End(event.index)

    def close(self) -> Iterator[Event]:
        """The delayed events, after it is clear what they are."""
        held, self._held = self._held, {}
        if self._answer is None and not self._other_call:
            held = _json_alone(held, self._wanted)
        for index, events in held.items():
            if index == self._answer:
                yield from () if self._other_call else _as_text(index, events, self._wanted)
            elif self._answer is not None and not self._other_call:
                yield from _as_reasoning(events)
            else:
                yield from events

    def _begin_answer(self, index: int) -> Iterator[Event]:
        if self._answer is not None:
            self._dropped.add(index)
            return
        self._answer = index
        if self._alone:
            yield from self.close()
        if self._alone and not self._wanted.wrapped:
            yield Start(index, Text(""))
        else:
            self._held[index] = []

    def _finish(self, event: Meta) -> Meta:
        """End the answer, which was a call, like a text."""
        finish = event.finish
        if self._answer is None or self._other_call or finish is None or finish.reason != "tool_calls":
            return event
        return event.replace(finish=Finish("stop", finish.raw))


def _as_text(index: int, events: list[Event], wanted: OutputSchema) -> Iterator[Event]:
    """The delayed call of the answer tool as text: its arguments, or the value that is wrapped in them."""
    text = "".join(event.text for event in events if isinstance(event, Delta))
    if not text.strip() and not any(isinstance(event, End) and event.invalid for event in events):
        text = "{}"
    if wanted.wrapped and isinstance(value := arguments_of(text), dict) and value.keys() == {WRAPPER}:
        text = json.dumps(value[WRAPPER], ensure_ascii=False)
    yield Start(index, Text(""))
    yield Delta(index, text)
    yield End(index)


def _as_reasoning(events: list[Event]) -> Iterator[Event]:
    for event in events:
        match event:
            case Start(index=index):
                yield Start(index, Reasoning(""))
            case End(index=index):
                yield End(index)
            case _:
                yield event


def _json_alone(held: dict[int, list[Event]], wanted: OutputSchema) -> dict[int, list[Event]]:
    """The delayed text reduced to the JSON in it, if there is any."""
    text = "".join(event.text for events in held.values() for event in events if isinstance(event, Delta))
    found = find_json(text, wanted)
    if found is None:
        return held
    index = next(iter(held))
    return {index: [Start(index, Text("")), Delta(index, json_text(found, wanted)), End(index)]}


def json_text(found: dict[str, object], wanted: OutputSchema) -> str:
    """The text of an answer for this object, or for the value wrapped in it."""
    return json.dumps(found[WRAPPER] if wanted.wrapped else found, ensure_ascii=False)


def unwrap_answer_tool(reply: Reply, name: str, *, alone: bool, wanted: OutputSchema | None = None) -> Reply:
    """The reply with the call of the answer tool turned back into text."""
    made = AnswerToolFilter(name, alone=alone, wanted=wanted)
    events = [new for event in unfold(reply) for new in made.feed(event)]
    return fold([*events, *made.close()]).replace(residue=reply.residue)
