"""What the model said before, as parts again: exactly where it was this gateway's answer, without foreign traces where not."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessage

from hatz_client.content import Media, Opaque, Part, Reasoning, Refusal, Residue, Text, ToolCall
from hatz_client.model_families import vendor
from langchain_hatz._messages.content_blocks import citation_of, parts_of
from langchain_hatz._tools import wire_name

PROVIDER = "hatz"
BLOCKS = "hatz_blocks"
"""Key of `additional_kwargs`: the answer's blocks, where its content is a string and could not hold them all."""

_logger = logging.getLogger("langchain_hatz")
_CALLS = {"tool_call", "tool_call_chunk", "invalid_tool_call", "tool_use", "function_call", "custom_tool_call"}


def parts_of_answer(message: AIMessage, dialect: str, model: str | None = None) -> tuple[Part, ...]:
    """The parts of an answer in a history.

    `tool_calls` and `invalid_tool_calls` say which calls there are: middleware edits them and leaves the content as it was.
    Blocks only say where a call stood, and what else the service wants to see of it. Reasoning, ids and server tools'
    traces go back to the endpoint they came from alone, and to models of the same family: any other service rejects them.
    """
    origin = _origin(message, model)
    calls = list(_calls(message))
    parts: list[Part] = []
    blocks = _blocks(message, origin)
    shown = {_call_id(block) for block in blocks}
    for block in blocks:
        if (call_id := _call_id(block)) is None:
            parts += _said(block, origin, dialect)
        elif call := next((call for call in calls if call.id and call.id == call_id), None):
            at = calls.index(call)
            parts += [earlier for earlier in calls[:at] if earlier.id not in shown]
            parts.append(_with_extras(call, block, origin))
            calls = [*(earlier for earlier in calls[:at] if earlier.id in shown), *calls[at + 1 :]]
    parts += calls
    if words := message.additional_kwargs.get("refusal"):
        parts.append(Refusal(str(words)))
    return tuple(parts)


def _call_id(block: Any) -> str | None:
    """The id of the call that this block shows; None when it shows none."""
    match block:
        case {"type": str(kind)} if kind in _CALLS:
            return block.get("call_id") or block.get("id") or ""  # OpenAI's items have both, the latter their own
        case _:
            return None


def _origin(message: AIMessage, model: str | None) -> str | None:
    """The endpoint of this gateway that gave the answer; None when another service or family of models did, or nobody knows."""
    about = message.response_metadata
    if about.get("model_provider") != PROVIDER:
        return None
    before = about.get("model_name")
    if model and before and vendor(model) != vendor(before):
        return None
    return about.get("endpoint")


def _blocks(message: AIMessage, origin: str | None) -> list[Any]:
    if not isinstance(message.content, str):
        return message.content
    kept = message.additional_kwargs.get(BLOCKS)
    if (
        origin
        and isinstance(kept, list)
        and message.content == "".join(block["text"] for block in kept if block.get("type") == "text")
    ):
        return kept
    return [message.content] if message.content else []


def _calls(message: AIMessage) -> Iterator[ToolCall]:
    for call in message.tool_calls:
        yield ToolCall(call["id"] or "", wire_name(call["name"]), call["args"])
    for broken in message.invalid_tool_calls:
        yield ToolCall(broken["id"] or "", wire_name(broken["name"] or "unknown"), broken["args"] or "")
    # Google's integration keeps a copy of its last call there, or of all its calls run into one.
    of_old = message.response_metadata.get("model_provider") in {None, "openai"} and not message.tool_calls
    match message.additional_kwargs:
        case {"function_call": {"name": str(name), "arguments": str(arguments)}} if of_old:
            yield ToolCall(f"function_{wire_name(name)}", wire_name(name), arguments)


def _with_extras(call: ToolCall, block: Mapping[str, Any], origin: str | None) -> ToolCall:
    extras = block.get("extras")
    return ToolCall(call.id, call.name, call.arguments, {origin: extras}) if origin and extras else call


def _said(block: Any, origin: str | None, dialect: str) -> Iterator[Part]:
    ours = origin == dialect
    match block:
        case str():
            yield Text(block)
        case {"type": "text" | "output_text" | "input_text", "text": str(text)}:
            cited = block.get("annotations") or () if ours else ()
            yield Text(text, tuple(citation_of(one, dialect) for one in cited), _text_residue(block, origin))
        case {"type": "refusal", "refusal": str(text)}:
            yield Refusal(text)
        case {"text": str(text)} if "type" not in block:
            yield Text(text)
        case {"type": "reasoning", "reasoning": str(text)} if ours:
            yield Reasoning(text, {dialect: block.get("extras") or {}})
        case {"type": "server_tool_call" | "server_tool_result", "extras": {"block": Mapping() as raw}} if ours:
            yield Opaque(dialect, raw)
        case {"type": "non_standard", "value": Mapping() as raw} if ours:
            yield Opaque(dialect, raw)
        case {"type": "image" | "file" | "audio" | "video"} if ours:
            yield from (part for part in parts_of([block], dialect) if isinstance(part, Media))
        case _:
            _logger.debug(
                "left out of the history: %r", block.get("type") if isinstance(block, Mapping) else type(block)
            )


def _text_residue(block: Mapping[str, Any], origin: str | None) -> Residue:
    """What the service wants to see of its own text; a user may set `cache_control` on anyone's."""
    marks = {"messages": {"cache_control": block["cache_control"]}} if block.get("cache_control") else {}
    extras = block.get("extras")
    if origin and extras:
        return {**marks, origin: {**extras, **marks.get(origin, {})}}
    return marks
