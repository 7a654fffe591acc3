"""Find an app or workflow by its id or name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from hatz_client import App, HatzInvalidInputError
from hatz_client.util.suggest import did_you_mean

A = TypeVar("A", bound=App)


def find_app(found: Iterable[A], name: str, kind: str) -> A:
    """The app or workflow with this id or name (case-insensitive).

    Raises:
        HatzInvalidInputError: if there is none, or more than one.
    """
    known = list(found)
    matches = [app for app in known if app.id == name] or [app for app in known if app.name.lower() == name.lower()]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise HatzInvalidInputError(f"{len(matches)} {kind}s are called {name!r}: use an id of `hatz {kind}s`.")
    hint = did_you_mean(name, [app.name for app in known])
    raise HatzInvalidInputError(
        f"Your key has no {kind} {name!r}{f': {hint}' if hint else '.'} To list all: hatz {kind}s"
    )


def as_json(app: App) -> dict[str, object]:
    """An app for `--json`."""
    inputs = [
        {
            "name": field.name,
            "title": field.title,
            "type": field.type,
            "required": field.required,
            "choices": field.choices,
            "description": field.description,
        }
        for field in app.inputs or ()
    ]
    return {"id": app.id, "name": app.name, "description": app.description, "model": app.model, "inputs": inputs}
