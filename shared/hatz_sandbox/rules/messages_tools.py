"""The tools and the tool choice of `POST /anthropic/messages`."""

from __future__ import annotations

import re
from typing import Any

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.rules.anthropic_errors import refuse
from hatz_sandbox.rules.messages_strict import strict_problem
from hatz_sandbox.rules.schemas import problem

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_SERVER = re.compile(r"([a-z][a-z_]*)_20\d{6}")
_CUSTOM = {"type", "name", "description", "input_schema", "cache_control", "strict", "eager_input_streaming", "input_examples",
           "defer_loading", "allowed_callers"}  # fmt: skip
_CHOICES = {
    "auto": {"type", "disable_parallel_tool_use"},
    "any": {"type", "disable_parallel_tool_use"},
    "tool": {"type", "name", "disable_parallel_tool_use"},
    "none": {"type"},
}


def check_tools(body: dict[str, Any], *, strictly: bool = False) -> None:
    """Nothing, or `GatewayError`; `strictly` holds the schemas of strict tools to Anthropic's rules for them."""
    tools = body.get("tools")
    if tools is not None and not isinstance(tools, list):
        refuse("tools", "Input should be a valid list")
    names = [_checked(f"tools.{index}", tool) for index, tool in enumerate(tools or [])]
    for index, tool in enumerate(tools or [] if strictly else []):
        if tool.get("strict") is True and (
            reason := strict_problem(tool.get("input_schema"), tool.get("input_schema"))
        ):
            refuse(f"tools.{index}.custom", reason)
    if len(set(names)) < len(names):
        refuse("tools", "Tool names must be unique.")
    if "tool_choice" in body:
        _check_choice(body["tool_choice"], names)


def _checked(at: str, tool: Any) -> str:
    if not isinstance(tool, dict):
        refuse(at, "Input should be a valid dictionary or object to extract fields from")
    kind = tool.get("type", "custom")
    if kind is None or kind == "custom":
        return _checked_custom(f"{at}.custom", tool)
    if not isinstance(kind, str) or not _SERVER.fullmatch(kind):
        expected = "'bash_20250124', 'custom', 'text_editor_20250728', 'web_search_20250305'"
        refuse(at, f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {expected}")
    if not isinstance(tool.get("name"), str):
        refuse(f"{at}.{kind}.name", "Field required")
    return str(tool["name"])


def _checked_custom(at: str, tool: dict[str, Any]) -> str:
    for field in ("name", "input_schema"):
        if field not in tool:
            refuse(f"{at}.{field}", "Field required")
    for field in tool:
        if field not in _CUSTOM:
            refuse(f"{at}.{field}", "Extra inputs are not permitted")
    name, schema = tool["name"], tool["input_schema"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        refuse(f"{at}.name", "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")
    if not isinstance(tool.get("description", ""), str):
        refuse(f"{at}.description", "Input should be a valid string")
    if not isinstance(schema, dict):
        refuse(f"{at}.input_schema", "Input should be a valid dictionary")
    if "type" not in schema:
        refuse(f"{at}.input_schema.type", "Field required")
    if schema["type"] != "object":
        refuse(f"{at}.input_schema.type", "Input should be 'object'")
    if reason := problem(schema):
        whole = "JSON schema is invalid. It must match JSON Schema draft 2020-12"
        refuse(f"{at}.input_schema", f"{whole} ({reason})")
    return name


def _check_choice(choice: Any, names: list[str]) -> None:
    if not isinstance(choice, dict):
        refuse("tool_choice", "Input should be a valid dictionary or object to extract fields from")
    kind = choice.get("type")
    if kind not in _CHOICES:
        expected = "'auto', 'any', 'tool', 'none'"
        reason = f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {expected}"
        refuse("tool_choice", reason)
    for field in choice:
        if field not in _CHOICES[kind]:
            refuse(f"tool_choice.{kind}.{field}", "Extra inputs are not permitted")
    if not names:
        refuse("tool_choice", "tool_choice may only be specified while providing tools")
    if kind == "tool":
        if not isinstance(choice.get("name"), str):
            refuse("tool_choice.tool.name", "Field required")
        if choice["name"] not in names:
            raise GatewayError(f"Tool '{choice['name']}' not found in provided tools")
