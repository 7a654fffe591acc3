"""What `POST /openai/responses` refuses, in OpenAI's words."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from hatz_sandbox.refused import Refused
from hatz_sandbox.rules.responses_input import check_items
from hatz_sandbox.rules.schemas import problem, strict_problem
from hatz_sandbox.rules.words import missing, named, wrong_pattern, wrong_type, wrong_value

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_RANGES = {"temperature": (0, 2), "top_p": (0, 1)}


def check(body: dict[str, Any]) -> None:
    """Nothing, or `Refused`. Unknown top-level fields are ignored, as the reference says."""
    if body.get("previous_response_id") is not None:
        raise Refused(
            "Unsupported parameter: 'previous_response_id' is not supported: no conversation is stored. "
            "Send the whole conversation as 'input'.",
            param="previous_response_id",
            code="unsupported_parameter",
        )
    _check_scalars(body)
    check_items(body)
    names = _check_tools(body.get("tools"))
    _check_choice(body.get("tool_choice"), names)
    _check_format(body)


def _check_scalars(body: dict[str, Any]) -> None:
    if "model" not in body:
        missing("model")
    if not isinstance(body["model"], str):
        wrong_type("model", "a string", body["model"])
    for name in ("instructions",):
        if not isinstance(body.get(name), str | None):
            wrong_type(name, "a string", body[name])
    for name in ("stream", "parallel_tool_calls"):
        if not isinstance(body.get(name), bool | None):
            wrong_type(name, "a boolean", body[name])
    for name, (low, high) in _RANGES.items():
        _check_range(name, body.get(name), low, high)
    limit = body.get("max_output_tokens")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool)):
        wrong_type("max_output_tokens", "an integer", limit)
    if isinstance(limit, int) and limit < 1:
        _out_of_range("max_output_tokens", "integer below minimum value. Expected a value >= 1", limit)


def _check_range(name: str, value: Any, low: int, high: int) -> None:
    if value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool):
        wrong_type(name, "a decimal", value)
    if value < low:
        _out_of_range(name, f"decimal below minimum value. Expected a value >= {low}", value)
    if value > high:
        _out_of_range(name, f"decimal above maximum value. Expected a value <= {high}", value)


def _out_of_range(name: str, said: str, value: Any) -> NoReturn:
    code = "decimal_out_of_range" if "decimal" in said else "integer_below_min_value"
    raise Refused(f"Invalid '{name}': {said}, but got {value} instead.", param=name, code=code)


def _check_tools(tools: Any) -> set[str]:
    if tools is None:
        return set()
    if not isinstance(tools, list):
        wrong_type("tools", "an array of objects", tools)
    names: set[str] = set()
    for index, tool in enumerate(tools):
        name = _check_tool(f"tools[{index}]", tool)
        if name in names:
            raise Refused(f"Duplicate tool name '{name}' in 'tools'.", param=f"tools[{index}].name")
        names.add(name)
    return names


def _check_tool(at: str, tool: Any) -> str:
    if not isinstance(tool, dict):
        wrong_type(at, "an object", tool)
    if "type" not in tool:
        missing(f"{at}.type")
    if tool["type"] != "function":
        # The reference speaks of client-managed tools alone; what the gateway does with others was not seen.
        said = f"Invalid value: '{tool['type']}'. The Hatz sandbox does not know this type of tool, and what the real gateway"
        raise Refused(
            f"{said} answers is unknown. The types it knows are: 'function'.", param=f"{at}.type", code="invalid_value"
        )
    # The nested shape of Chat Completions fails here, as it does at OpenAI.
    if "name" not in tool:
        missing(f"{at}.name")
    name = tool["name"]
    if not isinstance(name, str):
        wrong_type(f"{at}.name", "a string", name)
    if not _NAME.fullmatch(name):
        wrong_pattern(f"{at}.name", "^[a-zA-Z0-9_-]+$")
    if len(name) > 64:
        said = f"string too long. Expected a string with maximum length 64, but got a string with length {len(name)}"
        raise Refused(f"Invalid '{at}.name': {said} instead.", param=f"{at}.name", code="string_above_max_length")
    _check_parameters(at, tool, name)
    return name


def _check_parameters(at: str, tool: dict[str, Any], name: str) -> None:
    schema = tool.get("parameters")
    if schema is None:
        return
    if not isinstance(schema, dict):
        wrong_type(f"{at}.parameters", "an object", schema)
    said: str | None = None
    if schema and schema.get("type") != "object":
        kind = schema.get("type")
        said = f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
    said = said or problem(schema)
    if tool.get("strict") is True:
        said = said or strict_problem(schema)
    if said:
        whole = f"Invalid schema for function '{name}': {said}"
        raise Refused(whole, param=f"{at}.parameters", code="invalid_function_parameters")


def _check_choice(choice: Any, names: set[str]) -> None:
    match choice:
        case None | "auto" | "none":
            return
        case "required" if names:
            return
        case "required":
            raise Refused("Tool choice 'required' must be specified with 'tools' parameter.", param="tool_choice")
        case str():
            wrong_value("tool_choice", choice, ["none", "auto", "required"])
        case {"type": "function", "name": str(name)}:
            if name not in names:
                raise Refused(f"Tool choice 'function' not found in 'tools' parameter: '{name}'.", param="tool_choice")
        case {"type": "function"}:
            missing("tool_choice.name")
        case {"type": "allowed_tools", "mode": "auto" | "required", "tools": list()}:
            return
        case {"type": kind}:
            wrong_value("tool_choice.type", kind, ["function", "allowed_tools"])
        case _:
            wrong_type("tool_choice", "one of a string or an object", choice)


def _check_format(body: dict[str, Any]) -> None:
    text = body.get("text")
    if text is None:
        return
    if not isinstance(text, dict):
        wrong_type("text", "an object", text)
    match text.get("format"):
        case None | {"type": "text"}:
            return
        case {"type": "json_object"}:
            if "json" not in named(body).lower():
                said = "Response input messages must contain the word 'json' in some form"
                raise Refused(f"{said} to use 'text.format' of type 'json_object'.", param="input")
        case {"type": "json_schema", "name": str(name), "schema": dict(schema), **rest}:
            wrong = problem(schema) or (strict_problem(schema) if rest.get("strict") is True else None)
            if wrong:
                whole = f"Invalid schema for response_format '{name}': {wrong}"
                raise Refused(whole, param="text.format.schema", code="invalid_json_schema")
        case {"type": "json_schema", **rest}:
            missing("text.format.schema" if "name" in rest else "text.format.name")
        case {"type": kind}:
            wrong_value("text.format.type", kind, ["json_object", "json_schema", "text"])
        case _:
            missing("text.format.type")
