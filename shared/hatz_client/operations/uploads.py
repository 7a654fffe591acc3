"""Upload files to Hatz: requests, responses, and the parts of a prompt that need an upload.

Reference: Hatz's API for files. An upload is answered at once; the file can be used after Hatz has processed it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import mimetypes
import os
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

from hatz_client.connection.api_key import Key
from hatz_client.connection.http.headers import new_request_id
from hatz_client.connection.settings import Settings
from hatz_client.content import Media, Part, Prompt, ToolResult
from hatz_client.errors import (
    HatzBadRequestError,
    HatzInvalidInputError,
    HatzNotFoundError,
    HatzTimeoutError,
)
from hatz_client.operations.operation import Operation, Options
from hatz_client.resources.files import FileInfo
from hatz_client.util.bounded_dict import BoundedDict
from hatz_client.util.ids import check_id
from hatz_client.wire.common.requests.media import describe, is_link, normalize

Uploadable: TypeAlias = bytes | bytearray | memoryview | str | os.PathLike[str] | IO[bytes]

Scope: TypeAlias = tuple[Literal["chat", "app", "workflow"], str | None]
"""The owner of a file: its kind and its id. For a chat, any UUID is accepted (the documentation does not say where it comes
from), and None means a new one; a workflow's id is its app id."""

PROCESSING_SECONDS = 120.0
"""Seconds to wait for Hatz to process an uploaded file."""
_PATH = "/files/upload"
_POLL_DELAYS = (0.2, 5.0)
"""Seconds between two checks of a file's status: the first interval and the maximum."""


@dataclass(frozen=True, slots=True)
class File:
    """A file to upload."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


def read_file(given: Uploadable, filename: str | None, media_type: str | None) -> File:
    """The file to upload; its content is read from a path or an open file.

    Raises:
        HatzInvalidInputError: if it cannot be read.
    """
    try:
        name, content = _read(given)
    except (OSError, ValueError) as error:  # ValueError: the file is closed, or its path contains a null character
        raise HatzInvalidInputError(f"The file cannot be read: {error}") from error
    name = filename or name
    return File(name, media_type or mimetypes.guess_type(name)[0] or "application/octet-stream", content)


def _read(given: Any) -> tuple[str, bytes]:
    match given:
        case bytes() | bytearray() | memoryview():
            return "file", bytes(given)
        case str() | os.PathLike():
            return Path(given).name, Path(given).read_bytes()
        case _ if hasattr(given, "read") and isinstance(content := given.read(), bytes):
            named = getattr(given, "name", None)  # a number, if the file was opened by its descriptor
            return Path(named).name if isinstance(named, str) else "file", content
        case _:
            raise HatzInvalidInputError(
                f"A {type(given).__name__} is not a file: pass a path, bytes, or a file opened for reading in binary mode."
            )


def upload(settings: Settings, file: File, scope: Scope, options: Options) -> Operation:
    """The operation that uploads a file."""
    kind_of_scope, scope_id = scope
    fields = {"scope_type": kind_of_scope, "scope_id": scope_id or str(uuid.uuid4())}
    boundary = uuid.uuid4().hex
    content = _multipart(fields, file, boundary)
    kind = f"multipart/form-data; boundary={boundary}"
    return Operation(settings, options, "POST", _PATH, content, options.id, content_type=kind)


def check_status(settings: Settings, file_id: str, options: Options) -> Operation:
    """The operation that checks the state of a file's processing.

    Raises:
        HatzInvalidInputError: if this is no id.
    """
    return Operation(settings, options, "GET", f"/files/{check_id(file_id, 'a file')}/status", None, new_request_id())


def list_files(settings: Settings, options: Options) -> Operation:
    """The operation that lists the files. Its path ends with a slash, as in Hatz's API description."""
    return Operation(settings, options, "GET", "/files/", None, options.id)


def is_ready(file: FileInfo) -> bool:
    """Whether the file can be used; the older API processes it at once and reports no status.

    Raises:
        HatzBadRequestError: if Hatz could not process it.
    """
    if file.status == "failed":
        raise HatzBadRequestError(f"Hatz could not process the file {file.id}: does Hatz support this type of file?")
    return file.is_ready


def poll_delays(file: FileInfo, patience: float) -> Iterator[float]:
    """Seconds to wait before each check of the file's status, until `patience` seconds are over, including those of the checks.

    Raises:
        HatzTimeoutError: when they are over.
    """
    wait, most = _POLL_DELAYS
    end = time.monotonic() + patience
    while (left := end - time.monotonic()) > 0:
        yield min(wait, left)
        wait = min(2 * wait, most)
    raise HatzTimeoutError(f"The file {file.id} was not ready within {patience:g} s: use its id later, in file_uuids.")


def _multipart(fields: Mapping[str, str], file: File, boundary: str) -> bytes:
    pieces = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    # As browsers write it: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
    name = file.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").encode("utf-8", "replace")
    kind = re.sub(r"[^\x21-\x7e ]", "", file.media_type).encode()
    pieces.append(b"--%b\r\nContent-Disposition: form-data; " % boundary.encode())
    pieces.append(b'name="file"; filename="%b"\r\nContent-Type: %b\r\n\r\n' % (name, kind))
    return b"".join([*pieces, file.content, b"\r\n--%b--\r\n" % boundary.encode()])


# The parts of a prompt


def inline_files(prompt: Prompt) -> dict[bytes, File]:
    """The files whose bytes are in the prompt, each once, by digest.

    Raises:
        HatzInvalidInputError: for bytes that are not base64.
    """
    found = (file for turn in prompt.turns for part in turn.parts for file in _files(part))
    return {_digest(file): file for file in found}


def replace_with_ids(prompt: Prompt, ids: Mapping[bytes, str]) -> Prompt:
    """The prompt with the bytes of uploaded files replaced by their ids."""
    turns = tuple(turn.replace(parts=tuple(_with_id(part, ids) for part in turn.parts)) for turn in prompt.turns)
    return prompt.replace(turns=turns)


def _files(part: Part) -> Iterator[File]:
    match part:
        case ToolResult(content=content):
            for inner in content:
                yield from _files(inner)
        case Media() if (file := _file(part)) is not None:
            yield file


def _with_id(part: Part, ids: Mapping[bytes, str]) -> Part:
    match part:
        case ToolResult(content=content):
            return part.replace(content=tuple(_with_id(inner, ids) for inner in content))
        case Media() if (file := _file(part)) is not None:
            return part.replace(data=None, url=None, file_id=ids[_digest(file)])
        case _:
            return part


def _file(media: Media) -> File | None:
    """The file with these bytes; None for a URL or id."""
    if media.file_id or is_link(media):
        return None
    media = normalize(media)
    kind, data = media.media_type, media.data
    if data is None:
        return None
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError as error:
        raise HatzInvalidInputError(f"The bytes of {describe(media)} are not base64: {error}") from error
    kind = kind or "application/octet-stream"
    return File(media.filename or f"{media.kind}{mimetypes.guess_extension(kind) or ''}", kind, content)


def _digest(file: File) -> bytes:
    return hashlib.sha256(b"%b\0%b" % (file.name.encode("utf-8", "replace"), file.content)).digest()


UPLOADED: BoundedDict[bytes, str] = BoundedDict(256)
"""The ids of uploaded files, by `upload_key`: a conversation sends the same files at every turn."""


def upload_key(settings: Settings, key: Key, digest: bytes) -> bytes:
    """The key in `UPLOADED`: the same for the same file of the same user."""
    return hashlib.sha256(b"%b\0%b\0%b" % (settings.url.encode(), key.value.encode(), digest)).digest()


def forget_uploads(error: HatzNotFoundError) -> None:
    """Forget the files that an error names: Hatz no longer has them. The next call uploads them again."""
    body = json.dumps(error.body, default=str)
    for key, file_id in list(UPLOADED.items()):
        if file_id in body:
            UPLOADED.pop(key, None)
