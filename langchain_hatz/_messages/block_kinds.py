"""Each kind of part in LangChain: its content block, the field that grows in a stream, its protocol delta."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hatz_client.content import Part, Reasoning, Refusal, Text, ToolCall
from hatz_client.util.value import Value


class BlockKind(Value, frozen=True):
    """How one kind of part is streamed."""

    block: str
    """The type of the growing block; for a call it differs from the type of the finished block."""
    field: str
    """The field of the block that grows."""
    delta: str | None
    """The type of the protocol's delta; None if the protocol has none, and the block is sent complete at its end."""

    @property
    def empty(self) -> dict[str, Any]:
        """The empty block."""
        return {"type": self.block, self.field: ""}


KINDS: Mapping[type[Part], BlockKind] = {
    Text: BlockKind("text", "text", "text-delta"),
    Reasoning: BlockKind("reasoning", "reasoning", "reasoning-delta"),
    Refusal: BlockKind("refusal", "refusal", None),
    ToolCall: BlockKind("tool_call_chunk", "args", "tool-call-delta"),
}
"""The kinds that are streamed in pieces; all others are sent complete."""
LATE_FIELDS: Mapping[str, dict[str, Any]] = {"server_tool_call": {"args": {}}, "non_standard": {"value": {}}}
"""For block types with a field whose value is known only at the end: the placeholder that it has from the beginning."""
