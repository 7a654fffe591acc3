"""The layout of an answer: data without a place in LlamaIndex's blocks, kept so that the service gets it back unchanged.

LlamaIndex's set of block classes is closed: it has no block for a server tool's call, nor for an extra field of a text. An
answer with such data has a *layout* in `message.additional_kwargs["hatz"]`: plain JSON with one entry for each part, in the
model's order. Other answers have none.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import asdict

from hatz_client.content import Citation, Media, Opaque, Part, Refusal, Text, ToolCall
from hatz_client.events import merge_residue
from hatz_client.wire.common.requests.residue import fields_to_echo

KEY = "hatz"
_logger = logging.getLogger(__name__)


def layout(parts: Iterable[Part]) -> list[dict[str, Any]] | None:
    """The answer's layout, or None if its blocks hold everything."""
    entries = [_entry(part) for part in parts]
    return entries if any(entry.keys() - {"text", "part"} for entry in entries) else None


def is_call(entry: Mapping[str, Any]) -> bool:
    """Whether this entry of a layout is a tool call."""
    return entry.get("part") == "ToolCall"


def _entry(part: Part) -> dict[str, Any]:
    match part:
        case Text():
            sources = {"citations": [asdict(citation) for citation in part.citations]} if part.citations else {}
            return {"text": len(part.text), **_residue(part), **sources}
        case Refusal():
            return {"text": len(part.text), "refusal": True, **_residue(part)}
        case ToolCall():
            return {"part": "ToolCall", **_residue(part)}
        case Opaque():
            return {"opaque": dict(part.block), "dialect": part.dialect}
        case _:
            return {"part": type(part).__name__}


def _residue(part: Part) -> dict[str, Any]:
    kept = fields_to_echo(part)
    return {"residue": kept} if kept else {}


def restore(parts: Sequence[Part], entries: Any) -> tuple[Part, ...]:
    """The original parts; the given parts if the blocks were changed since."""
    found = _restore(_without_generated(parts, entries), entries) if isinstance(entries, list) else None
    if found is None:
        _logger.debug("the layout of an answer no longer matches its blocks: left out")
        return tuple(parts)
    return tuple(found)


def _without_generated(parts: Sequence[Part], entries: list[Any]) -> list[Part]:
    """The parts without the images that stand in one of the entries too, in the call that generated them."""
    calls = [
        entry["opaque"] for entry in entries if isinstance(entry, Mapping) and isinstance(entry.get("opaque"), Mapping)
    ]
    generated = {"".join(call["result"].split()) for call in calls if isinstance(call.get("result"), str)}
    return [part for part in parts if not (isinstance(part, Media) and part.data in generated)]


def _restore(parts: list[Part], entries: list[Any]) -> list[Part] | None:
    """The parts that the entries describe; None if they do not match."""
    parts.reverse()  # `pop` then takes them in order
    text = ""
    result: list[Part] = []
    for entry in entries:
        match entry:
            case {"opaque": Mapping() as block, "dialect": str(dialect)}:
                result.append(Opaque(dialect, block))
            case {"text": int(length)}:
                if length and not text:
                    next_part = parts.pop() if parts else None
                    text = next_part.text if isinstance(next_part, Text) else ""
                if len(text) < length:
                    return None
                result += _text_parts(text[:length], entry)
                text = text[length:]
            case {"part": str(name)}:
                part = parts.pop() if parts and not text else None
                if type(part).__name__ != name or part is None:
                    return None
                result.append(_with_residue(part, entry))
            case _:
                return None
    return None if text or parts else result


def _text_parts(text: str, entry: Mapping[str, Any]) -> Iterator[Part]:
    if text:
        residue = entry.get("residue") or {}
        sources = tuple(_citation(fields) for fields in entry.get("citations") or ())
        yield Refusal(text, residue) if entry.get("refusal") else Text(text, sources, residue)


def _citation(kept: Mapping[str, Any]) -> Citation:
    return Citation(**{name: kept[name] for name in Citation.__struct_fields__ if name in kept})


def _with_residue(part: Part, entry: Mapping[str, Any]) -> Part:
    if isinstance(part, ToolCall) and (residue := entry.get("residue")):
        return part.replace(residue=merge_residue(part.residue, residue))
    return part
