"""Names of a tool's arguments that Anthropic accepts, and the caller's names restored in the answer.

Anthropic: "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'", at the top level of a tool's schema. One other name,
and the request with all its tools is refused. REST APIs have such names ("$filter", "page[size]"), and so have classes
whose fields are not English.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from hatz_client.content import Prompt, Tool, ToolCall
from hatz_client.util.json_text import arguments_of, arguments_text
from hatz_client.wire.common.tools.root_object import object_root
from hatz_client.wire.common.tools.tool_names import change_calls

Names = Mapping[str, str]

_fits = re.compile(r"[a-zA-Z0-9_.-]{1,64}").fullmatch
_UNFIT = re.compile(r"[^a-zA-Z0-9_.-]")
_PROPERTIES = "#/properties/"
_LONGEST = 56
"""Leaves room for a number."""


def wire_argument_names(schema: Mapping[str, Any]) -> dict[str, str]:
    """The wire names of the arguments whose own name is not valid, by their own name; usually empty."""
    properties = schema.get("properties")
    unfit = [name for name in properties if not _fits(name)] if isinstance(properties, Mapping) else []
    if not unfit:
        return {}
    used, names, numbers = set(properties or ()), {}, Counter[str]()
    for name in unfit:
        base = wire = _UNFIT.sub("_", name)[:_LONGEST] or "_"
        while wire in used:
            numbers[base] += 1
            wire = f"{base}_{numbers[base] + 1}"
        used.add(wire)
        names[name] = wire
    return names


def with_wire_arguments(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of a tool's arguments with valid names; the own name of a renamed argument is its title."""
    names = wire_argument_names(schema)
    if not names:
        return schema
    changed: dict[str, Any] = {**schema}
    changed["properties"] = {
        names.get(name, name): _with_title(value, name) if name in names and isinstance(value, Mapping) else value
        for name, value in schema["properties"].items()
    }
    if "required" in schema:
        changed["required"] = [names.get(name, name) for name in schema["required"]]
    if isinstance(needs := schema.get("dependentRequired"), Mapping):
        changed["dependentRequired"] = {
            names.get(name, name): [names.get(one, one) for one in needed] for name, needed in needs.items()
        }
    try:
        return _with_references(changed, names)  # type: ignore[no-any-return]
    except RecursionError:  # it contains itself
        return changed


def _with_references(schema: Any, names: Names) -> Any:
    """The schema with the references to its arguments by their new names, as generators for Zod write them."""
    if isinstance(schema, list):
        return [_with_references(item, names) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    result = {key: _with_references(value, names) for key, value in schema.items()}
    if isinstance(reference := schema.get("$ref"), str) and reference.startswith(_PROPERTIES):
        name, *rest = reference.removeprefix(_PROPERTIES).split("/")
        own = name.replace("~1", "/").replace("~0", "~")
        result["$ref"] = "/".join([_PROPERTIES + names.get(own, name), *rest])
    return result


def _with_title(schema: Mapping[str, Any], title: str) -> Mapping[str, Any]:
    """The schema with a title; strict mode accepts a `$ref` only alone."""
    return {"title": title, "anyOf": [schema]} if "$ref" in schema else {"title": title, **schema}


def own_argument_names(tools: Iterable[Tool | Mapping[str, Any]]) -> dict[str, Names]:
    """By tool: the caller's names of its arguments that have another name on the wire, by wire name; usually empty."""
    found: dict[str, Names] = {}
    for tool in tools:
        if isinstance(tool, Tool):
            names = wire_argument_names(object_root(tool.parameters, f"The tool {tool.name!r}"))
            if names:
                found[tool.name] = {wire: name for name, wire in names.items()}
    return found


def with_wire_argument_names(prompt: Prompt) -> Prompt:
    """The prompt with the wire names in the calls of its history, as its tools have them."""
    if not any(type(part) is ToolCall for turn in prompt.turns for part in turn.parts):
        return prompt
    own = own_argument_names(prompt.tools)
    if not own:
        return prompt
    names = {tool: {name: wire for wire, name in renamed.items()} for tool, renamed in own.items()}
    return prompt.replace(turns=change_calls(prompt.turns, lambda call: _with_wire_names(call, names)))


def _with_wire_names(call: ToolCall, names: Mapping[str, Names]) -> ToolCall:
    if call.name not in names or isinstance(call.arguments, str):
        return call
    return call.replace(arguments=_renamed(call.arguments, names[call.name]))


def _renamed(arguments: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The arguments by their other names; one whose other name is there too keeps its name."""
    renamed = {name: names[name] for name in arguments if name in names and names[name] not in arguments}
    return {renamed.get(name, name): value for name, value in arguments.items()}


class ArgumentNamesFilter:
    """Gives the arguments of a call the caller's names; they come at the end of the call, all at once.

    Args:
        names: The caller's names of the tool's arguments, by wire name.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._pieces: list[str] = []

    def feed(self, text: str) -> str:
        """Nothing yet: the text is delayed."""
        self._pieces.append(text)
        return ""

    def close(self, *, invalid: bool) -> str:
        """The arguments with the caller's names; as they were written, if they are invalid."""
        written = "".join(self._pieces)
        arguments = arguments_of(written) if written and not invalid else written
        return written if isinstance(arguments, str) else arguments_text(_renamed(arguments, self._names))
