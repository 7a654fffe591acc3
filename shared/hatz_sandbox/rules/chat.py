"""What `POST /chat/completions` and `POST /files/upload` refuse, as FastAPI words it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, TypeAdapter

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.rules.shape import Json, find_problems, list_of, must, obj, optional

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
        file_uuids=optional(list[Annotated[UUID, _LAX]]),
    )
)
# `scope_type` and `scope_id` are required since 2026-04.
_UPLOAD: TypeAdapter[Any] = TypeAdapter(
    obj(
        file=must(str, bool, "Expected UploadFile, received: a field without a file name"),
        scope_type=Annotated[_Scope, _LAX],
        scope_id=Annotated[UUID, _LAX],
    )
)


def check(body: Json) -> None:
    """Nothing, or `GatewayError`. Unknown fields are tolerated, `tools` among them, as the service does."""
    _check_shape(_CHAT, body)
    systems = [index for index, message in enumerate(body["messages"]) if message["role"] == "system"]
    _refuse(
        [(("messages", at), "Value error, only one system message is allowed", "value_error") for at in systems[1:]]
    )


def check_upload(form: Json) -> None:
    """Nothing, or `GatewayError`, for the fields of a form; that of the file holds its name."""
    _check_shape(_UPLOAD, form)


def _check_shape(shape: TypeAdapter[Any], value: Any) -> None:
    _refuse([(problem.path, problem.message, problem.kind) for problem in find_problems(shape, value)])


def _refuse(found: list[tuple[tuple[str | int, ...], str, str]]) -> None:
    if found:
        detail = [{"loc": ["body", *path], "msg": message, "type": kind} for path, message, kind in found]
        raise GatewayError(found[0][1], status=422, detail=detail)
