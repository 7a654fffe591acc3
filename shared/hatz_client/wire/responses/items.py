"""Responses: what one output item means, in a whole answer and in a stream.

Every field but `type` may be missing, and a field of another kind of item may be there as null: Hatz documents one
flattened object for all kinds of items (reference: API page of the Responses endpoint). Other gateways leave out `type` too,
and give a content, or a part of it, as a string.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from hatz_client.content import Citation, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from hatz_client.util.json_text import arguments_of, to_json_text
from hatz_client.wire.common.answers.values import id_text, integer, string

NAME = "responses"

CALL_INPUT = {"function_call": "arguments", "custom_tool_call": "input"}
"""The items that call one of the caller's tools, each with the field that holds the tool's input."""

_FOREIGN = {"message": {"call_id", "name", "arguments"}, "function_call": {"role", "content"}}
"""Fields of the flattened object that belong to another kind of item."""

_NO_ARGUMENTS = frozenset({"", "{}", "[]", "null"})
"""Texts that stand for no arguments: Bedrock sends "", PHP gateways "[]"."""


def with_type(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The item with its type, inferred from its fields when it is missing; a text on its own becomes a message."""
    kind = item.get("type")
    if kind in ("output_text", "text", "refusal") and "content" not in item:
        return {"type": "message", "role": "assistant", "content": [item]}
    if isinstance(kind, str) and kind:
        return item
    fields = {name for name, value in item.items() if value is not None}
    if "name" in fields and fields & {"arguments", "call_id"}:
        return {**item, "type": "function_call"}
    if fields & {"content", "role"}:
        return {**item, "type": "message"}
    return {**item, "type": "reasoning"} if "summary" in fields else item


def parts_of(item: Mapping[str, Any], *, cut_off: bool = False) -> Iterator[Part]:
    """The parts of one output item, of a response that was cut off or not: several in a message, else one."""
    match item.get("type"):
        case "message":
            about = message_fields(item)
            for at, part in enumerate(content_of(item)):
                yield content_part(part, about, at)
        case "reasoning":
            yield Reasoning(_reasoning_text(item), {NAME: own_fields(item)})
        case "function_call" | "custom_tool_call":
            yield tool_call(item, cut_off=cut_off)
        case _:
            yield Opaque(NAME, item)


def written_text(item: Mapping[str, Any]) -> str:
    """The text of a message or of a reasoning item, as deltas would write it."""
    if item.get("type") == "reasoning":
        return "".join(chain(section_texts(item.get("summary")), section_texts(item.get("content"))))
    return "".join(part.text for part in parts_of(item) if isinstance(part, Text | Refusal))


def own_fields(item: Mapping[str, Any], *understood: str) -> dict[str, Any]:
    """The fields of an item, without its type, the understood ones, and null fields of another kind of item."""
    left_out = {"type", *understood}
    foreign = _FOREIGN.get(str(item.get("type")), ())
    return {k: v for k, v in item.items() if k not in left_out and not (k in foreign and v is None)}


def is_call(item: Mapping[str, Any]) -> bool:
    """Whether the item calls one of the caller's tools."""
    kind = item.get("type")
    return isinstance(kind, str) and kind in CALL_INPUT


def is_incomplete_item(item: Mapping[str, Any]) -> bool:
    """Whether the item itself says that the model was cut off while writing it."""
    return item.get("status") == "incomplete"


# Messages


def message_fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a message without its content. Each part keeps them, so that the parts become one message again."""
    return own_fields(item, "content")


def content_of(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The content parts of a message, also those given as strings or without a type."""
    content = item.get("content")
    if isinstance(content, str | Mapping):
        content = [content]
    if not isinstance(content, list):
        return []
    return [typed for part in content if (typed := typed_content(part)) is not None]


def typed_content(part: Any) -> Mapping[str, Any] | None:
    """A content part with its type, inferred from its fields when it is missing; None for what is no part."""
    match part:
        case str():
            return {"type": "output_text", "text": part}
        case {"type": str()}:
            return part  # type: ignore[no-any-return]
        case {"text": _}:
            return {**part, "type": "output_text"}
        case {"refusal": _}:
            return {**part, "type": "refusal"}
        case {}:
            return part  # type: ignore[no-any-return]
    return None


def content_part(part: Mapping[str, Any], about: Mapping[str, Any], at: int) -> Part:
    """One part of a message. The residue of the first holds `item` only; that of the others also their position, `at`."""
    residue: dict[str, Any] = {"item": about, "at": at} if at else {"item": about}
    match part:
        case {"type": "output_text" | "text", **rest}:
            annotations = rest.pop("annotations", None)
            if not annotations and annotations is not None:
                residue["annotations"] = annotations
            text = rest.pop("text", None)
            return Text(string(text) or "", citations_of(annotations), {NAME: {**rest, **residue}})
        case {"type": "refusal", **rest}:
            refusal = rest.pop("refusal", None)
            return Refusal(string(refusal) or "", {NAME: {**rest, **residue}})
        case _:
            return Opaque(NAME, {"type": "message", **about, "content": [part]})


def citations_of(annotations: Any) -> tuple[Citation, ...]:
    """The sources that an `output_text` cites: pages, files, files of a container."""
    if not isinstance(annotations, list):
        return ()
    return tuple(
        Citation(
            url=string(note.get("url")),
            title=string(note.get("title")) or string(note.get("filename")),
            cited_text=string(note.get("quote")),
            start=integer(note.get("start_index")),
            end=integer(note.get("end_index")),
            residue={NAME: note},
        )
        for note in annotations
        if isinstance(note, Mapping)
    )


# Reasoning


def _reasoning_text(item: Mapping[str, Any]) -> str:
    """The summary's sections with an empty line between them, then the reasoning text itself, unless it is the same."""
    summary, text = section_texts(item.get("summary")), "".join(section_texts(item.get("content")))
    return "\n\n".join(filter(None, [*summary, "" if text == "".join(summary) else text]))


def section_texts(parts: Any) -> list[str]:
    """The texts of a reasoning item's summary, or of its content."""
    if isinstance(parts, str):
        return [parts]
    if not isinstance(parts, list):
        return []
    found = (part if isinstance(part, str) else part.get("text") for part in parts if isinstance(part, str | Mapping))
    return [text for text in found if isinstance(text, str)]


# Tool calls


def tool_call(item: Mapping[str, Any], *, cut_off: bool = False) -> ToolCall:
    """A tool call, of a response that was cut off or not. The free text of a custom tool becomes its argument `input`.

    The arguments stay text, which makes the call invalid, if it was cut off or names no tool.
    """
    kind, name = item["type"], string(item.get("name")) or ""
    given = item.get(CALL_INPUT[kind])
    rest = own_fields(item, "call_id", "name", CALL_INPUT[kind])
    invalid = not name or is_incomplete_item(item)
    if kind == "custom_tool_call":
        rest["type"] = kind
        text = custom_arguments(string(given) or "", complete=not invalid and not is_unfinished(item, cut_off=cut_off))
    else:
        text = arguments_text(given)
        invalid = invalid or (not text and is_unfinished(item, cut_off=cut_off))
        text = given if invalid and isinstance(given, str) else text
    call_id = id_text(item.get("call_id")) or id_text(item.get("id"))  # a public client reads them in this order
    return ToolCall(call_id, name, text if invalid else arguments_of(text), {NAME: rest})


def arguments_text(arguments: Any) -> str:
    """The arguments as JSON text, whether the wire has them as text or as an object; "" when there are none."""
    if isinstance(arguments, str):
        return "" if stands_for_none(arguments) else arguments
    return "" if arguments is None or arguments in ({}, []) else to_json_text(arguments)


def stands_for_none(arguments: str) -> bool:
    """Whether this text stands for no arguments; it counts only if the stream has no others."""
    return len(arguments) < 80 and arguments.strip() in _NO_ARGUMENTS


def is_unfinished(item: Mapping[str, Any], *, cut_off: bool = False) -> bool:
    """Whether the model may have been cut off while writing this item (of a response that was cut off or not)."""
    return is_incomplete_item(item) or (cut_off and item.get("status") != "completed")


def custom_arguments(text: str, *, complete: bool) -> str:
    """The free text for a custom tool as JSON arguments; unterminated, and so invalid, when it was cut off."""
    written = json.dumps(text, ensure_ascii=False)
    return f'{{"input":{written}}}' if complete else f'{{"input":{written[:-1]}'


def text_of_event(value: Any, kind: str) -> str | None:
    """The text in an event about an item of this kind; arguments may be a JSON object."""
    if kind in CALL_INPUT and isinstance(value, Mapping):
        return to_json_text(value)
    return string(value.get("text")) if isinstance(value, Mapping) else string(value)
