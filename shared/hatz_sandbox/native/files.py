"""Files: `POST /files/upload`, `GET /files/` and `GET /files/{id}/status`.

`files` maps the id of each file to its status, which moves on to `ready` with each poll.
"""

from __future__ import annotations

import uuid
from email.parser import BytesParser
from email.policy import HTTP

from hatz_sandbox.neutral import GatewayError
from hatz_sandbox.rules.native import UPLOAD, check_shape
from hatz_sandbox.server.request import SandboxRequest

_NEXT = {"uploading": "processing", "processing": "ready"}


def upload(files: dict[str, str], request: SandboxRequest) -> dict[str, str]:
    """Store an uploaded file, or refuse its form."""
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.raw)
    form = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = str(part.get_param("name", header="content-disposition"))
        form[name] = part.get_filename() or "" if name == "file" else part.get_content().strip()
    check_shape(UPLOAD, form)
    file_id = str(uuid.uuid4())
    files[file_id] = "uploading"
    message_text = f"File uploaded successfully. Poll GET /v1/files/{file_id}/status for processing status."
    return {"file_id": file_id, "status": "uploading", "message": message_text}


def list_files(files: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """The status of every file."""
    return {"data": [{"file_id": file_id, "status": status} for file_id, status in files.items()]}


def poll(files: dict[str, str], file_id: str) -> dict[str, str]:
    """The status of a file."""
    if file_id not in files:
        raise GatewayError("File not found", status=404)
    files[file_id] = _NEXT.get(files[file_id], files[file_id])
    return {"file_id": file_id, "status": files[file_id]}
