"""`POST /anthropic/messages`: the body as a neutral request."""

from __future__ import annotations

import json
from typing import Any

from hatz_sandbox.neutral import Question, Result, Tool, ToolCall, Turn
from hatz_sandbox.read.content import images_of, media_of, text_of


def read(body: dict[str, Any], model: str) -> Question:
    """The question; `model` is the resolved name."""
    tools = body.get("tools") or []
    choice = body.get("tool_choice") or {}
    schema = _schema(body)
    return Question(
        model=model,
        endpoint="messages",
        body=body,
        turns=tuple(_turn(message) for message in body["messages"]),
        system=text_of(body.get("system")),
        stream=bool(body.get("stream")),
        tools=tuple(_tool(tool) for tool in tools if tool.get("type", "custom") == "custom"),
        choice=_choice(choice),
        parallel=choice.get("disable_parallel_tool_use") is not True,
        wants_json=schema is not None,
        schema=schema,
        max_tokens=body.get("max_tokens"),
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
        stop=tuple(body.get("stop_sequences") or ()),
        thinking=(body.get("thinking") or {}).get("type") in {"enabled", "adaptive"},
    )


def _turn(message: dict[str, Any]) -> Turn:
    content = message["content"]
    blocks = content if isinstance(content, list) else []
    calls, results = [], []
    for block in blocks:
        match block:
            case {"type": "tool_use", "id": call_id, "name": name, "input": arguments}:
                calls.append(ToolCall(name, json.dumps(arguments, ensure_ascii=False), call_id))
            case {"type": "tool_result", "tool_use_id": call_id}:
                results.append(Result(call_id, text_of(block.get("content")), block.get("is_error") is True))
    images = images_of(content) + tuple(url for block in blocks for url in images_of(block.get("content")))
    return Turn(message["role"], text_of(content), tuple(calls), tuple(results), media_of(content), images)


def _tool(tool: dict[str, Any]) -> Tool:
    return Tool(tool["name"], tool.get("description") or "", tool["input_schema"])


def _choice(choice: dict[str, Any]) -> str:
    match choice:
        case {"type": "any" | "none" | "auto" as kind}:
            return str(kind)
        case {"type": "tool", "name": name}:
            return f"tool:{name}"
        case _:
            return "auto"


def _schema(body: dict[str, Any]) -> dict[str, Any] | None:
    # `output_format` is the older name of the field (beta header structured-outputs-2025-11-13).
    for given in ((body.get("output_config") or {}).get("format"), body.get("output_format")):
        match given:
            case {"type": "json_schema", "schema": dict(schema)}:
                return schema
    return None
