"""Makes LangChain's message chunks. Those of plain deltas are copies that are not validated, which takes less time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from hatz_client.events import Fold
from hatz_client.integration.copy_model import copier
from langchain_hatz._messages.metadata import PROVIDER, message_id, start_metadata

_EMPTY = ChatGenerationChunk(message=AIMessageChunk(content=""))
_USUAL = ("content", "id", "response_metadata")
_text_message = copier(_EMPTY.message, *_USUAL)
_message = copier(_EMPTY.message, *_USUAL, "additional_kwargs", "tool_calls", "invalid_tool_calls", "tool_call_chunks")
_generation = copier(_EMPTY, "message", "text")


class ChunkBuilder:
    """Makes chunks; the first has the metadata that is known at the beginning."""

    def __init__(self, fold: Fold, model: str, *, blocks: bool, headers: bool, history: Sequence[BaseMessage]) -> None:
        self._fold = fold
        self._model = model
        self._blocks = blocks
        self._headers = headers
        self._history = history
        self._begun = False
        self._id: str | None = None
        self._label = {"model_provider": PROVIDER, "output_version": "v1"} if blocks else {}
        """The metadata that every chunk of blocks needs, so that LangChain reads its content as blocks."""

    def chunk(self, content: Any, **fields: Any) -> ChatGenerationChunk:
        """A chunk with this content and these fields of `AIMessageChunk`; LangChain parses its calls."""
        about = {**self._label, **fields.pop("response_metadata", {})}
        if not self._begun:
            self._begun = True
            reply = self._fold.reply
            about = {**start_metadata(reply, self._model, headers=self._headers), **about}
            self._id = message_id(reply, self._history)
        message = AIMessageChunk(content=content, response_metadata=about, id=self._id, **fields)
        return ChatGenerationChunk(message=message)

    def piece(self, content: Any, **fields: Any) -> ChatGenerationChunk:
        """A chunk that is not validated: a copy of an empty one with these values."""
        if not self._begun:
            return self.chunk(content, **fields)
        values = {
            "content": content,
            "id": self._id,  # user interfaces merge the chunks of a message by it
            "response_metadata": self._label.copy(),
            "additional_kwargs": {},
            "tool_calls": [],
            "invalid_tool_calls": [],
            "tool_call_chunks": [],
            **fields,
        }
        text = content if isinstance(content, str) else content[0].get("text", "")
        return _generation({"message": (_message if fields else _text_message)(values), "text": text})
