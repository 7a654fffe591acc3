"""Cache points: each marks the part before it as the end of a prefix that the service may cache."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import CacheControl, CachePoint

from hatz_client.content import Opaque, Part, Reasoning, Refusal, Turn
from hatz_client.events import merge_residue

MOST = 4
"""The maximum number of cache points in a request (reference: Anthropic's prompt caching guide)."""
_DEFAULT_TTL = "5m"
_logger = logging.getLogger(__name__)


def apply_cache_points(said: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns with each `CachePoint` among their parts applied to the nearest preceding part that supports it.

    If there are more than four, the last four are applied.
    """
    kinds: set[type] = {type(part) for turn in said for part in turn.parts}
    if CachePoint not in kinds:
        return tuple(said)
    parts: list[Part] = []
    places: list[tuple[int, CacheControl]] = []
    ends: list[int] = []
    for turn in said:
        items: Sequence[Part | CachePoint] = turn.parts
        for item in items:
            if not isinstance(item, CachePoint):
                parts.append(item)
            elif (place := _last_markable(parts)) is not None:
                places.append((place, item.cache_control))
        ends.append(len(parts))
    if len(places) > MOST:
        _logger.warning("Only the last %s of %s cache points are sent: a request cannot have more.", MOST, len(places))
    for place, control in places[-MOST:]:
        parts[place] = _with_cache_point(parts[place], control)
    starts = [0, *ends]
    turns = ((turn.role, tuple(parts[start:end])) for turn, start, end in zip(said, starts, ends, strict=False))
    return tuple(Turn(role, content) for role, content in turns if content)


def _last_markable(parts: list[Part]) -> int | None:
    """The index of the last part that supports a cache point; reasoning and refusals do not."""
    return next((at for at in reversed(range(len(parts))) if not isinstance(parts[at], Reasoning | Refusal)), None)


def _with_cache_point(part: Part, control: CacheControl) -> Part:
    fields: dict[str, Any] = {"type": control.type}
    if control.ttl != _DEFAULT_TTL:
        fields["ttl"] = control.ttl
    if isinstance(part, Opaque):
        return part.replace(block={**part.block, "cache_control": fields}) if part.dialect == "messages" else part
    return part.replace(residue=merge_residue(part.residue, {"messages": {"cache_control": fields}}))
