"""Hatz-native chat (`/chat/completions`): text in and out, with agents, routing and server-side tools.

It resembles OpenAI's chat completions but differs: content is a string, there are no client tools and no finish reason, and
a stream is newline-delimited JSON without an end marker (reference: Hatz's API pages and public clients).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.content import (
    EndpointName,
    Finish,
    Media,
    Opaque,
    Part,
    Prompt,
    Reasoning,
    Refusal,
    Reply,
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
from hatz_client.util.json_text import deep_merge, without_none
from hatz_client.util.warn_once import warn_ignored_parameters
from hatz_client.wire.common.answers.error_bodies import error_in
from hatz_client.wire.common.answers.error_message import has_words
from hatz_client.wire.common.answers.finish_reasons import finish_of
from hatz_client.wire.common.answers.token_usage import count_of
from hatz_client.wire.common.requests.policies import apply_history_policies

NAME: EndpointName = "chat"

_logger = logging.getLogger("hatz_client")
_ROLES = {"system": "system", "developer": "system", "user": "user", "tool": "user", "assistant": "assistant"}
_REASONING_TYPES = {"thinking", "summary"}
_TOOL_TYPES = {"tool_call", "tool", "tool_use"}
_KNOWN = frozenset({"choices", "model", "id", "type", "message"})


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
            content = "\n".join(_as_text(inner, role) for inner in part.content)
            return f"[Tool result {part.call_id}{' (error)' if part.is_error else ''}: {content}]"
        case Media(file_id=str()):
            return ""
        case Media():
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


def _uploaded_files(turns: tuple[Turn, ...]) -> list[str]:
    parts = [part for turn in turns for part in turn.parts]
    parts += [inner for part in parts if isinstance(part, ToolResult) for inner in part.content]
    ids = (part.file_id for part in parts if isinstance(part, Media) and part.file_id)
    return list(dict.fromkeys(ids))


def decode(body: Mapping[str, Any]) -> Reply:
    """The answer in a response's body. The wire has no finish reason and no trace of server-side tools.

    Raises:
        HatzStatusError: if the body is an error object.
        HatzResponseError: if the body has no answer.
    """
    match body:
        case {"choices": [{"message": {"content": None | str() | [*_] | Mapping() as content}, **choice}, *_]} if (
            not has_words(body.get("error"))
        ):
            parts = _parts(content)
        case {"choices": [{"text": str(content), **choice}, *_]} | {
            "type": "content",
            "message": str(content),
            **choice,
        }:
            parts = _parts(content)  # the second is a stream of one line
        case _:
            raise error_in(body) or HatzResponseError(
                f"The native chat endpoint answered with something other than a completion: {body!r:.200}", body=body
            )
    rest = {key: value for key, value in body.items() if key not in _KNOWN}
    return Reply(
        parts=parts,
        finish=finish_of(choice.get("finish_reason")),
        usage=_usage(body.get("usage"), answered=bool(parts)),
        id=_string(body.get("id")),
        model=_string(body.get("model")),
        endpoint=NAME,
        residue={NAME: rest} if rest else {},
    )


def _parts(content: str | list[Any] | Mapping[str, Any] | None) -> tuple[Part, ...]:
    if isinstance(content, Mapping):
        return (_part(content),)
    if isinstance(content, list):  # a public client accepts such lists; no source shows one
        return tuple(_part(block) for block in content if block is not None)
    return (Text(content),) if content else ()


def _part(block: Any) -> Part:
    match block:
        case str():
            return Text(block)
        case {"text": str(text), **rest} if rest.get("type", "text") in {"text", "output_text"}:
            return Text(text)
        case Mapping():
            return Opaque(NAME, block)
        case _:
            return Opaque(NAME, {"type": "content", "content": block})


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _usage(usage: Any, *, answered: bool) -> Usage | None:
    if not isinstance(usage, Mapping):
        return None
    read = count_of(usage, "input_tokens", "prompt_tokens")
    written = count_of(usage, "output_tokens", "completion_tokens")
    if read is None or written is None or (answered and not written):
        return None
    return Usage(read, written, read + written, raw=usage)


class Decoder:
    """Turns the lines of one stream into events; consecutive lines of one kind are one part."""

    def __init__(self) -> None:
        self.done = False
        self._index = -1
        self._kind = ""
        self._finish: Finish | None = None

    def feed(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """The events of one line; lines of unknown types have none.

        Raises:
            HatzStatusError: if the line is an error.
            HatzResponseError: if the line is a complete answer that cannot be read.
        """
        kind = _string(data.get("type"))
        if kind == "content" and isinstance(text := data.get("message"), str):
            yield from self._add_text("content", Text(""), text)
        elif kind in _REASONING_TYPES and isinstance(text := data.get("message") or data.get(str(kind)), str):
            yield from self._add_text(str(kind), Reasoning(""), text)
        elif kind in _TOOL_TYPES:
            yield from self._end_part()
            self._index += 1
            yield Start(self._index, Opaque(NAME, data))
            yield End(self._index)
        elif "choices" in data and not has_words(data.get("error")):
            yield from self._choices(data)
        elif error := error_in(data):
            raise error
        if isinstance(data.get("usage"), Mapping):
            yield Meta(usage=_usage(data["usage"], answered=self._index >= 0), model=_string(data.get("model")))

    def _choices(self, data: Mapping[str, Any]) -> Iterator[Event]:
        """A chunk of a chat completion, or a complete one from a gateway that does not stream."""
        match data["choices"]:
            case [{"delta": Mapping() as delta, **choice}, *_]:
                for field in ("reasoning_content", "reasoning"):
                    if isinstance(text := delta.get(field), str) and text:
                        yield from self._add_text("thinking", Reasoning(""), text)
                        break
                if isinstance(text := delta.get("content"), str) and text:
                    yield from self._add_text("content", Text(""), text)
                self._finish = finish_of(choice.get("finish_reason")) or self._finish
            case []:
                pass  # the last chunk, which has only the usage
            case _ if self._index < 0:
                reply = decode(data)
                self._index = len(reply.parts)
                yield from unfold(reply)

    def _add_text(self, kind: str, part: Part, text: str) -> Iterator[Event]:
        if kind != self._kind:
            yield from self._end_part()
            self._index += 1
            self._kind = kind
            yield Start(self._index, part)
        if text:
            yield Delta(self._index, text)

    def _end_part(self) -> Iterator[Event]:
        if self._kind:
            yield End(self._index)
            self._kind = ""

    def close(self) -> Iterator[Event]:
        """The end of the last part. The answer ends with the stream: the wire has no end marker."""
        if self._index < 0 and self._finish is None:
            raise HatzStreamInterruptedError("The stream ended before the answer began.")
        yield from self._end_part()
        self.done = True
        yield Meta(finish=self._finish, endpoint=NAME)
