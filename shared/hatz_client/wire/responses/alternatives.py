"""Responses: alternatives where Hatz's pages and working clients contradict each other; a rejection shows which is right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.content import Prompt
from hatz_client.wire.common.requests.alternatives import Alternative, tools_of_history


def _has_flat_tools(body: Mapping[str, Any], _: Prompt) -> bool:
    return any(_is_flat(tool) for tool in body.get("tools") or ())


def _is_flat(tool: Mapping[str, Any]) -> bool:
    return tool.get("type") == "function" and "function" not in tool


def _nest_tools(body: dict[str, Any]) -> dict[str, Any]:
    """The tools in the form of Chat Completions, as in the example of the reference page."""
    tools = [
        {"type": "function", "function": {name: value for name, value in tool.items() if name != "type"}}
        if _is_flat(tool)
        else tool
        for tool in body["tools"]
    ]
    return {**body, "tools": tools}


def _has_own_include(body: Mapping[str, Any], prompt: Prompt) -> bool:
    return "include" in body and "include" not in prompt.extra


def _without_include(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "include"}


def _called(body: Mapping[str, Any]) -> Iterator[str]:
    items = body["input"]  # a string if the user replaced it by `extra_body`
    return (item["name"] for item in items if isinstance(item, Mapping) and item.get("type") == "function_call")


def _tool(name: str) -> dict[str, Any]:
    return {"type": "function", "name": name, "parameters": {"type": "object", "properties": {}}}


ALTERNATIVES = (
    tools_of_history(_called, _tool, "none"),
    Alternative(
        name="nested tools",
        is_sent=_has_flat_tools,
        refusal=re.compile(r"\btools\b"),
        change=_nest_tools,
        note="Responses refuses tools in the flat form: they are sent nested from now on.",
    ),
    Alternative(
        name="no include",
        is_sent=_has_own_include,
        refusal=re.compile(r"\binclude\b"),
        change=_without_include,
        note="Responses refuses `include`: it is left out from now on, and reasoning is not kept between turns.",
    ),
)
