"""Run apps and workflows for a tool, and report the progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import Any

from hatz_client.async_client import AsyncClient
from hatz_client.client import Client
from hatz_client.content import Reply, Text
from hatz_client.errors import HatzInvalidInputError
from hatz_client.events import Delta, Event, Fold, Start
from hatz_client.resources.apps import App, Workflow
from hatz_client.resources.jobs import JobState


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a tool."""

    tool: str
    """The tool's name."""
    message: str
    """One line for people; empty for a piece of text."""
    text: str = ""
    """The next piece of an app's answer."""
    job_id: str | None = None
    status: str | None = None
    """The job's status."""
    steps_complete: int | None = None
    number_of_steps: int | None = None
    step: str | None = None
    """The running step, or the last one."""

    @classmethod
    def of_job(cls, tool: str, state: JobState) -> Progress:
        """The progress of a workflow's job."""
        last = state.steps[-1] if state.steps else None
        return cls(
            tool,
            state.progress,
            job_id=state.id,
            status=state.status,
            steps_complete=state.steps_complete,
            number_of_steps=state.number_of_steps,
            step=(last.name or last.id) if last else None,
        )


Report = Callable[[Progress], Any]


class ToolClients:
    """Both clients of a tool, with the same settings.

    Args:
        user_agent: The framework, for the `User-Agent`.
        settings: The settings of `Client` and `AsyncClient`.

    Raises:
        HatzInvalidInputError: for an invalid setting.
    """

    def __init__(self, user_agent: str, settings: Mapping[str, Any]) -> None:
        given = {name: value for name, value in settings.items() if name not in {"http_client", "http_async_client"}}
        given["default_headers"] = {"User-Agent": user_agent, **(given.get("default_headers") or {})}
        self.client = Client(http_client=settings.get("http_client"), **given)
        self.async_client = AsyncClient(http_async_client=settings.get("http_async_client"), **given)

    def app(self, given: App | str, kind: type[App]) -> App:
        """The app or workflow with its form; an id is looked up, and so is an app whose form the list did not have.

        Raises:
            HatzInvalidInputError: if it is of the other kind.
        """
        app = given
        if isinstance(app, str) or (app.inputs is None and not isinstance(app, Workflow)):
            app = self.client.get_app(app if isinstance(app, str) else app.id)
        return _check_kind(app, kind)

    async def aapp(self, given: App | str, kind: type[App]) -> App:
        """Async version of `app`."""
        app = given
        if isinstance(app, str) or (app.inputs is None and not isinstance(app, Workflow)):
            app = await self.async_client.get_app(app if isinstance(app, str) else app.id)
        return _check_kind(app, kind)


@dataclass(frozen=True, slots=True)
class AppRun:
    """One app or workflow, and how a tool runs it."""

    clients: ToolClients
    app: App
    tool: str
    """The tool's name."""
    streaming: bool = False
    """Whether the text of an app's answer is reported as it comes. Its usage is then unknown: native streams have none."""

    def run(self, inputs: Mapping[str, Any], report: Report) -> Reply | JobState:
        """The answer of the app, or the complete job of the workflow.

        Raises:
            HatzError: if there is none.
        """
        client = self.clients.client
        if isinstance(self.app, Workflow):
            job = client.run_workflow(self.app, inputs)
            with closing(job.watch()) as states:
                for state in states:
                    report(Progress.of_job(self.tool, state))
            return job.state
        if not self.streaming:
            return client.run_app(self.app, inputs)
        answer = _Answer()
        with closing(client.stream_app(self.app, inputs)) as events:
            for event in events:
                if text := answer.add(event):
                    report(Progress(self.tool, "", text=text))
        return answer.fold.reply

    async def arun(self, inputs: Mapping[str, Any], report: Report) -> Reply | JobState:
        """Async version of `run`."""
        client = self.clients.async_client
        if isinstance(self.app, Workflow):
            job = await client.run_workflow(self.app, inputs)
            async with aclosing(job.watch()) as states:
                async for state in states:
                    report(Progress.of_job(self.tool, state))
            return job.state
        if not self.streaming:
            return await client.run_app(self.app, inputs)
        answer = _Answer()
        async with aclosing(client.stream_app(self.app, inputs)) as events:
            async for event in events:
                if text := answer.add(event):
                    report(Progress(self.tool, "", text=text))
        return answer.fold.reply


class _Answer:
    """Collects a streamed answer, and finds the events that are text."""

    def __init__(self) -> None:
        self.fold = Fold()
        self._texts: set[int] = set()

    def add(self, event: Event) -> str:
        """Add an event; returns its text."""
        self.fold.add(event)
        if isinstance(event, Start) and isinstance(event.part, Text):
            self._texts.add(event.index)
        return event.text if isinstance(event, Delta) and event.index in self._texts else ""


def _check_kind(app: App, kind: type[App]) -> App:
    if type(app) is not kind:
        other = "hatz_workflow_tool" if isinstance(app, Workflow) else "hatz_app_tool"
        raise HatzInvalidInputError(
            f"{app.name!r} is {'a workflow' if isinstance(app, Workflow) else 'an app'}: use {other}."
        )
    return app
