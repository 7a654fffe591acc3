"""Checks of Hatz's own endpoints: chat, uploads, apps and workflows.

A body of the wrong shape gets a 422 as FastAPI writes it. What the gateway answers to missing or wrong inputs of an app is
unknown; the sandbox refuses them with a 400.
"""

from __future__ import annotations

from typing import Any

from pydantic_core import SchemaValidator
from pydantic_core.core_schema import int_schema, typed_dict_field, uuid_schema

from hatz_sandbox.neutral import GatewayError, Json
from hatz_sandbox.rules.shape import find_problems, list_of, literal, must, obj, optional

_ID = uuid_schema(strict=False)
_MESSAGE = obj(role=literal("system", "user", "assistant"), content=str)
CHAT = SchemaValidator(
    obj(
        messages=list_of(_MESSAGE, min_length=1),
        model=optional(str),
        stream=optional(bool),
        temperature=optional(must(float, lambda value: 0 <= value <= 2, "Input should be between 0 and 2")),
        max_tokens=optional(int),
        auto_tool_selection=optional(bool),
        # Hatz's own tools. Their names are not documented, so any name is accepted.
        tools_to_use=optional(list_of(str)),
        file_uuids=optional(list_of(_ID)),
    )
)
# `scope_type` and `scope_id` are required since 2026-04. The value of `file` is the name of the file.
UPLOAD = SchemaValidator(
    obj(
        file=must(str, bool, "Expected UploadFile, received: a field without a file name"),
        scope_type=literal("chat", "workflow", "agent", "app"),
        scope_id=_ID,
    )
)
QUERY = SchemaValidator(obj(inputs=dict, model=optional(str), stream=optional(bool), file_uuids=optional(list_of(_ID))))
RUN = SchemaValidator(obj(app_id=str, inputs=dict, is_draft_app=optional(bool)))
PAGE = SchemaValidator(
    obj(
        limit=typed_dict_field(int_schema(ge=1, le=1000, strict=False), required=False),
        offset=typed_dict_field(int_schema(ge=0, strict=False), required=False),
    )
)
_APP_PATH = SchemaValidator(obj(app_id=_ID))


def check_chat(body: Json) -> None:
    """A `GatewayError` if the body is refused. Unknown fields are ignored, `tools` among them, as the service does."""
    check_shape(CHAT, body)
    systems = [index for index, message in enumerate(body["messages"]) if message["role"] == "system"]
    refuse([(("messages", at), "Value error, only one system message is allowed", "value_error") for at in systems[1:]])


def check_shape(shape: SchemaValidator, value: Any, part: str = "body") -> None:
    """A `GatewayError` that lists all problems of a part of the request."""
    # FastAPI declares a choice as an enum.
    kinds = {"literal_error": "enum"}
    found = find_problems(shape, value)
    refuse([(problem.path, problem.message, kinds.get(problem.kind, problem.kind)) for problem in found], part)


def refuse(found: list[tuple[tuple[str | int, ...], str, str]], part: str = "body") -> None:
    """A `GatewayError` with these paths, messages and kinds; nothing for an empty list."""
    if found:
        detail = [{"loc": [part, *path], "msg": message, "type": kind} for path, message, kind in found]
        raise GatewayError(found[0][1], status=422, detail=detail)


def check_app_id(app_id: str) -> None:
    """A `GatewayError` if the id in the path is no UUID."""
    check_shape(_APP_PATH, {"app_id": app_id}, "path")


def check_inputs(entry: Json, inputs: Json, files: dict[str, str]) -> None:
    """A `GatewayError` if the inputs do not fit the app's form. Unknown inputs are ignored."""
    for field in entry.get("user_inputs") or []:
        name, value = field.get("variable_name"), inputs.get(field.get("variable_name"))
        if value in (None, ""):
            if field.get("required"):
                raise GatewayError(f"Missing required input: {name}")
            continue
        options = field.get("options") or []
        if options and any(one not in options for one in (value if isinstance(value, list) else [value])):
            raise GatewayError(f"Invalid value for input {name}: {value!r}")
        if field.get("variable_type") == "file_upload" and files.get(str(value)) != "ready":
            raise GatewayError(f"Input {name}: there is no processed file {value!r}")
