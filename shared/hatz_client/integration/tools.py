"""Tools and tool choices: from all common JSON forms to the client's form.

An integration converts its framework's tool objects to JSON first; everything after that is here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hatz_client.content import Residue, Tool
from hatz_client.errors import HatzInvalidInputError

ANTHROPIC_FIELDS = frozenset(
    {"cache_control", "defer_loading", "input_examples", "allowed_callers", "eager_input_streaming"}
)
"""Fields of Anthropic's tools that can be set beside a function of any form."""
OPENAI_FIELDS = frozenset({"defer_loading", "async"})
"""The same of OpenAI's; both services load tools with `defer_loading` only when their own tool search finds them."""
_FUNCTION_FIELDS = frozenset({"name", "description", "parameters", "strict"})
_NO_ARGUMENTS = {"type": "object", "properties": {}}
NeutralTool = Tool | Mapping[str, Any]


def to_tools(tools: Iterable[NeutralTool], *, strict: bool | None = None) -> tuple[NeutralTool, ...]:
    """The tools for a `Prompt`; `to_tool` documents the accepted forms. A tool that is given twice is one."""
    made = tuple([to_tool(tool, strict=strict) for tool in tools])
    names = [tool.name for tool in made if isinstance(tool, Tool)]
    return made if len(set(names)) == len(names) else _without_repetition(made)


def _without_repetition(tools: Iterable[NeutralTool]) -> tuple[NeutralTool, ...]:
    """The tools, each once; different tools with the same name stay: the service says which it refuses."""
    known: dict[str, list[Tool]] = {}
    result: list[NeutralTool] = []
    for tool in tools:
        if isinstance(tool, Tool):
            same_name = known.setdefault(tool.name, [])
            if tool in same_name:
                continue
            same_name.append(tool)
        result.append(tool)
    return tuple(result)


def to_tool(given: NeutralTool, *, strict: bool | None = None) -> NeutralTool:
    """A tool for a `Prompt`: a `Tool`, or a server tool's mapping unchanged.

    Args:
        given: A function in OpenAI's nested form (`{"type": "function", "function": {…}}`), its flat form, or without a
            type; in Anthropic's form (`input_schema`), Bedrock's (`toolSpec`) or MCP's (`inputSchema`); a JSON schema
            with a title; or a tool that runs on the server: any mapping with another type.
        strict: Whether the arguments must match the schema exactly, if the tool does not say so itself.

    Raises:
        HatzInvalidInputError: if it has none of these forms.
    """
    match given:
        case Tool():
            return _with_strict(given, strict)
        case {"type": "function", "function": {"name": str()} as function}:
            beside = _omit(given, "type", "function") if len(given) > 2 else {}
            return _function(function, beside, strict)
        case {"toolSpec": {"name": str(name), "inputSchema": {"json": Mapping() as schema}} as spec}:
            return _with_strict(Tool(name, spec.get("description") or "", schema, spec.get("strict")), strict)
        case {"name": str(), "input_schema": Mapping()} if given.get("type", "custom") in {"custom", None}:
            return _function_with_schema_key(given, "input_schema", strict)
        case {"name": str(), "inputSchema": Mapping()}:
            return _function_with_schema_key(given, "inputSchema", strict)
        case {"name": str()} if given.get("type", "function") == "function" and "function" not in given:
            return _function(given, _omit(given, "type", *_FUNCTION_FIELDS), strict)
        case {"title": str(title)} if (
            given.keys() & {"properties", "$ref", "anyOf", "oneOf", "allOf"} or len(given) < 3
        ):
            schema = _omit(given, "title", "description")
            return _with_strict(Tool(title, given.get("description") or "", schema or _NO_ARGUMENTS), strict)
        case {"type": str(kind)} if kind not in {"function", "object"}:
            return given
        case _:
            raise _unknown_tool_error(given)


def _function(function: Mapping[str, Any], beside: Mapping[str, Any], strict: bool | None) -> Tool:
    parameters, own = function.get("parameters"), function.get("strict")
    return Tool(
        function["name"],
        function.get("description") or "",
        parameters if parameters and isinstance(parameters, Mapping) else _NO_ARGUMENTS,
        strict if own is None else own,
        _residue(beside) if beside else {},
    )


def _function_with_schema_key(given: Mapping[str, Any], schema: str, strict: bool | None) -> Tool:
    """A function whose schema has another name than in OpenAI's form; other fields are Anthropic's (or MCP's, which are not sent)."""
    rest = _omit(given, "type", "name", "description", "strict", schema)
    residue: Residue = _residue_of_own_form(rest) if rest and schema == "input_schema" else {}
    parameters = given[schema] or _NO_ARGUMENTS
    tool = Tool(given["name"], given.get("description") or "", parameters, given.get("strict"), residue)
    return _with_strict(tool, strict)


def _residue(beside: Mapping[str, Any]) -> Residue:
    """Additional fields of a function in OpenAI's form: Anthropic's fields for Messages, the others for Responses."""
    anthropic = {key: value for key, value in beside.items() if key in ANTHROPIC_FIELDS}
    others = {key: value for key, value in beside.items() if key not in ANTHROPIC_FIELDS or key in OPENAI_FIELDS}
    return {name: fields for name, fields in (("messages", anthropic), ("responses", others)) if fields}


def _residue_of_own_form(beside: Mapping[str, Any]) -> Residue:
    """Additional fields of a function in Anthropic's form."""
    openai = {key: value for key, value in beside.items() if key in OPENAI_FIELDS & ANTHROPIC_FIELDS}
    return {"messages": beside, **({"responses": openai} if openai else {})}


def _with_strict(tool: Tool, strict: bool | None) -> Tool:
    if strict is None or tool.strict is not None:
        return tool
    return Tool(tool.name, tool.description, tool.parameters, strict, tool.residue)


def _omit(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in names}


def _unknown_tool_error(given: Any) -> HatzInvalidInputError:
    if isinstance(given, Mapping) and given.get("type") == "function":
        return HatzInvalidInputError(f'A tool has no name: give its function a "name" ({given!r:.100}).')
    return HatzInvalidInputError(
        f"A tool of the form {given!r:.200} is unknown: pass a tool of your framework, a function as "
        '{"type": "function", "function": {"name", "description", "parameters"}}, a JSON schema with a "title", or a '
        'server-side tool with its "type".'
    )


def to_openai_tool(tool: Tool) -> dict[str, Any]:
    """The tool in OpenAI's nested form."""
    parameters = {**tool.parameters, "additionalProperties": False} if tool.strict else dict(tool.parameters)
    fields = {"description": tool.description or None, "parameters": parameters, "strict": tool.strict}
    function = {"name": tool.name, **{key: value for key, value in fields.items() if value is not None}}
    beside = {key: value for fields in tool.residue.values() for key, value in fields.items()}
    return {"type": "function", "function": function, **beside}


def tool_name(tool: NeutralTool) -> str | None:
    """The name of a function or of a server tool, or None."""
    match tool:
        case Tool(name=name) | {"function": {"name": str(name)}} | {"name": str(name)}:
            return name
        case {"toolSpec": {"name": str(name)}}:
            return name
        case _:
            return None


def to_tool_choice(choice: Any, tools: Sequence[NeutralTool]) -> tuple[str | Mapping[str, Any] | None, bool | None]:
    """The tool choice for a `Prompt`, and whether it allows parallel calls (None if it does not say).

    Args:
        choice: None, "auto", "any", "required", "none", True (any), False, a tool's name, or an object of OpenAI's,
            Anthropic's or Bedrock's form; any other object with a type is sent unchanged.
        tools: The tools to choose from.

    Raises:
        HatzInvalidInputError: if it has none of these forms, or names an unknown tool; the message lists the tools.
    """
    match choice:
        case None | False | "":
            return None, None
        case True | "any" | "required":
            return "required", None
        case "auto" | "none":
            return choice, None
        case str():
            return _check_name(choice, tools), None
        case (
            {"type": "tool" | "function" | "custom", "name": str(name)}
            | {"function": {"name": str(name)}}
            | {"tool": {"name": str(name)}}
        ):
            return _check_name(name, tools), _parallel(choice)
        case {"type": "any" | "auto" | "none" | "required" as kind}:
            return to_tool_choice(kind, tools)[0], _parallel(choice)
        case {"any": Mapping()}:
            return "required", None
        case {"auto": Mapping()}:
            return "auto", None
        case {"type": str()}:
            return choice, None
        case _:
            raise HatzInvalidInputError(
                f"tool_choice={choice!r} is not understood: use 'auto', 'any', 'none', the name of a tool, or None."
            )


def _check_name(name: str, tools: Sequence[NeutralTool]) -> str:
    names = [tool_name(tool) for tool in tools]
    types = [tool.get("type") for tool in tools if isinstance(tool, Mapping)]
    if name not in names and name not in types:
        there = ", ".join(filter(None, names)) or "none"
        raise HatzInvalidInputError(f"tool_choice={name!r} is not one of the tools ({there}).")
    return name


def _parallel(choice: Mapping[str, Any]) -> bool | None:
    return False if choice.get("disable_parallel_tool_use") else None
