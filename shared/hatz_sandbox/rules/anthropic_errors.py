"""Anthropic's set phrases."""

from __future__ import annotations

from typing import NoReturn

from hatz_sandbox.gateway_error import GatewayError


def refuse(at: str, reason: str) -> NoReturn:
    """Refuse what stands at this place of the body."""
    raise GatewayError(f"{at}: {reason}")
