"""The call of the tool that takes the answer (`_structured.with_tool`) as the text that it stands for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from hatz_client.content import Finish, Reasoning, Reply, Text, ToolCall
from hatz_client.events import Delta, End, Event, Meta, Start, fold, unfold
from langchain_hatz._structured import json_in


class Unwrap:
    """Turns the call of the tool that takes the answer back into text.

    What the model says beside it is held until it is clear whether it is the answer (no call came: then JSON in it is looked
    for) or a word before it (then it counts as reasoning). Real calls win: with one, the answer is not the last yet.
    """

    def __init__(self, name: str, *, alone: bool) -> None:
        self._name = name
        self._alone = alone
        """Whether there is no other tool: then the answer's text is handed on as it comes."""
        self._answer: int | None = None
        self._written = False
        self._dropped: set[int] = set()
        self._held: dict[int, list[Event]] = {}
        self._real = False

    def feed(self, event: Event) -> Iterator[Event]:
        """The events that this one means."""
        match event:
            case Meta(finish=None):
                yield event
            case Meta():
                yield from self._settled()
                unwrapped = self._answer is not None and not self._real and event.finish
                if unwrapped and unwrapped.reason == "tool_calls":
                    event = replace(event, finish=Finish("stop", unwrapped.raw))
                yield event
            case Start(index=index, part=Text()):
                self._held[index] = [event]
            case Start(index=index, part=ToolCall(name=name)) if name == self._name:
                yield from self._begin(index)
            case Start(part=ToolCall()):
                self._real = True
                yield from self._settled()
                yield event
            case Start():
                yield event
            case Delta(index=index) | End(index=index):
                yield from self._more(index, event)

    def _begin(self, index: int) -> Iterator[Event]:
        if self._answer is not None:  # one answer is enough
            self._dropped.add(index)
            return
        self._answer = index
        started = [Start(index, Text(""))]
        if self._alone:
            yield from self._settled()
            yield from started
        else:
            self._held[index] = list(started)

    def _more(self, index: int, event: Event) -> Iterator[Event]:
        if index in self._dropped:
            return
        if index == self._answer:
            if isinstance(event, Delta):
                self._written = self._written or bool(event.text.strip())
                events: list[Event] = [event]
            else:
                events = [End(index)] if self._written else [Delta(index, "{}"), End(index)]
        else:
            events = [event]
        if index in self._held:
            self._held[index] += events
        else:
            yield from events

    def _settled(self) -> Iterator[Event]:
        """What was held, as what it turned out to be."""
        held, self._held = self._held, {}
        if self._answer is None and not self._real:
            held = _json_alone(held)
        for index, events in held.items():
            if index == self._answer:
                yield from () if self._real else events
            elif self._answer is not None and not self._real:
                yield from _as_reasoning(events)
            else:
                yield from events

    def close(self) -> Iterator[Event]:
        """What is still held when the stream ends without saying why."""
        yield from self._settled()


def _as_reasoning(events: list[Event]) -> Iterator[Event]:
    for event in events:
        match event:
            case Start(index=index):
                yield Start(index, Reasoning(""))
            case End(index=index):
                yield End(index)
            case _:
                yield event


def _json_alone(held: dict[int, list[Event]]) -> dict[int, list[Event]]:
    """The held text with nothing but the JSON object that is in it, if one is."""
    text = "".join(event.text for events in held.values() for event in events if isinstance(event, Delta))
    found = json_in(text)
    if found is None:
        return held
    index = next(iter(held))
    return {index: [Start(index, Text("")), Delta(index, json.dumps(found, ensure_ascii=False)), End(index)]}


def unwrapped(reply: Reply, name: str, *, alone: bool) -> Reply:
    """The reply with the call of the tool that takes the answer turned back into text."""
    unwrap = Unwrap(name, alone=alone)
    events = [new for event in unfold(reply) for new in unwrap.feed(event)]
    return replace(fold([*events, *unwrap.close()]), residue=reply.residue)
