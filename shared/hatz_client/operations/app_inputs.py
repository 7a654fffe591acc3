"""Check the inputs of an app or workflow before anything is sent."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hatz_client.errors import HatzInvalidInputError
from hatz_client.operations import uploads
from hatz_client.operations.uploads import File
from hatz_client.resources.apps import App, AppInput, Workflow
from hatz_client.resources.files import FileInfo
from hatz_client.util.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class CheckedInputs:
    """Inputs that fit the form."""

    values: dict[str, Any]
    """The values to send, without the files."""
    files: dict[str, Any]
    """The files to upload, by the name of their input: paths, bytes or open files."""

    def read_files(self) -> dict[str, File]:
        """The content of the files.

        Raises:
            HatzInvalidInputError: if one cannot be read; the message names its input.
        """
        found = {}
        for name, given in self.files.items():
            try:
                found[name] = uploads.read_file(given, None, None)
            except HatzInvalidInputError as error:
                raise HatzInvalidInputError(f"The input {name!r}: {error.message}") from error
        return found


def check_inputs(app: App, given: Mapping[str, Any] | None) -> CheckedInputs:
    """The inputs as they are sent: texts and ids of files.

    An input that is None is left out. If the form is not known, every name is sent.

    Raises:
        HatzInvalidInputError: if they do not fit the form. The message names every problem.
    """
    if not isinstance(given, Mapping | None):
        raise HatzInvalidInputError(
            f"inputs is of type {type(given).__name__}: pass a dict of names and values. {describe_inputs(app)}"
        )
    inputs = {name: value for name, value in (given or {}).items() if value is not None}
    fields = {field.name: field for field in app.inputs or ()}
    problems = [] if app.inputs is None else [*_missing(fields.values(), inputs), *_unknown(fields, inputs)]
    values: dict[str, Any] = {}
    files: dict[str, Any] = {}
    for name, value in inputs.items():
        field = fields.get(name) or (AppInput(name) if app.inputs is None else None)
        if field is None:
            continue
        if file := _file(field, value):
            (files if file is value else values)[name] = file
        elif problem := _problem(field, value):
            problems.append(problem)
        else:
            values[name] = [str(item) for item in value] if isinstance(value, list | tuple) else str(value)
    if problems:
        raise HatzInvalidInputError(
            f"The {_kind(app)} {app.name!r} cannot run with these inputs: {'; '.join(problems)}. {describe_inputs(app)}"
        )
    return CheckedInputs(values, files)


def describe_inputs(app: App) -> str:
    """One sentence: the names of the inputs, which of them are required, and the choices."""
    if app.inputs is None:
        return f"Which inputs this {_kind(app)} has is not known."
    words = [
        f"{field.name}{' (required)' if field.required else ''}{f' ({_format_choices(field.choices)})' if field.choices else ''}"
        for field in app.inputs
    ]
    return f"Its inputs: {', '.join(words)}." if words else f"This {_kind(app)} has no inputs."


def is_file_id(value: Any) -> bool:
    """Whether a value is the id of a file at Hatz: those are UUIDs."""
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def _kind(app: App) -> str:
    return "workflow" if isinstance(app, Workflow) else "app"


def _missing(fields: Iterable[AppInput], inputs: Mapping[str, Any]) -> list[str]:
    missing = (field for field in fields if field.required and _is_empty(inputs.get(field.name)))
    return [f"{field.name!r}{f' ({field.title})' if field.title else ''} is required" for field in missing]


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip()) or (isinstance(value, list) and not value)


def _unknown(fields: Mapping[str, AppInput], inputs: Mapping[str, Any]) -> list[str]:
    unknown = [name for name in inputs if name not in fields]
    hints = (did_you_mean(str(name), fields) for name in unknown)
    return [f"{name!r} is not an input{f': {hint}' if hint else ''}" for name, hint in zip(unknown, hints, strict=True)]


def _file(field: AppInput, value: Any) -> Any:
    """The file to upload, or the id of an uploaded file; None if the value is not a file."""
    if isinstance(value, FileInfo):
        return value.id
    if isinstance(value, bytes | bytearray | memoryview | os.PathLike) or hasattr(value, "read"):
        return value if field.is_file or field.type is None else None
    if field.is_file and isinstance(value, str) and value.strip():
        return str(uuid.UUID(value)) if is_file_id(value) else value
    return None


def _problem(field: AppInput, value: Any) -> str:
    """The problem with a value that is not a file; empty if there is none."""
    if field.is_file:
        return (
            ""
            if _is_empty(value)
            else f"{field.name!r} is of type {type(value).__name__}: give a path, bytes or the id of a file"
        )
    several = isinstance(value, list | tuple) and (field.type is None or "multiple" in field.type)
    items = list(value) if several else [value]
    for item in items:
        if not isinstance(item, str | int | float) or isinstance(item, bool):
            return f"{field.name!r} is of type {type(item).__name__}: give a text"
        if field.choices and str(item) not in field.choices and not (item == "" and not field.required):
            hint = did_you_mean(str(item), field.choices)
            return (
                f"{field.name!r} is {item!r:.100}: use {_format_choices(field.choices)}{f' ({hint})' if hint else ''}"
            )
    return ""


def _format_choices(choices: tuple[str, ...]) -> str:
    return "one of " + ", ".join(repr(choice) for choice in choices)
