"""The jobs of workflows: each poll brings a job nearer to its end."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hatz_sandbox.apps.catalog import Entry, id_of
from hatz_sandbox.gateway_error import GatewayError

Json = dict[str, Any]


@dataclass(frozen=True)
class JobScript:
    """How the next job goes."""

    outputs: Sequence[Any] = ()
    """What each step writes, in order."""
    polls: int | None = None
    """How many polls it takes; one for each step when `None`."""
    fails_at: int | None = None
    """The number of the step that fails, from 1."""
    error: str = "The sandbox was told to fail."


class Jobs:
    """The jobs that were started, and how the next ones go; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scripts: deque[JobScript] = deque()
        self._jobs: dict[str, _Job] = {}

    def __len__(self) -> int:
        """How many jobs were started."""
        return len(self._jobs)

    def add(self, script: JobScript) -> None:
        """Say how the next job goes."""
        self._scripts.append(script)

    def clear(self) -> None:
        """Forget all jobs and scripts."""
        self._scripts.clear()
        self._jobs.clear()

    def start(self, workflow: Entry, inputs: Json) -> str:
        """Start a job and return its id."""
        with self._lock:
            script = self._scripts.popleft() if self._scripts else JobScript()
            job_id = str(uuid.uuid4())
            self._jobs[job_id] = _Job(job_id, workflow, inputs, script)
        return job_id

    def poll(self, job_id: str) -> Json:
        """The state of a job, one poll further.

        Raises:
            GatewayError: there is none.
        """
        with self._lock:
            if job_id not in self._jobs:
                raise GatewayError("Job not found", status=404)
            return self._jobs[job_id].poll()


@dataclass
class _Job:
    id: str
    workflow: Entry
    inputs: Json
    script: JobScript
    polls: int = 0

    def poll(self) -> Json:
        self.polls += 1
        steps = self.workflow["steps"]
        last = min(self.script.fails_at or len(steps), len(steps))
        needed = last if self.script.polls is None else self.script.polls
        over = self.polls >= needed
        done = last if over else last * self.polls // needed
        fails = over and self.script.fails_at is not None
        begun = [
            self._step(
                number, step, "failed" if fails and number == last else "complete" if number <= done else "running"
            )
            for number, step in enumerate(steps[: last if over else done + 1], 1)
        ]
        now = datetime.now(UTC).isoformat()
        return {
            "job_id": self.id,
            "app_id": id_of(self.workflow),
            "tenant_id": "tenant_sandbox",
            "user_id": "user_sandbox",
            "created_at": now,
            "updated_at": now,
            "start_time": now,
            "end_time": now if over else None,
            "number_of_steps": len(steps),
            "status": "failed" if fails else "complete" if over else "running",
            "user_inputs": self.inputs,
            "app_data": self.workflow,
            "step_outputs": begun,
        }

    def _step(self, number: int, step: Entry, status: str) -> Json:
        outputs = self.script.outputs
        if status == "complete":
            said = ", ".join(f"{name}: {value}" for name, value in self.inputs.items())
            output = outputs[number - 1] if number <= len(outputs) else f"{step.get('display_name')}: done ({said})"
        else:
            output = self.script.error if status == "failed" else None
        return {
            "step_id": step.get("id"),
            "job_id": self.id,
            "step_type": step.get("step_type"),
            "status": status,
            "output_type": "text",
            "output_data": output,
            "start_time": None,
            "end_time": None,
            "duration": None if status == "running" else 0.1,
            "payload": None,
        }
