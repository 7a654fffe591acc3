"""Native chat: a response as a `Reply`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hatz_client.content import EndpointName, Opaque, Part, Reasoning, Refusal, Reply, Text, Usage
from hatz_client.errors import HatzResponseError
from hatz_client.wire.common.answers.error_bodies import error_in
from hatz_client.wire.common.answers.error_message import has_words
from hatz_client.wire.common.answers.finish_reasons import finish_of
from hatz_client.wire.common.answers.values import count_of, string

NAME: EndpointName = "chat"
_KNOWN = frozenset({"choices", "model", "id", "type", "message"})
_ANSWER = frozenset({"content", "tool_calls", "function_call", "refusal", "reasoning_content", "reasoning"})
"""The fields of a message of which one makes it an answer."""
_MESSAGE_FIELDS = _ANSWER | {"role"}


def decode(body: Mapping[str, Any]) -> Reply:
    """The answer in a response's body. The wire has no finish reason and no trace of server-side tools.

    Raises:
        HatzStatusError: if the body is an error object.
        HatzResponseError: if the body has no answer.
    """
    body = with_error_of_choice(body)
    match body:
        case {"choices": [{"message": Mapping() as message, **choice}, *_]} if not has_words(
            body.get("error")
        ) and _is_answer(message):
            parts = _parts_of_message(message)
        case {"choices": [{"text": str(content), **choice}, *_]} | {
            "type": "content",
            "message": str(content),
            **choice,
        }:
            message, parts = {}, parts_of(content)  # the second is a stream of one line
        case _:
            raise error_in(body) or HatzResponseError(
                f"The native chat endpoint answered with something other than a completion: {body!r:.200}", body=body
            )
    rest = {key: value for key, value in body.items() if key not in _KNOWN}
    if other := {key: value for key, value in message.items() if key not in _MESSAGE_FIELDS and value}:
        rest["message"] = other
    return Reply(
        parts=parts,
        finish=finish_of(choice.get("finish_reason")),
        usage=usage_of(body.get("usage"), answered=bool(parts)),
        id=string(body.get("id")),
        model=string(body.get("model")),
        endpoint=NAME,
        residue={NAME: rest} if rest else {},
    )


def with_error_of_choice(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body, with an error that stands in its first choice as its own: OpenRouter reports there that a provider failed."""
    match body:
        case {"choices": [{"error": error}, *_]} if has_words(error):
            return {**body, "error": error}
        case _:
            return body


def _is_answer(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    return isinstance(content, str | list | Mapping) or (content is None and not message.keys().isdisjoint(_ANSWER))


def _parts_of_message(message: Mapping[str, Any]) -> tuple[Part, ...]:
    """The thoughts, the content, the refusal and the calls.

    The endpoint takes no tools, so a call is one that the caller cannot run: it is kept as a block of this wire format.
    """
    thought, refusal = reasoning_of(message), message.get("refusal")
    return (
        *((Reasoning(thought),) if thought else ()),
        *parts_of(message.get("content")),
        *((Refusal(refusal),) if isinstance(refusal, str) and refusal else ()),
        *(Opaque(NAME, call) for call in calls_in(message)),
    )


def reasoning_of(message: Mapping[str, Any]) -> str:
    """The thoughts in a message, or in a piece of one."""
    found = (message.get(field) for field in ("reasoning_content", "reasoning"))
    return next((text for text in found if isinstance(text, str) and text), "")


def calls_in(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The calls in a message, or the pieces of calls in a piece of one."""
    calls, old = message.get("tool_calls"), message.get("function_call")
    listed = [call for call in (calls if isinstance(calls, list) else [calls]) if isinstance(call, Mapping)]
    return [*listed, {"type": "function", "function": old}] if isinstance(old, Mapping) else listed


def parts_of(content: Any) -> tuple[Part, ...]:
    """The parts of a content: a string, a block or a list of these."""
    if isinstance(content, Mapping):
        return (_part(content),)
    if isinstance(content, list):  # a public client accepts such lists; no source shows one
        return tuple(_part(block) for block in content if block is not None)
    return (Text(content),) if isinstance(content, str) and content else ()


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


def usage_of(usage: Any, *, answered: bool) -> Usage | None:
    """The usage; None if a count is missing, or is zero although there is an answer."""
    if not isinstance(usage, Mapping):
        return None
    read = count_of(usage, "input_tokens", "prompt_tokens")
    written = count_of(usage, "output_tokens", "completion_tokens")
    if read is None or written is None or (answered and not written):
        return None
    return Usage(read, written, read + written, raw=usage)
