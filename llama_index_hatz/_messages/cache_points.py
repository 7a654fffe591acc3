"""Cache points: each marks the part before it as the end of a prefix that the service may cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import CacheControl, CachePoint

from hatz_client.content import Part, Turn
from hatz_client.integration.cache_marks import mark_last, mark_last_part

_DEFAULT_TTL = "5m"


def apply_cache_points(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns with each `CachePoint` among their parts applied to the nearest preceding part that supports it."""
    kinds: set[type] = {type(item) for turn in turns for item in turn.parts}
    if CachePoint not in kinds:
        return tuple(turns)
    done: tuple[Turn, ...] = ()
    for turn in turns:
        items: Sequence[Part | CachePoint] = turn.parts
        parts: list[Part] = []
        for item in items:
            if not isinstance(item, CachePoint):
                parts.append(item)
            elif marked := mark_last_part(parts, _mark(item.cache_control)):
                parts = [*marked]
            else:
                done = mark_last(done, _mark(item.cache_control))
        if parts:
            done = (*done, turn.replace(parts=tuple(parts)))
    return done


def _mark(control: CacheControl) -> dict[str, Any]:
    """The mark on the wire; the default lifetime ("5m") is not sent."""
    return {"type": control.type} if control.ttl == _DEFAULT_TTL else {"type": control.type, "ttl": control.ttl}
