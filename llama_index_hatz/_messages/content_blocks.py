"""LlamaIndex's content blocks as parts, and parts as blocks, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llama_index.core.base.llms.types import (
    AudioBlock,
    BaseContentBlock,
    CitableBlock,
    CitationBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from hatz_client.content import Citation, Media, Opaque, Part, Reasoning, Residue, Text, ToolCall
from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.copy_model import copier
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.endpoints import SPECS
from llama_index_hatz._messages.media import to_media


def to_parts(block: BaseContentBlock, *, local_files: bool = True, search_results: str | None = None) -> Iterator[Part]:
    """The parts for a block: none for blocks that are not sent back, several for a citable source that is sent as text.

    Args:
        block: The block.
        local_files: Whether files of this machine may be read.
        search_results: The endpoint that gets a citable source of texts as a search result; None sends it as text.

    Raises:
        HatzInvalidInputError: if the block is of an unknown kind, is empty, or must not be read.
    """
    match block:
        case TextBlock():
            if block.text:
                yield Text(block.text)
        case ThinkingBlock():
            yield Reasoning(block.content or "", _residue_of(dict(block.additional_information or {})))
        case ToolCallBlock():
            yield to_call(block.tool_call_id, block.tool_name, block.tool_kwargs)
        case ImageBlock() | AudioBlock() | VideoBlock() | DocumentBlock():
            yield to_media(block, local_files=local_files)
        case CitableBlock() if search_results and _is_of_texts(block):
            texts = [{"type": "text", "text": inner.text} for inner in block.content if isinstance(inner, TextBlock)]
            about = {"type": "search_result", "source": block.source, "title": block.title}
            yield Opaque(search_results, {**about, "content": texts, "citations": {"enabled": True}})
        case CitableBlock():
            yield Text(f"Source: {block.title} ({block.source})")
            for inner in block.content:
                yield from to_parts(inner, local_files=local_files)
        case CitationBlock():
            return
        case _:
            raise HatzInvalidInputError(
                f"A {type(block).__name__} cannot be sent: this version of llama_index_hatz does not know such blocks."
            )


def _is_of_texts(source: CitableBlock) -> bool:
    """Whether it holds texts only, and none is empty: a search result takes nothing else."""
    return bool(source.content) and all(isinstance(one, TextBlock) and one.text.strip() for one in source.content)


def to_call(call_id: str | None, name: str, arguments: Mapping[str, Any] | str | None) -> ToolCall:
    """A call in a history: its id may be missing, its arguments may be an object or JSON text."""
    if isinstance(arguments, str):
        return ToolCall(call_id or "", name, arguments_of(arguments))
    return ToolCall(call_id or "", name, dict(arguments or {}))


def _residue_of(fields: dict[str, Any]) -> Residue:
    """The residue of a thought: ours has the endpoint's name; that of LlamaIndex's own classes is recognized by its fields."""
    match fields:
        case {"dialect": str(dialect), **rest} if dialect in SPECS:
            return {dialect: rest}
        case {"signature": str(signature)} if signature:
            return {"messages": {"signature": signature}}
        case {"type": "redacted_thinking", "data": str()}:
            return {"messages": fields}
        case {"encrypted_content": str()} | {"type": "reasoning"}:
            return {"responses": {key: value for key, value in fields.items() if value is not None}}
        case _:
            return {}


def thinking_block(part: Reasoning, num_tokens: int | None = None) -> ThinkingBlock:
    """The block of a thought, with the fields that the service needs back unchanged."""
    information: dict[str, Any] = {}
    for dialect, fields in part.residue.items():
        information = {"dialect": dialect, **fields}
    return ThinkingBlock(content=part.text or None, num_tokens=num_tokens, additional_information=information)


_call_block = copier(ToolCallBlock(tool_name=""), "tool_call_id", "tool_name", "tool_kwargs")


def call_block(call_id: str | None, name: str, arguments: dict[str, Any] | str) -> ToolCallBlock:
    """The block of a call."""
    return _call_block({"tool_call_id": call_id, "tool_name": name, "tool_kwargs": arguments})


def tool_call_block(part: ToolCall) -> ToolCallBlock:
    """The block of a call; its arguments are text while they are not (yet) a JSON object."""
    arguments = part.arguments if isinstance(part.arguments, str) else dict(part.arguments)
    return call_block(part.id, part.name, arguments)


def citation_blocks(citations: tuple[Citation, ...]) -> list[ContentBlock]:
    """The blocks for the citations of a text."""
    return [_citation_block(citation) for citation in citations]


def _citation_block(citation: Citation) -> CitationBlock:
    places: list[tuple[str, Any]] = [("start", citation.start), ("end", citation.end)]
    places += [field for fields in citation.residue.values() for field in fields.items()]
    source = citation.url or dict(places).get("source") or citation.title or ""
    return CitationBlock(
        cited_content=TextBlock(text=citation.cited_text or ""),
        source=str(source),
        title=citation.title or citation.url or "",
        additional_location_info={name: value for name, value in places if isinstance(value, int)},
    )


def generated_image(part: Opaque) -> list[ContentBlock]:
    """The block of the image that OpenAI's own tool drew, if this is such a call."""
    match part.block:
        case {"type": "image_generation_call", "result": str(data)} if data:
            return [ImageBlock(image=data.encode(), image_mimetype=f"image/{part.block.get('output_format') or 'png'}")]
    return []


def media_block(part: Media) -> ContentBlock:
    """The block for an image, document, audio or video in an answer."""
    content: dict[str, Any] = {"url": part.url} if part.url else {}
    data = part.data.encode() if part.data else None
    match part.kind:
        case "image":
            return ImageBlock(image=data, image_mimetype=part.media_type, **content)
        case "audio":
            form = part.media_type.partition("/")[2] if part.media_type else None
            return AudioBlock(audio=data, format=form, **content)
        case "video":
            return VideoBlock(video=data, video_mimetype=part.media_type, **content)
        case "document":
            return DocumentBlock(data=data, document_mimetype=part.media_type, title=part.filename, **content)
