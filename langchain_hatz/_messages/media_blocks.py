"""Images, documents, audio and video in the content blocks of LangChain (v1, v0), OpenAI, Anthropic, Google, Bedrock and MCP."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from mimetypes import guess_type
from typing import Any

from hatz_client.content import Media, MediaKind
from hatz_client.wire.common.requests.block_fields import known_fields

_KINDS: dict[str, MediaKind] = {
    "image": "image",
    "file": "document",
    "document": "document",
    "audio": "audio",
    "video": "video",
}


def to_media(block: Mapping[str, Any]) -> Media | None:
    """The media in this block, as it is there: encoders normalize it. None if it has none."""
    match block:
        case {"type": "image_url" | "input_image" | "computer_screenshot", "image_url": str() | Mapping() as image}:
            image = {"url": image} if isinstance(image, str) else image
            residue = known_fields("image", {"detail": block.get("detail"), **block, **image})
            return Media("image", url=image.get("url"), residue=residue)
        case {"type": "input_audio", "input_audio": {"data": str(data), **audio}}:
            return Media("audio", f"audio/{audio.get('format', 'wav')}", data)
        case {"type": "media", "mime_type": str(kind), **rest}:
            family = _KINDS.get(kind.partition("/")[0], "document")
            return Media(family, kind, _base64(rest.get("data")), rest.get("file_uri"))
        case {"type": "document_url", "document_url": str(url)}:
            return Media("document", url=url, filename=block.get("document_name"))
        case {"type": "image" | "document" | "video" as kind, **rest} if isinstance(own := rest.get(kind), Mapping):
            return _bedrock(_KINDS[kind], own)
        case {"type": "file", "file": Mapping() as file} | ({"type": "input_file"} as file):
            where = (file.get("file_data"), file.get("file_url"), file.get("file_id"))
            return Media("document", None, *where, filename=file.get("filename"))
        case {"type": "image" | "document" as kind, "source": Mapping() as source}:
            where = (source.get("data"), source.get("url"), source.get("file_id"))
            return Media(_KINDS[kind], source.get("media_type"), *where, residue=known_fields(_KINDS[kind], block))
        case {"type": "input_image", "file_id": str(file_id)}:
            return Media("image", file_id=file_id)
        case {"type": "resource", "resource": {"blob": str(data), **resource}}:
            return to_media({"type": "media", "mime_type": resource.get("mimeType") or "", "data": data})
        case {"type": str(kind)} if kind in _KINDS:
            return v1_media(_KINDS[kind], block)
        case _:
            return None


def v1_media(kind: MediaKind, block: Mapping[str, Any]) -> Media | None:
    """The media in a block of LangChain's own form: `base64` (v0 and MCP: `data`), `url` or `file_id` (v0: `id`), with a MIME type."""
    name = _name(block)
    media_type = block.get("mime_type") or block.get("mimeType")
    residue = known_fields(kind, block)
    data = block.get("base64") or block.get("data")
    if data is not None:
        return Media(kind, media_type, _base64(data), filename=name, residue=residue)
    if url := block.get("url"):
        return Media(kind, media_type, url=url, filename=name, residue=residue)
    if file_id := block.get("file_id") or (block.get("id") if block.get("source_type") == "id" else None):
        return Media(kind, media_type, file_id=file_id, filename=name, residue=residue)
    return None


def _name(block: Mapping[str, Any]) -> str | None:
    """The name of the file; LangChain's Agent Chat UI has it in `metadata`, which LangChain moves into `extras`."""
    extras = block.get("extras") or {}
    for fields in (block, extras, block.get("metadata"), extras.get("metadata")):
        if (
            isinstance(fields, Mapping)
            and isinstance(name := fields.get("filename") or fields.get("name"), str)
            and name
        ):
            return name
    return None


def _bedrock(kind: MediaKind, media: Mapping[str, Any]) -> Media | None:
    match media:
        case {"format": str(form), "source": {"bytes": bytes() | str() as data}}:
            name = media.get("name")
            guessed, _ = guess_type(f"x.{form}")
            return Media(kind, guessed or f"{kind}/{form}", _base64(data), filename=f"{name}.{form}" if name else None)
        case _:
            return None


def _base64(data: bytes | str | None) -> str | None:
    return b64encode(data).decode() if isinstance(data, bytes) else data
