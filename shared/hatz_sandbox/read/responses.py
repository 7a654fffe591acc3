"""`POST /openai/responses`: the body as a question."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.neutral import Question, Result, Tool, ToolCall, Turn
from hatz_sandbox.read.content import images_of, text_of


def read(body: dict[str, Any], model: str) -> Question:
    """The question, but for what all bodies have alike."""
    given = body["input"]
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    turns = [turn for turn in map(_turn, items) if turn]
    told = [body.get("instructions"), *(turn.text for turn in turns if turn.role == "system")]
    wanted = (body.get("text") or {}).get("format") or {}
    return Question(
        model=model,
        turns=tuple(turn for turn in turns if turn.role != "system"),
        system="\n\n".join(text for text in told if text),
        tools=tuple(map(_tool, body.get("tools") or [])),
        choice=_choice(body.get("tool_choice")),
        parallel=body.get("parallel_tool_calls") is not False,
        wants_json=wanted.get("type") in {"json_schema", "json_object"},
        schema=wanted.get("schema"),
        max_tokens=body.get("max_output_tokens"),
    )


def flat_tool(tool: dict[str, Any]) -> dict[str, Any]:
    """A tool in the flat form, whichever of the two it has."""
    nested = tool.get("function")
    return {"type": "function", **nested} if isinstance(nested, dict) else tool


def _turn(item: dict[str, Any]) -> Turn | None:
    match item:
        case {"type": "function_call", "name": name, "arguments": arguments, "call_id": call_id}:
            return Turn("assistant", calls=(ToolCall(name, arguments, call_id),))
        case {"type": "function_call_output", "call_id": call_id, "output": output}:
            return Turn("user", "", (), (Result(call_id, text_of(output)),), images_of(output))
        case {"role": role, "content": content}:
            role = "system" if role == "developer" else role
            return Turn(role, text_of(content), images=images_of(content))
        case _:
            return None


def _tool(given: dict[str, Any]) -> Tool:
    tool = flat_tool(given)
    return Tool(tool["name"], tool.get("description") or "", tool.get("parameters") or {"type": "object"})


def _choice(choice: Any) -> str:
    match choice:
        case "none":
            return "none"
        case "required" | {"type": "allowed_tools", "mode": "required"}:
            return "any"
        case {"type": "function"}:
            return f"tool:{flat_tool(choice)['name']}"
        case _:
            return "auto"
