"""Responses: images and documents as input parts."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from typing import Any

from hatz_client.content import Media
from hatz_client.errors import HatzInvalidInputError, HatzUnsupportedError

_MAGIC = {
    b"\x89PNG": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
    b"BM": "image/bmp",
    b"%PDF": "application/pdf",
    b"PK\x03\x04": "application/zip",
}
_DATA_URL = re.compile(r"data:(?P<type>[^;,]*)[^,]*;base64,(?P<data>.*)", re.DOTALL)
_TEXTUAL = frozenset({"application/json", "application/xml", "application/yaml", "application/x-yaml"})


def media_part(media: Media, where: str) -> dict[str, Any]:
    """The `input_image`, `input_file` or (a document of text) `input_text` of it. Nothing is fetched.

    Raises:
        HatzInvalidInputError: it is empty, or of no known kind; the message names it.
        HatzUnsupportedError: it is a recording or a film.
    """
    if media.kind == "image":
        return {"type": "input_image", **_source(media, where, "image_url", "image_url")}
    if media.kind == "document":
        return _document(media, where)
    raise HatzUnsupportedError(
        f"{where} holds {_named(media)}, and the Responses endpoint takes only images and documents. "
        "Send its transcript or single frames instead, or upload it to Hatz and pass its id in file_uuids=[…] "
        'with endpoint="chat".'
    )


def _document(media: Media, where: str) -> dict[str, Any]:
    media_type, data = _inline(media)
    if data:
        # An upload must be a PDF or the like: for text the service answers "unsupported_file".
        text = _text(data) if _textual(media_type) else None
        if text is not None:
            title = f' title="{media.filename}"' if media.filename else ""
            return {"type": "input_text", "text": f"<document{title}>\n{text}\n</document>"}
    part = {"type": "input_file", **_source(media, where, "file_data", "file_url")}
    if "file_data" in part:
        kind = (mimetypes.guess_extension(media_type) if media_type else None) or ""
        part["filename"] = media.filename or f"document{kind}"
    return part


def _source(media: Media, where: str, inline: str, by_url: str) -> dict[str, Any]:
    media_type, data = _inline(media)
    if data:
        if not media_type:
            raise HatzInvalidInputError(
                f"{where} holds {_named(media)} of no known kind: give its `media_type`, such as "
                f"{'image/png' if media.kind == 'image' else 'application/pdf'}."
            )
        return {inline: f"data:{media_type};base64,{data}"}
    if media.url:
        return {by_url: media.url}
    if media.file_id:
        return {"file_id": media.file_id}
    raise HatzInvalidInputError(f"{where} holds {_named(media)} with no content: give its `data`, `url` or `file_id`.")


def _inline(media: Media) -> tuple[str | None, str | None]:
    """The media type, as it is said or as the bytes show it, and the bytes in base64."""
    media_type, data = media.media_type, media.data
    if not data and media.url and (inline := _DATA_URL.fullmatch(media.url)):
        data = inline["data"]
        media_type = media_type or (inline["type"] if "/" in inline["type"] else None)
    if data and not media_type:
        guessed = mimetypes.guess_type(media.filename)[0] if media.filename else None
        media_type = _shown(data) or guessed
    return media_type, data


def _shown(data: str) -> str | None:
    try:
        head = base64.b64decode(data[:16])
    except (binascii.Error, ValueError):
        return None
    return next((kind for start, kind in _MAGIC.items() if head.startswith(start)), None)


def _textual(media_type: str | None) -> bool:
    kind = (media_type or "text/plain").partition(";")[0].strip()
    return kind.startswith("text/") or kind in _TEXTUAL


def _text(data: str) -> str | None:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _named(media: Media) -> str:
    kind = {"image": "an image", "document": "a document", "audio": "an audio recording", "video": "a video"}[
        media.kind
    ]
    return f"{kind} ({media.filename})" if media.filename else kind
