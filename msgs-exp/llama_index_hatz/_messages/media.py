"""What LlamaIndex's media blocks hold, as `Media`: the bytes in base64, or the URL as it is (nothing is downloaded here)."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from io import IOBase
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from llama_index.core.base.llms.types import AudioBlock, DocumentBlock, ImageBlock, VideoBlock

from hatz_client.content import Media, MediaKind
from hatz_client.errors import HatzInvalidInputError
from hatz_client.wire.common.media import sniffed

MediaBlock = ImageBlock | AudioBlock | VideoBlock | DocumentBlock

_GUESSED = ("application/zip", "image/bmp")
"""What LlamaIndex's document blocks say of themselves by their first two letters: office documents, and words that begin so."""


def media(block: MediaBlock) -> Media:
    """The block as a part.

    Raises:
        HatzInvalidInputError: when the block is empty, or its file cannot be read.
    """
    match block:
        case ImageBlock():
            detail: dict[str, Any] = {"responses": {"detail": block.detail}} if block.detail else {}
            return _media("image", block, block.image, block.image_mimetype, residue=detail)
        case AudioBlock():
            return _media("audio", block, block.audio, f"audio/{block.format}" if block.format else None)
        case VideoBlock():
            return _media("video", block, block.video, block.video_mimetype)
        case DocumentBlock():
            said = block.document_mimetype if block.document_mimetype not in _GUESSED else None
            return _media("document", block, block.data, said, filename=block.title)


def _media(
    kind: MediaKind, block: MediaBlock, content: bytes | IOBase | None, media_type: str | None, **more: Any
) -> Media:
    url = str(block.url) if block.url else None
    if content:
        raw = _bytes_of(content, text=(media_type or "text/").startswith("text/") and kind == "document")
    elif block.path:
        raw = _read(block.path)
    elif url and url.startswith("data:"):
        raw, media_type = _of_data_url(url, media_type)
    elif url:
        return Media(kind, media_type or _guessed_by_name(url.split("?")[0]), url=url, **more)
    else:
        raise HatzInvalidInputError(
            f"A {type(block).__name__} holds nothing: give it {_field(kind)}=, path= or url=, and not an empty file."
        )
    if not raw:
        raise HatzInvalidInputError(f"A {type(block).__name__} holds no bytes: it, or the file it names, is empty.")
    known = media_type or _type(kind, raw, str(block.path or ""), str(more.get("filename") or ""))
    return Media(kind, known, data=base64.b64encode(raw).decode(), **more)


def _field(kind: MediaKind) -> str:
    return "data" if kind == "document" else kind


def _bytes_of(content: bytes | IOBase, *, text: bool) -> bytes:
    """The raw bytes of what the blocks keep in base64; of a stream, which is left where it was."""
    if isinstance(content, IOBase):
        position = content.tell()
        content.seek(0)
        read: bytes | str = content.read()
        content.seek(position)
        return read.encode() if isinstance(read, str) else read
    try:
        raw = base64.b64decode(content, validate=True)
    except binascii.Error:  # assigned after the block was made
        return content
    # The block takes a text for base64 when its letters happen to be that (llama_index.core.utils.resolve_binary),
    # and keeps it as it is.
    return content if text and not raw.startswith(b"%PDF") and not _is_text(raw) else raw


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise HatzInvalidInputError(
            f"The file {str(path)!r} of a content block cannot be read: {error.strerror}."
        ) from error


def _of_data_url(url: str, media_type: str | None) -> tuple[bytes, str | None]:
    head, _, body = url.removeprefix("data:").partition(",")
    named = media_type or head.split(";")[0] or None
    if not head.endswith(";base64"):
        return unquote_to_bytes(body), named
    try:
        return base64.b64decode(unquote_to_bytes(body), validate=True), named
    except binascii.Error as error:
        raise HatzInvalidInputError(f"The data URL {url[:40]}… of a content block is not base64: {error}.") from error


def _type(kind: MediaKind, raw: bytes, *names: str) -> str | None:
    """The media type that the first bytes show, or the name; office documents are zip files, which tells little."""
    shown = sniffed(raw)
    if shown and shown != "application/zip":
        return shown
    named = next((guessed for name in names if (guessed := _guessed_by_name(name))), shown)
    return named or ("text/plain" if kind == "document" and _is_text(raw) else None)


def _guessed_by_name(name: str) -> str | None:
    return mimetypes.guess_type(name)[0]
