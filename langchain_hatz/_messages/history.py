"""Earlier answers in a history as parts: unchanged if they came from this gateway, else without foreign blocks."""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from langchain_core.messages import AIMessage

from hatz_client.content import Media, Opaque, Part, Reasoning, Refusal, Residue, Text, ToolCall
from hatz_client.events import merge_residue
from hatz_client.resources.model_families import vendor
from hatz_client.util.json_text import arguments_of
from langchain_hatz._messages.answer_blocks import to_citation
from langchain_hatz._messages.content_blocks import to_parts
from langchain_hatz._messages.metadata import PROVIDER

BLOCKS = "hatz_blocks"
"""Key in `additional_kwargs`: the answer's blocks, if its content is a string that cannot hold them all.

A text has its `length` in place of its `text`, which is in the content only: middleware that redacts the content redacts all of it.
"""

C = TypeVar("C")
_logger = logging.getLogger("langchain_hatz")
_CALLS = {"tool_call", "tool_call_chunk", "invalid_tool_call", "tool_use", "function_call", "custom_tool_call"}


def to_answer_parts(message: AIMessage, endpoint: str, model: str | None = None) -> tuple[Part, ...]:
    """The parts of an answer in a history.

    `tool_calls` and `invalid_tool_calls` define the calls: middleware edits them and does not update the content. Blocks
    define only the position of a call and further fields that the service needs. Reasoning, ids and server tools'
    blocks go back only to the endpoint they came from, and to models of the same family: any other service rejects them.
    """
    if type(message.content) is str and not message.additional_kwargs and not message.invalid_tool_calls:
        calls = [ToolCall(call["id"] or "", call["name"], call["args"]) for call in message.tool_calls]
        return (Text(message.content), *calls) if message.content else tuple(calls)  # nearly every answer
    origin = _origin(message, model)
    parts: list[Part] = []
    for block, call in merge_calls(_blocks(message), list(_calls(message))):
        if call is None:
            parts += _content_part(block, origin, endpoint)
        else:
            parts.append(_with_extras(call, block, origin))
    words = message.additional_kwargs.get("refusal")
    if words and not any(isinstance(part, Refusal) for part in parts):
        parts.append(Refusal(str(words)))
    return tuple(parts)


def merge_calls(blocks: Sequence[Any], calls: Sequence[C]) -> Iterator[tuple[Any, C | None]]:
    """The blocks in their order, each with its call (matched by id); calls without a block come with None.

    A block whose call was removed is left out. A call without a block comes right before the next call that has one, else at
    the end. Linear in time, even with repeated ids.
    """
    waiting: dict[str, deque[int]] = defaultdict(deque)
    for number, call in enumerate(calls):
        if call_id := _id_of(call):
            waiting[call_id].append(number)
    shown_at: dict[int, int] = {}
    for at, block in enumerate(blocks):
        if (numbers := waiting.get(_call_id(block) or "")) is not None and numbers:
            shown_at[numbers.popleft()] = at
    groups: dict[int, list[C]] = defaultdict(list)
    others: list[C] = []
    for number, call in enumerate(calls):
        others.append(call)
        if (place := shown_at.get(number)) is not None:
            groups[place] += others
            others = []
    for at, block in enumerate(blocks):
        if group := groups.get(at):
            yield from ((None, call) for call in group[:-1])
            yield block, group[-1]
        elif _call_id(block) is None:
            yield block, None
    yield from ((None, call) for call in others)


def _id_of(call: Any) -> str | None:
    found = call.get("id") if isinstance(call, Mapping) else call.id
    return found or None


def _call_id(block: Any) -> str | None:
    """The id of the call in this block; None if it is not a call."""
    match block:
        case {"type": str(kind)} if kind in _CALLS:
            return block.get("call_id") or block.get("id") or ""  # OpenAI's items have both; `id` is the item's own
        case _:
            return None


def _origin(message: AIMessage, model: str | None) -> str | None:
    """The endpoint of this gateway that the answer came from; None if it came from another service or model family, or is unknown."""
    about = message.response_metadata
    if about.get("model_provider") != PROVIDER:
        return None
    before = about.get("model_name")
    if model and before and vendor(model) != vendor(before):
        return None
    return about.get("endpoint")


def blocks_to_keep(blocks: Iterable[Any]) -> list[Any]:
    """The blocks in the form that is kept beside string content."""
    return [
        {**{name: value for name, value in block.items() if name != "text"}, "length": len(block["text"])}
        if block["type"] == "text"
        else block
        for block in blocks
    ]


def kept_blocks(message: AIMessage) -> list[Any] | None:
    """The blocks kept beside string content, with their texts; None if there are none, or if the string has another length now."""
    kept, content = message.additional_kwargs.get(BLOCKS), message.content
    if not isinstance(kept, list) or not isinstance(content, str):
        return None
    blocks, at = [], 0
    for block in kept:
        match block:
            case {"type": "text", "length": int(length), **rest}:
                blocks.append({"type": "text", "text": content[at : at + length], **rest})
                at += length
            case {"type": "text", "text": str(text)} if not content.startswith(text, at):  # the earlier form
                return None
            case {"type": "text", "text": str(text)}:
                blocks.append(block)
                at += len(text)
            case _:
                blocks.append(block)
    return blocks if at == len(content) else None


def _blocks(message: AIMessage) -> list[Any]:
    if not isinstance(message.content, str):
        return message.content
    return kept_blocks(message) or ([message.content] if message.content else [])


def _calls(message: AIMessage) -> Iterable[ToolCall]:
    for call in message.tool_calls:
        yield ToolCall(call["id"] or "", call["name"], call["args"])
    for broken in message.invalid_tool_calls:
        yield ToolCall(broken["id"] or "", broken["name"] or "unknown", broken["args"] or "")
    # Google's integration keeps a copy of its last call there, or of all its calls concatenated.
    is_old_form = message.response_metadata.get("model_provider") in {None, "openai"} and not message.tool_calls
    match message.additional_kwargs:
        case {"function_call": {"name": str(name), "arguments": str(arguments)}} if is_old_form:
            yield ToolCall(f"function_{name}", name, arguments)
        case _ if not (message.tool_calls or message.invalid_tool_calls or message.response_metadata):
            yield from _calls_in_blocks(message.content)


def _calls_in_blocks(content: str | list[Any]) -> Iterator[ToolCall]:
    """The calls in blocks that a user wrote in the form of a service. An answer of a model has its calls in `tool_calls` as well."""
    for block in content if isinstance(content, list) else ():
        match block:
            case {"type": "tool_use", "id": str(call_id), "name": str(name), "input": Mapping() as arguments}:
                yield ToolCall(call_id, name, arguments)
            case {"type": "function_call", "call_id": str(call_id), "name": str(name), "arguments": str(arguments)}:
                yield ToolCall(call_id, name, arguments_of(arguments))


def _with_extras(call: ToolCall, block: Mapping[str, Any] | None, origin: str | None) -> ToolCall:
    extras = block.get("extras") if block else None
    return ToolCall(call.id, call.name, call.arguments, {origin: extras}) if origin and extras else call


def _content_part(block: Any, origin: str | None, endpoint: str) -> Iterator[Part]:
    ours = origin == endpoint
    match block:
        case str():
            yield Text(block)
        case {"type": "text" | "output_text" | "input_text", "text": str(text)}:
            cited = block.get("annotations") or () if ours else ()
            yield Text(text, tuple(to_citation(one, endpoint) for one in cited), _text_residue(block, origin))
        case {"type": "refusal", "refusal": str(text)}:
            yield from (Refusal(text, _extras(block, origin)),) if text else ()
        case {"text": str(text)} if "type" not in block:
            yield Text(text)
        case {"type": "reasoning", "reasoning": str(text)} if ours:
            yield Reasoning(text, {endpoint: block.get("extras") or {}})
        case {"type": "server_tool_call" | "server_tool_result", "extras": {"block": Mapping() as raw}} if ours:
            yield Opaque(endpoint, raw)
        case {"type": "image", "extras": {"block": Mapping() as raw}} if ours:
            yield Opaque(endpoint, {**raw, "result": block.get("base64")})
        case {"type": "non_standard", "value": Mapping() as raw} if ours:
            yield Opaque(endpoint, raw)
        case {"type": "image" | "file" | "audio" | "video"} if ours:
            yield from (part for part in to_parts([block], endpoint) if isinstance(part, Media))
        case _:
            _logger.debug(
                "left out of the history: %r", block.get("type") if isinstance(block, Mapping) else type(block)
            )


def _extras(block: Mapping[str, Any], origin: str | None) -> Residue:
    extras = block.get("extras")
    return {origin: extras} if origin and extras else {}


def _text_residue(block: Mapping[str, Any], origin: str | None) -> Residue:
    """The fields that the service needs back of its own text; a user can set `cache_control` on any text."""
    marks = {"messages": {"cache_control": block["cache_control"]}} if block.get("cache_control") else {}
    return merge_residue(_extras(block, origin), marks)
