"""`message.content_blocks` of our answers: LangChain calls the translator registered for the message's provider.

Content that is a list of v1 blocks is returned unchanged, without the translator. For string content, the answer's blocks
are in `additional_kwargs`. If a message is loaded without importing this package, LangChain makes a best effort.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk

from langchain_hatz._messages.answer_blocks import refusal_from
from langchain_hatz._messages.history import kept_blocks, merge_calls
from langchain_hatz._messages.metadata import PROVIDER


def register() -> None:
    """Register this module with LangChain as the translator for our answers."""
    from langchain_core.messages.block_translators import register_translator  # noqa: PLC0415 (others need not be loaded)

    register_translator(PROVIDER, translate, translate_chunk)


def translate(message: AIMessage) -> list[Any]:
    """The v1 blocks of an answer; the message is not changed.

    Raises:
        NotImplementedError: if the content is a list from another source, which LangChain reads itself.
    """
    if not isinstance(message.content, str):
        raise NotImplementedError
    calls = [*message.tool_calls, *({**call, "type": "invalid_tool_call"} for call in message.invalid_tool_calls)]
    if kept := kept_blocks(message):
        return [_with_call(block, call) for block, call in merge_calls(kept, calls)]
    return [*_string_content_blocks(message), *({**call} for call in calls), *_refusal(message)]


def translate_chunk(chunk: AIMessageChunk) -> list[Any]:
    """The v1 blocks of one chunk, or of merged chunks.

    Raises:
        NotImplementedError: if the content is a list from another source, which LangChain reads itself.
    """
    if chunk.chunk_position == "last" or not chunk.tool_call_chunks or chunk.content:
        return translate(chunk)
    calls = [{key: value for key, value in call.items() if value is not None} for call in chunk.tool_call_chunks]
    return [*_string_content_blocks(chunk), *({"type": "tool_call_chunk", **call} for call in calls)]


def _string_content_blocks(message: AIMessage) -> Iterator[dict[str, Any]]:
    if reasoning := message.additional_kwargs.get("reasoning_content"):
        yield {"type": "reasoning", "reasoning": reasoning}
    if message.content:
        yield {"type": "text", "text": message.content}


def _with_call(block: dict[str, Any] | None, call: Any) -> dict[str, Any]:
    """The block unchanged; for a call, the current call with the fields that the service needs back."""
    if call is None:
        return dict(block or {})
    extras = {"extras": block["extras"]} if block and block.get("extras") else {}
    return {**call, **extras}


def _refusal(message: AIMessage) -> Iterator[dict[str, Any]]:
    if words := message.additional_kwargs.get("refusal"):
        yield {"type": "refusal", "refusal": words}
    elif message.response_metadata.get("normalized_finish_reason") == "refusal":
        yield refusal_from(message.response_metadata.get("stop_details"))
