"""Tools: every way LangChain users write one, and what the model's choice among them may be."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from langchain_core.utils.function_calling import convert_to_openai_tool

from hatz_client import HatzInvalidInputError
from hatz_client.content import Tool

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

ToolLike: TypeAlias = "Mapping[str, Any] | type | Callable[..., Any] | BaseTool"

# Fields of Anthropic's tools that may be given beside a function, in `BaseTool.extras` too.
_EXTRAS = ("cache_control", "defer_loading", "input_examples", "allowed_callers", "eager_input_streaming")
_EMPTY = {"type": "object", "properties": {}}
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def tool_dict(tool: ToolLike, *, strict: bool | None = None) -> dict[str, Any]:
    """The tool as LangChain's tracing shows tools: `{"type": "function", "function": {…}}`, or a server tool as it is.

    Args:
        tool: A `BaseTool`, a function, a pydantic or TypedDict class, a JSON schema with a title, or a tool of OpenAI's,
            Anthropic's or Bedrock's form. A dict whose "type" is neither "function" nor "custom" is a tool that runs on
            the server, and is not touched.
        strict: Whether the arguments must keep to the schema exactly; None leaves it to the model's service.

    Raises:
        ValueError: when it is none of these.
    """
    from langchain_core.tools import BaseTool  # noqa: PLC0415 (a model without tools need not load them)

    given: Any = tool
    match given:
        case BaseTool(extras={"provider_tool_definition": Mapping() as definition}):
            return dict(definition)
        case BaseTool():
            extras = {key: value for key, value in (given.extras or {}).items() if key in _EXTRAS}
            return {**convert_to_openai_tool(given, strict=strict), **extras}
        case {"type": "function", "function": Mapping() as function} if not isinstance(function.get("name"), str):
            raise HatzInvalidInputError(f'A tool has no name: give its function a "name" ({given!r:.100}).')
        case {"type": "function", "function": Mapping()}:
            return {**given, "function": _strict(given["function"], strict)}
        case {"type": "function", "name": str()}:
            return {"type": "function", "function": _strict(_without(given, "type"), strict)}
        case {"name": str(name), "input_schema": schema} if given.get("type", "custom") == "custom":
            described = {"description": given["description"]} if given.get("description") else {}
            kept = {"strict": given["strict"]} if given.get("strict") is not None else {}
            function = _strict({"name": name, **described, "parameters": schema, **kept}, strict)
            rest = _without(given, "type", "name", "description", "input_schema", "strict")
            return {"type": "function", "function": function, **rest}
        case {"type": str(kind)} if kind not in {"function", "object"}:
            return dict(given)
        case _:
            return convert_to_openai_tool(given, strict=strict)


def _strict(function: Mapping[str, Any], strict: bool | None) -> dict[str, Any]:
    return dict(function) if strict is None else {**function, "strict": strict}


def _without(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key not in names}


def neutral_tools(tools: Iterable[ToolLike]) -> tuple[Tool | Mapping[str, Any], ...]:
    """The tools as the client takes them; their names as the gateway takes them (see `wire_name`)."""
    return tuple(_neutral(_made(tool)) for tool in tools)


def _made(tool: ToolLike) -> dict[str, Any]:
    """The tool as `tool_dict` makes it: already, when the tool was bound."""
    if type(tool) is dict and tool.keys() == {"type", "function"} and "name" in (tool["function"] or ()):
        return tool
    return tool_dict(tool)


def _neutral(tool: dict[str, Any]) -> Tool | Mapping[str, Any]:
    if tool.get("type") != "function":
        return tool
    function, rest = tool["function"], _without(tool, "type", "function")
    return Tool(
        name=wire_name(function["name"]),
        description=function.get("description") or "",
        parameters=function.get("parameters") or _EMPTY,
        strict=function.get("strict"),
        residue={"messages": rest} if rest else {},
    )


def wire_name(name: str) -> str:
    """The name as every model's service accepts it: itself, or, with a hash of it, its nearest relative.

    OpenAI and Anthropic accept letters, digits, "_" and "-", at most 64 (`Answer[int]` and `search.web` are not).
    """
    if _NAME.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{re.sub(r'[^a-zA-Z0-9_-]', '_', name)[:55]}_{digest}"


def original_names(tools: Iterable[ToolLike]) -> dict[str, str]:
    """What the tools that go by another name on the wire are called here."""
    names = (name for tool in tools if (name := name_of(_made(tool))))
    return {wire: name for name in names if (wire := wire_name(name)) != name}


def name_of(tool: Mapping[str, Any]) -> str | None:
    """The name of a function or of a server's tool, when it has one."""
    match tool:
        case {"function": {"name": str(name)}} | {"name": str(name)}:
            return name
        case _:
            return None


def neutral_choice(
    choice: Any, tools: Sequence[Tool | Mapping[str, Any]]
) -> tuple[str | Mapping[str, Any] | None, bool | None]:
    """The tool choice as the client takes it, and whether it says that calls may be parallel.

    Args:
        choice: None, "auto", "any", "required", "none", True, False, a tool's name, or one of the forms of OpenAI and
            Anthropic; any other mapping is sent as it is.
        tools: The tools to choose from.

    Raises:
        HatzInvalidInputError: when it names a tool that there is not.
    """
    match choice:
        case None | False | "":
            return None, None
        case True | "any" | "required":
            return "required", None
        case "auto" | "none":
            return choice, None
        case str():
            return _known(choice, tools), None
        case {"type": "tool", "name": str(name)}:
            return _known(name, tools), _parallel(choice)
        case {"type": "function", "function": {"name": str(name)}} | {"type": "function", "name": str(name)}:
            return _known(name, tools), None
        case {"type": "any" | "auto" | "none" | "required" as kind}:
            return neutral_choice(kind, tools)[0], _parallel(choice)
        case Mapping():
            return choice, None
        case _:
            raise HatzInvalidInputError(
                f"tool_choice={choice!r} is not understood: use 'auto', 'any', 'none', the name of a tool, or None."
            )


def _known(name: str, tools: Sequence[Tool | Mapping[str, Any]]) -> str:
    names = [tool.name if isinstance(tool, Tool) else name_of(tool) for tool in tools]
    if (wire := wire_name(name)) not in names:
        there = ", ".join(filter(None, names)) or "none"
        raise HatzInvalidInputError(f"tool_choice={name!r} names no tool: there are {there}.")
    return wire


def _parallel(choice: Mapping[str, Any]) -> bool | None:
    return False if choice.get("disable_parallel_tool_use") else None
