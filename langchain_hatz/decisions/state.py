"""A state as the content of a message: text or JSON, with its images and documents as attachments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage

from hatz_client import HatzInvalidInputError
from hatz_client.util.json_text import to_json_text
from hatz_client.wire.common.requests.media import note_in_place_of
from langchain_hatz._messages.media_blocks import to_media

_ROLES = {"human": "user", "ai": "assistant"}
_TRACES = {"extras", "index"}
"""Fields of content blocks that only their service reads."""

Attachments = list[Mapping[str, Any]]
"""The media blocks of a request. In the text, "[attachment 1]" is where the first one was."""


def state_content(state: Any, attachments: Attachments) -> str | list[str | dict[Any, Any]]:
    """The content of the message with this state and with all attachments, those of the questions too.

    Raises:
        HatzInvalidInputError: if something in the state is not JSON, a message or a media block, or it is nested too deeply.
    """
    text = state if isinstance(state, str) and state.strip() else to_text(state, attachments, always_json=True)
    if not attachments:
        return text
    content: list[str | dict[Any, Any]] = [text]
    for number, block in enumerate(attachments, 1):
        content += [f"[attachment {number}]:", dict(block)]
    return content


def to_text(value: Any, attachments: Attachments, *, always_json: bool = False) -> str:
    """The value as text: a string as it is (unless `always_json`), anything else as JSON."""
    if isinstance(value, str) and not always_json:
        return value
    try:
        return to_json_text(_to_plain(value, attachments))
    except RecursionError:
        raise HatzInvalidInputError("The state or a question is nested too deeply, or contains itself.") from None


def _to_plain(value: Any, attachments: Attachments) -> Any:
    """The value as plain JSON; what has no form in JSON stays, and is an error when it is written."""
    match value:
        case BaseMessage():
            return _message(value, attachments)
        case Mapping() if isinstance(value.get("type"), str) and to_media(value):
            attachments.append(value)
            return f"[attachment {len(attachments)}]"
        case Mapping():
            return {key: _to_plain(item, attachments) for key, item in value.items()}
        case Sequence() if not isinstance(value, str | bytes | bytearray):
            return [_to_plain(item, attachments) for item in value]
        case _:
            return value


def _note(message: BaseMessage, block: Mapping[str, Any]) -> str | None:
    """The text in place of a tool's file or link that no endpoint takes: it ends no agent's run, so it ends no decision about it."""
    media = to_media(block) if isinstance(message, ToolMessage) else None
    return note_in_place_of(media, office=True) if media else None


def _message(message: BaseMessage, attachments: Attachments) -> dict[str, Any]:
    """The role, the content and the names of a message; text alone is a string."""
    blocks: list[Mapping[str, Any]] = list(message.content_blocks)
    content: Any = message.text
    if any(block["type"] != "text" for block in blocks):
        plain = [_note(message, block) or {k: v for k, v in block.items() if k not in _TRACES} for block in blocks]
        content = _to_plain(plain, attachments)
    role = getattr(message, "role", None) or _ROLES.get(message.type, message.type)
    about = {name: getattr(message, name, None) for name in ("name", "tool_call_id", "status")}
    return {"role": role, **{name: value for name, value in about.items() if value}, "content": content}
