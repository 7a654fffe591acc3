"""The names of the gateway's oddities that a sandbox can show."""

from __future__ import annotations

from collections.abc import Collection

QUIRKS = frozenset({"empty_final_output", "zero_stream_usage", "small_object"})
"""What the gateway was seen to do unlike OpenAI's own service; shown by default."""

OPTIONAL_QUIRKS = frozenset({"flat_tools_only", "nested_tools_only"})
"""What it may do and nobody has seen; shown on demand: `Sandbox(quirks=QUIRKS | {"flat_tools_only"})`."""


def check_quirks(quirks: Collection[str]) -> frozenset[str]:
    """The quirks as a set.

    Raises:
        ValueError: One of them has no such name.
    """
    known = QUIRKS | OPTIONAL_QUIRKS
    if unknown := set(quirks) - known:
        raise ValueError(f"unknown quirks {sorted(unknown)}; there are {sorted(known)}")
    return frozenset(quirks)
