"""Normalize media: plain base64, and the MIME type that the bytes show. Nothing is fetched."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from urllib.parse import unquote_to_bytes

from hatz_client.content import Media, MediaKind
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.warn_once import warn_once

_MAGIC = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)
_SIGNATURE_BYTES = 12
"""The number of leading bytes that `sniff_type` inspects."""
_ALIASES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/jfif": "image/jpeg",
    "image/x-png": "image/png",
    "image/x-ms-bmp": "image/bmp",
    "application/x-pdf": "application/pdf",
}
_CONTAINERS = frozenset({"application/zip"})
"""Types of containers: the bytes of an office document show only these, so a declared type or a file name is more precise."""
_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""The images that Anthropic and OpenAI take (guides to vision)."""
_UNKNOWN_BYTES = frozenset({"application/octet-stream", "application/zip"})
_TEXTUAL = frozenset({"application/json", "application/xml", "application/yaml", "application/x-yaml"})
_NAMES = {"image": "an image", "document": "a document", "audio": "an audio recording", "video": "a video"}
_NO_LINE_BREAKS = str.maketrans("", "", "\r\n\t ")
_STANDARD_ALPHABET = str.maketrans("-_", "+/")


def normalize(media: Media) -> Media:
    """The same media in one normalized form.

    `data` becomes base64 of the standard alphabet with padding and without line breaks: a data URL (in `url` or in `data`) and
    the URL-safe alphabet are converted. `media_type` becomes the canonical MIME type without parameters. The bytes decide it
    (Anthropic rejects an image whose type contradicts its bytes); if they show none, it is the declared type, then the data
    URL's, then the one that the file name suggests, else None. The bytes also decide between "image" and "document".

    Linear in the size of the content, and idempotent.

    Raises:
        HatzInvalidInputError: if its data or URL is not text, or if its URL names a file of this machine, which is not read.
    """
    _check(media)
    data, declared = _inline_data(media)
    media_type = canonical_type(media.media_type, media.kind) or canonical_type(declared, media.kind)
    kind = media.kind
    if data:
        shown = _sniff_base64(data)
        if shown and shown not in _CONTAINERS:
            media_type, kind = shown, _kind_of_bytes(shown, kind)
        media_type = media_type or guess_type(media.filename) or shown
    if (data, media_type, kind) == (media.data, media.media_type, media.kind):
        return media
    return media.replace(kind=kind, media_type=media_type, data=data, url=None if data else media.url)


def _check(media: Media) -> None:
    for name, given in (("data", media.data), ("url", media.url)):
        if given is not None and not isinstance(given, str):
            raise HatzInvalidInputError(
                f"The {name} of {describe(media)} is of type {type(given).__name__}: give text ({'base64' if name == 'data' else 'a URL'})."
            )
    if media.url and media.url[:16].lstrip()[:5].lower() == "file:":
        raise HatzInvalidInputError(
            f"The URL of {describe(media)} names a file of this machine, and no file is read because a URL names it: give its bytes."
        )


def canonical_type(media_type: str | None, kind: MediaKind | None = None) -> str | None:
    """The MIME type in its registered spelling, without parameters: "IMAGE/JPG; q=1" is "image/jpeg".

    A bare format such as "jpg" is completed with the kind. None if it is not a MIME type.
    """
    name = (media_type or "").partition(";")[0].strip().lower()
    if name and "/" not in name and kind in {"image", "audio", "video"}:
        name = f"{kind}/{name}"
    return _ALIASES.get(name, name) if "/" in name else None


def parse_data_url(url: str) -> tuple[str | None, str] | None:
    """The media type and the base64 text of a data URL (RFC 2397); None if it is not a data URL."""
    scheme, _, rest = url.partition(":")
    head, comma, body = rest.partition(",")
    if scheme.strip().lower() != "data" or not comma:
        return None
    media_type, _, parameters = head.partition(";")
    if f";{parameters}".lower().endswith(";base64"):
        return media_type or None, unquote_to_bytes(body).decode("latin-1") if "%" in body else body
    return media_type or None, base64.b64encode(unquote_to_bytes(body)).decode()


def _inline_data(media: Media) -> tuple[str | None, str | None]:
    """The bytes in clean base64 and the data URL's media type, each if there is one."""
    given = media.data or media.url or ""
    if given[:16].lstrip()[:5].lower() == "data:" and (found := parse_data_url(given)):
        return clean_base64(found[1]) or None, found[0]
    return (clean_base64(media.data) if media.data else None), None


def clean_base64(data: str) -> str:
    """The base64 text in the standard alphabet, without white space and with its padding."""
    if any(space in data for space in "\n\r\t "):
        data = data.translate(_NO_LINE_BREAKS)
    if "-" in data or "_" in data:
        data = data.translate(_STANDARD_ALPHABET)
    return data if len(data) % 4 == 0 else data + "=" * (-len(data) % 4)


def _sniff_base64(data: str) -> str | None:
    try:
        return sniff_type(base64.b64decode(data[: _SIGNATURE_BYTES * 4 // 3]))
    except (binascii.Error, ValueError):
        return None


def sniff_type(raw: bytes) -> str | None:
    """The media type that the first bytes show; None if they show none."""
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for start, media_type in _MAGIC if raw.startswith(start)), None)


def _kind_of_bytes(media_type: str, kind: MediaKind) -> MediaKind:
    if kind not in {"image", "document"}:
        return kind
    return "image" if media_type.startswith("image/") else "document"


def guess_type(filename: str | None) -> str | None:
    """The media type that the name of a file suggests."""
    return mimetypes.guess_type(filename)[0] if filename else None


def is_textual(media_type: str | None) -> bool:
    """Whether it is, or may be, text: an unknown type may be."""
    kind = (media_type or "text/plain").partition(";")[0].strip()
    return kind.startswith("text/") or kind in _TEXTUAL


def text_of(data: str) -> str | None:
    """The text encoded in this base64; None if it is not text."""
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def text_document(media: Media) -> str | None:
    """The text of a document that is text; None for anything else."""
    if media.kind != "document" or is_link(media):
        return None
    media = normalize(media)
    return text_of(media.data) if media.data and is_textual(media.media_type) else None


def note_in_place_of(media: Media, *, office: bool) -> str | None:
    """For media in a tool's result: a text for the model if the endpoint takes no such file or link; None if it does.

    An error would end an agent's run, and every later one of the same conversation.

    Args:
        media: The media.
        office: Whether the endpoint takes documents other than PDF and text.
    """
    link = is_link(media)
    media = media.replace(media_type=canonical_type(media.media_type, media.kind)) if link else normalize(media)
    if media.kind in {"image", "document"} and (
        _can_be_followed(media, office=office) if link else _is_readable(media, media.data, office=office)
    ):
        return None
    return note_of(media)


def note_of(media: Media) -> str:
    """The text that tells the model what a tool returned that it cannot be shown; a link is named."""
    link = is_link(media)
    media_type = canonical_type(media.media_type, media.kind) if link else normalize(media).media_type
    kind = f" of type {media_type}" if media_type else ""
    warn_once(f"A tool returned {describe(media)}{kind}, which this endpoint does not take: the model is told so.")
    return (
        f"(The tool returned {describe(media)}{kind}{f' at {media.url}' if link else ''}. It cannot be shown to you.)"
    )


def is_link(media: Media) -> bool:
    """Whether it is only a URL that names a place, and has no bytes."""
    return isinstance(media.url, str) and bool(media.url) and not media.data and _scheme(media.url) != "data"


def _scheme(url: str | None) -> str:
    return (url or "").partition(":")[0].strip().lower()


def _can_be_followed(media: Media, *, office: bool) -> bool:
    """Whether the service can read what the URL names; MCP servers link to `file:`, `ui:` and their own kinds of resources.

    Anthropic takes only images and PDFs by URL (guides to vision and to PDF support).
    """
    if _scheme(media.url) not in {"http", "https"}:
        return False
    if media.kind == "image":
        return media.media_type in _IMAGES or not media.media_type
    return office or media.media_type in {None, "application/pdf"}


def _is_readable(media: Media, data: str | None, *, office: bool) -> bool:
    if not data:  # the id of an uploaded file
        return True
    if media.kind == "image":
        return media.media_type in _IMAGES
    if is_textual(media.media_type):
        return text_of(data) is not None
    return media.media_type == "application/pdf" or (office and media.media_type not in _UNKNOWN_BYTES)


def describe(media: Media) -> str:
    """A description for messages, such as "a document (plan.pdf)"."""
    kind = _NAMES[media.kind]
    return f"{kind} ({media.filename})" if media.filename else kind
