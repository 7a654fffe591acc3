"""The files of the key's user at Hatz, as the gateway lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hatz_client.errors import HatzResponseError
from hatz_client.resources.models import entries_of
from hatz_client.util.ids import field_in, id_in

_IDS = ("file_id", "file_uuid", "uuid", "id")
"""The names that an id of a file has: those of both of Hatz's APIs for files, and those that public clients accept."""

_READY = {"ready", "success", "succeeded", "complete", "completed", "processed"}
_FAILED = {"failed", "failure", "error"}


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file at Hatz. Its content cannot be read back: no path of the API returns it."""

    id: str
    """What to send in `file_uuids`, and as the value of an app's file input."""
    name: str | None = None
    """None if unknown (only the key `data` of the list is documented)."""
    status: str | None = None
    """The wire's word: "uploading", "processing", "ready" or "failed" are documented; None if unknown."""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The entry as the wire has it."""

    @property
    def is_ready(self) -> bool:
        """Whether the file can be used; a file without a status can (the older API processes at once)."""
        return self.status is None or self.status.lower() in _READY

    @property
    def is_failed(self) -> bool:
        """Whether Hatz could not process the file."""
        return self.status is not None and self.status.lower() in _FAILED


def files_of(body: Any) -> tuple[FileInfo, ...]:
    """The files in a response of `/files/`; entries without an id are left out."""
    return tuple(file_of(entry) for entry in entries_of(body, "files") if id_in(entry, *_IDS))


def file_of(body: Any, file_id: str | None = None) -> FileInfo:
    """The file that a response or an entry is about.

    Raises:
        HatzResponseError: if there is no id, and `file_id` is not known either.
    """
    found = file_id or id_in(body, *_IDS)
    if found is None:
        raise HatzResponseError(f"The response has no file id: {body!r:.200}", body=body)
    name, status = field_in(body, "file_name", "filename", "name"), field_in(body, "status")
    return FileInfo(
        id=found,
        name=name if isinstance(name, str) else None,
        status=None if status is None else str(status),
        raw=body if isinstance(body, Mapping) else {},
    )
