"""Read ids from responses, where they have several names, and check ids for paths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hatz_client.errors import HatzInvalidInputError

_LISTS = {"an app": "list_apps()", "a workflow": "list_workflows()", "a file": "list_files()"}
"""The method of the client that lists the ids."""
_ID = re.compile(r"(?!\.+$)[\w.-]{1,200}", re.ASCII)


def field_in(body: Any, *names: str) -> Any:
    """The first of these fields that has a value, in the object or in the one under its "data"; None if there is none."""
    holders = (
        [holder for holder in (body, body.get("data")) if isinstance(holder, Mapping)]
        if isinstance(body, Mapping)
        else []
    )
    values = (holder.get(name) for name in names for holder in holders)
    return next((value for value in values if value not in (None, "")), None)


def id_in(body: Any, *names: str) -> str | None:
    """The first of these fields whose value is an id; None if there is none."""
    found = field_in(body, *names)
    return str(found) if isinstance(found, str | int) and _ID.fullmatch(str(found)) else None


def check_id(given: Any, what: str) -> str:
    """The id that the caller passed, checked, because it is put into a path; `what` names it in the error.

    Raises:
        HatzInvalidInputError: if it is not an id.
    """
    if not isinstance(given, str) or not _ID.fullmatch(given):
        source = f" `{_LISTS[what]}` lists the ids." if what in _LISTS else ""
        raise HatzInvalidInputError(
            f"{given!r:.100} is not the id of {what}: an id has only letters, digits, '-', '_' and '.'.{source}"
        )
    return given
