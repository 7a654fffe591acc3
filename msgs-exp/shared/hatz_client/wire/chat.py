"""Hatz-native chat (`/chat/completions`): text in and out, with agents, routing and tools that run on Hatz's side.

It resembles OpenAI's chat completions and is not: content is a string, there are no client tools, no finish reason, and a
stream is newline-delimited JSON that just ends (reference: Hatz's API pages and public clients).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.content import (
    DialectName,
    Finish,
    FinishReason,
    Media,
    Opaque,
    Part,
    Prompt,
    Reasoning,
    Refusal,
    Reply,
    StreamFormat,
    Text,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
)
from hatz_client.errors import (
    HatzInvalidInputError,
    HatzResponseError,
    HatzStreamInterruptedError,
    HatzUnsupportedError,
)
from hatz_client.events import Delta, End, Event, Meta, Start, unfold
from hatz_client.util.json_text import merged, without_none
from hatz_client.util.warn_once import say_ignored
from hatz_client.wire.common.error_bodies import of_event
from hatz_client.wire.common.policies import arranged

NAME: DialectName = "chat"
PATH = "/chat/completions"
FRAMING: StreamFormat = "ndjson"
STOPS_ITSELF = False

_logger = logging.getLogger("hatz_client")
_ROLES = {"system": "system", "developer": "system", "user": "user", "tool": "user", "assistant": "assistant"}
_FINISH: dict[str, FinishReason] = {"stop": "stop", "length": "length", "content_filter": "content_filter"}
_REASONING_TYPES = {"thinking", "summary"}
_TOOL_TYPES = {"tool_call", "tool", "tool_use"}


def encode(prompt: Prompt, *, stream: bool = False) -> dict[str, Any]:
    """The request's body: every turn as plain text, all system turns as one.

    Raises:
        HatzInvalidInputError: when there is nothing to answer.
        HatzUnsupportedError: for client tools (the endpoint drops them in silence and the model then invents their
            results), response formats, and media that is not an uploaded file.
    """
    if prompt.tools:
        raise HatzUnsupportedError(
            "The native chat endpoint runs no tools of yours: it drops them without a word and the model makes their results up. "
            'Use endpoint="messages" or endpoint="responses" for tools, or tools_to_use=[…] for Hatz\'s own.'
        )
    if prompt.response_format:
        raise HatzUnsupportedError(
            'The native chat endpoint enforces no response format. Use endpoint="messages" or endpoint="responses".'
        )
    say_ignored("chat", top_p=prompt.top_p, top_k=prompt.top_k, reasoning_effort=prompt.reasoning_effort)
    body = without_none(
        model=prompt.model,
        messages=_messages(arranged(prompt, paired=False)),
        stream=True if stream else None,
        temperature=prompt.temperature,
        max_tokens=prompt.max_tokens,
        tools_to_use=list(prompt.tools_to_use) or None,
        auto_tool_selection=prompt.auto_tool_selection,
        file_uuids=[*prompt.file_uuids, *_uploaded(prompt.turns)] or None,
    )
    body = merged(body, prompt.extra) if prompt.extra else body
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
            system.append(text)  # the endpoint takes one system message at the most
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
            content = "\n".join(_as_text(inner, role) for inner in part.content)
            return f"[Tool result {part.call_id}{' (error)' if part.is_error else ''}: {content}]"
        case Media(file_id=str()):
            return ""
        case Media():
            raise HatzUnsupportedError(
                f"The native chat endpoint takes no {part.kind} in a message. Upload it to Hatz and pass its id in file_uuids=[…], "
                'or use endpoint="messages".'
            )
        case Opaque() if role != "assistant":
            raise HatzUnsupportedError(
                f"The native chat endpoint takes text only, not a {part.block.get('type')!r} block."
            )
        case Reasoning() | Opaque():
            _logger.debug("left out of the history for native chat: %s", type(part).__name__)
            return ""


def _uploaded(turns: tuple[Turn, ...]) -> list[str]:
    parts = [part for turn in turns for part in turn.parts]
    parts += [inner for part in parts if isinstance(part, ToolResult) for inner in part.content]
    ids = (part.file_id for part in parts if isinstance(part, Media) and part.file_id)
    return list(dict.fromkeys(ids))


def decode(body: Mapping[str, Any]) -> Reply:
    """The answer in a response's body. It never says why it ended, nor which server-side tools ran.

    Raises:
        HatzStatusError: what an error object in the body says.
        HatzResponseError: when the body holds no answer.
    """
    match body:
        case {"choices": [{"message": {"content": content}, **choice}, *_]}:
            parts = _parts(content)
        case {"error": _} | {"detail": _}:
            raise of_event(body)
        case _:
            raise HatzResponseError(
                f"The native chat endpoint answered with something that is no completion: {body!r:.200}", body=body
            )
    rest = {key: value for key, value in body.items() if key not in {"choices", "model", "id"}}
    finish = choice.get("finish_reason")
    return Reply(
        parts=parts,
        finish=Finish(_FINISH.get(finish, "other"), finish) if isinstance(finish, str) else None,
        usage=_usage(body.get("usage"), answered=bool(parts)),
        id=_words(body.get("id")),
        model=_words(body.get("model")),
        dialect=NAME,
        residue={NAME: rest} if rest else {},
    )


def _parts(content: Any) -> tuple[Part, ...]:
    match content:
        case None | "":
            return ()
        case str():
            return (Text(content),)
        case [*blocks]:  # a public client reads such lists; no source shows one
            return tuple(_part(block) for block in blocks)
        case _:
            return (Opaque(NAME, {"type": "content", "content": content}),)


def _part(block: Any) -> Part:
    match block:
        case str() | {"type": "text", "text": str()}:
            return Text(block if isinstance(block, str) else block["text"])
        case Mapping():
            return Opaque(NAME, block)
        case _:
            return Opaque(NAME, {"type": "content", "content": block})


def _words(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _usage(usage: Any, *, answered: bool) -> Usage | None:
    if not isinstance(usage, Mapping):
        return None
    read = usage.get("input_tokens", usage.get("prompt_tokens"))
    written = usage.get("output_tokens", usage.get("completion_tokens"))
    if not isinstance(read, int) or not isinstance(written, int) or (answered and not read and not written):
        return None
    return Usage(read, written, read + written, raw=usage)


class Decoder:
    """Turns the lines of one stream into events: a part goes on while lines of its kind come."""

    def __init__(self) -> None:
        self.done = False
        self._index = -1
        self._kind = ""

    def feed(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """The events that one line means; lines of unknown types mean none."""
        kind = _words(data.get("type"))
        if kind == "content" and isinstance(text := data.get("message"), str):
            yield from self._more("content", Text(""), text)
        elif kind in _REASONING_TYPES and isinstance(text := data.get("message") or data.get(str(kind)), str):
            yield from self._more(kind, Reasoning(""), text)
        elif kind in _TOOL_TYPES:
            yield from self._ended()
            self._index += 1
            yield Start(self._index, Opaque(NAME, data))
            yield End(self._index)
        elif self._index < 0 and "choices" in data:  # a gateway that does not stream this one answers in one piece
            reply = decode(data)
            self._index = len(reply.parts)
            yield from unfold(reply)
            return
        elif kind == "error" or "error" in data or "detail" in data:
            raise of_event(data)
        if isinstance(data.get("usage"), Mapping):
            yield Meta(usage=_usage(data["usage"], answered=self._index >= 0), model=_words(data.get("model")))

    def _more(self, kind: str, part: Part, text: str) -> Iterator[Event]:
        if kind != self._kind:
            yield from self._ended()
            self._index += 1
            self._kind = kind
            yield Start(self._index, part)
        if text:
            yield Delta(self._index, text)

    def _ended(self) -> Iterator[Event]:
        if self._kind:
            yield End(self._index)
            self._kind = ""

    def close(self) -> Iterator[Event]:
        """The end of the last part. The end of the stream is the end of the answer: the wire has no other sign."""
        if self._index < 0:
            raise HatzStreamInterruptedError("The stream ended before the answer began.")
        yield from self._ended()
        self.done = True
        yield Meta(dialect=NAME)
