"""What a piece of media holds: its bytes, wherever they are, and what kind they are of. Nothing is fetched."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re

from hatz_client.content import Media

_MAGIC = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)
_BITMAP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_SIGNS = 18
"""How many bytes it takes to tell."""
_DATA_URL = re.compile(r"data:(?P<type>[^;,]*)[^,]*;base64,(?P<data>.*)", re.DOTALL)
_TEXTUAL = frozenset({"application/json", "application/xml", "application/yaml", "application/x-yaml"})
_NAMES = {"image": "an image", "document": "a document", "audio": "an audio recording", "video": "a video"}


def inline(media: Media) -> tuple[str | None, str | None]:
    """The media type (as it is said, or as the bytes or the name show it) and the bytes in base64, each if known."""
    media_type, data = media.media_type, media.data
    if not data and media.url and (found := _DATA_URL.fullmatch(media.url)):
        data = found["data"]
        media_type = media_type or (found["type"] if "/" in found["type"] else None)
    if data and not media_type:
        media_type = _shown(data) or (mimetypes.guess_type(media.filename)[0] if media.filename else None)
    return media_type, data


def sniffed(raw: bytes) -> str | None:
    """The media type that the first bytes show."""
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "image/webp"
    if raw[:2] == b"BM" and _is_bitmap(raw):
        return "image/bmp"
    return next((media_type for start, media_type in _MAGIC if raw.startswith(start)), None)


def _is_bitmap(raw: bytes) -> bool:
    """Whether a bitmap's header follows its two letters, with which words may begin too: four bytes of zero, and a size there is."""
    return raw[6:10] == b"\0\0\0\0" and int.from_bytes(raw[14:_SIGNS], "little") in _BITMAP_HEADERS


def is_textual(media_type: str | None) -> bool:
    """Whether it is text; what is of no known type may be."""
    kind = (media_type or "text/plain").partition(";")[0].strip()
    return kind.startswith("text/") or kind in _TEXTUAL


def text_of(data: str) -> str | None:
    """The text that is there in base64; None when it is none."""
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def named(media: Media) -> str:
    """What to call it in a message, such as "a document (plan.pdf)"."""
    kind = _NAMES[media.kind]
    return f"{kind} ({media.filename})" if media.filename else kind


def _shown(data: str) -> str | None:
    try:
        return sniffed(base64.b64decode(data[: _SIGNS * 4 // 3]))
    except (binascii.Error, ValueError):
        return None
