"""What of an answer has no place in LlamaIndex's blocks, kept beside them so that the service gets its own words back whole.

LlamaIndex's block union is closed: a server tool's trace, or a field beside a text, finds no block there. An answer that
has such things carries a *layout* in `message.additional_kwargs["hatz"]`: one entry for each part, in the order the model
wrote them, plain JSON. An answer without them carries nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from hatz_client.content import Citation, Opaque, Part, Refusal, Residue, Text, ToolCall
from hatz_client.events import merge_residue

KEY = "hatz"

# What a service gives each of its items and needs from nobody (citations are kept as such).
_OF_NO_USE = {"id", "status", "role", "at", "annotations", "logprobs", "citations"}
_USUAL_TYPES = {"message", "output_text", "text", "refusal", "function_call", "tool_use", "direct"}
_logger = logging.getLogger(__name__)


def layout(parts: Iterable[Part]) -> list[dict[str, Any]] | None:
    """The answer's layout, or None when its blocks say everything."""
    entries = [_entry(part) for part in parts]
    return entries if any(entry.keys() - {"text", "part"} for entry in entries) else None


def is_call(entry: Mapping[str, Any]) -> bool:
    """Whether this entry of a layout stands for a tool call."""
    return entry.get("part") == "ToolCall"


def _entry(part: Part) -> dict[str, Any]:
    match part:
        case Text():
            sources = {"citations": [asdict(citation) for citation in part.citations]} if part.citations else {}
            return {"text": len(part.text), **_residue(part.residue), **sources}
        case Refusal():
            return {"text": len(part.text), "refusal": True, **_residue(part.residue)}
        case ToolCall():
            return {"part": "ToolCall", **_residue(part.residue)}
        case Opaque():
            return {"opaque": dict(part.block), "dialect": part.dialect}
        case _:
            return {"part": type(part).__name__}


def _residue(residue: Residue) -> dict[str, Any]:
    kept = {dialect: dict(fields) for dialect, fields in residue.items() if _needed("", fields)}
    return {"residue": kept} if kept else {}


def _needed(name: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_needed(key, inner) for key, inner in value.items())
    if name in _OF_NO_USE or value in (None, "", [], ()):
        return False
    return name != "type" or value not in _USUAL_TYPES


def restored(parts: Sequence[Part], entries: Any) -> tuple[Part, ...]:
    """The parts as they were before they became blocks; the parts themselves when the blocks were changed since."""
    if not isinstance(entries, list):
        return tuple(parts)
    try:
        return tuple(_restored(parts, entries))
    except (StopIteration, KeyError, TypeError):
        _logger.debug("the layout of an answer does not fit its blocks any more: left out")
        return tuple(parts)


def _restored(parts: Sequence[Part], entries: list[Mapping[str, Any]]) -> list[Part]:
    left = iter(parts)
    text = ""
    result: list[Part] = []
    for entry in entries:
        match entry:
            case {"opaque": Mapping() as block, "dialect": str(dialect)}:
                result.append(Opaque(dialect, block))
            case {"text": int(length)}:
                if length and not text:
                    text = _text(next(left))
                piece, text = text[:length], text[length:]
                result.extend(_said(piece, entry, length))
            case {"part": str(name)}:
                if text:
                    raise KeyError(name)
                result.append(_other(next(left), name, entry))
            case _:
                raise TypeError(entry)
    if text or next(left, None) is not None:
        raise KeyError("text")
    return result


def _text(part: Part) -> str:
    if not isinstance(part, Text):
        raise TypeError(part)
    return part.text


def _said(piece: str, entry: Mapping[str, Any], length: int) -> Iterator[Part]:
    if len(piece) != length:
        raise KeyError("text")
    if piece:
        residue = entry.get("residue") or {}
        sources = tuple(Citation(**fields) for fields in entry.get("citations") or ())
        yield Refusal(piece, residue) if entry.get("refusal") else Text(piece, sources, residue)


def _other(part: Part, name: str, entry: Mapping[str, Any]) -> Part:
    if type(part).__name__ != name:
        raise TypeError(part)
    if isinstance(part, ToolCall) and (residue := entry.get("residue")):
        return replace(part, residue=merge_residue(part.residue, residue))
    return part
