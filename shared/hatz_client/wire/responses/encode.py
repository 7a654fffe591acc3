"""Responses: a `Prompt` as the body of a request. Unset fields are not sent."""

from __future__ import annotations

import re
from typing import Any

from hatz_client.content import Prompt, Refusal, ResponseFormat, Text, Tool, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.json_text import deep_merge, without_none
from hatz_client.util.warn_once import warn_ignored_parameters, warn_once
from hatz_client.wire.common.requests.native_chat import refuse_native
from hatz_client.wire.common.requests.policies import apply_history_policies
from hatz_client.wire.common.tools.by_content import Tools, by_content
from hatz_client.wire.common.tools.strict_schema import OPENAI, format_schema, tool_schema
from hatz_client.wire.common.tools.tool_names import with_wire_names
from hatz_client.wire.responses.input import input_items
from hatz_client.wire.responses.residue import own_residue

_NO_FORMAT_NAME = re.compile(r"[^a-zA-Z0-9_-]")


def encode(prompt: Prompt, *, stream: bool = False) -> dict[str, Any]:
    """The body of the request. It has no stop sequences, because the endpoint has none: the client truncates the answer.

    Raises:
        HatzInvalidInputError: the prompt holds something that this endpoint has no form for.
    """
    refuse_native(prompt, "Responses")
    prompt = with_wire_names(prompt)
    instructions, turns = _instructions(apply_history_policies(prompt, office=True))
    items = input_items(turns, stored=prompt.extra.get("store") is not False)
    if not items:
        raise HatzInvalidInputError("The prompt has nothing to answer: give it at least one turn that is not empty.")
    body = without_none(
        model=prompt.model,
        instructions=instructions,
        input=items,
        stream=stream or None,
        temperature=prompt.temperature,
        top_p=prompt.top_p,
        max_output_tokens=prompt.max_tokens,
        reasoning=_reasoning(prompt.reasoning_effort),
        text={"format": _format(prompt.response_format)} if prompt.response_format else None,
        # Reasoning that is not stored can go back only in encrypted form (OpenAI's guide to reasoning).
        include=["reasoning.encrypted_content"] if prompt.extra.get("store") is False else None,
        **_tools(prompt),
    )
    if prompt.top_k is not None:
        warn_ignored_parameters("Responses", top_k=prompt.top_k)
    return deep_merge(body, prompt.extra) if prompt.extra else body


def _instructions(turns: tuple[Turn, ...]) -> tuple[str | None, tuple[Turn, ...]]:
    """The leading system turns as `instructions`, and the other turns.

    If all turns are system turns, they stay items, because the input must not be empty.
    """
    leading = 0
    while leading < len(turns) and turns[leading].role == "system" and _is_text_only(turns[leading]):
        leading += 1
    if not 0 < leading < len(turns):
        return None, turns
    texts = [part.text for turn in turns[:leading] for part in turn.parts if isinstance(part, Text | Refusal)]
    return "\n\n".join(texts), turns[leading:]


def _is_text_only(turn: Turn) -> bool:
    return all(isinstance(part, Text | Refusal) for part in turn.parts)


def _reasoning(effort: str | None) -> dict[str, str] | None:
    if effort is None:
        return None
    warn_once("reasoning_effort is sent, but the gateway documents that its Responses endpoint ignores it for now.")
    return {"effort": effort}


def _format(response_format: ResponseFormat) -> dict[str, Any]:
    schema = format_schema(response_format, OPENAI)
    name = _NO_FORMAT_NAME.sub("_", response_format.name)[:64] or "response"
    return {"type": "json_schema", "name": name, "schema": schema, **without_none(strict=response_format.strict)}


def _tools(prompt: Prompt) -> dict[str, Any]:
    if not prompt.tools:
        return {}
    return {
        "tools": list(_items(prompt.tools)),
        "tool_choice": _tool_choice(prompt),
        "parallel_tool_calls": prompt.parallel_tool_calls,
    }


@by_content
def _items(tools: Tools) -> tuple[dict[str, Any], ...]:
    searched = any(not isinstance(tool, Tool) and tool.get("type") == "tool_search" for tool in tools)
    return tuple(_item(tool, searched=searched) if isinstance(tool, Tool) else dict(tool) for tool in tools)


def _item(tool: Tool, *, searched: bool) -> dict[str, Any]:
    """A tool in the flat form: public clients of the gateway send it, although a page of its documentation shows another.

    Args:
        tool: The tool.
        searched: Whether OpenAI's tool search is offered, without which no tool can be loaded later.
    """
    item: dict[str, Any] = {"type": "function", "name": tool.name}
    if tool.description:
        item["description"] = tool.description
    item["parameters"] = tool_schema(tool, OPENAI)
    if tool.strict is not None:
        item["strict"] = tool.strict
    fields = own_residue(tool.residue).items()
    return item | {name: value for name, value in fields if searched or name != "defer_loading"}


def _tool_choice(prompt: Prompt) -> Any:
    match prompt.tool_choice:
        case None | "auto" | "none" | "required":
            return prompt.tool_choice
        case str(name):
            return _choice_of_tool(name, prompt)
        case choice:
            return dict(choice)


def _choice_of_tool(name: str, prompt: Prompt) -> dict[str, Any]:
    known: dict[str, dict[str, Any]] = {}
    for tool in prompt.tools:
        match tool:
            case Tool():
                known[tool.name] = {"type": "function", "name": tool.name}
            case {"type": str(kind), "name": str(tool_name)}:
                known[tool_name] = {"type": kind, "name": tool_name}
            case {"type": str(kind)}:
                known[kind] = {"type": kind}
    if name not in known:
        raise HatzInvalidInputError(
            f"tool_choice={name!r} is not one of the tools: use 'auto', 'none', 'required' or one of "
            f"{', '.join(map(repr, known))}."
        )
    return known[name]
