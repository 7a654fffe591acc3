"""`UsageTotal`: the total usage of a client's answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Self

from hatz_client.content import Reply, Usage


class UsageTotal:
    """The usage of the answers that a client got while it was open. It can be read at any time.

    It counts every answer of `ask`, `stream`, `run_app` and `stream_app`, in all threads and tasks. Token counts and jobs have
    no usage: the gateway reports none.
    """

    def __init__(self, close: Callable[[UsageTotal], Any]) -> None:
        self._close = close
        self._lock = threading.Lock()
        self.input = 0
        """All tokens of the prompts."""
        self.output = 0
        """All tokens of the answers."""
        self.total = 0
        self.answers = 0
        """The number of answers."""
        self.unknown = 0
        """The number of answers without usage (streams of native chat never have one); the sums do not include them."""

    def __repr__(self) -> str:
        unknown = f", {self.unknown} of {self.answers} unknown" if self.unknown else ""
        return f"<UsageTotal {self.input} in, {self.output} out, {self.answers} answers{unknown}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close(self)

    def add(self, usage: Usage | None) -> None:
        """Add one answer."""
        with self._lock:
            self.answers += 1
            if usage is None:
                self.unknown += 1
            else:
                self.input += usage.input
                self.output += usage.output
                self.total += usage.total


class UsageTotals:
    """The totals that are open on one client."""

    def __init__(self) -> None:
        self._open: list[UsageTotal] = []

    def open(self) -> UsageTotal:
        """A new total; leaving its `with` block closes it."""
        total = UsageTotal(self._open.remove)
        self._open.append(total)
        return total

    @property
    def is_open(self) -> bool:
        """Whether there is one."""
        return bool(self._open)

    def add(self, reply: Reply) -> None:
        """Add an answer, even an incomplete one; not one that never began."""
        for total in tuple(self._open) if reply.parts or reply.usage or reply.finish else ():
            total.add(reply.usage)
