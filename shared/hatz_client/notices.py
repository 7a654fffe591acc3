"""What is said once: a parameter that an endpoint has no use for is left out, but never in silence."""

from __future__ import annotations

import logging

logger = logging.getLogger("hatz_client")
_said: set[str] = set()


def say_once(message: str) -> None:
    """Log `message` as a warning, the first time it is said in this process."""
    if message not in _said:
        _said.add(message)
        logger.warning(message)


def say_ignored(endpoint: str, **parameters: object) -> None:
    """Say of each parameter that is set that this endpoint has no such field, so that it is not sent."""
    for name, value in parameters.items():
        if value is not None:
            say_once(f"{name}={value!r} is not sent: the {endpoint} endpoint of the gateway has no such parameter.")
