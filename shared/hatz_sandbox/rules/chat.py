"""What `POST /chat/completions` refuses, as FastAPI words it: 422 with a list of places and reasons."""

from __future__ import annotations

import uuid
from typing import Any

from hatz_sandbox.gateway_error import GatewayError

_ROLES = {"system", "user", "assistant"}
Detail = dict[str, Any]


def check(body: dict[str, Any]) -> None:
    """Nothing, or `GatewayError`. Unknown fields are tolerated, `tools` among them, as the service does."""
    problems = [*_messages(body), *_scalars(body), *_tools(body), *_files(body)]
    if problems:
        raise GatewayError(problems[0]["msg"], status=422, detail=problems)


def wrong(loc: list[str | int], msg: str, kind: str) -> Detail:
    """What is wrong at a place of the body."""
    return {"loc": ["body", *loc], "msg": msg, "type": kind}


def _messages(body: dict[str, Any]) -> list[Detail]:
    messages = body.get("messages")
    if "messages" not in body:
        return [wrong(["messages"], "Field required", "missing")]
    if not isinstance(messages, list):
        return [wrong(["messages"], "Input should be a valid list", "list_type")]
    if not messages:
        return [wrong(["messages"], "List should have at least 1 item after validation, not 0", "too_short")]
    problems = [detail for index, message in enumerate(messages) for detail in _message(index, message)]
    systems = [index for index, item in enumerate(messages) if isinstance(item, dict) and item.get("role") == "system"]
    if len(systems) > 1:
        problems.append(
            wrong(["messages", systems[1]], "Value error, only one system message is allowed", "value_error")
        )
    return problems


def _message(index: int, message: Any) -> list[Detail]:
    at: list[str | int] = ["messages", index]
    if not isinstance(message, dict):
        return [wrong(at, "Input should be a valid dictionary or object to extract fields from", "model_type")]
    problems = [wrong([*at, name], "Field required", "missing") for name in ("role", "content") if name not in message]
    if "role" in message and message["role"] not in _ROLES:
        problems.append(wrong([*at, "role"], "Input should be 'system', 'user' or 'assistant'", "enum"))
    if "content" in message and not isinstance(message["content"], str):
        problems.append(wrong([*at, "content"], "Input should be a valid string", "string_type"))
    return problems


def _scalars(body: dict[str, Any]) -> list[Detail]:
    problems = []
    if not isinstance(body.get("model"), str | None):
        problems.append(wrong(["model"], "Input should be a valid string", "string_type"))
    if not isinstance(body.get("stream"), bool | None):
        problems.append(wrong(["stream"], "Input should be a valid boolean", "bool_type"))
    temperature = body.get("temperature")
    if not isinstance(temperature, int | float | None) or isinstance(temperature, bool):
        problems.append(wrong(["temperature"], "Input should be a valid number", "float_type"))
    elif temperature is not None and not 0 <= temperature <= 2:
        problems.append(wrong(["temperature"], "Input should be between 0 and 2", "value_error"))
    limit = body.get("max_tokens")
    if not isinstance(limit, int | None) or isinstance(limit, bool):
        problems.append(wrong(["max_tokens"], "Input should be a valid integer", "int_type"))
    return problems


def _tools(body: dict[str, Any]) -> list[Detail]:
    """The fields of Hatz's own tools; which names there are is not listed anywhere, so any name is taken."""
    problems = []
    if not isinstance(body.get("auto_tool_selection"), bool | None):
        problems.append(wrong(["auto_tool_selection"], "Input should be a valid boolean", "bool_type"))
    names = body.get("tools_to_use")
    if not isinstance(names, list | None):
        return [*problems, wrong(["tools_to_use"], "Input should be a valid list", "list_type")]
    for index, name in enumerate(names or []):
        if not isinstance(name, str):
            problems.append(wrong(["tools_to_use", index], "Input should be a valid string", "string_type"))
    return problems


def _files(body: dict[str, Any]) -> list[Detail]:
    given = body.get("file_uuids")
    if given is None:
        return []
    if not isinstance(given, list):
        return [wrong(["file_uuids"], "Input should be a valid list", "list_type")]
    message = "Input should be a valid UUID"
    return [
        wrong(["file_uuids", index], message, "uuid_parsing") for index, item in enumerate(given) if not is_uuid(item)
    ]


def is_uuid(value: Any) -> bool:
    """Whether a value is a UUID, written as one."""
    try:
        uuid.UUID(value)
    except (ValueError, AttributeError, TypeError):
        return False
    return True
