"""Messages: the parts of a turn as blocks, in the form that its role may have."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from hatz_client.content import (
    Citation,
    Media,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Residue,
    Text,
    ToolCall,
    ToolResult,
    Turn,
)
from hatz_client.errors import HatzInvalidInputError, HatzUnsupportedError
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.common.requests.media import describe, is_textual, normalize, note_in_place_of, text_of
from hatz_client.wire.common.requests.tool_pairing import portable_id

DIALECT = "messages"
NO_OUTPUT = "(no output)"
Block = dict[str, Any]
_log = logging.getLogger(__name__)


def own_residue(residue: Residue) -> Mapping[str, Any]:
    """The residue of this wire format."""
    return residue.get(DIALECT) or {}


def plain_text(turn: Turn) -> str | None:
    """The text of a turn that is only one plain text, as nearly all turns are; None for any other turn."""
    if len(turn.parts) != 1 or turn.role in {"system", "developer"}:
        return None
    part = turn.parts[0]
    return part.text if type(part) is Text and not (part.residue or part.citations) and part.text.strip() else None


def user_blocks(turn: Turn) -> list[Block]:
    """The blocks of a user turn, a tool turn or a late system message.

    Raises:
        HatzInvalidInputError: if a part has no form there; the message names it.
    """
    if turn.role in {"system", "developer"}:
        return [block for part in turn.parts if (block := _late_system_block(part))]
    return [block for part in turn.parts if (block := _user_block(part))]


def _user_block(part: Part) -> Block | None:
    return _result(part) if isinstance(part, ToolResult) else _content_block(part, "A user's turn")


def _late_system_block(part: Part) -> Block | None:
    if isinstance(part, Text | Refusal) and part.text.strip():
        return {"type": "text", "text": f"<system>\n{part.text}\n</system>", **own_residue(part.residue)}
    return _user_block(part)


def assistant_blocks(turn: Turn) -> list[Block]:
    """The blocks of an assistant turn; blocks of other wire formats are left out."""
    return [block for part in turn.parts if (block := _assistant_block(part))]


def _assistant_block(part: Part) -> Block | None:
    match part:
        case ToolCall():
            return _call(part)
        case Reasoning(text, residue):
            fields = own_residue(residue)
            if fields.get("type") == "redacted_thinking":
                return dict(fields)
            if fields.get("signature"):
                return {"type": "thinking", "thinking": text, **fields}
            _log.debug("Reasoning without a signature of this endpoint is left out: the gateway would reject it.")
            return None
        case Opaque(dialect) if dialect != DIALECT:
            _log.debug("A block of the endpoint %r is left out of an assistant's turn.", dialect)
            return None
        case Media(kind):
            _log.debug("An assistant's %s is left out: this endpoint takes none in an assistant's turn.", kind)
            return None
        case _:
            return _content_block(part, "An assistant's turn")


def _content_block(part: Part, where: str) -> Block | None:
    """A block that is allowed in any turn and in a tool's result. Blank text is rejected by the service, so it is dropped."""
    if type(part) is Text:
        return _text(part)
    match part:
        case Refusal(text, residue):
            return {"type": "text", "text": text, **own_residue(residue)} if text.strip() else None
        case Media():
            return _media(part, where)
        case Opaque(dialect, block) if dialect == DIALECT:
            return dict(block)
        case Opaque(dialect):
            raise HatzInvalidInputError(
                f'{where} holds a block of the endpoint "{dialect}", which the Messages endpoint does not know. '
                f'Leave it out, or send the prompt with endpoint="{dialect}".'
            )
        case _:
            raise HatzInvalidInputError(
                f"{where} cannot hold a {type(part).__name__}: reasoning and tool calls belong to an assistant's turn, "
                'results of tools to a turn with the role "tool".'
            )


def _text(part: Text) -> Block | None:
    if not part.text.strip():
        return None
    block: Block = {"type": "text", "text": part.text}
    if part.citations:
        block |= _citations(part.citations)
    if part.residue:
        block |= own_residue(part.residue)
    return block


def _citations(citations: tuple[Citation, ...]) -> Block:
    mine = [dict(own_residue(citation.residue)) for citation in citations if own_residue(citation.residue)]
    return {"citations": mine} if mine else {}


def _call(part: ToolCall) -> Block:
    arguments = arguments_of(part.arguments) if isinstance(part.arguments, str) else part.arguments
    block = {
        "type": "tool_use",
        "id": portable_id(part.id),
        "name": part.name,
        # `input` must be an object. Other arguments are lost here, but the result of such a call is an error that tells the
        # model what was wrong with them.
        "input": {} if isinstance(arguments, str) else dict(arguments),
    }
    if part.residue:
        block |= own_residue(part.residue)
    return block


def _result(part: ToolResult) -> Block:
    result: Block = {"type": "tool_result", "tool_use_id": portable_id(part.call_id), "content": _output(part.content)}
    if part.is_error:
        result["is_error"] = True
    if part.residue:
        result |= own_residue(part.residue)
    return result


def _output(content: tuple[Part, ...]) -> str | list[Block]:
    if len(content) == 1 and type(only := content[0]) is Text and not only.residue and not only.citations:
        return only.text if only.text.strip() else NO_OUTPUT
    return short([block for part in content if (block := _output_block(part))]) or NO_OUTPUT


def _output_block(part: Part) -> Block | None:
    """A block of a tool's result; a text in place of a file that the endpoint does not take."""
    if isinstance(part, Media) and (note := note_in_place_of(part, office=False)):
        return {"type": "text", "text": note}
    return _content_block(part, "A tool's result")


def short(blocks: list[Block]) -> str | list[Block]:
    """The blocks; a single plain text block as its text."""
    if len(blocks) == 1 and len(block := blocks[0]) == 2 and block.get("type") == "text" and "text" in block:
        return str(block["text"])
    return blocks


def _media(part: Media, where: str) -> Block:
    part = normalize(part)
    if part.kind not in {"image", "document"}:
        raise HatzUnsupportedError(
            f"{where} holds {describe(part)}, and the Messages endpoint takes only images and documents. "
            "Send its transcript or single frames instead, or choose a model and endpoint that take it."
        )
    title = {"title": part.filename} if part.kind == "document" and part.filename else {}
    return {"type": part.kind, "source": _source(part, where), **title, **own_residue(part.residue)}


def _source(part: Media, where: str) -> Block:
    media_type, data = part.media_type, part.data
    if not data:
        if part.url:
            return {"type": "url", "url": part.url}
        if part.file_id:
            return {"type": "file", "file_id": part.file_id}
        raise HatzInvalidInputError(
            f"{where} holds an empty {part.kind}: give its `data` (base64), `url` or `file_id`."
        )
    if part.kind == "document" and is_textual(media_type):
        text = text_of(data)
        if text is None:
            raise HatzInvalidInputError(
                f"{where} holds a text document whose `data` is not UTF-8 text in base64: encode it so, or give its `media_type`."
            )
        # Text has its own kind of source, whose media type is always text/plain.
        return {"type": "text", "media_type": "text/plain", "data": text}
    if not media_type:
        raise HatzInvalidInputError(
            f"{where} holds an image of an unknown type: give its `media_type`, like image/png."
        )
    return {"type": "base64", "media_type": media_type, "data": data}
