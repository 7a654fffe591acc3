"""What each kind of part is in LlamaIndex: the kind a chunk's `raw` names, and the block that grows while it streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from llama_index.core.base.llms.types import BaseContentBlock, TextBlock, ThinkingBlock, ToolCallBlock

from hatz_client.content import Part, Reasoning, Refusal, Text, ToolCall


@dataclass(frozen=True, slots=True)
class BlockKind:
    """How one kind of part is written while it streams."""

    name: str
    """The kind as a chunk's `raw["type"]` has it."""
    block: type[BaseContentBlock]
    is_content: bool = False
    """Whether its text is a part of `ChatMessage.content`: neighbours of this kind share one block."""


KINDS: Mapping[type[Part], BlockKind] = {
    Text: BlockKind("text", TextBlock, is_content=True),
    Refusal: BlockKind("refusal", TextBlock, is_content=True),
    Reasoning: BlockKind("thinking", ThinkingBlock),
    ToolCall: BlockKind("tool_call", ToolCallBlock),
}
"""The kinds that are written piece by piece; all others come whole."""
