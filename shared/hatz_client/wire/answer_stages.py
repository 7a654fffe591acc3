"""The stages that every answer passes after its codec, streamed or not.

Some of them undo what the client changed in the request: the caller's names come back, added nulls go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from hatz_client.content import Prompt, Reply, Tool
from hatz_client.events import Event, fold, unfold
from hatz_client.wire.common.answers.added_nulls import AddedNulls
from hatz_client.wire.common.answers.cut_off_calls import CutOffCalls
from hatz_client.wire.common.answers.stop_sequences import StopSequenceFilter
from hatz_client.wire.common.answers.surrogates import SurrogateJoiner
from hatz_client.wire.common.requests.argument_names import RestoredArguments, own_argument_names
from hatz_client.wire.common.requests.root_object import object_root
from hatz_client.wire.common.requests.tool_names import RestoredNames, original_names
from hatz_client.wire.common.stage import Stage
from hatz_client.wire.endpoints import EndpointSpec


@dataclass(frozen=True, slots=True)
class RequestChanges:
    """What the client changed in a request, as far as the answer must be changed back."""

    tool_names: Mapping[str, str] = field(default_factory=dict)
    """The caller's names of the tools that have another name on the wire, by wire name."""
    argument_names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By tool: the caller's names of arguments that have another name on the wire, by wire name."""
    strict_schemas: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The caller's schemas of strict tools whose arguments may get nulls that the schemas do not allow, by name."""
    stop: tuple[str, ...] = ()
    """The stop sequences that the endpoint does not have."""

    @classmethod
    def of(cls, prompt: Prompt, spec: EndpointSpec) -> RequestChanges:
        """The changes to a request with this prompt."""
        stop = () if spec.stop_sequences else prompt.stop
        if not prompt.tools:
            return cls(stop=stop)
        return cls(
            original_names(prompt.tools),
            own_argument_names(prompt.tools) if spec.plain_argument_names else {},
            _strict_schemas(prompt) if spec.strict_adds_nulls else {},
            stop,
        )

    def undo(self, reply: Reply) -> Reply:
        """A whole answer after all stages."""
        is_cut_off = reply.finish is not None and reply.finish.reason == "length"
        has_names = self.tool_names or self.argument_names or self.strict_schemas
        if not (is_cut_off or self.stop or (has_names and reply.tool_calls)):  # nearly every answer
            return reply
        stages = AnswerStages(self)
        return fold(chain(stages.feed(unfold(reply)), stages.close()))


def _strict_schemas(prompt: Prompt) -> dict[str, Mapping[str, Any]]:
    strict = [tool for tool in prompt.tools if isinstance(tool, Tool) and tool.strict]
    return {tool.name: object_root(tool.parameters, f"The tool {tool.name!r}") for tool in strict}


class AnswerStages:
    """All stages of one answer, in their order."""

    def __init__(self, changes: RequestChanges) -> None:
        self._stages: list[Stage] = [SurrogateJoiner(), CutOffCalls()]
        self._arguments = RestoredArguments(changes.argument_names)
        if changes.tool_names:
            self._stages.append(RestoredNames(changes.tool_names))
        if changes.argument_names:
            self._stages.append(self._arguments)
        if changes.strict_schemas:
            self._stages.append(AddedNulls(changes.strict_schemas))
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
        return self._arguments.close()


def _last_events(stage: Stage, events: Iterable[Event]) -> Iterator[Event]:
    yield from stage.feed(events)
    yield from stage.close()
