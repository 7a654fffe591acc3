"""What each kind of part is in LangChain: its content block, the field that grows in a stream, its protocol delta."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hatz_client.content import Part, Reasoning, Refusal, Text, ToolCall


@dataclass(frozen=True, slots=True)
class BlockKind:
    """How one kind of part is written while it streams."""

    block: str
    """The type of the block that grows; of a call it is not the type of the finished block."""
    field: str
    """The block's field that the pieces add up to."""
    delta: str | None
    """The type of the protocol's delta; None where the protocol has none, and the block comes whole at its end."""

    @property
    def empty(self) -> dict[str, Any]:
        """The block before anything of it has come."""
        return {"type": self.block, self.field: ""}


KINDS: Mapping[type[Part], BlockKind] = {
    Text: BlockKind("text", "text", "text-delta"),
    Reasoning: BlockKind("reasoning", "reasoning", "reasoning-delta"),
    Refusal: BlockKind("refusal", "refusal", None),
    ToolCall: BlockKind("tool_call_chunk", "args", "tool-call-delta"),
}
"""The kinds that are written piece by piece; all others come whole."""
LATE_FIELDS: Mapping[str, dict[str, Any]] = {"server_tool_call": {"args": {}}, "non_standard": {"value": {}}}
"""The blocks, by type, that must have a field from their beginning on whose value is known at their end."""
