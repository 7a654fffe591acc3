"""What running an app or a workflow refuses.

The shape of a body is checked as FastAPI does it, with a 422. What the form asks for is checked here with a 400: what the gateway
does about missing or wrong inputs is in no source, so the sandbox refuses them.
"""

from __future__ import annotations

import uuid
from typing import Any

from hatz_sandbox.apps.catalog import Entry
from hatz_sandbox.gateway_error import GatewayError

Json = dict[str, Any]


def check_query(body: Json) -> None:
    """Nothing, or `GatewayError`, for the body of `/app/{id}/query`."""
    files = body.get("file_uuids")
    problems = [*_inputs(body), *_kind(body, "model", str, "string"), *_kind(body, "stream", bool, "boolean")]
    if files is not None and not (isinstance(files, list) and all(map(_is_uuid, files))):
        problems.append(_detail(["file_uuids"], "Input should be a list of valid UUIDs", "uuid_parsing"))
    _refuse(problems)


def check_run(body: Json) -> None:
    """Nothing, or `GatewayError`, for the body of `/workflows/run`."""
    problems = [*_inputs(body), *_kind(body, "is_draft_app", bool, "boolean")]
    if "app_id" not in body:
        problems.append(_detail(["app_id"], "Field required", "missing"))
    elif not isinstance(body["app_id"], str):
        problems.append(_detail(["app_id"], "Input should be a valid string", "string_type"))
    _refuse(problems)


def check_id(app_id: str) -> None:
    """Nothing, or `GatewayError`, for the id in a path."""
    if not _is_uuid(app_id):
        _refuse([{**_detail([], "Input should be a valid UUID", "uuid_parsing"), "loc": ["path", "app_id"]}])


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


def _inputs(body: Json) -> list[Json]:
    if "inputs" not in body:
        return [_detail(["inputs"], "Field required", "missing")]
    if not isinstance(body["inputs"], dict):
        return [_detail(["inputs"], "Input should be a valid dictionary", "dict_type")]
    return []


def _kind(body: Json, name: str, kind: type, word: str) -> list[Json]:
    fits = isinstance(body.get(name), kind | None)
    return [] if fits else [_detail([name], f"Input should be a valid {word}", f"{word}_type")]


def _detail(loc: list[str], message: str, kind: str) -> Json:
    return {"loc": ["body", *loc], "msg": message, "type": kind}


def _refuse(problems: list[Json]) -> None:
    if problems:
        raise GatewayError(problems[0]["msg"], status=422, detail=problems)


def _is_uuid(value: Any) -> bool:
    try:
        uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        return False
    return True
