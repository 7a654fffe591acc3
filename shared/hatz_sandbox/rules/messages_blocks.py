"""The messages and content blocks of `POST /anthropic/messages`."""

from __future__ import annotations

import re
from typing import Any

from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.ids import is_signature
from hatz_sandbox.rules.anthropic_errors import refuse
from hatz_sandbox.rules.messages_media import check_source
from hatz_sandbox.rules.messages_pairs import check_pairs

_ID = re.compile(r"[a-zA-Z0-9_-]+")
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,200}")
_FIELDS = {
    "text": {"type", "text", "cache_control", "citations"},
    "image": {"type", "source", "cache_control"},
    "document": {"type", "source", "title", "context", "citations", "cache_control"},
    "tool_use": {"type", "id", "name", "input", "cache_control", "caller"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
    "thinking": {"type", "thinking", "signature"},
    "redacted_thinking": {"type", "data"},
    "server_tool_use": {"type", "id", "name", "input", "cache_control", "caller"},
    "web_search_tool_result": {"type", "tool_use_id", "content", "cache_control", "caller"},
    "search_result": {"type", "source", "title", "content", "citations", "cache_control"},
    "container_upload": {"type", "file_id", "cache_control"},
}
_ASSISTANT_ONLY = {"tool_use", "thinking", "redacted_thinking", "server_tool_use", "web_search_tool_result"}
_USER_ONLY = {"tool_result", "image", "document", "search_result", "container_upload"}


def check_system(system: Any) -> None:
    """Nothing, or `GatewayError`, for the top-level `system`."""
    if system is None or isinstance(system, str):
        return
    if not isinstance(system, list):
        refuse("system", "Input should be a valid string or list")
    for index, block in enumerate(system):
        if not isinstance(block, dict) or block.get("type") != "text":
            refuse(f"system.{index}.type", "Input should be 'text'")
        _check_text(f"system.{index}", "system", block)


def check_messages(body: dict[str, Any]) -> None:
    """Nothing, or `GatewayError`, for `messages`."""
    messages = body.get("messages")
    if messages is None:
        refuse("messages", "Field required")
    if not isinstance(messages, list):
        refuse("messages", "Input should be a valid list")
    if not messages:
        refuse("messages", "at least one message is required")
    for index, message in enumerate(messages):
        _check_message(f"messages.{index}", message, last=index == len(messages) - 1)
    if messages[0]["role"] != "user":
        refuse("messages", 'first message must use the "user" role')
    _check_prefill(messages[-1])
    check_pairs(messages)


def _check_message(at: str, message: Any, *, last: bool) -> None:
    if not isinstance(message, dict):
        refuse(at, "Input should be a valid dictionary or object to extract fields from")
    for name in ("role", "content"):
        if name not in message:
            refuse(f"{at}.{name}", "Field required")
    for name in message:
        if name not in {"role", "content"}:
            refuse(f"{at}.{name}", "Extra inputs are not permitted")
    _check_role(message["role"])
    _check_content(at, message["role"], message["content"], last=last)


def _check_role(role: Any) -> None:
    if role == "system":
        reason = 'The Messages API accepts a top-level `system` parameter, not "system" as an input message role.'
        raise GatewayError(f'messages: Unexpected role "system". {reason}')
    if role not in {"user", "assistant"}:
        refuse("messages", f'Unexpected role "{role}". Allowed roles are "user" or "assistant".')


def _check_content(at: str, role: str, content: Any, *, last: bool) -> None:
    if not isinstance(content, str | list):
        refuse(f"{at}.content", "Input should be a valid string or list")
    if not content and not (last and role == "assistant"):
        refuse(at, "all messages must have non-empty content except for the optional final assistant message")
    if isinstance(content, str):
        if content and not content.strip():
            refuse("messages", "text content blocks must contain non-whitespace text")
        return
    for index, block in enumerate(content):
        _check_block(f"{at}.content.{index}", block, role)


def _check_block(at: str, block: Any, role: str) -> None:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind not in _FIELDS:
        expected = ", ".join(f"'{name}'" for name in sorted(_FIELDS))
        refuse(at, f"Input tag '{kind}' found using 'type' does not match any of the expected tags: {expected}")
    if kind in _ASSISTANT_ONLY and role == "user":
        refuse(at, f"`{kind}` blocks can only be in `assistant` messages")
    if kind in _USER_ONLY and role == "assistant":
        refuse(at, f"`{kind}` blocks can only be in `user` messages")
    for name in block:
        if name not in _FIELDS[kind]:
            refuse(f"{at}.{kind}.{name}", "Extra inputs are not permitted")
    match kind:
        case "text":
            _check_text(at, "messages", block)
        case "image" | "document":
            check_source(f"{at}.{kind}.source", kind, block.get("source"))
        case "tool_use" | "server_tool_use":
            _check_use(f"{at}.{kind}", block)
        case "tool_result":
            _check_result(f"{at}.tool_result", block)
        case "thinking":
            _check_thinking(at, block)
        case "redacted_thinking" if not isinstance(block.get("data"), str) or not block["data"]:
            refuse(at, "Invalid `data` in `redacted_thinking` block")


def _check_text(at: str, part: str, block: dict[str, Any]) -> None:
    text = block.get("text")
    if "text" not in block:
        refuse(f"{at}.text.text", "Field required")
    if not isinstance(text, str):
        refuse(f"{at}.text.text", "Input should be a valid string")
    if not text and block.get("cache_control"):
        refuse(f"{at}.text", "cache_control cannot be set for empty text blocks")
    if not text:
        refuse(part, "text content blocks must be non-empty")
    if not text.strip():
        refuse(part, "text content blocks must contain non-whitespace text")


def _check_use(at: str, block: dict[str, Any]) -> None:
    for name in ("id", "name", "input"):
        if name not in block:
            refuse(f"{at}.{name}", "Field required")
    if not isinstance(block["id"], str) or not _ID.fullmatch(block["id"]):
        refuse(f"{at}.id", "String should match pattern '^[a-zA-Z0-9_-]+$'")
    if not isinstance(block["name"], str) or not block["name"]:
        refuse(f"{at}.name", "String should have at least 1 character")
    if not _NAME.fullmatch(block["name"]):
        refuse(f"{at}.name", "String should match pattern '^[a-zA-Z0-9_-]{1,200}$'")
    if not isinstance(block["input"], dict):
        refuse(f"{at}.input", "Input should be a valid dictionary")


def _check_result(at: str, block: dict[str, Any]) -> None:
    if "tool_use_id" not in block:
        refuse(f"{at}.tool_use_id", "Field required")
    if not isinstance(block["tool_use_id"], str) or not _ID.fullmatch(block["tool_use_id"]):
        refuse(f"{at}.tool_use_id", "String should match pattern '^[a-zA-Z0-9_-]+$'")
    content = block.get("content")
    if content is None or isinstance(content, str):
        return
    if not isinstance(content, list):
        refuse(f"{at}.content", "Input should be a valid string or list")
    for index, part in enumerate(content):
        kind = part.get("type") if isinstance(part, dict) else None
        if kind not in {"text", "image", "document", "search_result", "tool_reference"}:
            refuse(f"{at}.content.{index}", f"Input tag '{kind}' found using 'type' does not match any expected tag")
        if kind == "text":
            _check_text(f"{at}.content.{index}", "messages", part)
        elif kind in {"image", "document"}:
            check_source(f"{at}.content.{index}.{kind}.source", kind, part.get("source"))


def _check_thinking(at: str, block: dict[str, Any]) -> None:
    for name in ("thinking", "signature"):
        if not isinstance(block.get(name), str):
            refuse(f"{at}.thinking.{name}", "Field required")
    if not is_signature(block["signature"], block["thinking"]):
        refuse(at, "Invalid `signature` in `thinking` block")


def _check_prefill(message: dict[str, Any]) -> None:
    content = message["content"]
    if message["role"] != "assistant" or not content:
        return
    last = content if isinstance(content, str) else content[-1].get("text", "")
    if last != last.rstrip():
        refuse("messages", "final assistant content cannot end with trailing whitespace")
