"""How many connections may be in use at once."""

from __future__ import annotations

import asyncio

from hatz_client.connection.time_limits import Deadline

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
