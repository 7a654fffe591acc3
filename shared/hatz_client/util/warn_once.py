"""Warnings that are logged once in a process: a parameter that an endpoint does not have is left out, but never in silence."""

from __future__ import annotations

import logging

logger = logging.getLogger("hatz_client")
_warned: set[int] = set()
"""Hashes of the messages: those may be long."""
_MOST = 1000


def warn_once(message: str) -> None:
    """Log `message` as a warning, the first time in this process (again after a thousand others)."""
    if (key := hash(message)) not in _warned:
        if len(_warned) >= _MOST:
            _warned.clear()
        _warned.add(key)
        logger.warning(message)


def warn_ignored_parameters(endpoint: str, **parameters: object) -> None:
    """Warn about each parameter that is set: this endpoint does not have it, so it is not sent."""
    for name, value in parameters.items():
        if value is not None:
            warn_once(
                f"{name}={value!r:.200} is not sent: the {endpoint} endpoint of the gateway has no such parameter."
            )
