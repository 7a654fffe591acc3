"""Suggest a name after a typo: "did you mean …?"."""

from __future__ import annotations

from collections.abc import Iterable

CLOSE = 0.8
"""Similarity from which one name is almost certainly a misspelling of the other (0 to 1)."""


def similar(name: str, known: Iterable[str], *, most: int = 1, cutoff: float = 0.6) -> list[str]:
    """At most this many of the known names, the most similar first; `cutoff` is the minimum similarity, from 0 to 1."""
    import difflib  # noqa: PLC0415 (for mistakes only)

    return difflib.get_close_matches(name, list(known), most, cutoff)


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The question "did you mean 'x'?", or an empty string if no known name is similar."""
    near = similar(name, known, cutoff=cutoff)
    return f"did you mean {near[0]!r}?" if near else ""
