"""Tools: what is offered to the model, which of them it must or may call, and what it called."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from llama_index.core.base.llms.types import ChatResponse, ToolCallBlock
from llama_index.core.llms.llm import ToolSelection
from llama_index.core.tools.types import BaseTool
from pydantic_core import from_json

from hatz_client.content import Tool
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.json_text import arguments_of
from llama_index_hatz._messages import layout as _layout

T = TypeVar("T")
_logger = logging.getLogger(__name__)
_LONGEST = 64
"""Letters of a tool's name that every service takes (OpenAI: 64)."""
_WORDS = {"auto": "auto", "none": "none", "required": "required", "any": "required"}


class Names:
    """The names of the offered tools, here and on the wire, where only letters, digits, `_` and `-` may stand."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._sent: dict[str, str] = {}
        self._original: dict[str, str] = {}
        for name in names:
            sent, number = portable(name), 2
            while self._original.get(sent, name) != name:
                sent = f"{portable(name)[: _LONGEST - 3]}_{number}"
                number += 1
            self._sent[name], self._original[sent] = sent, name

    def sent(self, name: str) -> str:
        """The name as it goes out."""
        return self._sent.get(name) or portable(name)

    def original(self, sent: str) -> str:
        """The name the caller's tool has."""
        return self._original.get(sent, sent)


def portable(name: str) -> str:
    """The name as every service accepts it."""
    clean = re.sub(r"[^a-zA-Z0-9_-]", "_", name) or "tool"
    if len(clean) <= _LONGEST:
        return clean
    return f"{clean[: _LONGEST - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def spec(tool: BaseTool | Mapping[str, Any]) -> dict[str, Any]:
    """A tool as plain JSON under its own name, as LlamaIndex's instrumentation shows it; a mapping as it is.

    Raises:
        HatzInvalidInputError: when it is no tool.
    """
    if isinstance(tool, Mapping):
        return dict(tool)
    if not hasattr(tool, "metadata"):
        raise HatzInvalidInputError(
            f"{tool!r:.100} is a {type(tool).__name__} and no tool: make one with FunctionTool.from_defaults(…)."
        )
    made = tool.metadata.to_openai_tool(skip_length_check=True)
    function = {**made["function"], "name": tool.metadata.get_name()}
    schema = tool.metadata.fn_schema
    if schema and function["parameters"].keys() == {"$defs"}:  # LlamaIndex leaves the root's `$ref` out (0.14.25)
        function["parameters"] = rooted(schema.model_json_schema())
    return {**made, "function": function}


def rooted(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with an object at its root, as services want it, where a class that holds itself has only a reference."""
    if not isinstance(reference := schema.get("$ref"), str):
        return schema
    return {**schema["$defs"][reference.removeprefix("#/$defs/")], "$defs": schema["$defs"]}


def offered(
    tools: Sequence[BaseTool | Mapping[str, Any]], *, strict: bool | None
) -> tuple[tuple[Tool | Mapping[str, Any], ...], Names]:
    """The tools for a prompt, and their names here and there.

    Args:
        tools: Tools of LlamaIndex; functions as JSON in any of the three usual forms; the endpoint's own server-side
            tools as JSON, which stay as they are.
        strict: Whether the arguments must match the schemas exactly, for tools that do not say so themselves.
    """
    known = [_function(spec(tool)) for tool in tools]
    names = Names(tool.name for tool in known if isinstance(tool, Tool))
    return tuple(_sent(tool, names, strict) if isinstance(tool, Tool) else tool for tool in known), names


def _function(tool: dict[str, Any]) -> Tool | dict[str, Any]:
    function = tool.get("function")
    if tool.get("type") == "function" and isinstance(function, Mapping) and "name" in function:
        return _tool(function, "parameters")
    if tool.get("type") == "function" and "name" in tool:
        return _tool(tool, "parameters")
    if tool.get("type", "custom") == "custom" and "name" in tool and "input_schema" in tool:
        return _tool(tool, "input_schema")
    if "type" in tool and "function" not in tool:
        return tool
    raise HatzInvalidInputError(
        f"A tool of the form {tool!r:.200} is unknown: pass a LlamaIndex tool, a function as "
        '{"type": "function", "function": {"name", "description", "parameters"}}, or a server-side tool with its "type".'
    )


def _tool(fields: Mapping[str, Any], schema: str) -> Tool:
    known = {"type", "name", "description", "strict", schema}
    rest = {key: value for key, value in fields.items() if key not in known}
    return Tool(
        fields["name"],
        fields.get("description") or "",
        fields.get(schema) or {"type": "object", "properties": {}},
        fields.get("strict"),
        {"messages" if schema == "input_schema" else "responses": rest} if rest else {},
    )


def _sent(tool: Tool, names: Names, strict: bool | None) -> Tool:
    name, strict = names.sent(tool.name), strict if tool.strict is None else tool.strict
    return tool if (name, strict) == (tool.name, tool.strict) else replace(tool, name=name, strict=strict)


def choice(given: Any, names: Names) -> str | Mapping[str, Any] | None:
    """Which tool must be called, in one vocabulary: "auto", "none", "required", a name, or a mapping that is sent as it is.

    Args:
        given: One of these words, "any", a tool's name, or the choice object of OpenAI's or Anthropic's API.
        names: The offered tools' names.
    """
    match given:
        case None | "":
            return None
        case str():
            return _WORDS.get(given) or names.sent(given)
        case {"type": "function", "function": {"name": str(name)}} | {"type": "function" | "tool", "name": str(name)}:
            return names.sent(name) if len(given) == 2 else given
        case {"type": str(word)} if word in _WORDS and len(given) == 1:
            return _WORDS[word]
        case Mapping():
            return given
        case _:
            raise HatzInvalidInputError(
                f"tool_choice={given!r} is unknown: use 'auto', 'none', 'required', a tool's name, or the endpoint's own object."
            )


def selections(response: ChatResponse) -> list[ToolSelection]:
    """The calls in an answer, finished or being written; arguments that are no object (yet) are as far as they go."""
    found = [block for block in response.message.blocks if isinstance(block, ToolCallBlock)]
    finished = "finish_reason" in response.additional_kwargs
    return [
        ToolSelection(
            tool_id=block.tool_call_id or f"call_{at}",
            tool_name=block.tool_name,
            tool_kwargs=_arguments(block, finished=finished),
        )
        for at, block in enumerate(found)
    ]


def _arguments(block: ToolCallBlock, *, finished: bool) -> dict[str, Any]:
    if not isinstance(block.tool_kwargs, str):
        return block.tool_kwargs
    whole = arguments_of(block.tool_kwargs)
    if not isinstance(whole, str):
        return whole
    if finished:
        _logger.warning("The arguments of the call of %s are no JSON object: it goes without.", block.tool_name)
        return {}
    return so_far(whole)


def so_far(text: str) -> dict[str, Any]:
    """The JSON object that this beginning of its text holds."""
    try:
        value = from_json(text, allow_partial="trailing-strings")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def first_call_only(response: ChatResponse) -> ChatResponse:
    """The answer with the first of its calls alone; the given one stays as it is, for those who have observed it."""
    said = response.message
    if sum(isinstance(block, ToolCallBlock) for block in said.blocks) < 2:
        return response
    blocks = _with_one(said.blocks, lambda block: isinstance(block, ToolCallBlock))
    beside = dict(said.additional_kwargs)
    if "tool_calls" in beside:
        beside["tool_calls"] = beside["tool_calls"][:1]
    if _layout.KEY in beside:
        beside[_layout.KEY] = _with_one(beside[_layout.KEY], _layout.is_call)
    message = said.model_copy(update={"blocks": blocks, "additional_kwargs": beside})
    return response.model_copy(update={"message": message})


def _with_one(items: Sequence[T], counts: Callable[[T], bool]) -> list[T]:
    """The items, with only the first of those that count."""
    first = next(item for item in items if counts(item))
    return [item for item in items if item is first or not counts(item)]
