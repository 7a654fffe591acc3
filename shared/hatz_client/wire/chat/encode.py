"""Native chat: a `Prompt` as the body of a request."""

from __future__ import annotations

import json
import logging
from typing import Any

from hatz_client.content import Media, Opaque, Part, Prompt, Reasoning, Refusal, Text, ToolCall, ToolResult, Turn
from hatz_client.errors import HatzInvalidInputError, HatzUnsupportedError
from hatz_client.util.json_text import deep_merge, to_json_text, without_none
from hatz_client.util.warn_once import warn_ignored_parameters
from hatz_client.wire.common.requests.media import normalize, note_of, text_document
from hatz_client.wire.common.requests.policies import apply_history_policies

_logger = logging.getLogger("hatz_client")
_ROLES = {"system": "system", "developer": "system", "user": "user", "tool": "user", "assistant": "assistant"}


def encode(prompt: Prompt, *, stream: bool = False) -> dict[str, Any]:
    """The request's body: every turn as plain text, all system turns joined.

    Raises:
        HatzInvalidInputError: if there is nothing to answer.
        HatzUnsupportedError: for client tools (the endpoint drops them silently, and the model then invents their results),
            response formats, and media that is not an uploaded file.
    """
    if prompt.tools:
        raise HatzUnsupportedError(
            "The native chat endpoint does not run your tools: it drops them silently, and the model invents their results. "
            'Use endpoint="messages" or endpoint="responses" for tools, or tools_to_use=[…] for Hatz\'s own.'
        )
    if prompt.response_format:
        raise HatzUnsupportedError(
            'The native chat endpoint enforces no response format. Use endpoint="messages" or endpoint="responses".'
        )
    warn_ignored_parameters("chat", top_p=prompt.top_p, top_k=prompt.top_k, reasoning_effort=prompt.reasoning_effort)
    body = without_none(
        model=prompt.model,
        messages=_messages(apply_history_policies(prompt, paired=False)),
        stream=True if stream else None,
        temperature=prompt.temperature,
        max_tokens=prompt.max_tokens,
        tools_to_use=list(prompt.tools_to_use) or None,
        auto_tool_selection=prompt.auto_tool_selection,
        file_uuids=[*prompt.file_uuids, *_uploaded_files(prompt.turns)] or None,
    )
    body = deep_merge(body, prompt.extra) if prompt.extra else body
    if not body["messages"]:
        raise HatzInvalidInputError("The prompt has nothing to answer: give it at least one turn that is not empty.")
    return body


def _messages(turns: tuple[Turn, ...]) -> list[dict[str, Any]]:
    system: list[str] = []
    messages: list[dict[str, Any]] = []
    for turn in turns:
        text = "\n\n".join(filter(str.strip, (_as_text(part, turn.role) for part in turn.parts)))
        if not text:
            continue
        if (role := _ROLES[turn.role]) == "system":
            system.append(text)  # the endpoint accepts at most one system message
        else:
            messages.append({"role": role, "content": text})
    if system:
        messages.insert(0, {"role": "system", "content": "\n\n".join(system)})
    return messages


def _as_text(part: Part, role: str) -> str:
    match part:
        case Text() | Refusal():
            return part.text
        case ToolCall():
            arguments = (
                part.arguments if isinstance(part.arguments, str) else json.dumps(part.arguments, ensure_ascii=False)
            )
            return f"[Tool call {part.id}: {part.name}({arguments})]"
        case ToolResult():
            content = "\n".join(_result_text(inner, role) for inner in part.content)
            return f"[Tool result {part.call_id}{' (error)' if part.is_error else ''}: {content}]"
        case Media(file_id=str()):
            return ""
        case Media():
            normalize(part)  # names what is wrong with its content
            raise HatzUnsupportedError(
                f"The native chat endpoint does not accept {part.kind} in a message. Upload it to Hatz and pass its id in file_uuids=[…], "
                'or use endpoint="messages".'
            )
        case Opaque() if role != "assistant":
            raise HatzUnsupportedError(
                f"The native chat endpoint accepts only text, not a {part.block.get('type')!r} block."
            )
        case Reasoning() | Opaque():
            _logger.debug("left out of the history for native chat: %s", type(part).__name__)
            return ""


def _result_text(part: Part, role: str) -> str:
    """A part of a tool's result: a text file as its text, another as a note. An error would end the conversation."""
    if isinstance(part, Media) and not part.file_id:
        return text_document(part) or note_of(part)
    return to_json_text(dict(part.block)) if isinstance(part, Opaque) else _as_text(part, role)


def _uploaded_files(turns: tuple[Turn, ...]) -> list[str]:
    parts = [part for turn in turns for part in turn.parts]
    parts += [inner for part in parts if isinstance(part, ToolResult) for inner in part.content]
    ids = (part.file_id for part in parts if isinstance(part, Media) and part.file_id)
    return list(dict.fromkeys(ids))
