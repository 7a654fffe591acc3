"""What a check is, and how the checks are run."""

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
"""Seconds that all checks together may take."""


@dataclass(frozen=True)
class Finding:
    """What a check found; `cure` says what to do when it is not "ok"."""

    status: Status
    detail: str
    cure: str = ""


@dataclass
class Context:
    """What the checks know: the surroundings, and what earlier checks found."""

    base_url: str
    key: str
    model: str | None = None
    """The model that the tiny requests go to; chosen when the models are known, unless the user names one."""
    models: tuple[Model, ...] = ()
    began: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> float:
        """How long the next request may take."""
        return max(0.0, BUDGET - (time.monotonic() - self.began))

    def send(self, request: Request) -> Exchange:
        """Send one request as it is."""
        with Gateway(self.base_url, self.key, timeout=max(1.0, min(20.0, self.seconds_left()))) as gateway:
            return gateway.send(request)

    @cached_property
    def first_exchange(self) -> Exchange:
        """The list of models, asked for once: it tells about network, address, key and clock."""
        return self.send(Request("/chat/models", method="GET"))


@dataclass(frozen=True)
class Check:
    """One line of the doctor. A check whose `needs` did not pass is skipped."""

    name: str
    run: Callable[[Context], Finding]
    needs: tuple[str, ...] = ()
    tokens: int = 0
    """About how many tokens it uses."""


def run_checks(checks: Sequence[Check], context: Context) -> Iterator[tuple[Check, Finding]]:
    """Each check with what it found, as it is done."""
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
