"""What an endpoint may refuse although a page or a program says that it does not, and what is sent instead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hatz_client.content import Prompt


@dataclass(frozen=True, slots=True)
class Alternative:
    """One row: what is sent, how its refusal looks, and what to send instead."""

    name: str
    is_sent: Callable[[Mapping[str, Any], Prompt], bool]
    """Whether this request's body has what may be refused."""
    refusal: re.Pattern[str]
    """Found in the message of the error when this is what was refused."""
    note: str
    """With `change`: the line that the log gets once. Without: what the error adds for the user, whose own wish was refused."""
    change: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """The body with the other form; None where the user asked for what was refused, so that nothing else may be sent."""


def user_setting(field: str, setting: str, note: str) -> Alternative:
    """The row of a field that is sent only when the user set it: its refusal names the setting and the way out."""
    return Alternative(
        name=f"refused {field}",
        is_sent=lambda body, _: field in body,
        refusal=re.compile(rf"\b{field}\b"),
        note=f"This gateway refuses what {setting} sets: {note}.",
    )
