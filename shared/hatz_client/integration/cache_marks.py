"""Anthropic's `cache_control`: marks on parts and tools that mean "cache up to here"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hatz_client.content import Media, Opaque, Part, Prompt, Text, Tool, ToolCall, ToolResult, Turn
from hatz_client.events import merge_residue
from hatz_client.util.warn_once import warn_once

MOST = 4
"""The maximum number of marks in a request (source: Anthropic's prompt caching guide)."""
_FIELD = "cache_control"
_HOME = "messages"


def mark_last(turns: tuple[Turn, ...], mark: Mapping[str, Any]) -> tuple[Turn, ...]:
    """The conversation with this mark on the last part that supports one."""
    for at in reversed(range(len(turns))):
        if parts := mark_last_part(turns[at].parts, mark):
            return (*turns[:at], turns[at].replace(parts=parts), *turns[at + 1 :])
    return turns


def mark_last_part(parts: Sequence[Part], mark: Mapping[str, Any]) -> tuple[Part, ...] | None:
    """The parts of a turn with this mark on the last one that supports it; None if none does."""
    for at in reversed(range(len(parts))):
        if marked := _with_mark(parts[at], mark):
            return (*parts[:at], marked, *parts[at + 1 :])
    return None


def _with_mark(part: Part, mark: Mapping[str, Any]) -> Part | None:
    match part:
        case Opaque():
            return part.replace(block={**part.block, _FIELD: mark}) if part.dialect == _HOME else None
        case Text() | Media() | ToolCall() | ToolResult() if part != Text(""):
            return part.replace(residue=merge_residue(part.residue, {_HOME: {_FIELD: mark}}))
        case _:
            return None


def keep_last_marks(prompt: Prompt) -> Prompt:
    """The prompt with its last four marks; earlier ones are removed, with one warning.

    They are counted in the order of the request: tools, then the conversation. A `cache_control` of the whole request counts
    too.
    """
    surplus = _count(prompt) - MOST
    if surplus <= 0:
        return prompt
    warn_once(f"Only the last {MOST} marks of cache_control are sent: a request cannot have more.")
    left = iter(range(surplus))

    def drop(item: Any) -> Any:
        """The part or tool without its mark, as long as there are marks to remove."""
        if isinstance(item, ToolResult):
            item = item.replace(content=tuple(map(drop, item.content)))
        return _without_mark(item) if _is_marked(item) and next(left, None) is not None else item

    tools = tuple(map(drop, prompt.tools))
    turns = tuple(turn.replace(parts=tuple(map(drop, turn.parts))) for turn in prompt.turns)
    return prompt.replace(tools=tools, turns=turns)


def _count(prompt: Prompt) -> int:
    parts = [part for turn in prompt.turns for part in turn.parts]
    parts += [inner for part in parts if type(part) is ToolResult for inner in part.content]
    marked = [part for part in parts if (isinstance(part, Opaque) or part.residue) and _is_marked(part)]
    tools = [tool for tool in prompt.tools if (type(tool) is not Tool or tool.residue) and _is_marked(tool)]
    return len(tools) + len(marked) + (_FIELD in prompt.extra)


def _is_marked(item: Any) -> bool:
    if isinstance(item, Opaque):
        return _FIELD in item.block
    fields = item if isinstance(item, Mapping) else item.residue.get(_HOME)
    return bool(fields) and _FIELD in fields


def _without_mark(item: Any) -> Any:
    match item:
        case Opaque():
            return item.replace(block=_without_field(item.block))
        case Mapping():
            return _without_field(item)
    residue = {name: _without_field(fields) if name == _HOME else fields for name, fields in item.residue.items()}
    return item.replace(residue={name: fields for name, fields in residue.items() if fields})


def _without_field(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != _FIELD}
