"""What `POST /openai/responses` refuses, in OpenAI's words."""

from __future__ import annotations

import json
from typing import Any

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.rules.openai_words import check_shape, refuse
from hatz_sandbox.rules.responses_shapes import BODY, FUNCTION
from hatz_sandbox.rules.schemas import openai_strict_problem, problem
from hatz_sandbox.rules.shape import Json


def check(body: Json, quirks: frozenset[str]) -> None:
    """Nothing, or `GatewayError`. Unknown top-level fields are ignored, as the reference says."""
    if body.get("previous_response_id") is not None:
        raise GatewayError(
            "Unsupported parameter: 'previous_response_id' is not supported: no conversation is stored. "
            "Send the whole conversation as 'input'.",
            param="previous_response_id",
            code="unsupported_parameter",
        )
    check_shape(BODY, body)
    if not body["input"] and body["input"] != "":
        refuse("missing", "input")
    if isinstance(body["input"], list):
        _check_pairs(body["input"])
    _check_choice(body.get("tool_choice"), _check_tools(body.get("tools") or [], quirks))
    _check_format(body)


def _check_pairs(items: list[Json]) -> None:
    """Each call needs one output after it."""
    called: list[str] = []
    answered: set[str] = set()
    reason = ""
    for item in items:
        match item:
            case {"type": "item_reference"}:
                message = f"Item with id '{item.get('id')}' not found. Items are not persisted on this gateway."
                raise GatewayError(message, status=404, param="input")
            case {"type": "function_call", "call_id": call_id}:
                if call_id in called:
                    reason = f"Duplicate function call with call_id {call_id} in input."
                called.append(call_id)
            case {"type": "function_call_output", "call_id": call_id}:
                if call_id not in called:
                    reason = f"No tool call found for function call output with call_id {call_id}."
                elif call_id in answered:
                    reason = f"Duplicate function call output with call_id {call_id} in input."
                answered.add(call_id)
        if reason:
            raise GatewayError(reason, param="input")
    for call_id in called:
        if call_id not in answered:
            raise GatewayError(f"No tool output found for function call {call_id}.", param="input")


def _check_tools(tools: list[Json], quirks: frozenset[str]) -> set[str]:
    """The names of the tools."""
    names: set[str] = set()
    for index, tool in enumerate(tools):
        at = f"tools[{index}]"
        if "type" not in tool:
            refuse("missing", f"{at}.type")
        if tool["type"] != "function":
            # The reference speaks of client-managed tools alone; what the gateway does with others was not seen.
            raise GatewayError(
                f"Invalid value: '{tool['type']}'. The Hatz sandbox does not know this type of tool, and what the real "
                "gateway answers is unknown. The types it knows are: 'function'.",
                param=f"{at}.type",
                code="invalid_value",
            )
        # Hatz's own example has the nested form, public clients send the flat one.
        nested = isinstance(tool.get("function"), dict)
        if not nested and "nested_tools_only" in quirks:
            refuse("missing", f"{at}.function")
        if nested and "flat_tools_only" not in quirks:
            name = _check_function(f"{at}.function", tool["function"])
        else:
            name = _check_function(at, tool)
        if name in names:
            raise GatewayError(f"Duplicate tool name '{name}' in 'tools'.", param=f"{at}.name")
        names.add(name)
    return names


def _check_function(at: str, tool: Json) -> str:
    """The name of the tool."""
    check_shape(FUNCTION, tool, at)
    name: str = tool["name"]
    schema = tool.get("parameters")
    if schema is None:
        return name
    reason = problem(schema)
    if schema and schema.get("type") != "object":
        reason = f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{schema.get('type')}\"'."
    if not reason and tool.get("strict") is True:
        reason = openai_strict_problem(schema)
    if reason:
        message = f"Invalid schema for function '{name}': {reason}"
        raise GatewayError(message, param=f"{at}.parameters", code="invalid_function_parameters")
    return name


def _check_choice(choice: Any, names: set[str]) -> None:
    if choice == "required" and not names:
        raise GatewayError("Tool choice 'required' must be specified with 'tools' parameter.", param="tool_choice")
    if isinstance(choice, dict) and choice["type"] == "function":
        name = (choice if "name" in choice else choice["function"])["name"]
        if name not in names:
            message = f"Tool choice 'function' not found in 'tools' parameter: '{name}'."
            raise GatewayError(message, param="tool_choice")


def _check_format(body: Json) -> None:
    match (body.get("text") or {}).get("format"):
        case {"type": "json_object"} if "json" not in json.dumps([body["input"], body.get("instructions")]).lower():
            reason = "Response input messages must contain the word 'json' in some form"
            raise GatewayError(f"{reason} to use 'text.format' of type 'json_object'.", param="input")
        case {"type": "json_schema", "name": name, "schema": dict(schema), **rest}:
            wrong = problem(schema) or (openai_strict_problem(schema) if rest.get("strict") is True else None)
            if wrong:
                message = f"Invalid schema for response_format '{name}': {wrong}"
                raise GatewayError(message, param="text.format.schema", code="invalid_json_schema")
