"""`POST /files/upload`, `GET /files/` and `GET /files/{id}/status`, in memory."""

from __future__ import annotations

import uuid
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING

from hatz_sandbox.outcome import Outcome, of_json
from hatz_sandbox.refused import Refused

if TYPE_CHECKING:
    from hatz_sandbox.record import SandboxRequest

UPLOAD = "/v1/files/upload"
# With its slash, as public clients ask for it; of what is listed only the key `data` is known.
_LIST = "/v1/files/"
_PREFIX, _SUFFIX = "/v1/files/", "/status"
_NEXT = {"uploading": "processing", "processing": "ready", "ready": "ready"}


def serves(path: str) -> bool:
    """Whether the path is one of ours."""
    return path in {UPLOAD, _LIST} or (path.startswith(_PREFIX) and path.endswith(_SUFFIX))


def serve(files: dict[str, str], request: SandboxRequest) -> Outcome:
    """The outcome; `files` maps ids to their status, which moves on with each look."""
    if request.path == UPLOAD:
        return _upload(files, request)
    if request.path == _LIST:
        return of_json({"data": [{"file_id": file_id, "status": status} for file_id, status in files.items()]})
    file_id = request.path.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    if file_id not in files:
        raise Refused("File not found", status=404)
    files[file_id] = _NEXT[files[file_id]]
    return of_json({"file_id": file_id, "status": files[file_id]})


def _upload(files: dict[str, str], request: SandboxRequest) -> Outcome:
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.raw)
    parts = message.iter_parts() if message.is_multipart() else ()
    names = {part.get_param("name", header="content-disposition") for part in parts}
    # `scope_type` and `scope_id` are required since 2026-04.
    missing = [name for name in ("file", "scope_type", "scope_id") if name not in names]
    if missing:
        detail = [{"loc": ["body", name], "msg": "Field required", "type": "missing"} for name in missing]
        raise Refused("Field required", status=422, detail=detail)
    file_id = str(uuid.uuid4())
    files[file_id] = "uploading"
    told = f"File uploaded successfully. Poll GET /v1/files/{file_id}/status for processing status."
    return of_json({"file_id": file_id, "status": "uploading", "message": told})
