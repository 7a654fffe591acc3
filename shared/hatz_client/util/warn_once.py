"""Warnings logged once per process, such as for a parameter that an endpoint does not have and that is left out."""

from __future__ import annotations

import logging

logger = logging.getLogger("hatz_client")
_warned: set[int] = set()
"""Hashes of the messages, which may be long."""
_MOST = 1000


def warn_once(message: str) -> None:
    """Log `message` as a warning, the first time in this process (again after 1000 other messages)."""
    if (key := hash(message)) not in _warned:
        if len(_warned) >= _MOST:
            _warned.clear()
        _warned.add(key)
        logger.warning(message)


def warn_ignored_parameters(endpoint: str, **parameters: object) -> None:
    """Warn about each parameter that is set and not sent, because this endpoint does not have it."""
    for name, value in parameters.items():
        if value is not None:
            warn_once(
                f"{name}={value!r:.200} is not sent: the {endpoint} endpoint of the gateway has no such parameter."
            )
