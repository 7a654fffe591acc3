"""The models and agents that a key may use, as the gateway lists them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hatz_client.errors import HatzResponseError


@dataclass(frozen=True, slots=True)
class Model:
    """A model this key may use, as `GET /chat/models` lists it."""

    id: str
    """What to send as `model` (the wire calls it `name`)."""
    display_name: str | None = None
    developer: str | None = None
    max_tokens: int | None = None
    """The number of tokens the model can process: its context window. None if the list does not say it, or says 0 (which was seen)."""
    vision: bool | None = None
    """Whether it can recognize images."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The entry as the wire has it."""

    @property
    def name(self) -> str:
        """The same as `id`: Hatz calls it `name`."""
        return self.id


@dataclass(frozen=True, slots=True)
class Agent:
    """A Hatz agent this key may use, as `GET /chat/agents` lists it."""

    id: str
    name: str | None = None
    description: str | None = None
    instructions: str | None = None
    tools: tuple[str, ...] = ()
    """Names of the server-side tools it has."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The entry as the wire has it."""

    @property
    def model(self) -> str:
        """What to send as `model` to run it, on the native chat endpoint."""
        return f"agent-{self.id}"


def models_of(body: Any) -> tuple[Model, ...]:
    """The models in a response of `/chat/models`; entries without a name are left out."""
    return tuple(_model(entry) for entry in entries_of(body, "models") if _id(entry))


def agents_of(body: Any) -> tuple[Agent, ...]:
    """The agents in a response of `/chat/agents`; entries without an id are left out."""
    return tuple(_agent(entry) for entry in entries_of(body, "agents") if entry.get("id"))


def canonical(model: str) -> str:
    """The bare name of a model: without vendor, region, date and revision, in lower case.

    "us.anthropic.claude-sonnet-4-5-20250929-v1:0" and "claude-sonnet-4-5" are both "claude-sonnet-4-5". For looking up
    facts about a model, never for sending.
    """
    name = model.lower().rsplit("/", 1)[-1]
    name = re.sub(r"^(us|eu|apac|global)\.", "", name)
    name = re.sub(r"^[a-z][a-z0-9-]*\.(?=[a-z])", "", name)
    name = re.sub(r"(-v\d+)?:\d+$", "", name)
    return re.sub(r"-(\d{8}|\d{4}-\d{2}-\d{2})$", "", name)


def entries_of(body: Any, key: str) -> list[Mapping[str, Any]]:
    """The entries of a list in the documented form (under "data"), bare, or under its own name (public clients read those)."""
    entries = body
    if isinstance(body, Mapping):
        entries = body[key] if isinstance(body.get(key), list) and body.get("data") is None else body.get("data")
    if not isinstance(entries, list):
        raise HatzResponseError(f"The list of {key} has an unknown form: {body!r:.200}", body=body)
    return [entry for entry in entries if isinstance(entry, Mapping)]


def text_in(entry: Mapping[str, Any], name: str) -> str | None:
    """The text of a field; None if it is blank or has another type."""
    value = entry.get(name)
    return value if isinstance(value, str) and value.strip() else None


def _id(entry: Mapping[str, Any]) -> Any:
    return entry.get("name") or entry.get("id")


def _model(entry: Mapping[str, Any]) -> Model:
    window, vision = entry.get("max_tokens"), entry.get("vision")
    return Model(
        id=str(_id(entry)),
        display_name=text_in(entry, "display_name"),
        developer=text_in(entry, "developer"),
        max_tokens=window if isinstance(window, int) and window > 0 else None,
        vision=vision if isinstance(vision, bool) else None,
        raw=entry,
    )


def _agent(entry: Mapping[str, Any]) -> Agent:
    tools = entry.get("tools")
    return Agent(
        id=str(entry["id"]),
        name=text_in(entry, "name"),
        description=text_in(entry, "description"),
        instructions=text_in(entry, "instructions"),
        tools=tuple(tool for tool in tools if isinstance(tool, str)) if isinstance(tools, list) else (),
        raw=entry,
    )
