"""Listing the models and agents that a key may use; `hatz_client.models` parses the lists."""

from __future__ import annotations

from hatz_client.connection.settings import Settings
from hatz_client.operations.operation import Operation, Options


def list_models(settings: Settings, options: Options) -> Operation:
    """The operation that lists the models."""
    return Operation(settings, options, "GET", "/chat/models", None, options.id)


def list_agents(settings: Settings, options: Options) -> Operation:
    """The operation that lists the agents."""
    return Operation(settings, options, "GET", "/chat/agents", None, options.id)
