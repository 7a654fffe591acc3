"""Images and documents of `POST /anthropic/messages`."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from hatz_sandbox.rules.anthropic_errors import refuse

_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png", b"GIF8": "image/gif", b"RIFF": "image/webp"}


def check_source(at: str, kind: str, source: Any) -> None:
    """Nothing, or `GatewayError`, for the `source` of an `image` or `document`."""
    match source:
        case {"type": "base64", "media_type": media_type, "data": str(data)}:
            _check_base64(at, kind, media_type, data)
        case {"type": "base64"}:
            missing = "media_type" if "media_type" not in source else "data"
            refuse(f"{at}.base64.{missing}", "Field required")
        case {"type": "url", "url": str(url)}:
            if not url.startswith(("http://", "https://")):
                refuse(f"{at}.url.url", "Only HTTP(S) URLs are supported.")
        case {"type": "file", "file_id": str()}:
            return
        case {"type": "text", "media_type": "text/plain", "data": str()} if kind == "document":
            return
        case {"type": "content", "content": str() | list()} if kind == "document":
            return
        case _:
            refuse(at, "Input does not match the expected shape of a source")


def _check_base64(at: str, kind: str, media_type: Any, data: str) -> None:
    allowed = _IMAGES if kind == "image" else ("application/pdf",)
    if media_type not in allowed:
        listed = " or ".join(f"'{name}'" for name in allowed)
        refuse(f"{at}.base64.media_type", f"Input should be {listed}")
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error:
        content = b""
    if not content:
        refuse(f"{at}.base64.data", "invalid base64 data")
    seen = next((name for magic, name in _MAGIC.items() if content.startswith(magic)), media_type)
    if kind == "image" and seen != media_type:
        reason = f"the image was specified using the {media_type} media type, but appears to be a {seen} image"
        refuse(f"{at}.base64.data", reason)
