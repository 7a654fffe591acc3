"""The fields that a user's content block may have on each endpoint, in addition to its content.

The frameworks' blocks have fields of other systems (MCP's `_meta`, a name, extras). Anthropic rejects every unknown field
("Extra inputs are not permitted"), and one such block makes the whole history unusable, so only known fields are sent.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from hatz_client.content import Residue

_log = logging.getLogger(__name__)

_FIELDS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "messages": {
        "text": frozenset({"cache_control", "citations"}),
        "image": frozenset({"cache_control"}),
        "document": frozenset({"cache_control", "citations", "context", "title"}),
        "search_result": frozenset({"cache_control", "citations", "content", "source", "title"}),
        "tool_result": frozenset({"cache_control"}),
    },
    "responses": {"image": frozenset({"detail"})},
}
_IN_RESULTS: Mapping[str, frozenset[str]] = {
    "messages": frozenset({"search_result", "tool_reference"}),
    "responses": frozenset({"input_text", "input_image", "input_file"}),
}
_CALL_OUTPUTS: Mapping[str, frozenset[str]] = {
    "responses": frozenset(
        {"computer_call_output", "apply_patch_call_output", "shell_call_output", "local_shell_call_output"}
    )
}
ONLY_IN_RESULTS = frozenset({"tool_reference"})
"""Blocks that only a tool's result can contain."""


def known_fields(kind: str, block: Mapping[str, Any]) -> Residue:
    """The block's fields that each endpoint knows for this kind of block ("text", "image", …), by endpoint; also those in `extras`."""
    if len(block) == 2 and kind == "text":  # a type and a text: nearly all blocks
        return {}
    extras = block.get("extras")
    given = {**extras, **block} if isinstance(extras, Mapping) else block
    found = {
        endpoint: {name: given[name] for name in sorted(known) if given.get(name) is not None}
        for endpoint, kinds in _FIELDS.items()
        if (known := kinds.get(kind))
    }
    return {endpoint: fields for endpoint, fields in found.items() if fields}


def result_can_hold(block_type: str, endpoint: str) -> bool:
    """Whether a tool's result can contain the endpoint's own block of this type; others are sent as JSON text."""
    if known := block_type in _IN_RESULTS.get(endpoint, ()):
        return known
    _log.debug("A block of the type %r in a tool's result is sent as its JSON text.", block_type)
    return False


def is_call_output(block_type: str, endpoint: str) -> bool:
    """Whether a block of this type is the output of one of the endpoint's own tools, which stands beside the messages."""
    return block_type in _CALL_OUTPUTS.get(endpoint, ())
