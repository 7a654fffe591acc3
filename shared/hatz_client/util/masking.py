"""Replace secrets in texts and JSON values, wherever a gateway may have repeated them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

MASK = "[secret]"
_SHORTEST = 6
"""Shorter values are not masked: they occur in ordinary words."""
_DEEPEST = 100
_SAME_IN_URL = re.compile(r"[\w.~-]*", re.ASCII)


def maskable(secrets: Iterable[str]) -> tuple[str, ...]:
    """The secrets that are long enough to be masked, also in the form that they have in a URL."""
    found = [secret for secret in secrets if len(secret) >= _SHORTEST]
    return (*found, *[quote(secret, safe="") for secret in found if not _SAME_IN_URL.fullmatch(secret)])


def mask(value: Any, secrets: tuple[str, ...]) -> Any:
    """The value with each of these secrets (made by `maskable`) replaced by `MASK`, in texts, bytes and JSON values at any depth.

    Values nested deeper than 100 levels become "…".
    """
    return _mask(value, secrets, _DEEPEST) if secrets else value


def _mask(value: Any, secrets: tuple[str, ...], depth: int) -> Any:
    match value:
        case str():
            for secret in secrets:
                if secret in value:
                    value = value.replace(secret, MASK)
            return value
        case bytes() | bytearray():
            for secret in secrets:
                if secret.encode() in value:
                    value = value.replace(secret.encode(), MASK.encode())
            return value
        case Mapping() | list() | tuple() if not depth:
            return "…"
        case Mapping():
            return {_mask(key, secrets, depth): _mask(item, secrets, depth - 1) for key, item in value.items()}
        case list():
            return [_mask(item, secrets, depth - 1) for item in value]
        case tuple() if type(value) is tuple:
            return tuple(_mask(item, secrets, depth - 1) for item in value)
        case _:
            return value
