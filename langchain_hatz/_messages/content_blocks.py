"""The content of user and tool messages as the client's parts: text and blocks in all common forms."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from hatz_client import HatzInvalidInputError
from hatz_client.content import Media, Opaque, Part, Text, ToolResult
from hatz_client.integration.cache_marks import mark_last_part
from hatz_client.wire.common.requests.block_fields import is_call_output, known_fields, result_can_hold
from hatz_client.wire.endpoints import endpoint_spec
from langchain_hatz._messages.media_blocks import to_media, v1_media

_MEDIA = {"image", "file", "audio", "video"}
"""Types of LangChain's media blocks; an endpoint's own block of such a type always has a content that is recognized."""
_CACHED = {"type": "ephemeral"}
_CHECKS = "acknowledged_safety_checks"


def to_parts(content: str | Iterable[Any], endpoint: str, *, tool: bool = False) -> tuple[Part, ...]:
    """The parts of a user's or a tool's content.

    Args:
        content: A message's content: a string, or strings and blocks of any of the known forms.
        endpoint: The endpoint of the request: a user's block of unknown type is passed on as one of that endpoint's blocks.
        tool: Whether it is a tool's content: then a block of unknown type is sent as JSON text.

    Raises:
        HatzInvalidInputError: for a block without a known form or type.
    """
    if isinstance(content, str):
        return (Text(content),)
    parts: list[Part] = []
    for block in content:
        if isinstance(block, Mapping) and "type" not in block and "cachePoint" in block:
            parts[-1:] = mark_last_part(parts[-1:], _CACHED) or parts[-1:]  # Bedrock's block, after the cached part
        elif tool and isinstance(block, Mapping) and block.get("type") == "custom_tool_call_output":
            output = block.get("output")  # of `langchain_openai.custom_tool`: whatever the tool returned
            parts += to_parts(output if isinstance(output, str | list) else [output], endpoint, tool=True)
        else:
            parts.append(_to_part(block, endpoint, tool=tool))
    return tuple(parts)


def call_output(content: str | list[Any], about: Mapping[str, Any], endpoint: str) -> Mapping[str, Any] | None:
    """The output of a call of one of OpenAI's tools (computer, shell, patch) in a `ToolMessage`, in the forms of `ChatOpenAI`.

    Args:
        content: The message's content: the item itself as a block, or a screenshot (its image block, or its URL).
        about: The message's `additional_kwargs`: the type "computer_call_output" makes the content a screenshot.
        endpoint: The endpoint of the request.

    Returns:
        The item without its `call_id`; None for any other result, and on an endpoint without such items.
    """
    is_screen = about.get("type") == "computer_call_output"
    blocks: list[Any] = [{"type": "input_image", "image_url": content}] if isinstance(content, str) else content
    for block in blocks:
        match block:
            case {"type": "input_image" | "computer_screenshot"} if is_screen:
                item = {"type": "computer_call_output", "output": block}
            case {"type": "non_standard", "value": {"type": str()} as item} | ({"type": str()} as item):
                pass
            case _:
                continue
        if is_call_output(item["type"], endpoint):
            return {**item, _CHECKS: about[_CHECKS]} if _CHECKS in about else item
    return None


def _to_part(block: Any, endpoint: str, *, tool: bool) -> Part:
    match block:
        case str():
            return Text(block)
        case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
            return Text(text, residue=known_fields("text", block))
        case {"type": "resource", "resource": {"text": str(text)}}:
            return Text(text)
        case {"type": "non_standard", "value": Mapping() as value}:
            return _to_part(value, endpoint, tool=tool)
        case {"type": "text-plain"}:
            return _plain_text(block, endpoint, tool=tool)
        case {"type": "document", "source": {"type": "text" | "content"} as source}:
            return _text_document(block, source, endpoint, tool=tool)
        case {"type": "search_result", "content": [*pieces]} if endpoint_spec(endpoint).text_documents:
            texts = [_known_text(piece) for piece in pieces]
            return Opaque(endpoint, {"type": "search_result", **_own_fields(block), "content": texts})
        case {"type": "tool_result", "tool_use_id": str(call_id)}:
            content = to_parts(block.get("content") or "", endpoint, tool=True)
            return ToolResult(
                call_id, content, is_error=bool(block.get("is_error")), residue=known_fields("tool_result", block)
            )
        case {"type": str()}:
            return _media(block, tool=tool) or _unknown_block_error(block, endpoint, tool=tool)
        case {"text": str(text)}:
            return Text(text)
        case _:
            return _unknown_block_error(block, endpoint, tool=tool)


def _media(block: Mapping[str, Any], *, tool: bool) -> Media | None:
    """The media in this block; None if it has none. Of a user's block an empty one is an error of the encoder, which names it."""
    found = to_media(block)
    return found if found and (not tool or found.data or found.url or found.file_id) else None


def _unknown_block_error(block: Any, endpoint: str, *, tool: bool) -> Part:
    typed = isinstance(block, Mapping) and isinstance(block.get("type"), str) and block["type"] != "text"
    if typed and not tool and block["type"] in _MEDIA:
        raise HatzInvalidInputError(
            f"A block of type {block['type']!r} has no content: {block!r:.200}. Give it base64, url or file_id."
        )
    if typed and (not tool or result_can_hold(block["type"], endpoint)):
        return Opaque(endpoint, block)
    if tool:
        return Text(json.dumps(block, ensure_ascii=False, default=str))
    raise HatzInvalidInputError(
        f"A message has content of an unknown form: {block!r:.200}. Use a string, or blocks with a type, such as "
        '{"type": "text", "text": …} or {"type": "image", "url": …}.'
    )


def _text_document(block: Mapping[str, Any], source: Mapping[str, Any], endpoint: str, *, tool: bool) -> Part:
    """Anthropic's text document: a block if the endpoint has one, else the text."""
    if endpoint_spec(endpoint).text_documents:
        return Opaque(endpoint, {"type": "document", "source": source, **_own_fields(block)})
    if isinstance(text := source.get("data"), str):
        return Text(text)
    return _unknown_block_error(block, endpoint, tool=tool)


def _plain_text(block: Mapping[str, Any], endpoint: str, *, tool: bool) -> Part:
    """LangChain's `text-plain` block: a text document if the endpoint has one, else the text below its title."""
    text = block.get("text")
    if not isinstance(text, str):
        return v1_media("document", {"mime_type": "text/plain", **block}) or _unknown_block_error(
            block, endpoint, tool=tool
        )
    title = block.get("title") or block.get("filename")
    if not endpoint_spec(endpoint).text_documents:
        return Text(f"{title}\n\n{text}" if title else text)
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return Opaque(endpoint, {"type": "document", "source": source, **_own_fields({**block, "type": "document"})})


def _own_fields(block: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of Anthropic's own block that Anthropic knows."""
    return known_fields(block["type"], block).get("messages", {})


def _known_text(block: Any) -> Any:
    match block:
        case {"type": "text", "text": str(text)}:
            return {"type": "text", "text": text, **_own_fields(block)}
        case _:
            return block
