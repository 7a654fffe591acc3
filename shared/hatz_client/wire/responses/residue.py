"""Responses: the fields of parts that have no neutral meaning and go back to this endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hatz_client.content import Residue
from hatz_client.wire.responses.items import NAME

_KNOWN = {
    "input_text": {"prompt_cache_breakpoint"},
    "input_image": {"detail", "prompt_cache_breakpoint"},
    "input_file": {"detail", "prompt_cache_breakpoint"},
    "output_text": {"annotations", "logprobs"},
    "refusal": set[str](),
    "function_call": {"id", "status", "namespace"},
    "custom_tool_call": {"type", "id", "status", "namespace"},
    "function_call_output": {"id", "status"},
    "custom_tool_call_output": {"id", "status"},
}
"""The optional fields of each block: OpenAI rejects others (such as `meta` of an MCP server). Blocks that the model wrote go
back with all fields."""


def own_residue(residue: Residue) -> Mapping[str, Any]:
    """The residue of this wire format."""
    return residue.get(NAME) or {}


def known_fields(kind: str, residue: Residue) -> dict[str, Any]:
    """The optional fields that a block of this kind may have."""
    known = _KNOWN[kind]
    return {name: value for name, value in own_residue(residue).items() if name in known}
