"""The apps and workflows that a key may use, as the gateway lists them.

Reference: Hatz's API pages "App Builder" and "Workflows", its API description of 2024, and a public client. They do not say which
fields hold the id and the choices of an input, so several names are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hatz_client.errors import HatzResponseError
from hatz_client.resources.models import entries_of, text_in
from hatz_client.util.ids import id_in

_IDS = ("id", "app_id", "uuid")
_CHOICES = ("options", "choices", "values", "items", "allowed_values")
_CHOICE = ("value", "label", "name", "display_name", "text")


@dataclass(frozen=True, slots=True)
class AppInput:
    """One input of an app's form."""

    name: str
    """The key in `inputs` (the wire calls it `variable_name`)."""
    title: str | None = None
    description: str | None = None
    type: str | None = None
    """The wire's `variable_type`: "short_answer", "paragraph", "multiple_choice", "dropdown", "file_upload" or "url" (seen by a
    public client)."""
    required: bool = False
    choices: tuple[str, ...] = ()
    """The values to choose from; empty if any text will do."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The entry as the wire has it."""

    @property
    def is_file(self) -> bool:
        """Whether the value is a file, sent as the id of an upload."""
        return "file" in (self.type or "").lower()


@dataclass(frozen=True, slots=True)
class App:
    """An app of Hatz: a prompt with a form of inputs."""

    id: str
    name: str
    description: str | None = None
    model: str | None = None
    """The model that the app's author chose (the wire's `default_model`)."""
    inputs: tuple[AppInput, ...] | None = None
    """The form, in its order. None if the list does not have it; then ask `get_app`."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The entry as the wire has it."""


@dataclass(frozen=True, slots=True)
class WorkflowStep:
    """One step of a workflow, as it is defined."""

    id: str | None
    name: str | None = None
    type: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Workflow(App):
    """A workflow of Hatz: a form of inputs, and steps that run as a job."""

    steps: tuple[WorkflowStep, ...] = ()


def apps_of(body: Any) -> tuple[App, ...]:
    """The apps and workflows in a response of `/app/list`; entries without an id, and repeated ones, are left out."""
    found = (app for entry in entries_of(body, "apps") if (app := _app(entry)))
    return tuple({app.id: app for app in found}.values())


def app_of(body: Any) -> App:
    """The app or workflow in a response of `/app/{id}`, at the top or under "data".

    Raises:
        HatzResponseError: if there is no app.
    """
    inner = body.get("data") if isinstance(body, Mapping) else None
    entry = inner if isinstance(inner, Mapping) else body
    found = _app(entry) if isinstance(entry, Mapping) else None
    if found is None:
        raise HatzResponseError(f"The gateway answered with something other than an app: {body!r:.200}", body=body)
    return found


def _app(entry: Mapping[str, Any]) -> App | None:
    if (app_id := id_in(entry, *_IDS)) is None:
        return None
    about: dict[str, Any] = {
        "id": app_id,
        "name": text_in(entry, "name") or app_id,
        "description": text_in(entry, "description"),
        "model": text_in(entry, "default_model"),
        "inputs": _inputs(entry.get("user_inputs")),
        "raw": entry,
    }
    if not is_workflow(entry):
        return App(**about)
    steps = entry.get("steps")
    return Workflow(**about, steps=steps_of(steps))


def is_workflow(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of the list is a workflow: it has steps, or its type says so (seen by a public client)."""
    kinds = (entry.get(name) for name in ("type", "app_type", "kind"))
    return isinstance(entry.get("steps"), list) or any(str(kind).lower() == "workflow" for kind in kinds)


def steps_of(steps: Any) -> tuple[WorkflowStep, ...]:
    """The steps of a workflow in their order."""
    entries = [entry for entry in steps if isinstance(entry, Mapping)] if isinstance(steps, list) else []
    return tuple(
        WorkflowStep(
            id=id_in(entry, "id", "step_id"),
            name=text_in(entry, "display_name") or text_in(entry, "name"),
            type=text_in(entry, "step_type"),
            model=text_in(config, "model") if isinstance(config := entry.get("config"), Mapping) else None,
        )
        for entry in sorted(entries, key=_position)
    )


def _inputs(entries: Any) -> tuple[AppInput, ...] | None:
    if not isinstance(entries, list):
        return None
    named: dict[str, Mapping[str, Any]] = {}  # of two with one name only one value can be sent
    for entry in entries:
        if isinstance(entry, Mapping) and (name := text_in(entry, "variable_name")):
            named.setdefault(name, entry)
    return tuple(
        AppInput(
            name=name,
            title=text_in(entry, "display_name"),
            description=text_in(entry, "description"),
            type=text_in(entry, "variable_type"),
            required=str(entry.get("required")).lower() in {"true", "1"},
            choices=_choices(entry),
            raw=entry,
        )
        for name, entry in sorted(named.items(), key=lambda item: _position(item[1]))
    )


def _choices(entry: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[Any] = next((entry[name] for name in _CHOICES if isinstance(entry.get(name), list)), [])
    values = (
        next((item[name] for name in _CHOICE if item.get(name) not in (None, "")), None)
        if isinstance(item, Mapping)
        else item
        for item in found
    )
    return tuple(dict.fromkeys(str(value) for value in values if isinstance(value, str | int | float)))


def _position(entry: Mapping[str, Any]) -> float:
    position = entry.get("position")
    return position if isinstance(position, int | float) else 0
