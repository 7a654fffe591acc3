"""`POST /openai/responses`: the body as a neutral request."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.neutral import Question, Result, Tool, ToolCall, Turn
from hatz_sandbox.read.content import images_of, media_of, text_of


def read(body: dict[str, Any], model: str) -> Question:
    """The question; `model` is the resolved name."""
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    turns = [turn for turn in map(_turn, items) if turn]
    told = [body.get("instructions") or "", *(turn.text for turn in turns if turn.role == "system")]
    kind, schema = _format(body)
    return Question(
        model=model,
        endpoint="responses",
        body=body,
        turns=tuple(turn for turn in turns if turn.role != "system"),
        system="\n\n".join(text for text in told if text),
        stream=bool(body.get("stream")),
        tools=tuple(_tool(tool) for tool in body.get("tools") or [] if tool.get("type") == "function"),
        choice=_choice(body.get("tool_choice")),
        parallel=body.get("parallel_tool_calls") is not False,
        wants_json=kind in {"json_schema", "json_object"},
        schema=schema,
        max_tokens=body.get("max_output_tokens"),
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
    )


def _turn(item: dict[str, Any]) -> Turn | None:
    match item:
        case {"type": "function_call", "name": name, "arguments": arguments, "call_id": call_id}:
            return Turn("assistant", calls=(ToolCall(name, arguments, call_id),))
        case {"type": "function_call_output", "call_id": call_id, "output": output}:
            return Turn("user", "", (), (Result(call_id, text_of(output)),), media_of(output), images_of(output))
        case {"role": "system" | "developer", "content": content}:
            return Turn("system", text_of(content))
        case {"role": role, "content": content}:
            return Turn(role, text_of(content), media=media_of(content), images=images_of(content))
        case _:
            return None


def flat_tool(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool in the flat form, whichever of the two it has."""
    nested = tool.get("function")
    return {"type": "function", **nested} if isinstance(nested, dict) else tool


def _tool(given: dict[str, Any]) -> Tool:
    tool = flat_tool(given)
    return Tool(tool["name"], tool.get("description") or "", tool.get("parameters") or {"type": "object"})


def _choice(choice: Any) -> str:
    match choice:
        case "none" | "auto":
            return str(choice)
        case "required":
            return "any"
        case {"type": "function", "name": name} | {"type": "function", "function": {"name": name}}:
            return f"tool:{name}"
        case {"type": "allowed_tools", "mode": "required"}:
            return "any"
        case _:
            return "auto"


def _format(body: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    match body.get("text"):
        case {"format": {"type": "json_schema", "schema": dict(schema)}}:
            return "json_schema", schema
        case {"format": {"type": str(kind)}}:
            return kind, None
        case _:
            return "text", None
