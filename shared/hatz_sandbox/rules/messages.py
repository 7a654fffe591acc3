"""Checks of `POST /anthropic/messages`, with Anthropic's error messages."""

from __future__ import annotations

import re
from itertools import groupby, takewhile
from typing import Any, NoReturn

from pydantic_core import SchemaValidator

from hatz_sandbox.neutral import GatewayError, Json
from hatz_sandbox.rules.messages_shapes import BODY, TOOL
from hatz_sandbox.rules.schemas import anthropic_strict_problem, problem
from hatz_sandbox.rules.shape import find_problems

_PROPERTY = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
_SERVER_TOOL = re.compile(r"[a-z][a-z_]*_20\d{6}")
_ASSISTANT_ONLY = {"tool_use", "thinking", "redacted_thinking", "server_tool_use", "web_search_tool_result"}
_USER_ONLY = {"tool_result", "image", "document", "search_result", "container_upload"}
_NEXT = "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
_BEFORE = "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."


def check(body: Json, *, counting: bool = False) -> None:
    """A `GatewayError` if the body is refused; for `counting` tokens, `max_tokens` is optional."""
    _check_shape(BODY, {"max_tokens": 1, **body} if counting else body)
    _check_messages(body["messages"])
    names = [_check_tool(f"tools.{index}", tool) for index, tool in enumerate(body.get("tools") or [])]
    if len(set(names)) < len(names):
        _refuse("tools", "Tool names must be unique.")
    choice = body.get("tool_choice") or {}
    if choice and not names:
        _refuse("tool_choice", "tool_choice may only be specified while providing tools")
    if choice.get("type") == "tool" and choice["name"] not in names:
        raise GatewayError(f"Tool '{choice['name']}' not found in provided tools")
    _check_thinking(body)
    marks = _count_marks([body.get("tools"), body.get("system"), [message["content"] for message in body["messages"]]])
    if marks > 4:
        raise GatewayError(f"A maximum of 4 blocks with cache_control may be provided. Found {marks}.")


def _check_shape(shape: SchemaValidator, value: Any, at: str = "") -> None:
    for found in find_problems(shape, value):
        path = [at] if at else []
        path += [str(part) for part in (found.typed_path[:1] if found.kind == "whole_field" else found.typed_path)]
        _refuse(".".join(path), found.message)


def _refuse(at: str, reason: str) -> NoReturn:
    raise GatewayError(f"{at}: {reason}")


def _check_messages(messages: list[Json]) -> None:
    for index, message in enumerate(messages):
        role, content = message["role"], message["content"]
        if role == "system":
            reason = 'The Messages API accepts a top-level `system` parameter, not "system" as an input message role.'
            _refuse("messages", f'Unexpected role "system". {reason}')
        if role not in {"user", "assistant"}:
            _refuse("messages", f'Unexpected role "{role}". Allowed roles are "user" or "assistant".')
        if not content and (role == "user" or index < len(messages) - 1):
            reason = "all messages must have non-empty content except for the optional final assistant message"
            _refuse(f"messages.{index}", reason)
        if isinstance(content, str):
            if content and not content.strip():
                _refuse("messages", "text content blocks must contain non-whitespace text")
            continue
        for at, block in enumerate(content):
            kind = block["type"]
            if kind in (_ASSISTANT_ONLY if role == "user" else _USER_ONLY):
                other = "assistant" if role == "user" else "user"
                _refuse(f"messages.{index}.content.{at}", f"`{kind}` blocks can only be in `{other}` messages")
    if messages[0]["role"] != "user":
        _refuse("messages", 'first message must use the "user" role')
    last = messages[-1]
    if last["role"] == "assistant" and last["content"]:
        text = last["content"] if isinstance(last["content"], str) else last["content"][-1].get("text", "")
        if text != text.rstrip():
            _refuse("messages", "final assistant content cannot end with trailing whitespace")
    _check_pairs(messages)


def _check_pairs(messages: list[Json]) -> None:
    """Each `tool_use` needs a `tool_result`; neighboring messages of one role count as one, as the service combines them."""
    seen: set[str] = set()
    open_ids: list[str] = []
    before = 0
    for role, group in groupby(enumerate(messages), lambda item: item[1]["role"]):
        members = list(group)
        index = members[0][0]
        blocks = [block for _, message in members for block in _blocks(message["content"])]
        if role == "user":
            _check_results(index, blocks, open_ids)
            # Results have to come first: the service ignores those after a text.
            given = {block["tool_use_id"] for block in takewhile(_is_result, blocks)}
            _refuse_open(before, [call_id for call_id in open_ids if call_id not in given])
            open_ids = []
        else:
            open_ids = [block["id"] for block in blocks if block["type"] == "tool_use"]
            if len({*open_ids} - seen) < len(open_ids):
                _refuse(f"messages.{index}", "`tool_use` ids must be unique")
            seen.update(open_ids)
        before = index
    _refuse_open(before, open_ids)


def _blocks(content: str | list[Json]) -> list[Json]:
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _is_result(block: Json) -> bool:
    return bool(block["type"] == "tool_result")


def _check_results(index: int, blocks: list[Json], open_ids: list[str]) -> None:
    results = [(at, block["tool_use_id"]) for at, block in enumerate(blocks) if _is_result(block)]
    for number, (at, call_id) in enumerate(results):
        if call_id not in open_ids:
            reason = f"unexpected `tool_use_id` found in `tool_result` blocks: {call_id}. {_BEFORE}"
            _refuse(f"messages.{index}.content.{at}", reason)
        if call_id in [earlier for _, earlier in results[:number]]:
            reason = f"each tool_use must have a single result. Found multiple `tool_result` blocks with id: {call_id}"
            _refuse(f"messages.{index}", reason)


def _refuse_open(index: int, ids: list[str]) -> None:
    if ids:
        reason = f"`tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(ids)}. {_NEXT}"
        _refuse(f"messages.{index}", reason)


def _check_tool(at: str, tool: Json) -> str:
    """Check a tool and return its name."""
    kind = tool.get("type") or "custom"
    if kind != "custom":
        if not isinstance(kind, str) or not _SERVER_TOOL.fullmatch(kind):
            expected = "'bash_20250124', 'custom', 'text_editor_20250728', 'web_search_20250305'"
            _refuse(at, f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {expected}")
        if not isinstance(tool.get("name"), str):
            _refuse(f"{at}.{kind}.name", "Field required")
        return str(tool["name"])
    _check_shape(TOOL, tool, f"{at}.custom")
    if reason := problem(tool["input_schema"]):
        whole = "JSON schema is invalid. It must match JSON Schema draft 2020-12"
        _refuse(f"{at}.custom.input_schema", f"{whole} ({reason})")
    if not all(map(_PROPERTY.fullmatch, tool["input_schema"].get("properties") or ())):
        _refuse(f"{at}.custom.input_schema.properties", f"Property keys should match pattern '^{_PROPERTY.pattern}$'")
    if tool.get("strict") is True and (reason := anthropic_strict_problem(tool["input_schema"])):
        _refuse(f"{at}.custom", reason)
    return str(tool["name"])


def _check_thinking(body: Json) -> None:
    match body.get("thinking"):
        case {"type": "enabled", "budget_tokens": int(budget)}:
            if budget >= body.get("max_tokens", budget + 1):
                raise GatewayError("`max_tokens` must be greater than `thinking.budget_tokens`.")
            if body.get("temperature", 1) != 1:
                raise GatewayError("`temperature` may only be set to 1 when thinking is enabled.")
            if (body.get("tool_choice") or {}).get("type") in {"any", "tool"}:
                raise GatewayError("Thinking may not be enabled when tool_choice forces tool use.")


def _count_marks(value: Any) -> int:
    """The number of blocks with a `cache_control`, also within tool results."""
    match value:
        case list():
            return sum(map(_count_marks, value))
        case dict():
            return (value.get("cache_control") is not None) + _count_marks(value.get("content"))
        case _:
            return 0
