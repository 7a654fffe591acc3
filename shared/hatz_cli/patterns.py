"""Patterns that a user types to filter a list."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(pattern: str | None, *names: str | None) -> bool:
    """Whether a pattern is part of one of the names, whatever the case; `*` and `?` match anything. No pattern matches all."""
    if not pattern:
        return True
    shape = pattern.lower() if set("*?[") & set(pattern) else f"*{pattern.lower()}*"
    return any(fnmatchcase((name or "").lower(), shape) for name in names)
