"""Request bodies of the three endpoints, read into a `Question`. `rules` has checked them before."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.neutral import Json, Question, Result, Tool, ToolCall, Turn


def read(endpoint: str, body: Json, model: str) -> Question:
    """The question in a body; `model` is the id of its model."""
    fields = {"responses": _read_responses, "messages": _read_messages}.get(endpoint, _read_chat)(body)
    return Question(
        model=model,
        endpoint=endpoint,
        body=body,
        stream=body.get("stream") is True,
        temperature=body.get("temperature"),
        top_p=body.get("top_p"),
        **fields,
    )


def flat_tool(tool: Json) -> Json:
    """A tool of Responses in the flat form; the nested form is converted."""
    nested = tool.get("function")
    return {"type": "function", **nested} if isinstance(nested, dict) else tool


def _read_chat(body: Json) -> Json:
    """Client tools are dropped, as the service drops them."""
    turns = tuple(Turn(message["role"], message["content"]) for message in body["messages"])
    return {**_split_system(turns), "max_tokens": body.get("max_tokens")}


def _read_responses(body: Json) -> Json:
    items = [{"role": "user", "content": body["input"]}] if isinstance(body["input"], str) else body["input"]
    instructions = [Turn("system", body["instructions"])] if body.get("instructions") else []
    wanted = (body.get("text") or {}).get("format") or {}
    tools = [flat_tool(tool) for tool in body.get("tools") or []]
    return {
        **_split_system((*instructions, *filter(None, map(_read_item, items)))),
        "tools": tuple(
            Tool(tool["name"], tool.get("description") or "", tool.get("parameters") or {"type": "object"})
            for tool in tools
        ),
        "choice": _read_choice(body.get("tool_choice")),
        "parallel": body.get("parallel_tool_calls") is not False,
        "wants_json": wanted.get("type") in {"json_schema", "json_object"},
        "schema": wanted.get("schema"),
        "max_tokens": body.get("max_output_tokens"),
    }


def _read_messages(body: Json) -> Json:
    tools = [tool for tool in body.get("tools") or [] if (tool.get("type") or "custom") == "custom"]
    choice = body.get("tool_choice") or {}
    # `output_format` is the older name of the field (beta header structured-outputs-2025-11-13).
    wanted = (body.get("output_config") or {}).get("format") or body.get("output_format") or {}
    return {
        "turns": tuple(map(_read_message, body["messages"])),
        "system": _text_of(body.get("system")),
        "tools": tuple(Tool(tool["name"], tool.get("description") or "", tool["input_schema"]) for tool in tools),
        "choice": f"tool:{choice['name']}" if choice.get("type") == "tool" else choice.get("type", "auto"),
        "parallel": choice.get("disable_parallel_tool_use") is not True,
        "wants_json": wanted.get("schema") is not None,
        "schema": wanted.get("schema"),
        "max_tokens": body.get("max_tokens"),
        "stop": tuple(body.get("stop_sequences") or ()),
        "thinking": (body.get("thinking") or {}).get("type") in {"enabled", "adaptive"},
    }


def _split_system(turns: tuple[Turn, ...]) -> Json:
    system = "\n\n".join(turn.text for turn in turns if turn.role == "system" and turn.text)
    return {"system": system, "turns": tuple(turn for turn in turns if turn.role != "system")}


def _read_item(item: Json) -> Turn | None:
    match item:
        case {"type": "function_call", "name": name, "arguments": arguments, "call_id": call_id}:
            return Turn("assistant", calls=(ToolCall(name, arguments, call_id),))
        case {"type": "function_call_output", "call_id": call_id, "output": output}:
            return Turn("user", "", (), (Result(call_id, _text_of(output)),), _images_of(output))
        case {"role": role, "content": content}:
            role = "system" if role == "developer" else role
            return Turn(role, _text_of(content), images=_images_of(content))
        case _:
            return None


def _read_choice(choice: Any) -> str:
    match choice:
        case "none":
            return "none"
        case "required" | {"type": "allowed_tools", "mode": "required"}:
            return "any"
        case {"type": "function"}:
            return f"tool:{flat_tool(choice)['name']}"
        case _:
            return "auto"


def _read_message(message: Json) -> Turn:
    content = message["content"]
    calls, results, images = [], [], _images_of(content)
    for block in content if isinstance(content, list) else []:
        match block:
            case {"type": "tool_use", "id": call_id, "name": name, "input": arguments}:
                calls.append(ToolCall(name, arguments, call_id))
            case {"type": "tool_result", "tool_use_id": call_id}:
                results.append(Result(call_id, _text_of(block.get("content")), block.get("is_error") is True))
                images += _images_of(block.get("content"))
    return Turn(message["role"], _text_of(content), tuple(calls), tuple(results), images)


def _text_of(content: Any) -> str:
    """The text of a string, or of content blocks, one line each."""
    if isinstance(content, str):
        return content
    return "\n".join(filter(None, map(_text_of_block, content))) if isinstance(content, list) else ""


def _text_of_block(block: Any) -> str:
    match block:
        case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
            return text
        case {"type": "refusal", "refusal": str(text)}:
            return text
        case {"type": "search_result", "content": content}:
            return _text_of(content)
        case {"type": "document", "source": {"type": "text", "data": str(text)}}:
            return f"<document>\n{text}\n</document>"
        case {"type": "document", "source": {"type": "content", "content": content}}:
            return f"<document>\n{_text_of(content)}\n</document>"
        case _:
            return ""


def _images_of(content: Any) -> tuple[str, ...]:
    """The URLs of the images; `data:` URLs for base64."""
    found = []
    for block in content if isinstance(content, list) else ():
        match block:
            case {"type": "input_image", "image_url": str(url)}:
                found.append(url)
            case {"type": "image", "source": {"type": "url", "url": str(url)}}:
                found.append(url)
            case {"type": "image", "source": {"type": "base64", "media_type": kind, "data": str(data)}}:
                found.append(f"data:{kind};base64,{data}")
    return tuple(found)
