"""List models and agents, and suggest similar names after a "model not found" error."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hatz_client.connection.http.time_limits import Deadline
from hatz_client.connection.settings import Settings
from hatz_client.errors import HatzNotFoundError
from hatz_client.operations.operation import Operation, Options
from hatz_client.resources.models import agents_of, canonical, models_of

_SECONDS = 10.0
"""The time limit for the list: an error must not take long."""
_SHOWN = 3


def list_models(settings: Settings, options: Options) -> Operation:
    """The operation that lists the models."""
    return Operation(settings, options, "GET", "/chat/models", None, options.id)


def list_agents(settings: Settings, options: Options) -> Operation:
    """The operation that lists the agents."""
    return Operation(settings, options, "GET", "/chat/agents", None, options.id)


def is_about_models(error: HatzNotFoundError) -> bool:
    """Whether a model (or an agent) was not found; for an unknown path, a list of models does not help."""
    return re.search(r"model|agent", json.dumps(error.body, default=str)[:20_000], re.IGNORECASE) is not None


def list_names(settings: Settings, model: str, deadline: Deadline) -> Operation:
    """The operation that lists the existing models or agents, after `model` was not found: one request."""
    once = replace(settings, max_retries=0)
    options = Options(timeout=_SECONDS, deadline=Deadline(min(_SECONDS, max(deadline.seconds_left, 0.001))))
    return list_agents(once, options) if _is_agent(model) else list_models(once, options)


def read_names(model: str, body: Any) -> list[str]:
    """The names in the answer to `list_names`, as users pass them as `model`."""
    if _is_agent(model):
        return [agent.model for agent in agents_of(body)]
    return [found.id for found in models_of(body)]


def add_suggestions(error: HatzNotFoundError, model: str, names: Iterable[str]) -> None:
    """Add the most similar names to the error's message; unchanged if `model` is among them, because then it is not the problem."""
    known = list(names)
    if model in known:
        return
    error.message += f" This key may use: {', '.join(nearest(model, known))}." if known else " This key may use none."
    error.args = (error.message,)


def nearest(model: str, names: Iterable[str]) -> list[str]:
    """The three most similar names, the most similar first."""
    bare = canonical(model)
    likeness = {name: difflib.SequenceMatcher(None, bare, canonical(name)).ratio() for name in names}
    return sorted(likeness, key=lambda name: -likeness[name])[:_SHOWN]


def _is_agent(model: str) -> bool:
    return model.startswith("agent-")
