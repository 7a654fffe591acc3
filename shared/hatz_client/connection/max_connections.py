"""How many connections may be in use at once."""

from __future__ import annotations

import asyncio
from queue import Empty, SimpleQueue

from hatz_client.connection.http.time_limits import Deadline

MOST_CONNECTIONS = 1000
_LEAST_CONNECTIONS = 8


def default_connections() -> int:
    """1,000, or half of the process's limit of open files if that is less: the other half is for everything else."""
    limit = open_files_limit()
    return MOST_CONNECTIONS if limit is None else max(_LEAST_CONNECTIONS, min(MOST_CONNECTIONS, limit // 2))


def open_files_limit() -> int | None:
    """How many files and sockets the process may have open (`ulimit -n`); None if unlimited or unknown."""
    try:
        import resource  # noqa: PLC0415 (Windows does not have it)
    except ImportError:
        return None
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if limit == resource.RLIM_INFINITY else limit


class Slots:
    """A semaphore whose `release` may interrupt any code of the same thread: garbage collection may end an abandoned stream.

    `threading.Semaphore` would deadlock then; `SimpleQueue` is documented to be reentrant.
    """

    def __init__(self, count: int) -> None:
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(count):
            self._free.put(None)

    def acquire(self, deadline: Deadline) -> None:
        """Take a slot, waiting at most until the deadline.

        Raises:
            HatzTimeoutError: at the deadline.
        """
        try:
            self._free.get(timeout=deadline.timeout)
        except Empty:
            raise deadline.error() from None

    def release(self) -> None:
        """Give a slot back."""
        self._free.put(None)


async def acquire(lock: asyncio.Semaphore | asyncio.Lock, deadline: Deadline) -> None:
    """Acquire the lock, waiting at most until the deadline.

    Raises:
        HatzTimeoutError: at the deadline.
    """
    if deadline.seconds is None or not lock.locked():
        await lock.acquire()
        return
    try:
        async with asyncio.timeout(deadline.timeout):
            await lock.acquire()
    except TimeoutError:
        raise deadline.error() from None
