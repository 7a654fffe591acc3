"""The stages that every answer passes after its codec, streamed or not.

Some of them undo what the client changed in the request: the caller's names come back, added nulls go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TypeAlias

from hatz_client.content import Prompt, Reply, Tool
from hatz_client.events import Event, fold, unfold
from hatz_client.wire.common.answers.added_nulls import AddedNullsFilter
from hatz_client.wire.common.answers.cut_off_calls import CutOffCalls
from hatz_client.wire.common.answers.stop_sequences import StopSequenceFilter
from hatz_client.wire.common.answers.surrogates import SurrogateJoiner
from hatz_client.wire.common.stages import ArgumentsFilter, ChangedArguments, Stage
from hatz_client.wire.common.tools.argument_names import ArgumentNamesFilter, own_argument_names
from hatz_client.wire.common.tools.root_object import object_root
from hatz_client.wire.common.tools.tool_names import RestoredNames, original_names
from hatz_client.wire.endpoints import EndpointSpec

Filters: TypeAlias = Mapping[str, Callable[[], ArgumentsFilter]]


@dataclass(frozen=True, slots=True)
class RequestChanges:
    """What the client changed in a request, as far as the answer must be changed back."""

    tool_names: Mapping[str, str] = field(default_factory=dict)
    """The caller's names of the tools that have another name on the wire, by wire name."""
    arguments: tuple[Filters, ...] = ()
    """For each change to the arguments of calls: what makes its filter, by the caller's name of the tool."""
    stop: tuple[str, ...] = ()
    """The stop sequences that the endpoint does not have."""

    @classmethod
    def of(cls, prompt: Prompt, spec: EndpointSpec) -> RequestChanges:
        """The changes to a request with this prompt."""
        stop = () if spec.stop_sequences else prompt.stop
        if not prompt.tools:
            return cls(stop=stop)
        filters: list[Filters] = []
        if spec.plain_argument_names:
            renamed = own_argument_names(prompt.tools)
            filters.append({name: partial(ArgumentNamesFilter, names) for name, names in renamed.items()})
        if spec.strict_adds_nulls:
            strict = [tool for tool in prompt.tools if isinstance(tool, Tool) and tool.strict]
            schemas = {tool.name: object_root(tool.parameters, f"The tool {tool.name!r}") for tool in strict}
            filters.append({name: partial(AddedNullsFilter, schema) for name, schema in schemas.items()})
        return cls(original_names(prompt.tools), tuple(filter(None, filters)), stop)

    def undo(self, reply: Reply) -> Reply:
        """A whole answer after all stages."""
        is_cut_off = reply.finish is not None and reply.finish.reason == "length"
        may_change_calls = (is_cut_off or self.tool_names or self.arguments) and reply.tool_calls
        if not (may_change_calls or self.stop):  # nearly every answer
            return reply
        stages = AnswerStages(self)
        return fold(chain(stages.feed(unfold(reply)), stages.close()))


class AnswerStages:
    """All stages of one answer, in their order."""

    def __init__(self, changes: RequestChanges) -> None:
        self._stages: list[Stage] = [SurrogateJoiner(), CutOffCalls()]
        self._arguments = [ChangedArguments(filters) for filters in changes.arguments]
        if changes.tool_names:
            self._stages.append(RestoredNames(changes.tool_names))
        self._stages += self._arguments
        if changes.stop:
            self._stages.append(StopSequenceFilter(changes.stop))

    @property
    def delays(self) -> bool:
        """Whether a stage may change or delay the next delta."""
        return any(stage.delays for stage in self._stages)

    def feed(self, events: Iterable[Event]) -> Iterable[Event]:
        """The events to pass on."""
        for stage in self._stages:
            events = stage.feed(events)
        return events

    def close(self) -> Iterable[Event]:
        """The delayed events, at the end of the answer."""
        events: Iterable[Event] = ()
        for stage in self._stages:
            events = _last_events(stage, events)
        return events

    def break_off(self) -> Iterator[Event]:
        """The delayed arguments, where the answer breaks off."""
        for stage in self._arguments:
            yield from stage.close()


def _last_events(stage: Stage, events: Iterable[Event]) -> Iterator[Event]:
    yield from stage.feed(events)
    yield from stage.close()
