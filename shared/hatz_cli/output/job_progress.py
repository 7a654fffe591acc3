"""Wait for a job and print its steps to stderr."""

from __future__ import annotations

import sys
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING, Any

from hatz_cli.output import terminal

if TYPE_CHECKING:
    from hatz_client import Job, JobState, JobStep


def watch(job: Job, deadline: float | None) -> JobState:
    """Wait for a job: print a line for each finished step, and on a terminal show the running one.

    Raises:
        HatzJobError: if the job failed.
        KeyboardInterrupt: after Ctrl-C; the job continues.
    """
    come_back = f"hatz workflows job {job.id} --watch"
    terminal.note(f"Job {job.id}. Ctrl-C stops the waiting, not the job; to come back: {come_back}")
    shown: set[str | int] = set()
    on_terminal = sys.stderr.isatty()
    spinner = terminal.console(stderr=True).status("") if on_terminal else nullcontext()
    with spinner as line, closing(job.watch(deadline=deadline)) as states:
        for state in states:
            for number, step in enumerate(state.steps):
                at = step.id or number
                if (step.is_complete or step.is_failed) and at not in shown:
                    shown.add(at)
                    terminal.note(_line(step))
            if line is not None:
                line.update(state.progress)
    return job.state


def as_json(state: JobState) -> dict[str, Any]:
    """A job for `--json`; unknown values are null."""
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
