"""The state of a limit, in a SQLite file that the processes of one machine share."""

from __future__ import annotations

import json
import math
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pyrate_limiter import Decision, Rate, StateStore
from pyrate_limiter.abstracts.algorithm import State, StateAlgorithm

from hatz_client.connection.limits.pauses import LONGEST

_WAIT = 5.0
"""Seconds to wait for another process that holds the file; each holds it for less than a millisecond."""
_CREATE = (
    "CREATE TABLE IF NOT EXISTS limits (name TEXT PRIMARY KEY, state TEXT, paused_until INTEGER NOT NULL DEFAULT 0)"
)
_SELECT = "SELECT state, paused_until FROM limits WHERE name = ?"
_WRITE = "INSERT INTO limits (name, state) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET state = excluded.state"
_PAUSE = (
    "INSERT INTO limits (name, paused_until) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET paused_until = max(paused_until, excluded.paused_until)"
)


class SqliteStore(StateStore):
    """One row per name; each change is one transaction that locks the file. Milliseconds of this machine's clock."""

    blocks = True
    failures: tuple[type[Exception], ...] = (sqlite3.Error, OSError, ValueError)
    """ValueError: a null character in the path."""

    def __init__(self, file: str, name: str) -> None:
        self._file = file
        self._name = name
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def look(self) -> tuple[int, float]:
        """The time in milliseconds, and the seconds until a pause ends."""
        with self._lock:
            row = self._connect().execute(_SELECT, (self._name,)).fetchone()
        now = time.time_ns() // 1_000_000
        return now, min(max(row[1] - now, 0) / 1000, LONGEST) if row else 0.0

    def pause(self, seconds: float) -> None:
        """Make all who share the limit wait for so many seconds."""
        with self._transaction() as connection:
            connection.execute(_PAUSE, (self._name, time.time_ns() // 1_000_000 + int(seconds * 1000)))

    def check(self, algorithm: StateAlgorithm, rates: list[Rate], now: int, weight: int) -> Decision:
        """Apply the algorithm to the stored state."""
        with self._transaction() as connection:
            known = _without_future(self._state(connection, algorithm, rates), rates, now)
            state, decision = algorithm.step(rates, known, now, weight)
            if decision.allowed:
                connection.execute(_WRITE, (self._name, json.dumps(state)))
        return decision

    def read(self, algorithm: StateAlgorithm, rates: list[Rate]) -> State:
        """The stored state."""
        with self._lock:
            return self._state(self._connect(), algorithm, rates)

    def reset(self) -> None:
        """Forget the stored state."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM limits WHERE name = ?", (self._name,))

    def _state(self, connection: sqlite3.Connection, algorithm: StateAlgorithm, rates: list[Rate]) -> State:
        row = connection.execute(_SELECT, (self._name,)).fetchone()
        try:
            state = json.loads(row[0]) if row and row[0] else None
        except ValueError:  # damaged: count from the beginning
            state = None
        if isinstance(state, list) and len(state) == len(rates) and all(isinstance(end, int) for end in state):
            return tuple(state)
        return algorithm.initial(rates)

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            # isolation_level=None: no transaction begins but ours.
            connection = sqlite3.connect(self._file, timeout=_WAIT, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")  # a power cut may forget the count of the last seconds
            connection.execute(_CREATE)
            self._connection = connection
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            connection = self._connect()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _without_future(state: State, rates: list[Rate], now: int) -> State:
    """The state with no time later than a full burst after `now`: it was written before the clock was set back.

    The times are in microseconds, `now` in milliseconds.
    """
    bursts = (rate.burst * math.ceil(rate.interval * 1000 / rate.limit) for rate in rates)
    return tuple(min(end, now * 1000 + burst) for end, burst in zip(state, bursts, strict=True))
