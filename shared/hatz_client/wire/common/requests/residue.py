"""Which fields of an answer its service needs back, and which hold information that `Reply` has no field for.

Only a wire format knows its own fields: both integrations call this before they leave something out of a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hatz_client.content import Part, Reply

# Fields that a service sends with each item and does not need back (citations are kept separately).
_UNUSED = frozenset(
    {"id", "item_id", "status", "role", "at", "index", "output_index", "annotations", "logprobs", "citations"}
)
# Values that mean the same as a missing field: the usual type of an item, the phase of the final text, the model as caller.
_USUAL: dict[str, frozenset[str]] = {
    "type": frozenset({"message", "output_text", "text", "refusal", "function_call", "tool_use", "direct"}),
    "phase": frozenset({"final_answer"}),
}
# Fields of a response that repeat the request, or that `Reply` has a field for.
_REPEATED = frozenset(
    {"content", "output", "output_text", "usage", "model", "id", "object", "type", "role", "tools", "tool_choice"}
    | {"instructions", "input", "text", "parallel_tool_calls", "temperature", "top_p", "max_output_tokens", "stream"}
)


def must_echo(part: Part) -> bool:
    """Whether the service needs more of this part back than its text or arguments (a thought signature, a phase)."""
    return any(_is_needed("", fields) for fields in getattr(part, "residue", {}).values())


def fields_to_echo(part: Part) -> dict[str, dict[str, Any]]:
    """The residue that must go back with this part, by wire format; empty if none is needed."""
    residue: Mapping[str, Mapping[str, Any]] = getattr(part, "residue", {})
    return {dialect: dict(fields) for dialect, fields in residue.items() if _is_needed("", fields)}


def _is_needed(name: str, value: Any) -> bool:
    if isinstance(value, str):
        return bool(value) and name not in _UNUSED and value not in _USUAL.get(name, ())
    if isinstance(value, Mapping):
        return any(_is_needed(key, inner) for key, inner in value.items())
    return name not in _UNUSED and value not in (None, [], ())


def response_fields(reply: Reply) -> dict[str, Any]:
    """The fields of the response about the answer that `Reply` has no field for, such as `stop_details` or `status`."""
    rest = {key: value for fields in reply.residue.values() for key, value in fields.items()}
    return {key: value for key, value in rest.items() if key not in _REPEATED}


def reported_usage(reply: Reply) -> Mapping[str, Any] | None:
    """The wire's usage if it could not be parsed; None if it could, or if all its counts are zero."""
    raw = next((fields["usage"] for fields in reply.residue.values() if fields.get("usage")), None)
    return raw if reply.usage is None and isinstance(raw, Mapping) and _counts(raw) else None


def _counts(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_counts, value.values()))
    return bool(value)
