"""References in JSON schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def resolve_ref(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The target of a `$ref` within the schema `root`, such as "#/$defs/Node"; None if it has none."""
    found: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if not isinstance(found, Mapping) or not step:
            return root if not step and found is root else None
        found = found.get(step.replace("~1", "/").replace("~0", "~"))
    return found if isinstance(found, Mapping) else None
