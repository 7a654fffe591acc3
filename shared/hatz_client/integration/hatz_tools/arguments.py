"""A tool's arguments, from an app's inputs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.hatz_tools.texts import unique_name
from hatz_client.operations.app_inputs import is_file_id
from hatz_client.resources.apps import App, AppInput

_RESERVED = frozenset(
    {*dir(BaseModel), "self", "ctx", "config", "run_manager", "callbacks", "hatz_context", "tool_input"}
)
"""Names that an argument must not have: those of pydantic's methods, and those that the frameworks pass themselves."""
_FREE = "inputs"
"""The one argument of a tool whose app's form is not known."""


class ToolArguments:
    """The arguments of the tool that runs this app or workflow."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._inputs = _names(app.inputs or ())

    def to_class(self, name: str) -> type[BaseModel]:
        """A pydantic class with one field for each input: its description, its choices as a `Literal`, required or None by default."""
        if self._app.inputs is None:
            described = Field(description="The inputs by name. Which ones there are is not known.")
            fields: dict[str, Any] = {_FREE: (dict[str, str], described)}
        else:
            fields = {name: _field(one) for name, one in self._inputs.items()}
        config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)  # models write 5 for "5"
        return create_model(name, __doc__=self._app.description or "", __config__=config, **fields)

    def to_inputs(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of the app for these arguments; a name that is no argument is kept, and refused when the app is run.

        Raises:
            HatzInvalidInputError: if a file is not the id of an upload. A model names it, and must not make this machine send any
                file of its choice.
        """
        if self._app.inputs is None:
            free = arguments.get(_FREE, {})
            return dict(free) if isinstance(free, Mapping) else {_FREE: free}
        found = {}
        for name, value in arguments.items():
            one = self._inputs.get(name)
            if one is not None and one.is_file and value not in (None, "") and not is_file_id(value):
                raise HatzInvalidInputError(
                    f"{name!r} is {value!r:.100}: give the id of a file that was uploaded to Hatz; a tool reads no files of this machine."
                )
            found[one.name if one else name] = value
        return {name: value for name, value in found.items() if value is not None}


def _names(inputs: tuple[AppInput, ...]) -> dict[str, AppInput]:
    """Each input by the argument's name: its own, as far as every model's service and pydantic accept it."""
    used: dict[str, AppInput] = {}
    for one in inputs:
        name = re.sub(r"[^A-Za-z0-9]+", "_", one.name).strip("_")[:60] or "input"
        if name[0].isdigit() or name in _RESERVED or name.startswith("model_"):
            name = f"input_{name}"
        used[unique_name(name, used)] = one
    return used


def _field(one: AppInput) -> tuple[Any, Any]:
    kind: Any = Literal[one.choices] if one.choices else str
    words = [
        one.title or "",
        one.description or "",
        "The id of a file that was uploaded to Hatz." if one.is_file else "",
    ]
    description = " ".join(word if word.endswith((".", "?", "!")) else f"{word}." for word in words if word)
    if one.required:
        return kind, Field(description=description or None)
    return kind | None, Field(default=None, description=description or None)
