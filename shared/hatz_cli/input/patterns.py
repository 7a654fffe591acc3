"""Filter a list by a pattern."""

from __future__ import annotations

from fnmatch import fnmatchcase


def matches(pattern: str | None, *names: str | None) -> bool:
    """Whether one of the names contains the pattern (case-insensitive; `*` and `?` are wildcards). No pattern matches all."""
    if not pattern:
        return True
    shape = pattern.lower() if set("*?[") & set(pattern) else f"*{pattern.lower()}*"
    return any(fnmatchcase((name or "").lower(), shape) for name in names)
