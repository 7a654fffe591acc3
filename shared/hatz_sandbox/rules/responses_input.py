"""The input items of `POST /openai/responses`."""

from __future__ import annotations

import re
from typing import Any

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.rules.openai_errors import refuse_missing, refuse_pattern, refuse_type, refuse_value

_ROLES = ["assistant", "system", "developer", "user"]
_INPUT = ["input_text", "input_image", "input_file", "input_audio"]
_OUTPUT = ["output_text", "refusal"]
_ITEMS = ["message", "function_call", "function_call_output", "reasoning"]
_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_URL = re.compile(r"https?://\S+|data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/=\s]+")


def check_items(body: dict[str, Any]) -> None:
    """Nothing, or `GatewayError`."""
    given = body.get("input")
    if given is None or given == []:
        raise GatewayError("Missing required parameter: 'input'.", param="input", code="missing_required_parameter")
    if isinstance(given, str):
        return
    if not isinstance(given, list):
        refuse_type("input", "one of a string or array of objects", given)
    for index, item in enumerate(given):
        _check_item(f"input[{index}]", item)
    _check_pairs(given)


def _check_item(at: str, item: Any) -> None:
    if not isinstance(item, dict):
        refuse_type(at, "an object", item)
    match item.get("type", "message"):
        case "message":
            _check_message(at, item)
        case "function_call":
            _check_strings(at, item, ("call_id", "name", "arguments"))
            if not _NAME.fullmatch(item["name"]):
                refuse_pattern(f"{at}.name", "^[a-zA-Z0-9_-]+$")
        case "function_call_output":
            _check_strings(at, item, ("call_id",))
            _check_output(at, item)
        case "reasoning":
            if "summary" not in item:
                refuse_missing(f"{at}.summary")
            if not isinstance(item["summary"], list):
                refuse_type(f"{at}.summary", "an array of objects", item["summary"])
        case "item_reference":
            reason = f"Item with id '{item.get('id')}' not found. Items are not persisted on this gateway."
            raise GatewayError(reason, status=404, param="input")
        case kind:
            refuse_value(f"{at}.type", kind, _ITEMS)


def _check_strings(at: str, item: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if name not in item:
            refuse_missing(f"{at}.{name}")
        if not isinstance(item[name], str):
            refuse_type(f"{at}.{name}", "a string", item[name])
        if name != "arguments" and not item[name]:
            reason = "empty string. Expected a string with minimum length 1, but got an empty string instead."
            raise GatewayError(f"Invalid '{at}.{name}': {reason}", param=f"{at}.{name}", code="empty_string")


def _check_message(at: str, item: dict[str, Any]) -> None:
    if "role" not in item:
        refuse_missing(f"{at}.role")
    role = item["role"]
    if role not in _ROLES:
        refuse_value(f"{at}.role", role, _ROLES)
    if "tool_calls" in item:
        raise GatewayError(f"Unknown parameter: '{at}.tool_calls'.", param=f"{at}.tool_calls", code="unknown_parameter")
    if "content" not in item:
        refuse_missing(f"{at}.content")
    content = item["content"]
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        refuse_type(f"{at}.content", "one of an array of objects or string", content)
    for index, part in enumerate(content):
        _check_part(f"{at}.content[{index}]", part, _OUTPUT if role == "assistant" else _INPUT)


def _check_part(at: str, part: Any, supported: list[str]) -> None:
    if not isinstance(part, dict):
        refuse_type(at, "an object", part)
    if "type" not in part:
        refuse_missing(f"{at}.type")
    if part["type"] not in supported:
        refuse_value(f"{at}.type", part["type"], supported)
    match part["type"]:
        case "input_text" | "output_text":
            _check_text(at, part, "text")
        case "refusal":
            _check_text(at, part, "refusal")
        case "input_image":
            _check_image(at, part)
        case "input_file" if not any(part.get(name) for name in ("file_id", "file_data", "file_url")):
            refuse_missing(f"{at}.file_id")


def _check_text(at: str, part: dict[str, Any], name: str) -> None:
    if name not in part:
        refuse_missing(f"{at}.{name}")
    if not isinstance(part[name], str):
        refuse_type(f"{at}.{name}", "a string", part[name])


def _check_image(at: str, part: dict[str, Any]) -> None:
    url = part.get("image_url")
    if url is None and not part.get("file_id"):
        refuse_missing(f"{at}.image_url")
    if url is not None and not isinstance(url, str):
        refuse_type(f"{at}.image_url", "a string", url)
    if url is not None and not _URL.fullmatch(url):
        reason = f"Invalid '{at}.image_url'. Expected a valid URL, but got a value with an invalid format."
        raise GatewayError(reason, param=f"{at}.image_url", code="invalid_value")


def _check_output(at: str, item: dict[str, Any]) -> None:
    if "output" not in item:
        refuse_missing(f"{at}.output")
    output = item["output"]
    if isinstance(output, str):
        return
    if not isinstance(output, list):
        refuse_type(f"{at}.output", "one of a string or array of objects", output)
    for index, part in enumerate(output):
        _check_part(f"{at}.output[{index}]", part, _INPUT)


def _check_pairs(items: list[dict[str, Any]]) -> None:
    called: list[str] = []
    answered: set[str] = set()
    for item in items:
        match item:
            case {"type": "function_call", "call_id": call_id}:
                if call_id in called:
                    raise GatewayError(f"Duplicate function call with call_id {call_id} in input.", param="input")
                called.append(call_id)
            case {"type": "function_call_output", "call_id": call_id}:
                if call_id not in called:
                    reason = f"No tool call found for function call output with call_id {call_id}."
                    raise GatewayError(reason, param="input")
                if call_id in answered:
                    raise GatewayError(
                        f"Duplicate function call output with call_id {call_id} in input.", param="input"
                    )
                answered.add(call_id)
    for call_id in called:
        if call_id not in answered:
            raise GatewayError(f"No tool output found for function call {call_id}.", param="input")
