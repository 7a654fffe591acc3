"""`HatzTool`: LlamaIndex's tool that runs an app, a workflow or an agent of Hatz."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from llama_index.core.tools import FunctionTool, ToolMetadata, ToolOutput
from llama_index.core.workflow import Context, Event
from typing_extensions import override

from hatz_client import HatzError
from hatz_client.integration.hatz_tools.run import Progress
from hatz_client.integration.hatz_tools.texts import error_text

CONTEXT = "hatz_context"
"""The parameter of a tool's function that takes the context. No argument of an app has this name."""


class HatzProgressEvent(Event):
    """The progress of a tool that runs at Hatz, as an event of the agent's or workflow's run.

    Each event has `tool` and either `text` (of an app that streams) or the fields about a workflow's job.
    """

    tool: str
    """The tool's name."""
    message: str
    """One line for people; empty for a piece of text."""
    text: str = ""
    """The next piece of an app's answer."""
    job_id: str | None = None
    status: str | None = None
    """The job's status, such as "running"."""
    steps_complete: int | None = None
    number_of_steps: int | None = None
    step: str | None = None
    """The step that runs, or the last one."""


class HatzTool(FunctionTool):
    """A tool that runs at Hatz. It works with and without the `Context` of a workflow, to which it writes `HatzProgressEvent`s.

    The content is the answer's text; `raw_output` is the whole answer or job as a dict of plain values, so that events and contexts
    can be written as JSON: the fields of `hatz_client.Reply` or of `hatz_client.JobState`. An error is an output with `is_error` that
    tells the model what to do; `exception` has the error itself.
    """

    def __init__(self, fn: Callable[..., Any], async_fn: Callable[..., Any], about: ToolMetadata, **more: Any) -> None:
        super().__init__(fn, about, async_fn, **more)
        # LlamaIndex requires a context for a function whose annotations have one; here the context is optional.
        self.requires_context, self.ctx_param_name = True, CONTEXT

    @override
    def call(self, *args: Any, **kwargs: Any) -> ToolOutput:
        given = self._by_name(args, kwargs)
        try:
            return super().call(**{CONTEXT: None, **given})
        except HatzError as error:
            return self._error(error, given)

    @override
    async def acall(self, *args: Any, **kwargs: Any) -> ToolOutput:
        given = self._by_name(args, kwargs)
        try:
            return await super().acall(**{CONTEXT: None, **given})
        except HatzError as error:
            return self._error(error, given)

    def _by_name(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """The arguments by name: LlamaIndex passes a single one by position."""
        names = list(self.metadata.fn_schema.model_fields) if self.metadata.fn_schema else []
        if len(args) > len(names):
            raise TypeError(f"{self.metadata.get_name()} takes {len(names)} arguments, not {len(args)}.")
        return {**dict(zip(names, args, strict=False)), **kwargs}

    def _error(self, error: HatzError, given: dict[str, Any]) -> ToolOutput:
        name = self.metadata.get_name()
        text = error_text(error, name)
        return ToolOutput(
            tool_name=name,
            content=text,
            raw_input={key: value for key, value in given.items() if key != CONTEXT},
            raw_output=text,
            is_error=True,
            exception=error,
        )


def writer(context: Context | None) -> Callable[[Progress], None]:
    """A function that writes progress to the stream of events, if a workflow runs."""
    return lambda progress: context.write_event_to_stream(HatzProgressEvent(**asdict(progress))) if context else None
