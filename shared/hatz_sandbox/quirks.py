"""The names of the gateway's quirks."""

from __future__ import annotations

from collections.abc import Collection

QUIRKS = frozenset({"empty_final_output", "zero_stream_usage", "small_object"})
"""Quirks that the gateway was seen to have; on by default."""

OPTIONAL_QUIRKS = frozenset({"flat_tools_only", "nested_tools_only"})
"""Quirks that were never seen; off by default: `Sandbox(quirks=QUIRKS | {"flat_tools_only"})` turns one on."""


def check_quirks(quirks: Collection[str]) -> frozenset[str]:
    """The quirks as a set; `ValueError` for an unknown name."""
    known = QUIRKS | OPTIONAL_QUIRKS
    if unknown := set(quirks) - known:
        raise ValueError(f"unknown quirks {sorted(unknown)}; there are {sorted(known)}")
    return frozenset(quirks)
