"""`POST /anthropic/messages`: the body as a question."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.neutral import Question, Result, Tool, ToolCall, Turn
from hatz_sandbox.read.content import images_of, text_of


def read(body: dict[str, Any], model: str) -> Question:
    """The question, but for what all bodies have alike."""
    tools = [tool for tool in body.get("tools") or [] if (tool.get("type") or "custom") == "custom"]
    choice = body.get("tool_choice") or {}
    # `output_format` is the older name of the field (beta header structured-outputs-2025-11-13).
    wanted = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    return Question(
        model=model,
        turns=tuple(map(_turn, body["messages"])),
        system=text_of(body.get("system")),
        tools=tuple(Tool(tool["name"], tool.get("description") or "", tool["input_schema"]) for tool in tools),
        choice=f"tool:{choice['name']}" if choice.get("type") == "tool" else choice.get("type", "auto"),
        parallel=choice.get("disable_parallel_tool_use") is not True,
        wants_json=wanted.get("schema") is not None,
        schema=wanted.get("schema"),
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        thinking=(body.get("thinking") or {}).get("type") in {"enabled", "adaptive"},
    )


def _turn(message: dict[str, Any]) -> Turn:
    content = message["content"]
    calls, results, images = [], [], images_of(content)
    for block in content if isinstance(content, list) else []:
        match block:
            case {"type": "tool_use", "id": call_id, "name": name, "input": arguments}:
                calls.append(ToolCall(name, arguments, call_id))
            case {"type": "tool_result", "tool_use_id": call_id}:
                results.append(Result(call_id, text_of(block.get("content")), block.get("is_error") is True))
                images += images_of(block.get("content"))
    return Turn(message["role"], text_of(content), tuple(calls), tuple(results), images)
