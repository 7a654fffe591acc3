"""`POST /files/upload`, `GET /files/` and `GET /files/{id}/status`, in memory.

Each function takes the files of a sandbox: by id, the status of each, which moves on to `ready` with each look at it.
"""

from __future__ import annotations

import uuid
from email.parser import BytesParser
from email.policy import HTTP

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.rules.chat import check_upload
from hatz_sandbox.server.request import SandboxRequest

_NEXT = {"uploading": "processing", "processing": "ready"}


def upload(files: dict[str, str], request: SandboxRequest) -> dict[str, str]:
    """Take a file, or refuse its form."""
    head = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + request.raw)
    form = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = str(part.get_param("name", header="content-disposition"))
        form[name] = part.get_filename() or "" if name == "file" else part.get_content().strip()
    check_upload(form)
    file_id = str(uuid.uuid4())
    files[file_id] = "uploading"
    message_text = f"File uploaded successfully. Poll GET /v1/files/{file_id}/status for processing status."
    return {"file_id": file_id, "status": "uploading", "message": message_text}


def list_files(files: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Every file with its status."""
    return {"data": [{"file_id": file_id, "status": status} for file_id, status in files.items()]}


def status(files: dict[str, str], path: str) -> dict[str, str]:
    """The status of the file that the path names."""
    file_id = path.split("/")[-2]
    if file_id not in files:
        raise GatewayError("File not found", status=404)
    files[file_id] = _NEXT.get(files[file_id], files[file_id])
    return {"file_id": file_id, "status": files[file_id]}
