"""Start a workflow's job, and poll its state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hatz_client.connection.http.headers import new_request_id
from hatz_client.connection.http.time_limits import Deadline
from hatz_client.connection.settings import Settings
from hatz_client.errors import (
    HatzConnectionError,
    HatzError,
    HatzRateLimitError,
    HatzResponseError,
    HatzServerError,
    HatzTimeoutError,
)
from hatz_client.operations.operation import Operation, Options
from hatz_client.resources.jobs import JobState
from hatz_client.util.ids import check_id
from hatz_client.util.json_text import to_json

_POLL_DELAYS = (0.5, 10.0)
"""Seconds between two polls: the first and the maximum. Each interval is 1.5 times the one before."""


def run_workflow(settings: Settings, workflow_id: str, inputs: dict[str, Any], options: Options) -> Operation:
    """The operation that starts a job. It is repeated only if the gateway certainly did not start one.

    Raises:
        HatzInvalidInputError: if this is no id.
    """
    content = to_json({"app_id": check_id(workflow_id, "a workflow"), "inputs": inputs})
    return Operation(settings, options, "POST", "/workflows/run", content, options.id, repeatable=False)


def get_job(settings: Settings, job_id: str, options: Options) -> Operation:
    """The operation that requests the state of a job.

    Raises:
        HatzInvalidInputError: if this is no id.
    """
    path = f"/workflows/{check_id(job_id, 'a job')}"
    return Operation(settings, options, "GET", path, None, new_request_id(), mask_answer=True)


def poll_delays() -> Iterator[float]:
    """Seconds to wait before each poll."""
    delay, longest = _POLL_DELAYS
    while True:
        yield delay
        delay = min(1.5 * delay, longest)


def explain_poll(error: HatzError, state: JobState) -> None:
    """Add to the error of a poll that the job continues, and how to wait for it again."""
    if isinstance(error, HatzConnectionError | HatzServerError | HatzResponseError | HatzRateLimitError):
        error.message += f" The job {state.id} goes on at Hatz: wait again, or use get_job({state.id!r})."
        error.args = (error.message,)


def check_deadline(state: JobState, deadline: Deadline) -> None:
    """Raise an error if no time is left to wait for the job.

    Raises:
        HatzTimeoutError: when no time is left.
    """
    if deadline.is_over:
        message = (
            f"The job {state.id} was not complete within the deadline of {deadline.seconds:g} s ({state.progress})."
        )
        error = HatzTimeoutError(message)
        error.is_retryable = False
        explain_poll(error, state)
        raise error
