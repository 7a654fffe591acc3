"""What `POST /chat/completions` and `POST /files/upload` refuse, as FastAPI words it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from hatz_sandbox.rules.fastapi_words import ID, check_shape, refuse
from hatz_sandbox.rules.shape import Json, list_of, must, obj, optional

_LAX = Field(strict=False)
_Role = StrEnum("_Role", ["system", "user", "assistant"])
_Scope = StrEnum("_Scope", ["chat", "workflow", "agent", "app"])
_Message = obj(role=Annotated[_Role, _LAX], content=str)
_CHAT: TypeAdapter[Any] = TypeAdapter(
    obj(
        messages=list_of(_Message, min_length=1),
        model=optional(str),
        stream=optional(bool),
        temperature=optional(must(float, lambda value: 0 <= value <= 2, "Input should be between 0 and 2")),
        max_tokens=optional(int),
        auto_tool_selection=optional(bool),
        # Hatz's own tools; which names there are is not listed anywhere, so any name is taken.
        tools_to_use=optional(list[str]),
        file_uuids=optional(list[ID]),
    )
)
# `scope_type` and `scope_id` are required since 2026-04.
_UPLOAD: TypeAdapter[Any] = TypeAdapter(
    obj(
        file=must(str, bool, "Expected UploadFile, received: a field without a file name"),
        scope_type=Annotated[_Scope, _LAX],
        scope_id=ID,
    )
)


def check(body: Json) -> None:
    """Nothing, or `GatewayError`. Unknown fields are tolerated, `tools` among them, as the service does."""
    check_shape(_CHAT, body)
    systems = [index for index, message in enumerate(body["messages"]) if message["role"] == "system"]
    refuse([(("messages", at), "Value error, only one system message is allowed", "value_error") for at in systems[1:]])


def check_upload(form: Json) -> None:
    """Nothing, or `GatewayError`, for the fields of a form; that of the file holds its name."""
    check_shape(_UPLOAD, form)
