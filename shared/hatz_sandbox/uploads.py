"""`POST /files/upload`, `GET /files/` and `GET /files/{id}/status`, in memory."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.http_response import HttpResponse, json_response
from hatz_sandbox.ids import new_uuid
from hatz_sandbox.rules.chat import check_upload

if TYPE_CHECKING:
    from hatz_sandbox.http_request import SandboxRequest

UPLOAD = "/v1/files/upload"
# With its slash, as public clients ask for it; of what is listed only the key `data` is known.
_LIST = "/v1/files/"
_PREFIX, _SUFFIX = "/v1/files/", "/status"
_NEXT = {"uploading": "processing", "processing": "ready"}


def serves(path: str) -> bool:
    """Whether the path is one of ours."""
    return path in {UPLOAD, _LIST} or (path.startswith(_PREFIX) and path.endswith(_SUFFIX))


def serve(files: dict[str, str], request: SandboxRequest) -> HttpResponse:
    """The response; `files` maps ids to their status, which moves on to `ready` with each look."""
    if request.path == UPLOAD:
        return _upload(files, request)
    if request.path == _LIST:
        return json_response({"data": [{"file_id": file_id, "status": status} for file_id, status in files.items()]})
    file_id = request.path.removeprefix(_PREFIX).removesuffix(_SUFFIX)
    if file_id not in files:
        raise GatewayError("File not found", status=404)
    files[file_id] = _NEXT.get(files[file_id], files[file_id])
    return json_response({"file_id": file_id, "status": files[file_id]})


def _upload(files: dict[str, str], request: SandboxRequest) -> HttpResponse:
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.raw)
    parts = message.iter_parts() if message.is_multipart() else ()
    given = {str(part.get_param("name", header="content-disposition")): part for part in parts}
    check_upload(
        {
            name: part.get_filename() or "" if name == "file" else part.get_content().strip()
            for name, part in given.items()
        }
    )
    file_id = new_uuid()
    files[file_id] = "uploading"
    message_text = f"File uploaded successfully. Poll GET /v1/files/{file_id}/status for processing status."
    return json_response({"file_id": file_id, "status": "uploading", "message": message_text})
