"""LlamaIndex's media blocks as `Media`: the bytes in base64, or the URL unchanged (nothing is downloaded)."""

from __future__ import annotations

import base64
import binascii
from io import IOBase
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import AudioBlock, DocumentBlock, ImageBlock, VideoBlock

from hatz_client.content import Media
from hatz_client.errors import HatzInvalidInputError
from hatz_client.wire.common.requests.media import clean_base64, guess_type, normalize, parse_data_url

MediaBlock = ImageBlock | AudioBlock | VideoBlock | DocumentBlock

_GUESSED = ("application/zip", "image/bmp")
"""Types that LlamaIndex's document blocks guess from the first two bytes: office documents, or text that begins so."""


def to_media(block: MediaBlock, *, local_files: bool = True) -> Media:
    """The block as a normalized part: the bytes decide its type.

    Raises:
        HatzInvalidInputError: if the block is empty, or if its file cannot be read, or must not (`local_files=False`).
    """
    match block:
        case ImageBlock():
            detail: dict[str, Any] = {"responses": {"detail": block.detail}} if block.detail else {}
            empty, content = Media("image", block.image_mimetype, residue=detail), block.image
        case AudioBlock():
            empty, content = Media("audio", f"audio/{block.format}" if block.format else None), block.audio
        case VideoBlock():
            empty, content = Media("video", block.video_mimetype), block.video
        case DocumentBlock():
            media_type = block.document_mimetype if block.document_mimetype not in _GUESSED else None
            empty, content = Media("document", media_type, filename=block.title), block.data
    return _with_content(empty, block, content, local_files=local_files)


def _with_content(empty: Media, block: MediaBlock, content: bytes | IOBase | None, *, local_files: bool) -> Media:
    """The part with the block's content."""
    url = str(block.url) if block.url else None
    if content:
        is_text = empty.kind == "document" and (empty.media_type or "text/").startswith("text/")
        raw = _bytes_of(content, text=is_text)
    elif block.path:
        raw = _read(block.path, allowed=local_files)
    elif url and (found := parse_data_url(url)):
        media_type, data = found
        raw, empty = _decode(data, url), empty.replace(media_type=empty.media_type or media_type)
    elif url and (written := _base64_in(url)):
        raw = written
    elif url:
        return empty.replace(media_type=empty.media_type or guess_type(url.split("?")[0]), url=url)
    else:
        field = "data" if empty.kind == "document" else empty.kind
        raise HatzInvalidInputError(
            f"A {type(block).__name__} is empty: give it {field}=, path= or url=, and not an empty file."
        )
    if not raw:
        raise HatzInvalidInputError(f"A {type(block).__name__} has no bytes: its data or file is empty.")
    media = normalize(empty.replace(data=base64.b64encode(raw).decode()))
    type_of_name = guess_type(str(block.path or "")) if media.media_type in {None, "application/zip"} else None
    if not empty.media_type and type_of_name:
        media = media.replace(media_type=type_of_name)
    if media.media_type is None and media.kind == "document" and _is_text(raw):
        media = media.replace(media_type="text/plain")
    return media


def _bytes_of(content: bytes | IOBase, *, text: bool) -> bytes:
    """The raw bytes of a block's content, which is base64 or a stream; a stream's position is restored."""
    if isinstance(content, IOBase):
        position = content.tell()
        content.seek(0)
        read: bytes | str = content.read()
        content.seek(position)
        return read.encode() if isinstance(read, str) else read
    try:
        raw = base64.b64decode(content, validate=True)
    except binascii.Error:  # assigned after the block was created
        return content
    # If a text happens to be valid base64, the block keeps it unchanged (llama_index.core.utils.resolve_binary).
    return content if text and not raw.startswith(b"%PDF") and not _is_text(raw) else raw


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read(path: str | Path, *, allowed: bool) -> bytes:
    if not allowed:
        raise HatzInvalidInputError(
            f"A content block names the file {str(path)!r}, and local_files=False forbids reading files: a block that came "
            "from outside must not send one. Give the block its bytes instead of a path."
        )
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise HatzInvalidInputError(
            f"The file {str(path)!r} of a content block cannot be read: {error.strerror}."
        ) from error


def _base64_in(url: str) -> bytes | None:
    """The bytes of a "URL" that is only base64, as LlamaIndex's `RichPromptTemplate` writes documents (0.14.25)."""
    try:
        return None if ":" in url else base64.b64decode(url, validate=True)
    except ValueError:
        return None


def _decode(data: str, url: str) -> bytes:
    try:
        return base64.b64decode(clean_base64(data), validate=True)
    except binascii.Error as error:
        raise HatzInvalidInputError(f"The data URL {url[:40]}… of a content block is not base64: {error}.") from error
