"""Each kind of part in LlamaIndex: its name in a chunk's `raw`, and the block that grows in a stream."""

from __future__ import annotations

from collections.abc import Mapping

from llama_index.core.base.llms.types import BaseContentBlock, TextBlock, ThinkingBlock, ToolCallBlock

from hatz_client.content import Part, Reasoning, Refusal, Text, ToolCall
from hatz_client.util.value import Value


class BlockKind(Value, frozen=True):
    """How one kind of part is streamed."""

    name: str
    """The kind in a chunk's `raw["type"]`."""
    block: type[BaseContentBlock]
    is_content: bool = False
    """Whether its text is part of `ChatMessage.content`: adjacent parts of this kind share one block."""


KINDS: Mapping[type[Part], BlockKind] = {
    Text: BlockKind("text", TextBlock, is_content=True),
    Refusal: BlockKind("refusal", TextBlock, is_content=True),
    Reasoning: BlockKind("thinking", ThinkingBlock),
    ToolCall: BlockKind("tool_call", ToolCallBlock),
}
"""The kinds that are streamed in pieces; all others are sent complete."""
