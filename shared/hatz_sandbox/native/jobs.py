"""Jobs of workflows: `/workflows/{job_id}`. Each poll moves a job forward."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hatz_sandbox.neutral import GatewayError, Json


@dataclass
class Job:
    """The course of a job, which are the arguments of `sandbox.job`, and once it is started its workflow."""

    outputs: Sequence[Any] = ()
    polls: int | None = None
    fails_at: int | None = None
    error: str = "The sandbox was told to fail."
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    app_id: str = ""
    workflow: Json = field(default_factory=dict)
    inputs: Json = field(default_factory=dict)
    polled: int = 0

    def poll(self) -> Json:
        """Move the job forward, and return its state."""
        self.polled += 1
        steps = self.workflow["steps"]
        last = min(self.fails_at or len(steps), len(steps))
        needed = last if self.polls is None else self.polls
        over = self.polled >= needed
        done = last if over else last * self.polled // needed
        end = "failed" if self.fails_at is not None else "complete"
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
        outputs = [*self.outputs][index : index + 1] or [f"{step.get('display_name')}: done ({inputs})"]
        return {
            "step_id": step.get("id"),
            "job_id": self.id,
            "step_type": step.get("step_type"),
            "status": status,
            "output_type": "text",
            "output_data": {"complete": outputs[0], "failed": self.error}.get(status),
            "duration": None if status == "running" else 0.1,
            **dict.fromkeys(("start_time", "end_time", "payload")),
        }


class Jobs(dict[str, Job]):
    """The jobs that were started, by id, and those that are queued for the next starts. Thread-safe."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: deque[Job] = deque()
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Forget all jobs."""
        super().clear()
        self.queue.clear()

    def start(self, app_id: str, workflow: Json, inputs: Json) -> str:
        """Start a job and return its id."""
        with self._lock:
            job = self.queue.popleft() if self.queue else Job()
            job.app_id, job.workflow, job.inputs = app_id, workflow, inputs
            self[job.id] = job
        return job.id

    def poll(self, job_id: str) -> Json:
        """Move a job forward, and return its state."""
        with self._lock:
            if job_id not in self:
                raise GatewayError("Job not found", status=404)
            return self[job_id].poll()
