"""LangChain's content blocks from and to the client's parts.

What goes in may have the form of LangChain (v1 and v0), of OpenAI, Anthropic or Google: people write all of them. What
comes out are v1 blocks; what a service needs to get its own words back unchanged (signatures, encrypted content, ids) is in
a block's `extras`.
"""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import replace
from mimetypes import guess_type
from typing import Any

from hatz_client import HatzInvalidInputError
from hatz_client.content import (
    Citation,
    Media,
    MediaKind,
    Opaque,
    Part,
    Reasoning,
    Residue,
    Text,
    ToolCall,
    ToolResult,
)

_logger = logging.getLogger("langchain_hatz")

_KINDS: dict[str, MediaKind] = {
    "image": "image",
    "file": "document",
    "document": "document",
    "audio": "audio",
    "video": "video",
}
_OURS = {"type", "id", "index", "extras", "text", "annotations"}


def parts_of(content: str | Iterable[Any], dialect: str, *, tool: bool = False) -> tuple[Part, ...]:
    """The parts of what a user or a tool says.

    Args:
        content: Of a message: a string, or strings and blocks of any of the known forms.
        dialect: That the request is going to be made in: a block of unknown form is taken for one of its own.
        tool: Whether a tool says it: then a plain JSON object is text.
    """
    if isinstance(content, str):
        return (Text(content),)
    parts: list[Part] = []
    for block in content:
        if (
            isinstance(block, Mapping) and "type" not in block and "cachePoint" in block
        ):  # Bedrock's, after what is cached
            parts[-1:] = [_cached(part) for part in parts[-1:]]
        else:
            parts.append(_part(block, dialect, tool=tool))
    return tuple(parts)


def _cached(part: Part) -> Part:
    """The part with Anthropic's mark "cache up to here"."""
    if not isinstance(part, Text | Media | ToolResult):
        return part
    own = {**part.residue.get("messages", {}), "cache_control": {"type": "ephemeral"}}
    return replace(part, residue={**part.residue, "messages": own})


def _part(block: Any, dialect: str, *, tool: bool) -> Part:
    match block:
        case str():
            return Text(block)
        case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
            return Text(text, residue=_messages_residue(block))
        case {"type": "non_standard", "value": Mapping() as value}:
            return _part(value, dialect, tool=tool)
        case {"type": "text-plain"}:
            return _plain_text(block, dialect)
        case {"type": "document", "source": {"type": "text" | "content"}} if dialect == "messages":
            return Opaque("messages", block)
        case {"type": "document", "source": {"type": "text", "data": str(text)}}:
            return Text(text)
        case {"type": "tool_result", "tool_use_id": str(call_id)}:
            content = parts_of(block.get("content") or "", dialect, tool=True)
            return ToolResult(call_id, content, is_error=bool(block.get("is_error")))
        case {"type": str()}:
            return _media(block) or _unknown(block, dialect, tool=tool)
        case {"text": str(text)}:
            return Text(text)
        case _:
            return _unknown(block, dialect, tool=tool)


def _unknown(block: Any, dialect: str, *, tool: bool) -> Part:
    if isinstance(block, Mapping) and isinstance(block.get("type"), str) and (not tool or dialect == "messages"):
        return Opaque(dialect, block)
    if tool:
        return Text(json.dumps(block, ensure_ascii=False, default=str))
    raise HatzInvalidInputError(
        f"A message has content of no known form: {block!r:.200}. Use a string, or blocks with a type, such as "
        '{"type": "text", "text": …} or {"type": "image", "url": …}.'
    )


def _media(block: Mapping[str, Any]) -> Media | None:
    match block:
        case {"type": "image_url" | "input_image", "image_url": str() | Mapping() as image}:
            image = {"url": image} if isinstance(image, str) else image
            detail = image.get("detail", block.get("detail"))
            return Media("image", url=image.get("url"), residue={"responses": {"detail": detail}} if detail else {})
        case {"type": "input_audio", "input_audio": {"data": str(data), **audio}}:
            return Media("audio", f"audio/{audio.get('format', 'wav')}", data)
        case {"type": "media", "mime_type": str(kind), **rest}:
            return Media(_kind_of(kind), kind, _base64(rest.get("data")), rest.get("file_uri"))
        case {"type": "document_url", "document_url": str(url)}:
            return Media("document", url=url, filename=block.get("document_name"))
        case {"type": "image" | "document" | "video" as kind, **rest} if isinstance(own := rest.get(kind), Mapping):
            return _bedrock_media(_KINDS[kind], own)
        case {"type": "file", "file": Mapping() as file} | ({"type": "input_file"} as file):
            return _openai_file(file)
        case {"type": "image" | "document" as kind, "source": Mapping() as source}:
            return _anthropic_media(_KINDS[kind], source, block)
        case {"type": "input_image", "file_id": str(file_id)}:
            return Media("image", file_id=file_id)
        case {"type": str(kind)} if kind in _KINDS:
            return _v1_media(_KINDS[kind], block)
        case _:
            return None


def _v1_media(kind: MediaKind, block: Mapping[str, Any]) -> Media | None:
    """A block of LangChain's, `base64` (v0: `data`), `url` or `file_id` (v0: `id`) with a MIME type."""
    extras = block.get("extras") or {}
    name = block.get("filename") or block.get("name") or extras.get("filename") or extras.get("name")
    residue = _messages_residue(
        block, "base64", "data", "url", "file_id", "mime_type", "filename", "name", "source_type"
    )
    data = block.get("base64") or block.get("data")
    if data is not None:
        return Media(kind, block.get("mime_type"), _base64(data), filename=name, residue=residue)
    if url := block.get("url"):
        return Media(kind, block.get("mime_type"), url=url, filename=name, residue=residue)
    if file_id := block.get("file_id") or (block.get("id") if block.get("source_type") == "id" else None):
        return Media(kind, block.get("mime_type"), file_id=file_id, filename=name, residue=residue)
    return None


def _bedrock_media(kind: MediaKind, media: Mapping[str, Any]) -> Media | None:
    match media:
        case {"format": str(form), "source": {"bytes": bytes() | str() as data}}:
            name = media.get("name")
            named = f"{name}.{form}" if name else None
            guessed, _ = guess_type(f"x.{form}")
            return Media(kind, guessed or f"{kind}/{form}", _base64(data), filename=named)
        case _:
            return None


def _base64(data: bytes | str | None) -> str | None:
    return b64encode(data).decode() if isinstance(data, bytes) else data


def _openai_file(file: Mapping[str, Any]) -> Media:
    data, url = file.get("file_data"), file.get("file_url")
    if isinstance(data, str) and data.startswith("data:"):
        data, url = None, data
    return Media("document", None, data, url, file.get("file_id"), file.get("filename"))


def _anthropic_media(kind: MediaKind, source: Mapping[str, Any], block: Mapping[str, Any]) -> Media:
    residue = _messages_residue(block, "source")
    return Media(
        kind, source.get("media_type"), source.get("data"), source.get("url"), source.get("file_id"), residue=residue
    )


def _plain_text(block: Mapping[str, Any], dialect: str) -> Part:
    text = block.get("text")
    if not isinstance(text, str):
        return _v1_media("document", {"mime_type": "text/plain", **block}) or Opaque(dialect, block)
    if dialect != "messages":
        title = block.get("title") or block.get("filename")
        return Text(f"{title}\n\n{text}" if title else text)
    about = {key: block[key] for key in ("title", "context") if block.get(key)}
    extras = _messages_residue(block, "base64", "url", "file_id", "mime_type", "title", "context", "filename")
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return Opaque("messages", {"type": "document", "source": source, **about, **extras.get("messages", {})})


def _messages_residue(block: Mapping[str, Any], *known: str) -> Residue:
    """What a user's block says beyond its content (`cache_control`, `citations`): Anthropic's blocks are the ones with such fields."""
    rest = {key: value for key, value in block.items() if key not in _OURS and key not in known and value is not None}
    extras = {key: value for key, value in (block.get("extras") or {}).items() if key not in {"filename", "name"}}
    return {"messages": {**extras, **rest}} if rest or extras else {}


def _kind_of(media_type: str) -> MediaKind:
    return _KINDS.get(media_type.split("/", maxsplit=1)[0], "document")


def block_of(part: Part, dialect: str | None) -> dict[str, Any] | None:
    """The v1 block that stands for this part of an answer; None for what is not content (a refusal)."""
    extras = extras_of(part, dialect)
    match part:
        case Text():
            annotations = [annotation(citation, dialect) for citation in part.citations]
            block: dict[str, Any] = {"type": "text", "text": part.text}
            block |= {"annotations": annotations} if annotations else {}
        case Reasoning():
            block = {"type": "reasoning", "reasoning": part.text}
        case ToolCall(arguments=str(raw)):
            block = {"type": "invalid_tool_call", "id": part.id, "name": part.name, "args": raw, "error": NOT_AN_OBJECT}
        case ToolCall(arguments=arguments):
            block = {"type": "tool_call", "id": part.id, "name": part.name, "args": arguments}
        case Media():
            block = _media_block(part)
        case Opaque():
            block = _opaque_block(part)
        case _:
            return None
    return {**block, "extras": extras} if extras else block


NOT_AN_OBJECT = "The arguments are not a JSON object."


def extras_of(part: Part, dialect: str | None) -> dict[str, Any]:
    """What the service needs to get this part back as it wrote it."""
    return dict(getattr(part, "residue", {}).get(dialect, {}))


def annotation(citation: Citation, dialect: str | None) -> dict[str, Any]:
    """The v1 annotation that stands for a citation."""
    raw = dict(citation.residue.get(dialect or "", {}))
    fields = {
        "url": citation.url,
        "title": citation.title,
        "cited_text": citation.cited_text,
        "start_index": citation.start,
        "end_index": citation.end,
    }
    known = {key: value for key, value in fields.items() if value is not None}
    if not known and raw:
        return {"type": "non_standard_annotation", "value": raw}
    return {"type": "citation", **known, **({"extras": raw} if raw else {})}


def citation_of(block: Mapping[str, Any], dialect: str) -> Citation:
    """The citation that an annotation of ours stands for."""
    raw = block.get("extras") or block.get("value") or {}
    return Citation(
        block.get("url"),
        block.get("title"),
        block.get("cited_text"),
        block.get("start_index"),
        block.get("end_index"),
        {dialect: raw} if raw else {},
    )


def _media_block(part: Media) -> dict[str, Any]:
    kind = "file" if part.kind == "document" else part.kind
    fields = {"base64": part.data, "url": part.url, "file_id": part.file_id, "mime_type": part.media_type}
    return {"type": kind, **{key: value for key, value in fields.items() if value is not None}}


def _opaque_block(part: Opaque) -> dict[str, Any]:
    """A tool's trace on the server as LangChain names it, the wire's own block within; anything else as `non_standard`."""
    raw = dict(part.block)
    match raw:
        case {"type": "server_tool_use", "id": str(call_id), "name": str(name), **rest}:
            arguments = rest.get("input")
            call = {"id": call_id, "name": name, "args": arguments if isinstance(arguments, dict) else {}}
            return {"type": "server_tool_call", **call, "extras": {"block": raw}}
        case {"type": str(kind), "tool_use_id": str(call_id), **rest} if kind.endswith("_tool_result"):
            failed = isinstance(content := rest.get("content"), Mapping) and "error_code" in content
            status = {"status": "error" if failed else "success", "output": content}
            return {"type": "server_tool_result", "tool_call_id": call_id, **status, "extras": {"block": raw}}
        case {"type": str(kind), "id": str(call_id), **rest} if kind.endswith("_call"):
            arguments = rest.get("action") or rest.get("arguments") or {}
            arguments = arguments if isinstance(arguments, dict) else {"input": arguments}
            call = {"id": call_id, "name": kind.removesuffix("_call"), "args": arguments}
            return {"type": "server_tool_call", **call, "extras": {"block": raw}}
        case _:
            return {"type": "non_standard", "value": raw}
