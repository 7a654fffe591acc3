"""What `POST /openai/responses` refuses, in OpenAI's words."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.rules.openai_errors import prompt_text, refuse_missing, refuse_pattern, refuse_type, refuse_value
from hatz_sandbox.rules.responses_input import check_items
from hatz_sandbox.rules.schemas import problem, strict_problem

_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_RANGES = {"temperature": (0, 2), "top_p": (0, 1)}


def check(body: dict[str, Any], quirks: frozenset[str] = frozenset()) -> None:
    """Nothing, or `GatewayError`. Unknown top-level fields are ignored, as the reference says."""
    if body.get("previous_response_id") is not None:
        raise GatewayError(
            "Unsupported parameter: 'previous_response_id' is not supported: no conversation is stored. "
            "Send the whole conversation as 'input'.",
            param="previous_response_id",
            code="unsupported_parameter",
        )
    _check_scalars(body)
    check_items(body)
    names = _check_tools(body.get("tools"), quirks)
    _check_choice(body.get("tool_choice"), names)
    _check_format(body)


def _check_scalars(body: dict[str, Any]) -> None:
    if "model" not in body:
        refuse_missing("model")
    if not isinstance(body["model"], str):
        refuse_type("model", "a string", body["model"])
    for name in ("instructions",):
        if not isinstance(body.get(name), str | None):
            refuse_type(name, "a string", body[name])
    for name in ("stream", "parallel_tool_calls"):
        if not isinstance(body.get(name), bool | None):
            refuse_type(name, "a boolean", body[name])
    for name, (low, high) in _RANGES.items():
        _check_range(name, body.get(name), low, high)
    limit = body.get("max_output_tokens")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool)):
        refuse_type("max_output_tokens", "an integer", limit)
    if isinstance(limit, int) and limit < 1:
        _out_of_range("max_output_tokens", "integer below minimum value. Expected a value >= 1", limit)


def _check_range(name: str, value: Any, low: int, high: int) -> None:
    if value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool):
        refuse_type(name, "a decimal", value)
    if value < low:
        _out_of_range(name, f"decimal below minimum value. Expected a value >= {low}", value)
    if value > high:
        _out_of_range(name, f"decimal above maximum value. Expected a value <= {high}", value)


def _out_of_range(name: str, reason: str, value: Any) -> NoReturn:
    code = "decimal_out_of_range" if "decimal" in reason else "integer_below_min_value"
    raise GatewayError(f"Invalid '{name}': {reason}, but got {value} instead.", param=name, code=code)


def _check_tools(tools: Any, quirks: frozenset[str]) -> set[str]:
    if tools is None:
        return set()
    if not isinstance(tools, list):
        refuse_type("tools", "an array of objects", tools)
    names: set[str] = set()
    for index, tool in enumerate(tools):
        name = _check_tool(f"tools[{index}]", tool, quirks)
        if name in names:
            raise GatewayError(f"Duplicate tool name '{name}' in 'tools'.", param=f"tools[{index}].name")
        names.add(name)
    return names


def _check_tool(at: str, tool: Any, quirks: frozenset[str]) -> str:
    if not isinstance(tool, dict):
        refuse_type(at, "an object", tool)
    if "type" not in tool:
        refuse_missing(f"{at}.type")
    if tool["type"] != "function":
        # The reference speaks of client-managed tools alone; what the gateway does with others was not seen.
        reason = f"Invalid value: '{tool['type']}'. The Hatz sandbox does not know this type of tool, and what the real gateway"
        raise GatewayError(
            f"{reason} answers is unknown. The types it knows are: 'function'.",
            param=f"{at}.type",
            code="invalid_value",
        )
    # Hatz's own example has the nested form, public clients send the flat one.
    nested = isinstance(tool.get("function"), dict)
    if nested and "flat_tools_only" not in quirks:
        at, tool = f"{at}.function", tool["function"]
    elif not nested and "nested_tools_only" in quirks:
        refuse_missing(f"{at}.function")
    if "name" not in tool:
        refuse_missing(f"{at}.name")
    name = tool["name"]
    if not isinstance(name, str):
        refuse_type(f"{at}.name", "a string", name)
    if not _NAME.fullmatch(name):
        refuse_pattern(f"{at}.name", "^[a-zA-Z0-9_-]+$")
    if len(name) > 64:
        reason = f"string too long. Expected a string with maximum length 64, but got a string with length {len(name)}"
        raise GatewayError(
            f"Invalid '{at}.name': {reason} instead.", param=f"{at}.name", code="string_above_max_length"
        )
    _check_parameters(at, tool, name)
    return name


def _check_parameters(at: str, tool: dict[str, Any], name: str) -> None:
    schema = tool.get("parameters")
    if schema is None:
        return
    if not isinstance(schema, dict):
        refuse_type(f"{at}.parameters", "an object", schema)
    reason: str | None = None
    if schema and schema.get("type") != "object":
        kind = schema.get("type")
        reason = f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
    reason = reason or problem(schema)
    if tool.get("strict") is True:
        reason = reason or strict_problem(schema)
    if reason:
        whole = f"Invalid schema for function '{name}': {reason}"
        raise GatewayError(whole, param=f"{at}.parameters", code="invalid_function_parameters")


def _check_choice(choice: Any, names: set[str]) -> None:
    match choice:
        case None | "auto" | "none":
            return
        case "required" if names:
            return
        case "required":
            raise GatewayError("Tool choice 'required' must be specified with 'tools' parameter.", param="tool_choice")
        case str():
            refuse_value("tool_choice", choice, ["none", "auto", "required"])
        case {"type": "function", "name": str(name)} | {"type": "function", "function": {"name": str(name)}}:
            if name not in names:
                raise GatewayError(
                    f"Tool choice 'function' not found in 'tools' parameter: '{name}'.", param="tool_choice"
                )
        case {"type": "function"}:
            refuse_missing("tool_choice.name")
        case {"type": "allowed_tools", "mode": "auto" | "required", "tools": list()}:
            return
        case {"type": kind}:
            refuse_value("tool_choice.type", kind, ["function", "allowed_tools"])
        case _:
            refuse_type("tool_choice", "one of a string or an object", choice)


def _check_format(body: dict[str, Any]) -> None:
    text = body.get("text")
    if text is None:
        return
    if not isinstance(text, dict):
        refuse_type("text", "an object", text)
    match text.get("format"):
        case None | {"type": "text"}:
            return
        case {"type": "json_object"}:
            if "json" not in prompt_text(body).lower():
                reason = "Response input messages must contain the word 'json' in some form"
                raise GatewayError(f"{reason} to use 'text.format' of type 'json_object'.", param="input")
        case {"type": "json_schema", "name": str(name), "schema": dict(schema), **rest}:
            wrong = problem(schema) or (strict_problem(schema) if rest.get("strict") is True else None)
            if wrong:
                whole = f"Invalid schema for response_format '{name}': {wrong}"
                raise GatewayError(whole, param="text.format.schema", code="invalid_json_schema")
        case {"type": "json_schema", **rest}:
            refuse_missing("text.format.schema" if "name" in rest else "text.format.name")
        case {"type": kind}:
            refuse_value("text.format.type", kind, ["json_object", "json_schema", "text"])
        case _:
            refuse_missing("text.format.type")
