"""Files given with `--file`, as parts of a prompt."""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path

from hatz_client import HatzInvalidInputError, Media, Part, Text

_DOCUMENTS = {"application/pdf"}
_OFFICE = ("application/vnd.openxmlformats-officedocument", "application/msword", "application/vnd.ms-")


def part_of(path: Path) -> Part:
    """The file as a part: an image or document as `Media`, a text file as `Text` that begins with the file's name.

    Raises:
        HatzInvalidInputError: if the file cannot be read, or no endpoint accepts its type.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HatzInvalidInputError(f"--file {path}: {error.strerror or error}.") from None
    kind = mimetypes.guess_type(path.name)[0] or ""
    if kind.startswith("image/") and kind != "image/svg+xml":
        return _media("image", kind, content, path)
    if kind in _DOCUMENTS or kind.startswith(_OFFICE):
        return _media("document", kind, content, path)
    if (text := _decode(content)) is not None:
        return Text(f"{path.name}:\n\n{text}")
    raise HatzInvalidInputError(
        f"--file {path}: {kind or 'this kind of file'} cannot be sent. Give an image, a PDF or a text file."
    )


def _media(kind: str, media_type: str, content: bytes, path: Path) -> Media:
    data = base64.b64encode(content).decode("ascii")
    return Media("image" if kind == "image" else "document", media_type, data, filename=path.name)


def _decode(content: bytes) -> str | None:
    """The text of a UTF-8 file, without a byte order mark; None if it is not UTF-8."""
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
