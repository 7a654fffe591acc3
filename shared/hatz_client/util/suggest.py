"""Did you mean …? One way to suggest a name after a typing mistake."""

from __future__ import annotations

from collections.abc import Iterable

CLOSE = 0.8
"""How alike two names are when one is almost certainly a misspelling of the other (0 to 1)."""


def similar(name: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """The known names most like this one, the likest first.

    Args:
        name: As it was written.
        known: The names there are.
        most: The most names to return.
        cutoff: How alike they must be, from 0 to 1.
    """
    import difflib  # noqa: PLC0415 (for mistakes only)

    return difflib.get_close_matches(name, list(known), most, cutoff)


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The question "did you mean 'x'?", or an empty string when no known name is like this one."""
    near = similar(name, known, cutoff=cutoff)
    return f"did you mean {near[0]!r}?" if near else ""
