"""A `Prompt` as the body of a Responses request. Nothing that the caller did not set is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hatz_client.content import Prompt, Refusal, ResponseFormat, Text, Tool, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.json_text import merged, without_none
from hatz_client.util.warn_once import say_ignored, say_once
from hatz_client.wire import refuse_native
from hatz_client.wire.common.policies import arranged
from hatz_client.wire.common.strict_schema import strict
from hatz_client.wire.responses.input import items, own

_NO_FORMAT_NAME = re.compile(r"[^a-zA-Z0-9_-]")


def encode(prompt: Prompt, *, stream: bool = False) -> dict[str, Any]:
    """The request's body. Stop sequences are not in it (the endpoint has none): `wire.stops` cuts the answer.

    Raises:
        HatzInvalidInputError: when the prompt holds what this endpoint has no form for.
    """
    refuse_native(prompt, "Responses")
    instructions, turns = _instructions(arranged(prompt))
    said = items(turns)
    if not said:
        raise HatzInvalidInputError("The prompt has nothing to answer: give it at least one turn that is not empty.")
    body = without_none(
        model=prompt.model,
        instructions=instructions,
        input=said,
        stream=stream or None,
        temperature=prompt.temperature,
        top_p=prompt.top_p,
        max_output_tokens=prompt.max_tokens,
        reasoning=_reasoning(prompt.reasoning_effort),
        text={"format": _format(prompt.response_format)} if prompt.response_format else None,
        # What is not stored can only be replayed when it comes encrypted (OpenAI's guide to reasoning).
        include=["reasoning.encrypted_content"] if prompt.extra.get("store") is False else None,
        **_tools(prompt),
    )
    say_ignored("Responses", top_k=prompt.top_k)
    return merged(body, prompt.extra)


def _instructions(turns: tuple[Turn, ...]) -> tuple[str | None, tuple[Turn, ...]]:
    """The leading system turns as the text that the gateway puts first, and the other turns.

    When there is nothing but system turns they stay items: an input must not be empty.
    """
    leading = 0
    while leading < len(turns) and turns[leading].role == "system" and _is_words(turns[leading]):
        leading += 1
    if not 0 < leading < len(turns):
        return None, turns
    words = [part.text for turn in turns[:leading] for part in turn.parts if isinstance(part, Text | Refusal)]
    return "\n\n".join(words), turns[leading:]


def _is_words(turn: Turn) -> bool:
    return all(isinstance(part, Text | Refusal) for part in turn.parts)


def _reasoning(effort: str | None) -> dict[str, str] | None:
    if effort is None:
        return None
    say_once("reasoning_effort is sent, but the gateway documents that its Responses endpoint ignores it for now.")
    return {"effort": effort}


def _format(wanted: ResponseFormat) -> dict[str, Any]:
    schema = strict(wanted.schema) if wanted.strict else dict(wanted.schema)
    name = _NO_FORMAT_NAME.sub("_", wanted.name)[:64] or "response"
    return {"type": "json_schema", "name": name, "schema": schema, **without_none(strict=wanted.strict)}


def _tools(prompt: Prompt) -> dict[str, Any]:
    if not prompt.tools:
        return {}
    return {
        "tools": [dict(tool) if isinstance(tool, Mapping) else _tool(tool) for tool in prompt.tools],
        "tool_choice": _tool_choice(prompt),
        "parallel_tool_calls": prompt.parallel_tool_calls,
    }


def _tool(tool: Tool) -> dict[str, Any]:
    """The flat form: public clients of the gateway send it, though a page of its documentation shows another."""
    try:
        parameters = strict(tool.parameters) if tool.strict else {"type": "object", "properties": {}, **tool.parameters}
    except HatzInvalidInputError as error:
        raise HatzInvalidInputError(f"The tool {tool.name!r}: {error.message}") from None
    item: dict[str, Any] = {"type": "function", "name": tool.name}
    if tool.description:
        item["description"] = tool.description
    item["parameters"] = parameters
    if tool.strict is not None:
        item["strict"] = tool.strict
    if tool.residue:
        item |= own(tool.residue)
    return item


def _tool_choice(prompt: Prompt) -> Any:
    match prompt.tool_choice:
        case None | "auto" | "none" | "required":
            return prompt.tool_choice
        case str(name):
            return _named(name, prompt)
        case given:
            return dict(given)


def _named(name: str, prompt: Prompt) -> dict[str, Any]:
    known: dict[str, dict[str, Any]] = {}
    for tool in prompt.tools:
        match tool:
            case Tool():
                known[tool.name] = {"type": "function", "name": tool.name}
            case {"type": str(kind), "name": str(its)}:
                known[its] = {"type": kind, "name": its}
            case {"type": str(kind)}:
                known[kind] = {"type": kind}
    if name not in known:
        raise HatzInvalidInputError(
            f"tool_choice={name!r} is none of the tools: use 'auto', 'none', 'required' or one of "
            f"{', '.join(map(repr, known))}."
        )
    return known[name]
