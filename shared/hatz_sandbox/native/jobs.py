"""Jobs of workflows: `/workflows/{job_id}`. Each poll moves a job forward."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hatz_sandbox.neutral import GatewayError

Json = dict[str, Any]


@dataclass(frozen=True)
class JobScript:
    """The course of the next job; the arguments of `sandbox.job`."""

    outputs: Sequence[Any] = ()
    polls: int | None = None
    fails_at: int | None = None
    error: str = "The sandbox was told to fail."


class Jobs:
    """The jobs that were started, and the scripts of the next ones. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scripts: deque[JobScript] = deque()
        self._jobs: dict[str, _Job] = {}

    def __len__(self) -> int:
        """The number of jobs that were started."""
        return len(self._jobs)

    def add(self, script: JobScript) -> None:
        """Queue a script for the next job."""
        self._scripts.append(script)

    def clear(self) -> None:
        """Forget all jobs and scripts."""
        self._scripts.clear()
        self._jobs.clear()

    def start(self, app_id: str, workflow: Json, inputs: Json) -> str:
        """Start a job and return its id."""
        with self._lock:
            script = self._scripts.popleft() if self._scripts else JobScript()
            job_id = str(uuid.uuid4())
            self._jobs[job_id] = _Job(job_id, app_id, workflow, inputs, script)
        return job_id

    def poll(self, path: str) -> Json:
        """Move the job in the path forward, and return its state."""
        job_id = path.removeprefix("/v1/workflows/")
        with self._lock:
            if job_id not in self._jobs:
                raise GatewayError("Job not found", status=404)
            return self._jobs[job_id].poll()


@dataclass
class _Job:
    id: str
    app_id: str
    workflow: Json
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
        end = "failed" if self.script.fails_at is not None else "complete"
        statuses = ["complete"] * done if not over else [*["complete"] * (last - 1), end]
        if done < last:
            statuses.append("running")
        now = datetime.now(UTC).isoformat()
        return {
            "job_id": self.id,
            "app_id": self.app_id,
            "tenant_id": "tenant_sandbox",
            "user_id": "user_sandbox",
            **dict.fromkeys(("created_at", "updated_at", "start_time"), now),
            "end_time": now if over else None,
            "number_of_steps": len(steps),
            "status": end if over else "running",
            "user_inputs": self.inputs,
            "app_data": self.workflow,
            "step_outputs": [self._step(*item) for item in enumerate(zip(steps, statuses, strict=False))],
        }

    def _step(self, index: int, state: tuple[Json, str]) -> Json:
        step, status = state
        inputs = ", ".join(f"{name}: {value}" for name, value in self.inputs.items())
        outputs = [*self.script.outputs][index : index + 1] or [f"{step.get('display_name')}: done ({inputs})"]
        return {
            "step_id": step.get("id"),
            "job_id": self.id,
            "step_type": step.get("step_type"),
            "status": status,
            "output_type": "text",
            "output_data": {"complete": outputs[0], "failed": self.script.error}.get(status),
            "duration": None if status == "running" else 0.1,
            **dict.fromkeys(("start_time", "end_time", "payload")),
        }
