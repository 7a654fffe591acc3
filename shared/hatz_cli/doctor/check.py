"""One check of the doctor, and the loop that runs them all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from hatz_cli.exchange import Exchange, Gateway, Request
from hatz_client import Model

Status = Literal["ok", "warn", "fail", "skip"]
BUDGET = 55.0
"""The time limit for all checks together, in seconds."""


@dataclass(frozen=True)
class Finding:
    """The result of a check; `cure` says what to do if it is not "ok"."""

    status: Status
    detail: str
    cure: str = ""


@dataclass
class Context:
    """The input of the checks: the gateway's URL, the key, and the results of earlier checks."""

    base_url: str
    key: str
    model: str | None = None
    """The model for the tiny requests: the user's, or one chosen from the list of models."""
    models: tuple[Model, ...] = ()
    began: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> float:
        """The time left for the next request, in seconds."""
        return max(0.0, BUDGET - (time.monotonic() - self.began))

    def send(self, request: Request) -> Exchange:
        """Send one request, without retries."""
        with Gateway(self.base_url, self.key, timeout=max(1.0, min(20.0, self.seconds_left()))) as gateway:
            return gateway.send(request)

    @cached_property
    def first_exchange(self) -> Exchange:
        """The request for the list of models, sent once: it shows the state of network, address, key and clock."""
        return self.send(Request("/chat/models", method="GET"))


@dataclass(frozen=True)
class Check:
    """One line of the doctor. A check is skipped if one of its `needs` failed."""

    name: str
    run: Callable[[Context], Finding]
    needs: tuple[str, ...] = ()
    tokens: int = 0
    """About how many tokens it uses; 0 if it asks no model for an answer."""


def run_checks(checks: Sequence[Check], context: Context) -> Iterator[tuple[Check, Finding]]:
    """Run the checks and yield each with its result."""
    failed: set[str] = set()
    for check in checks:
        if missing := [name for name in check.needs if name in failed]:
            finding = Finding("skip", f"skipped because {missing[0]!r} failed")
        elif check.needs and not context.seconds_left():
            finding = Finding("skip", "skipped: the checks took too long", "Run hatz doctor again, or with --model.")
        else:
            finding = check.run(context)
        if finding.status in {"fail", "skip"}:
            failed.add(check.name)
        yield check, finding
