"""Answers that keep to a JSON schema, on every endpoint.

Nothing shows that the gateway enforces `text.format` or `output_config.format`, so a response format is emulated: with a tool
the model is made to call, whose arguments become the answer's text; and on native chat, which has no tools, by asking for
JSON, taking it out of the answer, and asking once more when it is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from hatz_client import HatzInvalidInputError
from hatz_client.content import Finish, Prompt, Reply, ResponseFormat, Text, Tool, ToolCall, Turn, Usage
from langchain_hatz._tools import name_of, wire_name


@dataclass(frozen=True, slots=True)
class Format:
    """What an answer is to look like."""

    name: str = "response"
    schema: Mapping[str, Any] | None = None
    """None: any JSON object."""
    description: str = ""
    strict: bool | None = None


def format_of(given: Any) -> Format | None:
    """The format that a `response_format` asks for; None for plain text.

    Args:
        given: OpenAI's forms (`{"type": "json_schema", …}`, `{"type": "json_object"}`, `{"type": "text"}`), a JSON schema, or a
            pydantic or TypedDict class.

    Raises:
        HatzInvalidInputError: when it is none of these.
    """
    match given:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return Format()
        case {"type": "json_schema", "json_schema": {"schema": Mapping() as schema}}:
            return _named(given["json_schema"], schema)
        case {"type": "json_schema", "schema": Mapping() as schema}:
            return _named(given, schema)
        case type() | {"properties": _} | {"title": _} | {"function": _} | {"name": _}:
            function = convert_to_openai_tool(given)["function"]
            schema = function.get("parameters") or {"type": "object", "properties": {}}
            return Format(function["name"], schema, function.get("description", ""), function.get("strict"))
        case _:
            raise HatzInvalidInputError(
                f"response_format={given!r:.200} is not understood: use a pydantic class, a JSON schema with a title, or "
                '{"type": "json_schema", "json_schema": {"name": …, "schema": …}}.'
            )


def _named(fields: Mapping[str, Any], schema: Mapping[str, Any]) -> Format:
    name = fields.get("name") or schema.get("title") or "response"
    description = fields.get("description") or schema.get("description") or ""
    return Format(name, schema, description, fields.get("strict"))


def response_format_of(schema: Any, strict: bool | None = None) -> dict[str, Any]:
    """The `response_format` that a class or a JSON schema stands for, as JSON: so traces and caches can hold it."""
    function = convert_to_openai_tool(schema, strict=strict)["function"]
    fields = {"name": function["name"], "description": function.get("description"), "strict": strict}
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    return {
        "type": "json_schema",
        "json_schema": {"schema": parameters, **{key: value for key, value in fields.items() if value is not None}},
    }


def natively(prompt: Prompt, wanted: Format) -> Prompt:
    """The prompt with the endpoint's own field for response formats."""
    schema = wanted.schema or {"type": "object"}
    return replace(prompt, response_format=ResponseFormat(schema, wire_name(wanted.name), wanted.strict))


def with_tool(prompt: Prompt, wanted: Format) -> tuple[Prompt, str]:
    """The prompt with a tool that takes the answer, which the model has to call (or another), and that tool's name."""
    taken = {tool.name if isinstance(tool, Tool) else name_of(tool) for tool in prompt.tools}
    name = wire_name(wanted.name)
    while name in taken:
        name = f"{name[:60]}_out"
    description = wanted.description or "Give the answer with this."
    schema = wanted.schema or {"type": "object"}
    tool = Tool(name, description, _as_object(schema), wanted.strict)
    choice = (
        prompt.tool_choice if prompt.tool_choice not in {None, "auto", "none"} else "required" if prompt.tools else name
    )
    return replace(prompt, tools=(*prompt.tools, tool), tool_choice=choice), name


def _as_object(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return schema if schema.get("type") == "object" else {"type": "object", **schema}


def with_instruction(prompt: Prompt, wanted: Format) -> Prompt:
    """The prompt with words that ask for JSON."""
    words = "Answer with one JSON object and nothing else: no explanation, no code fence."
    if wanted.schema is not None:
        words += f" It must satisfy this JSON schema: {json.dumps(wanted.schema, ensure_ascii=False)}"
    turns = prompt.turns
    leading = next((i for i, turn in enumerate(turns) if turn.role not in {"system", "developer"}), len(turns))
    return replace(prompt, turns=(*turns[:leading], Turn("system", (Text(words),)), *turns[leading:]))


def repair(prompt: Prompt, wanted: Format, reply: Reply) -> Prompt | None:
    """The prompt that asks once more, when the answer is not what was asked for; None when it is, or calls a tool first."""
    if reply.tool_calls:
        return None
    found = json_in(reply.text)
    missing = [] if found is None else [key for key in (wanted.schema or {}).get("required", ()) if key not in found]
    if found is not None and not missing:
        return None
    problem = f"the required fields {', '.join(missing)} are missing" if missing else "there is no JSON object in it"
    words = f"That is not what was asked for: {problem}. Answer again, with the JSON object alone."
    said = (Turn("assistant", (Text(reply.text),)),) if reply.text.strip() else ()
    return replace(prompt, turns=(*prompt.turns, *said, Turn("user", (Text(words),))))


def after(first: Reply, reply: Reply) -> Reply:
    """The second answer, with what both used together: unknown, where one of them does not say."""
    one, other = first.usage, reply.usage
    if one is None or other is None:
        return replace(reply, usage=None)
    used = Usage(
        one.input + other.input,
        one.output + other.output,
        one.total + other.total,
        _sum(one.cache_read, other.cache_read),
        _sum(one.cache_write, other.cache_write),
        _sum(one.reasoning, other.reasoning),
    )
    return replace(reply, usage=used)


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)


_FENCE = re.compile(r"```(?:json)?\s*\n?(.*?)```", re.DOTALL | re.IGNORECASE)


def json_in(text: str) -> dict[str, Any] | None:
    """The JSON object that the text is, or has in a code fence, or has as its only object between prose; else None."""
    for candidate in (text, *_FENCE.findall(text)):
        if (value := _object(candidate.strip())) is not None:
            return value
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and "{" not in text[end:] else None


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def as_json(reply: Reply) -> Reply:
    """The reply with nothing but the JSON object as its text, where there is one in it."""
    found = json_in(reply.text)
    if found is None:
        return reply
    others = [part for part in reply.parts if not isinstance(part, Text)]
    return replace(reply, parts=(*others, Text(json.dumps(found, ensure_ascii=False))))


def as_call(reply: Reply, name: str) -> Reply:
    """The reply as a call of the tool that was to take the answer, where there is JSON in it."""
    found = json_in(reply.text)
    if found is None:
        return reply
    others = [part for part in reply.parts if not isinstance(part, Text)]
    finish = Finish("tool_calls", reply.finish.raw) if reply.finish else None
    call = ToolCall(f"call_{wire_name(name)}"[:64], wire_name(name), found)
    return replace(reply, parts=(*others, call), finish=finish)
