"""A job on the terminal: its steps as they come, on stderr."""

from __future__ import annotations

import sys
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

from hatz_cli import terminal

if TYPE_CHECKING:
    from hatz_client import Job, JobState, JobStep


def watch(job: Job, deadline: float | None) -> JobState:
    """Wait for a job: a line for each step that ends, and on a terminal one that shows the step that runs.

    Raises:
        HatzJobError: the job failed.
        KeyboardInterrupt: Ctrl-C; a line says how to come back.
    """
    come_back = f"hatz workflows job {job.id} --watch"
    terminal.note(f"Job {job.id}. Ctrl-C ends the waiting, not the job; to come back: {come_back}")
    shown = 0
    on_terminal = sys.stderr.isatty()
    spinner = terminal.console(stderr=True).status("") if on_terminal else nullcontext()
    with spinner as line, closing(job.watch(deadline=deadline)) as states:
        for state in states:
            over = [step for step in state.steps if step.is_complete or step.is_failed]
            for step in over[shown:]:
                terminal.note(_line(step))
            shown = len(over)
            if line is not None:
                line.update(state.progress)
    return job.state


def as_json(state: JobState) -> dict[str, Any]:
    """A job for `--json`; what the gateway did not say is null."""
    return {
        "job_id": state.id,
        "status": state.status,
        "steps_complete": state.steps_complete,
        "number_of_steps": state.number_of_steps,
        "result": state.text if state.is_complete else None,
        "steps": [
            {"id": step.id, "name": step.name, "status": step.status, "output": step.output} for step in state.steps
        ],
    }


def _line(step: JobStep) -> str:
    seconds = f" ({step.duration:.1f} s)" if step.duration is not None else ""
    return f"{'failed' if step.is_failed else 'done'}: {step.name or step.id}{seconds}"
