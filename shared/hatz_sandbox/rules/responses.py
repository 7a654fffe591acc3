"""Checks of `POST /openai/responses`, with OpenAI's error messages."""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic_core import SchemaValidator
from pydantic_core.core_schema import float_schema, int_schema, str_schema, tagged_union_schema

from hatz_sandbox.neutral import GatewayError, Json
from hatz_sandbox.rules.openai_errors import check_shape, refuse
from hatz_sandbox.rules.schemas import openai_strict_problem, problem
from hatz_sandbox.rules.shape import Shape, block, list_of, literal, must, obj, one_of, optional, text_or_list

_URL = re.compile(r"https?://\S+|data:[\w.+-]+/[\w.+-]+;base64,[A-Za-z0-9+/=\s]+")
_NAME = r"^[a-zA-Z0-9_-]+$"


def _with_one_of(shape: Shape, *keys: str) -> Shape:
    """An object with at least one of these keys; if it has none, the first is reported as missing."""
    return must(shape, lambda part: any(part.get(key) for key in keys), keys[0], "missing_key")


def _kind_of_item(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    kind = item.get("type", "message")
    return "(assistant)" if kind == "message" and item.get("role") == "assistant" else str(kind)


_INPUT = one_of(
    block("input_text", text=str),
    _with_one_of(
        block("input_image", image_url=optional(must(str, _URL.fullmatch, "", "url"))), "image_url", "file_id"
    ),
    _with_one_of(block("input_file"), "file_id", "file_data", "file_url"),
    block("input_audio"),
)
_OUTPUT = one_of(block("output_text", text=str), block("refusal", refusal=str))
_ROLE = literal("assistant", "system", "developer", "user")
_NO_CALLS = optional(must(Any, lambda _: False, "", "unknown"))
_ID = str_schema(min_length=1)
_ITEM = tagged_union_schema(
    {
        "message": obj(role=_ROLE, tool_calls=_NO_CALLS, content=text_or_list(_INPUT)),
        "(assistant)": obj(tool_calls=_NO_CALLS, content=text_or_list(_OUTPUT)),
        "function_call": obj(call_id=_ID, name=str_schema(pattern=_NAME, min_length=1), arguments=str),
        "function_call_output": obj(call_id=_ID, output=text_or_list(_INPUT)),
        "reasoning": obj(summary=list),
        "item_reference": obj(),
    },
    _kind_of_item,
)
_FORMAT = one_of(block("text"), block("json_object"), block("json_schema", name=str, schema=dict))
_CHOICE = tagged_union_schema(
    {
        "(text)": literal("none", "auto", "required"),
        "function": _with_one_of(obj(name=optional(str), function=optional(obj(name=str))), "name", "function"),
        "allowed_tools": obj(mode=literal("auto", "required"), tools=list),
    },
    lambda choice: "(text)" if isinstance(choice, str) else choice.get("type") if isinstance(choice, dict) else None,
)
_BODY = SchemaValidator(
    obj(
        model=str,
        instructions=optional(str),
        stream=optional(bool),
        parallel_tool_calls=optional(bool),
        temperature=optional(float_schema(ge=0, le=2)),
        top_p=optional(float_schema(ge=0, le=1)),
        max_output_tokens=optional(int_schema(ge=1)),
        input=text_or_list(_ITEM),
        tools=optional(list_of(dict)),  # checked one by one below
        tool_choice=optional(_CHOICE),
        text=optional(obj(format=optional(_FORMAT))),
    )
)
_FUNCTION = SchemaValidator(obj(name=str_schema(pattern=_NAME, min_length=1, max_length=64), parameters=optional(dict)))
"""A tool in the flat form."""


def check(body: Json, quirks: frozenset[str]) -> None:
    """A `GatewayError` if the body is refused. Unknown top-level fields are ignored, as the reference says."""
    if body.get("previous_response_id") is not None:
        raise GatewayError(
            "Unsupported parameter: 'previous_response_id' is not supported: no conversation is stored. "
            "Send the whole conversation as 'input'.",
            param="previous_response_id",
            code="unsupported_parameter",
        )
    check_shape(_BODY, body)
    if not body["input"] and body["input"] != "":
        refuse("missing", "input")
    if isinstance(body["input"], list):
        _check_pairs(body["input"])
    _check_choice(body.get("tool_choice"), _check_tools(body.get("tools") or [], quirks))
    _check_format(body)


def _check_pairs(items: list[Json]) -> None:
    """Each tool call needs one output after it."""
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
    """Check the tools and return their names."""
    names: set[str] = set()
    for index, tool in enumerate(tools):
        at = f"tools[{index}]"
        if "type" not in tool:
            refuse("missing", f"{at}.type")
        if tool["type"] != "function":
            # The reference describes only client tools; what the gateway does with others is unknown.
            raise GatewayError(
                f"Invalid value: '{tool['type']}'. The Hatz sandbox does not know this type of tool, and what the real "
                "gateway answers is unknown. The types it knows are: 'function'.",
                param=f"{at}.type",
                code="invalid_value",
            )
        # Hatz's own example has the nested form; public clients send the flat one.
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
    """Check a function and return its name."""
    check_shape(_FUNCTION, tool, at)
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
