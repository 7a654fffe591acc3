"""What running an app or a workflow refuses.

The shape of a body is checked as FastAPI does it, with a 422. What the form asks for is checked here with a 400: what the gateway
does about missing or wrong inputs is in no source, so the sandbox refuses them.
"""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from hatz_sandbox.apps.catalog import Entry
from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.rules.fastapi_words import ID, check_shape, refuse
from hatz_sandbox.rules.shape import Json, find_problems, list_of, obj, optional

_QUERY: TypeAdapter[Any] = TypeAdapter(
    obj(inputs=Json, model=optional(str), stream=optional(bool), file_uuids=optional(list_of(ID)))
)
_RUN: TypeAdapter[Any] = TypeAdapter(obj(app_id=str, inputs=Json, is_draft_app=optional(bool)))
_ID: TypeAdapter[Any] = TypeAdapter(ID)


def check_query(body: Json) -> None:
    """Nothing, or `GatewayError`, for the body of `/app/{id}/query`."""
    check_shape(_QUERY, body)


def check_run(body: Json) -> None:
    """Nothing, or `GatewayError`, for the body of `/workflows/run`."""
    check_shape(_RUN, body)


def check_id(app_id: str) -> None:
    """Nothing, or `GatewayError`, for the id in a path."""
    refuse([(("app_id",), found.message, found.kind) for found in find_problems(_ID, app_id)], "path")


def check_form(entry: Entry, inputs: Json, files: dict[str, str]) -> None:
    """Nothing, or `GatewayError`, for inputs that do not fit the form. Unknown inputs are ignored."""
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
