"""Cache points: each marks the part before it, wherever that is, as the end of what the service may keep."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from llama_index.core.base.llms.types import CacheControl, CachePoint

from hatz_client.content import Opaque, Part, Reasoning, Refusal, Role, Turn
from hatz_client.events import merge_residue

Said: TypeAlias = tuple[Role, list[Part | CachePoint]]

MOST = 4
"""Anthropic takes no more cache points in a request (reference: Anthropic's prompt caching guide)."""
_DEFAULT_TTL = "5m"
_logger = logging.getLogger(__name__)


def marked(said: Sequence[Said]) -> tuple[Turn, ...]:
    """The turns, with each cache point on the nearest part before it that can carry one; the last four if there are more."""
    if CachePoint not in {type(item) for _, items in said for item in items}:
        return tuple([Turn(role, tuple(items)) for role, items in said if items])  # type: ignore[arg-type]
    parts: list[Part] = []
    places: list[tuple[int, CacheControl]] = []
    ends: list[int] = []
    for _, items in said:
        for item in items:
            if not isinstance(item, CachePoint):
                parts.append(item)
            elif (place := _carrier(parts)) is not None:
                places.append((place, item.cache_control))
        ends.append(len(parts))
    if len(places) > MOST:
        _logger.warning("Only the last %s of %s cache points are sent: a request takes no more.", MOST, len(places))
    for place, control in places[-MOST:]:
        parts[place] = _carrying(parts[place], control)
    starts = [0, *ends]
    turns = ((role, tuple(parts[start:end])) for (role, _), start, end in zip(said, starts, ends, strict=False))
    return tuple(Turn(role, content) for role, content in turns if content)


def _carrier(parts: list[Part]) -> int | None:
    """A thought carries no cache point; what is before it does."""
    return next((at for at in reversed(range(len(parts))) if not isinstance(parts[at], Reasoning | Refusal)), None)


def _carrying(part: Part, control: CacheControl) -> Part:
    fields: dict[str, Any] = {"type": control.type}
    if control.ttl != _DEFAULT_TTL:
        fields["ttl"] = control.ttl
    if isinstance(part, Opaque):
        return replace(part, block={**part.block, "cache_control": fields}) if part.dialect == "messages" else part
    return replace(part, residue=merge_residue(part.residue, {"messages": {"cache_control": fields}}))
