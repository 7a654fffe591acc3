"""Warnings that are logged once in a process: a parameter that an endpoint does not have is left out, but never in silence."""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping
from typing import Any

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


def supported_fields(endpoint: str, fields: Mapping[str, Any], homes: Mapping[str, Container[str]]) -> dict[str, Any]:
    """The set fields that the endpoint supports; warn once about the others.

    Args:
        endpoint: Its name.
        fields: Values by name; None is not set.
        homes: Of each field, the endpoints that have it.
    """
    warn_ignored_parameters(endpoint, **{name: value for name, value in fields.items() if endpoint not in homes[name]})
    return {name: value for name, value in fields.items() if value is not None and endpoint in homes[name]}


say_once, say_ignored, sent_to = warn_once, warn_ignored_parameters, supported_fields  # until all callers are renamed
