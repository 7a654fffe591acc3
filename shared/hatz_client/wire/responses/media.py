"""Responses: images and documents as input parts."""

from __future__ import annotations

import mimetypes
from typing import Any

from hatz_client.content import Media
from hatz_client.errors import HatzInvalidInputError, HatzUnsupportedError
from hatz_client.wire.common.requests.media import describe, is_textual, normalize, text_of


def media_part(media: Media, where: str) -> dict[str, Any]:
    """An image as `input_image`, a document as `input_file` or (plain text) `input_text`. Nothing is fetched.

    Raises:
        HatzInvalidInputError: the media is empty, or its MIME type is unknown.
        HatzUnsupportedError: the media is audio or video.
    """
    media = normalize(media)
    if media.kind == "image":
        return {"type": "input_image", **_source(media, where, "image_url", "image_url")}
    if media.kind == "document":
        return _document(media, where)
    raise HatzUnsupportedError(
        f"{where} holds {describe(media)}, and the Responses endpoint takes only images and documents. "
        "Send its transcript or single frames instead, or upload it to Hatz and pass its id in file_uuids=[…] "
        'with endpoint="chat".'
    )


def _document(media: Media, where: str) -> dict[str, Any]:
    media_type, data = media.media_type, media.data
    if data:
        # An upload must be a PDF or the like: for text the service answers "unsupported_file".
        text = text_of(data) if is_textual(media_type) else None
        if text is not None:
            title = f' title="{media.filename}"' if media.filename else ""
            return {"type": "input_text", "text": f"<document{title}>\n{text}\n</document>"}
    part = {"type": "input_file", **_source(media, where, "file_data", "file_url")}
    if "file_data" in part:
        kind = (mimetypes.guess_extension(media_type) if media_type else None) or ""
        part["filename"] = media.filename or f"document{kind}"
    return part


def _source(media: Media, where: str, by_data: str, by_url: str) -> dict[str, Any]:
    media_type, data = media.media_type, media.data
    if data:
        if not media_type:
            raise HatzInvalidInputError(
                f"{where} holds {describe(media)} of an unknown type: give its `media_type`, such as "
                f"{'image/png' if media.kind == 'image' else 'application/pdf'}."
            )
        return {by_data: f"data:{media_type};base64,{data}"}
    if media.url:
        return {by_url: media.url}
    if media.file_id:
        return {"file_id": media.file_id}
    raise HatzInvalidInputError(
        f"{where} holds {describe(media)} with no content: give its `data`, `url` or `file_id`."
    )
