"""What to say of a model that there is not: the models there are, those nearest in name first. Pure."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hatz_client.errors import HatzNotFoundError
from hatz_client.models import agents_of, canonical, models_of
from hatz_client.operations.generate import Call, Options, discovery

_PATIENCE = 10.0
"""Seconds to wait for the list: an error must not be long in coming."""
_SHOWN = 3


def speaks_of_models(error: HatzNotFoundError) -> bool:
    """Whether it is a model (or an agent) that there is not; else it is the path, say, and no list of models helps."""
    return re.search(r"model|agent", json.dumps(error.body, default=str), re.IGNORECASE) is not None


def listing(call: Call) -> Call:
    """The call that asks for what there is, after `call` asked for a model or an agent that there is not: one request."""
    path = "/chat/agents" if _wanted(call).startswith("agent-") else "/chat/models"
    return discovery(replace(call.settings, max_retries=0), path, Options(timeout=_PATIENCE))


def listed(call: Call, body: Any) -> list[str]:
    """What the answer to `listing(call)` says may be sent as `model`."""
    if _wanted(call).startswith("agent-"):
        return [agent.model for agent in agents_of(body)]
    return [model.id for model in models_of(body)]


def name_nearest(error: HatzNotFoundError, call: Call, there: Iterable[str]) -> None:
    """Add to the error's message the models that are nearest in name; nothing, where the model is none of the problem."""
    wanted, names = _wanted(call), list(there)
    if wanted in names:
        return
    error.message += f" This key may use: {', '.join(nearest(wanted, names))}." if names else " This key may use none."
    error.args = (error.message,)


def nearest(wanted: str, names: Iterable[str]) -> list[str]:
    """The names most like this one, the likest first; a few of them at least, however unlike they are."""
    bare = canonical(wanted)
    likeness = {name: difflib.SequenceMatcher(None, bare, canonical(name)).ratio() for name in names}
    return sorted(likeness, key=lambda name: -likeness[name])[:_SHOWN]


def _wanted(call: Call) -> str:
    return call.prompt.model if call.prompt else ""
