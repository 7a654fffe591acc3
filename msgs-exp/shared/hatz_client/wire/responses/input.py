"""Responses: turns as input items."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from hatz_client.content import (
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Residue,
    Role,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from hatz_client.errors import HatzInvalidInputError
from hatz_client.util.json_text import to_json_text
from hatz_client.wire.common.tool_pairing import portable_id
from hatz_client.wire.responses.media import media_part

NAME = "responses"
NO_OUTPUT = "(no output)"
Item = dict[str, Any]

_logger = logging.getLogger("hatz_client")
_PLAIN = {"type", "text"}
_NO_TOOL_NAME = re.compile(r"[^a-zA-Z0-9_-]")
_OF_ANSWER = frozenset({"item", "at", "annotations", "logprobs"})
"""Residue of a text that the model wrote, which has no place in a text that somebody else says."""


def own(residue: Residue) -> Mapping[str, Any]:
    """This dialect's residue."""
    return residue.get(NAME) or {}


def items(turns: tuple[Turn, ...]) -> list[Item]:
    """The input items of a conversation in which every call has its result.

    Raises:
        HatzInvalidInputError: a part has no form where it stands; the message names it.
    """
    custom: set[str] = set()
    """The calls of custom tools, whose results are of another kind."""
    result: list[Item] = []
    for turn in turns:
        part = turn.parts[0] if len(turn.parts) == 1 else None
        if type(part) is Text and not part.residue and not part.citations:  # nearly all of a history
            result.append(_message(turn.role, part.text))
        elif turn.role == "assistant":
            _add_assistant(result, turn, custom)
        else:
            result += _said_items(turn, custom)
    return result


def _message(role: Role, text: str) -> Item:
    """A message of nothing but text."""
    if role == "assistant":
        return {"type": "message", "role": role, "content": text}
    return {"role": "user" if role == "tool" else role, "content": text}


def _is_custom(call: ToolCall) -> bool:
    return bool(call.residue) and own(call.residue).get("type") == "custom_tool_call"


# What the model said


def _add_assistant(result: list[Item], turn: Turn, custom: set[str]) -> None:
    begin = len(result)
    for part in turn.parts:
        match part:
            case ToolCall():
                if _is_custom(part):
                    custom.add(part.id)
                result.append(_call(part))
            case Text() | Refusal():
                _add_words(result, part, begin)
            case Reasoning(_, residue) if own(residue).get("id") or own(residue).get("encrypted_content"):
                result.append({"type": "reasoning", "summary": [], **own(residue)})
            case Opaque("responses", block):
                _add_block(result, block, begin)
            case _:
                what = type(part).__name__
                _logger.debug("A %s is left out of an assistant's turn: this endpoint takes none there.", what)
    result[begin:] = [item if "type" in item else _plain(item) for item in result[begin:]]


def _plain(item: Item) -> Item:
    """A message of text from elsewhere, as a string: OpenAI's types want an id and a status of one that has parts."""
    match item:
        case {"role": "assistant", "content": [{"type": "output_text", "text": str(text), **rest}]} if not rest:
            # OpenAI's API does without the type; llama.cpp's Responses does not.
            return {"type": "message", **item, "content": text}
        case {"role": "assistant"}:
            return {"type": "message", **item}
        case _:
            return item


def _add_words(result: list[Item], part: Text | Refusal, begin: int) -> None:
    """Text or refusal as a part of its own message again; what has none goes into a plain one."""
    fields = own(part.residue)
    about = fields.get("item")
    rest = {k: v for k, v in fields.items() if k not in {"item", "at"}}
    if isinstance(part, Refusal):
        content: Item = {"type": "refusal", "refusal": part.text, **rest}
    else:
        notes = [dict(own(citation.residue)) for citation in part.citations if own(citation.residue)]
        content = {"type": "output_text", "text": part.text, **rest, **({"annotations": notes} if notes else {})}
    if isinstance(about, Mapping):
        _add_content(result, {"type": "message", "role": "assistant", **about}, content, begin, joins="at" in fields)
    else:
        _add_content(result, {"role": "assistant"}, content, begin, joins=True)


def _add_block(result: list[Item], block: Mapping[str, Any], begin: int) -> None:
    match block:
        case {"type": "message", "content": [content], **about}:
            _add_content(result, {"type": "message", **about}, content, begin, joins=True)
        case _:
            result.append(dict(block))


def _add_content(result: list[Item], message: Item, content: Item, begin: int, *, joins: bool) -> None:
    last = result[-1] if len(result) > begin else {}
    if joins and isinstance(last.get("content"), list) and message == {k: v for k, v in last.items() if k != "content"}:
        result[-1] = {**last, "content": [*last["content"], content]}
    else:
        result.append({**message, "content": [content]})


def _call(call: ToolCall) -> Item:
    fields = own(call.residue)
    name = call.name if fields else _tool_name(call.name)
    if _is_custom(call):
        about = {"call_id": portable_id(call.id), "name": name}
        return {"type": "custom_tool_call", **about, "input": _custom_input(call.arguments), **fields}
    # Arguments that are no JSON object go back as the model wrote them: their result tells it what was wrong.
    arguments = call.arguments if isinstance(call.arguments, str) else to_json_text(call.arguments)
    about = {"call_id": portable_id(call.id), "name": name, "arguments": arguments}
    return {"type": "function_call", **about, **fields}


@lru_cache(maxsize=1024)
def _tool_name(name: str) -> str:
    return _NO_TOOL_NAME.sub("_", name) or "unknown"


def _custom_input(arguments: Mapping[str, Any] | str) -> str:
    """The free text of a custom tool's call, also of one that was cut off."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments + '"}')
        except ValueError:
            return str(arguments)
    match arguments:
        case {"input": str(text), **rest} if not rest:
            return text
        case _:
            return to_json_text(arguments)


# What others said


def _said_items(turn: Turn, custom: set[str]) -> Iterator[Item]:
    """The turn of a user, a tool or the system: a message, with the results of tools as items of their own."""
    role = "user" if turn.role == "tool" else turn.role
    content: list[Item] = []
    for part in turn.parts:
        if isinstance(part, ToolResult):
            if content:
                yield {"role": role, "content": _short(content)}
                content = []
            yield _result(part, custom)
        else:
            content.append(_said(part, f"A {turn.role}'s turn"))
    if content:
        yield {"role": role, "content": _short(content)}


def _said(part: Part, where: str) -> Item:
    if type(part) is Text and not part.residue:
        return {"type": "input_text", "text": part.text}
    match part:
        case Text(text, _, residue) | Refusal(text, residue):
            rest = {k: v for k, v in own(residue).items() if k not in _OF_ANSWER}
            return {"type": "input_text", "text": text, **rest}
        case Media():
            return {**media_part(part, where), **own(part.residue)}
        case Opaque("responses", block):
            return dict(block)
        case Opaque(dialect):
            raise HatzInvalidInputError(
                f"{where} holds a block of the dialect {dialect!r}, which the Responses endpoint does not know. "
                f'Leave it out, or send the prompt with endpoint="{dialect}".'
            )
        case _:
            raise HatzInvalidInputError(
                f"{where} cannot hold a {type(part).__name__}: reasoning and tool calls belong to an assistant's turn, "
                'results of tools to a turn of the role "tool".'
            )


def _short(content: list[Item]) -> str | list[Item]:
    """The parts, or their text when it is a single plain one."""
    if len(content) == 1 and content[0].keys() == _PLAIN and content[0]["type"] == "input_text":
        return str(content[0]["text"])
    return content


def _result(result: ToolResult, custom: set[str]) -> Item:
    kind = "custom_tool_call_output" if result.call_id in custom else "function_call_output"
    output = _output(result.content)
    if result.is_error:
        output = _with_error(output)
    return {"type": kind, "call_id": portable_id(result.call_id), "output": output, **own(result.residue)}


def _empty(part: Part) -> bool:
    return isinstance(part, Text) and not part.text


def _output(parts: tuple[Part, ...]) -> str | list[Item]:
    """What is only plain text as a string: public clients of the gateway send nothing else."""
    if len(parts) == 1 and type(part := parts[0]) is Text and not part.residue:  # nearly all results
        return part.text or NO_OUTPUT
    content = [_said(part, "A tool's result") for part in parts if not _empty(part)]
    if not content:
        return NO_OUTPUT
    if all(part.keys() == _PLAIN for part in content):
        return "\n".join(part["text"] for part in content)
    return content


def _with_error(output: str | list[Item]) -> str | list[Item]:
    """The wire has no field that says so."""
    if isinstance(output, list):
        first = output[0].get("text")
        said = isinstance(first, str) and first.lower().startswith("error")
        return output if said else [{"type": "input_text", "text": "Error:"}, *output]
    return output if output.lower().startswith("error") else f"Error: {output}"
