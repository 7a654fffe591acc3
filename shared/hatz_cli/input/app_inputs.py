"""The inputs of an app or workflow: from `--input name=value`, or typed on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hatz_client import App, AppInput, HatzInvalidInputError


def gather(app: App, given: Sequence[str]) -> dict[str, Any]:
    """The inputs from the command line; on a terminal, missing required ones are asked for.

    Raises:
        HatzInvalidInputError: if an `--input` is not `name=value`, or its file cannot be read.
    """
    fields = {field.name: field for field in app.inputs or ()}
    inputs: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise HatzInvalidInputError(
                f"--input {pair!r} is not name=value. The inputs of {app.name!r} are: {describe(app) or 'none'}."
            )
        inputs[name.strip()] = _value(fields.get(name.strip()), pair, value)
    if sys.stdin and sys.stdin.isatty():
        for field in fields.values():
            if field.required and field.name not in inputs:
                inputs[field.name] = _ask(field)
    return inputs


def describe(app: App) -> str:
    """The names of the inputs; a star marks required ones."""
    return ", ".join(f"{field.name}{'*' if field.required else ''}" for field in app.inputs or ())


def _value(field: AppInput | None, pair: str, value: str) -> Any:
    """The value of an input: for `-` the text of stdin, for `@path` that of a file. For a file input it is the file itself."""
    is_file = field is not None and field.is_file
    if value == "-":
        return sys.stdin.buffer.read() if is_file else sys.stdin.read()
    if not value.startswith("@"):
        return value
    if is_file:
        return value[1:]
    try:
        return Path(value[1:]).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise HatzInvalidInputError(f"--input {pair}: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise HatzInvalidInputError(f"--input {pair}: the file is not text in UTF-8.") from None


def _ask(field: AppInput) -> str:
    """Ask for a value on stderr until it is valid."""
    about = f" ({field.description.rstrip('.')})" if field.description else ""
    choices = f" [{', '.join(field.choices)}]" if field.choices else ""
    while True:
        print(f"{field.title or field.name}{about}{choices}: ", end="", file=sys.stderr, flush=True)
        try:
            answer = input().strip()
        except EOFError:
            raise HatzInvalidInputError(f"Nothing was typed: pass --input {field.name}=…") from None
        if answer and (not field.choices or answer in field.choices):
            return answer
