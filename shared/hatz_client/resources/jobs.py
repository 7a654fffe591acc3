"""A workflow's job, as the gateway reports it.

Reference: Hatz's API page "Workflows" and a public client.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hatz_client.errors import HatzJobError, HatzResponseError
from hatz_client.resources.apps import steps_of
from hatz_client.resources.models import text_in
from hatz_client.util.ids import field_in, id_in
from hatz_client.util.json_text import to_json

# In lower case, without spaces and hyphens. "complete" and "failed" are documented.
_COMPLETE = {"complete", "completed", "success", "succeeded", "successful", "done", "finished"}
_FAILED = {
    "failed", "failure", "error", "errored", "cancelled", "canceled", "expired", "timedout", "timeout", "aborted", "terminated",
    "stopped", "rejected",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class JobStep:
    """The state of one step of a job."""

    id: str | None
    name: str | None = None
    """The step's name in the workflow; None if unknown."""
    status: str | None = None
    """The wire's word: "pending", "running", "complete" or "failed" are documented."""
    type: str | None = None
    output: Any = None
    """The output of the step: a text or a JSON value."""
    output_type: str | None = None
    duration: float | None = None
    """Seconds; None if unknown."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The entry as the wire has it."""

    @property
    def is_complete(self) -> bool:
        """Whether the step ended without a failure."""
        return _is(self.status, _COMPLETE)

    @property
    def is_failed(self) -> bool:
        """Whether the step has failed."""
        return _is(self.status, _FAILED)

    @property
    def text(self) -> str:
        """The output as a text; other JSON values are written as JSON."""
        return text_of(self.output)


@dataclass(frozen=True, slots=True)
class JobState:
    """The state of a workflow's job."""

    id: str
    status: str | None = None
    """The wire's word: "pending", "running", "complete" or "failed" are documented."""
    workflow_id: str | None = None
    number_of_steps: int | None = None
    steps: tuple[JobStep, ...] = ()
    """The steps that have begun (the wire's `step_outputs`)."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The response as the wire has it."""

    @property
    def is_complete(self) -> bool:
        """Whether the job ended without a failure."""
        return _is(self.status, _COMPLETE)

    @property
    def is_failed(self) -> bool:
        """Whether the job has failed, or ended without a result ("cancelled", "expired", "timed_out" …)."""
        return _is(self.status, _FAILED)

    @property
    def is_over(self) -> bool:
        """Whether the job is complete or has failed. A status that is not known counts as running."""
        return self.is_complete or self.is_failed

    @property
    def steps_complete(self) -> int:
        """The number of complete steps."""
        return sum(step.is_complete for step in self.steps)

    @property
    def failed_step(self) -> JobStep | None:
        """The failed step; None if there is none, or if it is unknown."""
        return next((step for step in self.steps if step.is_failed), None)

    @property
    def text(self) -> str:
        """The output of the last complete step: the result of the workflow."""
        return next((step.text for step in reversed(self.steps) if step.is_complete and step.text), "")

    @property
    def progress(self) -> str:
        """One line: the status, how many steps are complete, and the step that runs."""
        total = self.number_of_steps or len(self.steps)
        running = next((step for step in self.steps if not step.is_complete and not step.is_failed), None)
        name = f": {running.name or running.id}" if running else ""
        return f"{self.status or 'started'}, {self.steps_complete} of {total or '?'} steps complete{name}"

    def error(self) -> HatzJobError:
        """The error for a failed job; it names the failed step and its message."""
        step = self.failed_step
        where = f" in step {(step.name or step.id)!r}" if step else ""
        reason = field_in(step.raw, "error", "error_message", "message") if step else None
        reason = text_of(reason or (step.output if step else None) or field_in(self.raw, "error", "error_message"))
        if not reason and self.status and self.status.lower() != "failed":
            reason = f"its status is {self.status!r}"
        error = HatzJobError(f"The workflow's job {self.id} failed{where}{f': {reason:.500}' if reason else ''}.")
        error.job, error.step, error.body = self, step, self.raw
        return error


def job_of(body: Any, job_id: str | None = None) -> JobState:
    """The job in a response of `/workflows/run` or `/workflows/{job_id}`, at the top or under "data".

    Raises:
        HatzResponseError: if there is no job's id, and `job_id` is not known either.
    """
    found = job_id or id_in(body, "job_id", "id", "uuid")
    if found is None:
        raise HatzResponseError(f"The gateway answered with something other than a job: {body!r:.200}", body=body)
    app = field_in(body, "app_data")
    names = {step.id: step.name for step in steps_of(app.get("steps"))} if isinstance(app, Mapping) else {}
    outputs, number = field_in(body, "step_outputs"), field_in(body, "number_of_steps")
    status = field_in(body, "status")
    return JobState(
        id=found,
        status=status if isinstance(status, str) else None,
        workflow_id=id_in(body, "app_id"),
        number_of_steps=number if isinstance(number, int) else None,
        steps=tuple(_step(entry, names) for entry in outputs if isinstance(entry, Mapping))
        if isinstance(outputs, list)
        else (),
        raw=body if isinstance(body, Mapping) else {},
    )


def text_of(value: Any) -> str:
    """An output as a text: itself, the text in an object that holds one, or its JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case {"text": str(text)} | {"content": str(text)} | {"message": str(text)} | {"output": str(text)}:
            return text
    return to_json(value).decode()


def _step(entry: Mapping[str, Any], names: Mapping[str | None, str | None]) -> JobStep:
    step_id, duration = id_in(entry, "step_id", "id"), entry.get("duration")
    return JobStep(
        id=step_id,
        name=text_in(entry, "display_name") or text_in(entry, "name") or names.get(step_id),
        status=text_in(entry, "status"),
        type=text_in(entry, "step_type"),
        output=entry.get("output_data"),
        output_type=text_in(entry, "output_type"),
        duration=duration if isinstance(duration, int | float) else None,
        raw=entry,
    )


def _is(status: Any, words: set[str]) -> bool:
    return isinstance(status, str) and re.sub(r"[\s_-]", "", status.lower()) in words
