"""LangChain's tools, functions and classes as JSON; JSON forms of tools are handled in `integration.tools`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from langchain_core.utils.function_calling import convert_to_openai_tool

from hatz_client import HatzInvalidInputError
from hatz_client.content import Tool
from hatz_client.integration.structured.output_schema import OutputSchema, output_schema, to_response_format
from hatz_client.integration.tools import (
    ANTHROPIC_FIELDS,
    OPENAI_FIELDS,
    to_openai_tool,
    to_tool,
    to_tool_choice,
    to_tools,
)

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

ToolLike: TypeAlias = "Mapping[str, Any] | type | Callable[..., Any] | BaseTool"


def tool_dict(tool: ToolLike, *, strict: bool | None = None) -> dict[str, Any]:
    """The tool in the form that LangChain's tracing shows: `{"type": "function", "function": {…}}`; a server tool unchanged.

    Args:
        tool: A `BaseTool`, a function, a pydantic or TypedDict class, or a dict in any form of `integration.tools.to_tool`.
        strict: Whether the arguments must match the schema exactly; None leaves the choice to the model's service.

    Raises:
        ValueError: if it has none of these forms.
    """
    from langchain_core.tools import BaseTool  # noqa: PLC0415 (a model without tools need not load them)

    given: Any = tool
    if isinstance(given, Mapping):
        neutral = to_tool(given, strict=strict)
        return to_openai_tool(neutral) if isinstance(neutral, Tool) else dict(neutral)
    if isinstance(given, BaseTool):
        return _of_base_tool(given, strict)
    if isinstance(given, str | int | float | list | tuple | None):
        raise HatzInvalidInputError(
            f"{given!r:.100} is not a tool: give a tool, a function, a pydantic class or a dict."
        )
    if isinstance(given, type) or not callable(given):
        return _of_class(given, strict)
    return _of_function(given, strict)


def tool_json(tool: ToolLike) -> Mapping[str, Any]:
    """The tool as JSON; unchanged if it is JSON already, as the tools of bound models are."""
    return tool if isinstance(tool, Mapping) else tool_dict(tool)


def neutral_tools(tools: Iterable[ToolLike]) -> tuple[Tool | Mapping[str, Any], ...]:
    """The tools in the client's form."""
    return to_tools(map(tool_json, tools))


def _of_class(kind: Any, strict: bool | None) -> dict[str, Any]:
    wanted = output_schema(kind, strict=strict) or OutputSchema()
    return to_openai_tool(wanted.bare_tool)


def _of_function(function: Callable[..., Any], strict: bool | None) -> dict[str, Any]:
    from langchain_core.tools import create_schema_from_function  # noqa: PLC0415 (see `tool_dict`)

    named: Any = function if hasattr(function, "__name__") else getattr(function, "func", function)  # functools.partial
    name = str(getattr(named, "__name__", type(named).__name__))
    model = create_schema_from_function(
        name, function, filter_args=(), parse_docstring=True, error_on_invalid_docstring=False, include_injected=False
    )
    tool = _of_class(model, strict)
    tool["function"]["name"] = name
    return tool


def _of_base_tool(tool: BaseTool, strict: bool | None) -> dict[str, Any]:
    from langchain_core.tools import Tool as SimpleTool  # noqa: PLC0415 (see `tool_dict`)

    extras = tool.extras or {}
    match extras:
        case {"provider_tool_definition": Mapping() as definition}:
            return dict(definition)
    service_fields = {key: value for key, value in extras.items() if key in ANTHROPIC_FIELDS | OPENAI_FIELDS}
    is_custom = (tool.metadata or {}).get("type") == "custom_tool"
    schema = None if is_custom or (isinstance(tool, SimpleTool) and not tool.args_schema) else tool.tool_call_schema
    if schema is None:  # a tool with one unnamed string argument, or OpenAI's custom tool
        return {**convert_to_openai_tool(tool, strict=strict), **service_fields}
    if isinstance(schema, Mapping):
        parameters = {key: value for key, value in schema.items() if key not in {"title", "description"}}
    else:
        parameters = _of_class(schema, None)["function"]["parameters"]
    return {**to_openai_tool(Tool(tool.name, tool.description, parameters, strict)), **service_fields}


def tool_settings(
    tools: Iterable[ToolLike],
    tool_choice: Any,
    response_format: Any,
    *,
    strict: bool | None,
    parallel_tool_calls: bool | None,
) -> dict[str, Any]:
    """The keyword arguments that `bind_tools` binds, as plain JSON for traces and caches.

    Raises:
        HatzInvalidInputError: if `tool_choice` is not one of the tools, or `response_format` is not valid.
    """
    bound = [tool_dict(tool, strict=strict) for tool in tools]
    to_tool_choice(tool_choice, neutral_tools(bound))
    wanted = output_schema(response_format, strict=strict)
    if wanted is not None and not isinstance(response_format, Mapping):
        response_format = to_response_format(wanted)
    settings = {
        "tools": bound or None,
        "tool_choice": tool_choice if bound else None,
        "parallel_tool_calls": parallel_tool_calls if bound else None,
        "response_format": response_format,
    }
    return {key: value for key, value in settings.items() if value is not None}
