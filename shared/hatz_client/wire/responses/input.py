"""Responses: turns as input items."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.content import Media, Opaque, Part, Reasoning, Refusal, Role, Text, ToolCall, ToolResult, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.json_text import arguments_of, to_json_text
from hatz_client.wire.common.requests.block_fields import result_can_hold
from hatz_client.wire.common.requests.media import note_in_place_of
from hatz_client.wire.common.requests.tool_pairing import portable_id
from hatz_client.wire.responses.acceptable_items import acceptable, may_be_refused
from hatz_client.wire.responses.items import NAME
from hatz_client.wire.responses.media import media_part
from hatz_client.wire.responses.residue import known_fields, own_residue

NO_OUTPUT = "(no output)"
Item = dict[str, Any]

_logger = logging.getLogger("hatz_client")
_PLAIN = {"type", "text"}
_OTHERS = {"role", "content", "name", "arguments", "call_id", "summary", "encrypted_content", "status"}
"""Fields of messages, calls and reasoning: the gateway's flattened object has them as null in the items of server tools."""


def input_items(turns: tuple[Turn, ...], *, stored: bool = True) -> list[Item]:
    """The input items of a conversation in which every call has its result.

    Args:
        turns: The conversation.
        stored: Whether the service stores answers; if not, no item can go back by its id alone.

    Raises:
        HatzInvalidInputError: a part has no form where it stands; the message names it.
    """
    custom: set[str] = set()
    """The calls of custom tools, whose results are of another kind."""
    result: list[Item] = []
    must_check = False
    for turn in turns:
        part = turn.parts[0] if len(turn.parts) == 1 else None
        if type(part) is Text and not part.residue and not part.citations:  # nearly all of a history
            result.append(_text_message(turn.role, part.text))
            continue
        if type(part) is ToolResult and turn.role == "tool":
            result.append(_result_item(part, custom))
            continue
        if type(part) is ToolCall and not part.residue and turn.role == "assistant":
            result.append(_call_item(part))
            continue
        begin = len(result)
        if turn.role == "assistant":
            _add_answer(result, turn, custom)
        else:
            result += _input_messages(turn, custom)
        must_check = must_check or any(map(may_be_refused, result[begin:]))
    return acceptable(result, stored=stored) if must_check else result


def _text_message(role: Role, text: str) -> Item:
    if role == "assistant":
        return {"type": "message", "role": role, "content": text}
    return {"role": "user" if role == "tool" else role, "content": text}


def _is_custom(call: ToolCall) -> bool:
    return bool(call.residue) and own_residue(call.residue).get("type") == "custom_tool_call"


# Assistant turns


def _add_answer(result: list[Item], turn: Turn, custom: set[str]) -> None:
    begin = len(result)
    for part in turn.parts:
        match part:
            case ToolCall():
                if _is_custom(part):
                    custom.add(part.id)
                result.append(_call_item(part))
            case Text() | Refusal():
                _add_text(result, part, begin)
            case Reasoning(_, residue) if own_residue(residue).get("id") or own_residue(residue).get(
                "encrypted_content"
            ):
                result.append({"type": "reasoning", "summary": [], **own_residue(residue)})
            case Opaque("responses", block):
                _add_block(result, block, begin)
            case _:
                what = type(part).__name__
                _logger.debug("A %s is left out of an assistant's turn: this endpoint takes none there.", what)
    result[begin:] = [item if "type" in item else _assistant_message(item) for item in result[begin:]]


def _assistant_message(item: Item) -> Item:
    """A message from another source; a single text as a string.

    OpenAI's types require an id and a status of a message with parts.
    """
    match item:
        case {"role": "assistant", "content": [{"type": "output_text", "text": str(text), **rest}]} if not rest:
            # OpenAI's API does not need the type; llama.cpp's Responses does.
            return {"type": "message", **item, "content": text}
        case {"role": "assistant"}:
            return {"type": "message", **item}
        case _:
            return item


def _add_text(result: list[Item], part: Text | Refusal, begin: int) -> None:
    """Add text or a refusal to its original message; without one, to a plain message."""
    fields = own_residue(part.residue)
    about = fields.get("item")
    kind, key = ("refusal", "refusal") if isinstance(part, Refusal) else ("output_text", "text")
    is_own = isinstance(about, Mapping)
    rest = {k: v for k, v in fields.items() if k not in {"item", "at"}} if is_own else known_fields(kind, part.residue)
    content: Item = {"type": kind, key: part.text, **rest}
    if isinstance(part, Text):
        notes = [dict(own_residue(citation.residue)) for citation in part.citations if own_residue(citation.residue)]
        content |= {"annotations": notes} if notes else {}
    if isinstance(about, Mapping):
        _add_content(result, {"type": "message", "role": "assistant", **about}, content, begin, joins="at" in fields)
    else:
        _add_content(result, {"role": "assistant"}, content, begin, joins=True)


def _add_block(result: list[Item], block: Mapping[str, Any], begin: int) -> None:
    match block:
        case {"type": "message", "content": [*contents], **about}:
            for content in contents:
                _add_content(result, {"type": "message", **about}, content, begin, joins=True)
        case _:
            result.append({key: value for key, value in block.items() if value is not None or key not in _OTHERS})


def _add_content(result: list[Item], message: Item, content: Item, begin: int, *, joins: bool) -> None:
    """Add a part to the last message if it belongs there, else add a new message."""
    last = result[-1] if len(result) > begin else {}
    if joins and isinstance(last.get("content"), list) and message == {k: v for k, v in last.items() if k != "content"}:
        last["content"].append(content)
    else:
        result.append({**message, "content": [content]})


def _call_item(call: ToolCall) -> Item:
    about = {"call_id": portable_id(call.id), "name": call.name}
    if _is_custom(call):
        item = {"type": "custom_tool_call", **about, "input": _custom_input(call.arguments)}
    else:
        # Arguments that are not a JSON object go back as the model wrote them: their result says what was wrong.
        arguments = call.arguments if isinstance(call.arguments, str) else to_json_text(call.arguments)
        item = {"type": "function_call", **about, "arguments": arguments}
    if call.residue:
        fields = own_residue(call.residue)
        item |= fields if {"id", "status"} & fields.keys() else known_fields(item["type"], call.residue)
    return item


def _custom_input(arguments: Mapping[str, Any] | str) -> str:
    """The free text of a custom tool's call, also of one that was cut off."""
    found = arguments_of(arguments) if isinstance(arguments, str) else arguments
    if isinstance(found, str):
        found = arguments_of(f'{found}"}}')
    match found:
        case {"input": str(text), **rest} if not rest:
            return text
        case _:
            return arguments if isinstance(arguments, str) else to_json_text(arguments)


# Turns of the user, of tools and of the system


def _input_messages(turn: Turn, custom: set[str]) -> Iterator[Item]:
    """A turn of the user, a tool or the system: a message; results of tools and approvals of their calls are separate items."""
    role = "user" if turn.role == "tool" else turn.role
    content: list[Item] = []
    for part in turn.parts:
        if isinstance(part, ToolResult) or _is_item(part):
            if content:
                yield {"role": role, "content": _as_string(content)}
                content = []
            yield (
                _result_item(part, custom)
                if isinstance(part, ToolResult)
                else _input_part(part, f"A {turn.role}'s turn")
            )
        else:
            content.append(_input_part(part, f"A {turn.role}'s turn"))
    if content:
        yield {"role": role, "content": _as_string(content)}


def _is_item(part: Part) -> bool:
    """Whether it is the user's answer to an item of the service, such as `mcp_approval_response`."""
    return isinstance(part, Opaque) and str(part.block.get("type")).endswith(("_response", "_call_output"))


def _input_part(part: Part, where: str) -> Item:
    match part:
        case Text(text, _, residue) | Refusal(text, residue):
            return {"type": "input_text", "text": text, **known_fields("input_text", residue)}
        case Media():
            block = media_part(part, where)
            return {**block, **known_fields(block["type"], part.residue)}
        case Opaque("responses", block):
            return dict(block)
        case Opaque(other):
            raise HatzInvalidInputError(
                f"{where} holds a block of the endpoint {other!r}, which the Responses endpoint does not know. "
                f'Leave it out, or send the prompt with endpoint="{other}".'
            )
        case _:
            raise HatzInvalidInputError(
                f"{where} cannot hold a {type(part).__name__}: reasoning and tool calls belong to an assistant's turn, "
                'results of tools to a turn with the role "tool".'
            )


def _as_string(content: list[Item]) -> str | list[Item]:
    """The text of a single plain part; else the parts."""
    if len(content) == 1 and content[0].keys() == _PLAIN and content[0]["type"] == "input_text":
        return str(content[0]["text"])
    return content


def _result_item(result: ToolResult, custom: set[str]) -> Item:
    kind = "custom_tool_call_output" if result.call_id in custom else "function_call_output"
    output = _output(result.content)
    if result.is_error:
        output = _with_error(output)
    item = {"type": kind, "call_id": portable_id(result.call_id), "output": output}
    return {**item, **known_fields(kind, result.residue)} if result.residue else item


def _output(parts: tuple[Part, ...]) -> str | list[Item]:
    """A tool's output; plain text as a string: public clients of the gateway send nothing else."""
    if len(parts) == 1 and type(part := parts[0]) is Text and not part.residue:  # nearly all results
        return part.text or NO_OUTPUT
    content = [_output_part(part) for part in parts if not (isinstance(part, Text) and not part.text)]
    if not content:
        return NO_OUTPUT
    if all(part.keys() == _PLAIN for part in content):
        return "\n".join(part["text"] for part in content)
    return content


def _output_part(part: Part) -> Item:
    """A part of a tool's output: a block that the endpoint does not know as its JSON text, a file that it does not take as a note."""
    if isinstance(part, Media) and (note := note_in_place_of(part, office=True)):
        return {"type": "input_text", "text": note}
    if isinstance(part, Opaque) and not (part.dialect == NAME and result_can_hold(str(part.block.get("type")), NAME)):
        return {"type": "input_text", "text": to_json_text(dict(part.block))}
    return _input_part(part, "A tool's result")


def _with_error(output: str | list[Item]) -> str | list[Item]:
    """The output with a text that marks it as an error: the wire has no field for it."""
    if isinstance(output, list):
        first = output[0].get("text")
        is_marked = isinstance(first, str) and first.lower().startswith("error")
        return output if is_marked else [{"type": "input_text", "text": "Error:"}, *output]
    return output if output.lower().startswith("error") else f"Error: {output}"
