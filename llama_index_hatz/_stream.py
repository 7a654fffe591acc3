"""The events of an answer as LlamaIndex's chunks: each has what is new, and everything so far."""

from __future__ import annotations

from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ToolCallBlock

from hatz_client.content import Reasoning, Refusal, Text, ToolCall
from hatz_client.events import Delta, Event, Fold, Start
from llama_index_hatz._convert import message, response
from llama_index_hatz._tools import Names

_KINDS = {Text: "text", Refusal: "refusal", Reasoning: "thinking", ToolCall: "tool_call"}


class Chunks:
    """Makes the chunks of one answer."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._fold = Fold()
        self._kinds: dict[int, str] = {}
        self._content = ""

    def add(self, event: Event) -> ChatResponse | None:
        """The chunk this event means; None when it brings no text, thought or call."""
        self._fold.add(event)
        match event:
            case Start(index, Text(new) | Refusal(new) | Reasoning(new)):
                self._kinds[index] = _KINDS[type(event.part)]
                return self._chunk(index, new) if new else None
            case Start(index, ToolCall()):
                self._kinds[index] = "tool_call"
                return self._chunk(index, "")
            case Delta(index, new) if index in self._kinds:
                return self._chunk(index, new)
            case _:
                return None

    def last(self) -> ChatResponse:
        """The whole answer, with usage and finish reason."""
        whole = response(self._fold.reply, self._names)
        whole.delta = self._new(whole.message, "")
        return whole

    def _chunk(self, index: int, new: str) -> ChatResponse:
        kind = self._kinds[index]
        so_far = message(self._fold.reply, self._names, complete=False)
        if kind == "tool_call":
            so_far.additional_kwargs["tool_calls"] = _as_before(so_far)
        delta = self._new(so_far, new) if kind in {"text", "refusal"} else ""
        thought: dict[str, Any] = {"thinking_delta": new} if kind == "thinking" else {}
        raw = {"type": kind, "index": index, "delta": new}
        return ChatResponse(message=so_far, delta=delta, raw=raw, additional_kwargs=thought)

    def _new(self, so_far: ChatMessage, new: str) -> str:
        """What the text has more than before: a line break too where `ChatMessage.content` puts one between two blocks."""
        before, self._content = self._content, so_far.content or ""
        return self._content[len(before) :] if self._content.startswith(before) else new


def _as_before(so_far: ChatMessage) -> list[dict[str, Any]]:
    """The calls as LlamaIndex's own structured programs look for them in a stream, and nowhere else."""
    return [
        {
            "id": block.tool_call_id,
            "type": "function",
            "function": {"name": block.tool_name, "arguments": block.tool_kwargs},
        }
        for block in so_far.blocks
        if isinstance(block, ToolCallBlock)
    ]
