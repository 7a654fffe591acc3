"""What is said once: a parameter that an endpoint has no use for is left out, but never in silence."""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping
from typing import Any

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


def sent_to(endpoint: str, fields: Mapping[str, Any], homes: Mapping[str, Container[str]]) -> dict[str, Any]:
    """Those of the fields that are set and that this endpoint has; of the others that are set it is said that they are not sent.

    Args:
        endpoint: Its name.
        fields: Values by name; None is not set.
        homes: Of each field, the endpoints that have it.
    """
    say_ignored(endpoint, **{name: value for name, value in fields.items() if endpoint not in homes[name]})
    return {name: value for name, value in fields.items() if value is not None and endpoint in homes[name]}
