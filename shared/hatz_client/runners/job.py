"""`Job`: waiting for a workflow's job.

Generated from `async_job.py` by `make client`: edit that file.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import Unpack

from hatz_client.connection import sync_io as io
from hatz_client.errors import HatzError
from hatz_client.operations import jobs
from hatz_client.operations.operation import CallOptions, Options, call_options
from hatz_client.resources.jobs import JobState, job_of
from hatz_client.runners.runner import Runner


class Job:
    """A workflow's job at Hatz.

    The job runs at Hatz, whether anybody waits or not, and cannot be cancelled. To stop waiting, leave the loop over `watch()`, or
    pass a `deadline`. Waiting can be repeated: it starts nothing.
    """

    def __init__(self, runner: Runner, state: JobState) -> None:
        self._runner = runner
        self.state = state
        """The latest known state of the job."""

    def __repr__(self) -> str:
        return f"Job({self.id!r}, {self.state.progress!r})"

    @property
    def id(self) -> str:
        """The job's id: `get_job(id)` gives the job again, in another process too."""
        return self.state.id

    def refresh(self, **options: Unpack[CallOptions]) -> JobState:
        """Request the state of the job once."""
        return self._refresh(call_options(self._runner.settings, **options))

    def watch(self, **options: Unpack[CallOptions]) -> Generator[JobState, None, None]:
        """The states of the job, each time that a step begins or ends, until the job is complete.

        It polls after 0.5 s, then at growing intervals of up to 10 s. The options are those of every call; `deadline` is the
        maximum number of seconds to wait.

        Raises:
            HatzJobError: when the job has failed; it names the step.
            HatzTimeoutError: when the deadline is over. The job continues.
        """
        return io.closable(self._watch(options))

    def wait(self, **options: Unpack[CallOptions]) -> JobState:
        """Wait until the job is complete, and return its last state; see `watch` for options and errors."""
        with closing(self.watch(**options)) as states:
            for _ in states:
                pass
        return self.state

    def _watch(self, options: CallOptions) -> Generator[JobState, None, None]:
        given = call_options(self._runner.settings, **options)
        delays = jobs.poll_delays()
        progress = None
        while True:
            if self.state.progress != progress:
                progress = self.state.progress
                yield self.state
            if self.state.is_over:
                break
            jobs.check_deadline(self.state, given.deadline)
            io.sleep(max(given.deadline.limit(next(delays)), 0))
            jobs.check_deadline(self.state, given.deadline)
            self._refresh(given)
        if self.state.is_failed:
            raise self.state.error()

    def _refresh(self, options: Options) -> JobState:
        operation = jobs.get_job(self._runner.settings, self.id, options)
        try:
            self.state = self._runner.call(operation, lambda body: job_of(body, self.id))
        except HatzError as error:
            jobs.explain_poll(error, self.state)
            raise
        return self.state
