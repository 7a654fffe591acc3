"""Responses: the body of a response as a `Reply`, and the metadata that a stream's final object shares with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hatz_client.content import Finish, Part, Reasoning, Refusal, Reply, Text, ToolCall, Usage
from hatz_client.errors import HatzResponseError, HatzStatusError
from hatz_client.util.warn_once import warn_once
from hatz_client.wire.common.answers import finish_reasons
from hatz_client.wire.common.answers.error_bodies import error_from_event, error_in
from hatz_client.wire.common.answers.error_message import has_words
from hatz_client.wire.common.answers.values import count_of, string
from hatz_client.wire.responses.items import (
    NAME,
    content_of,
    is_call,
    is_incomplete_item,
    parts_of,
    with_type,
)

# Fields that repeat the request, or that `Reply` has a place for.
_NO_RESIDUE = frozenset(
    "background frequency_penalty include input input_messages instructions max_output_tokens max_tool_calls metadata parallel_tool_calls "  # noqa: SIM905 (a list would take a line a word)
    "presence_penalty prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier store stream "
    "temperature text tool_choice tools top_logprobs top_p truncation user "
    "id object model output output_text usage error".split()
)
_PENDING = ("queued", "in_progress")
_COMPLETED = ("completed", "complete")


def decode(body: Mapping[str, Any]) -> Reply:
    """The answer in a response's body.

    Raises:
        HatzStatusError: the body holds an error, or its status is "failed" or "cancelled".
        HatzResponseError: the body holds no answer.
    """
    raise_failure(body)
    if not has_output(body) and body.get("status") not in _PENDING:
        raise HatzResponseError(f"The Responses endpoint answered with something else: {body!r:.200}", body=body)
    if body.get("status") in _PENDING:
        warn_once(
            f"The response is not complete: its status is {body['status']!r}, so it has no finish reason. The gateway has no "
            "request to fetch it later: leave out `background`."
        )
    items = output_items(body)
    _check_contents(items, body)
    parts = tuple(part for item in items for part in parts_of(item, cut_off=is_incomplete(body)))
    finish = finish_of(body, calls=any(map(is_call, items)), cut_item=any(map(is_incomplete_item, items)))
    usage = usage_of(body.get("usage"), answered=bool(parts), written=any(map(_is_written, parts)))
    return Reply(parts, **facts_of(body, finish, usage))


def facts_of(body: Mapping[str, Any], finish: Finish | None, usage: Usage | None) -> dict[str, Any]:
    """The fields of a `Reply`, or of a stream's last `Meta`, for the facts about the whole answer."""
    residue = {k: v for k, v in body.items() if k not in _NO_RESIDUE and v not in (None, [], {}, "")}
    if usage is None and (unreadable := body.get("usage")):
        residue["usage"] = unreadable
    return {
        "id": string(body.get("id")),
        "model": string(body.get("model")),
        "finish": finish,
        "usage": usage,
        "endpoint": NAME,
        "residue": {NAME: residue} if residue else {},
    }


def _is_written(part: Part) -> bool:
    return isinstance(part, ToolCall) or (isinstance(part, Text | Refusal | Reasoning) and bool(part.text))


def has_output(body: Mapping[str, Any]) -> bool:
    """Whether the body holds an answer (maybe an empty one)."""
    return isinstance(body.get("output"), list) or (
        body.get("output") is None and isinstance(body.get("output_text"), str)
    )


def _check_contents(items: list[Mapping[str, Any]], body: Mapping[str, Any]) -> None:
    for item in items:
        content = item.get("content")
        if item.get("type") == "message" and not isinstance(content, str | list | Mapping | None):
            raise HatzResponseError(
                f"A message of the Responses endpoint has no readable content: {item!r:.200}", body=body
            )


def output_items(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The output items, each with its type; Hatz's `output_text` as a message when no item holds text."""
    output = body.get("output")
    items = [with_type(item) for item in output if isinstance(item, dict)] if isinstance(output, list) else []
    text = string(body.get("output_text"))
    if text and not any(item.get("type") == "message" and content_of(item) for item in items):
        items.append({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]})
    return items


def final_body(event: Mapping[str, Any]) -> dict[str, Any]:
    """The response of a stream's terminal event, or in it, with the status that the event stands for."""
    response = event.get("response")
    if response is None and has_output(event):
        response = {key: value for key, value in event.items() if key not in ("type", "sequence_number")}
    body = dict(response) if isinstance(response, Mapping) else {}
    status = str(event["type"]).removeprefix("response.")
    status = "completed" if status == "done" else status
    if body.get("status") in (None, *_PENDING) or (status == "incomplete" and body["status"] in _COMPLETED):
        body["status"] = status
    if body.get("usage") is None and isinstance(event.get("usage"), Mapping):
        body["usage"] = event["usage"]
    if not has_words(body.get("error")):
        details = body.get("status_details")
        body["error"] = event.get("error") or (details.get("error") if isinstance(details, Mapping) else None)
    return body


# Errors


def raise_failure(body: Mapping[str, Any]) -> None:
    """Raise the error that a body holds in place of an answer, if any. An `error` without a word, in a completed answer, is none.

    Raises:
        HatzStatusError: the body holds an error, or its status is "failed" or "cancelled".
    """
    if error := _failure(body):
        raise error


def _failure(body: Mapping[str, Any]) -> HatzStatusError | None:
    error, status = body.get("error"), body.get("status")
    if body.get("object") == "response" or has_output(body) or status in ("failed", "cancelled"):
        if has_words(error):
            return error_from_event({"error": error})
        words = f"The response is {status}; no reason is given."
        return error_from_event({"error": {"message": words}}) if status in ("failed", "cancelled") else None
    return error_from_event(body) if body.get("type") == "error" else error_in(body)


# Finish


def is_incomplete(body: Mapping[str, Any]) -> bool:
    """Whether the response was cut off."""
    return body.get("status") == "incomplete" or _reason(body) is not None


def _reason(body: Mapping[str, Any]) -> str | None:
    match body.get("incomplete_details"):
        case {"reason": str(reason)} | str(reason) if reason:
            return reason
    return None


def finish_of(body: Mapping[str, Any], *, calls: bool, cut_item: bool) -> Finish | None:
    """Why an answer, with tool `calls` or an item marked as incomplete (`cut_item`), ended.

    None while it is pending ("queued", "in_progress") and when the response does not say.
    """
    word = _reason(body) or string(body.get("status"))
    if word is None or word in _PENDING:
        return None
    found = Finish("stop", word) if word in _COMPLETED else finish_reasons.finish_of(word)
    if found is None or found.reason not in ("stop", "tool_calls"):
        return found
    if cut_item:
        return Finish("length", "incomplete")
    return Finish("tool_calls" if calls else "stop", word)


# Usage


def usage_of(usage: Any, *, answered: bool, written: bool) -> Usage | None:
    """The tokens; None if the counts are missing or cannot be true: public clients saw zeros in the gateway's streams.

    Not all counts can be zero if the answer has any part (`answered`), nor its own count if it has text or calls a tool (`written`).
    """
    if not isinstance(usage, dict):
        return None
    read = count_of(usage, "input_tokens", "prompt_tokens")
    produced = count_of(usage, "output_tokens", "completion_tokens")
    if read is None or produced is None or (not produced and (written or (answered and not read))):
        return None
    of_input = usage.get("input_tokens_details") or usage.get("prompt_tokens_details")
    cached = _detail(of_input, "cached_tokens")
    if cached and cached > read:  # counted as Anthropic does, without the cached tokens
        read += cached
    of_output = usage.get("output_tokens_details") or usage.get("completion_tokens_details")
    return Usage(
        input=read,
        output=produced,
        total=max(count_of(usage, "total_tokens") or 0, read + produced),
        cache_read=cached,
        cache_write=_detail(of_input, "cache_write_tokens"),
        reasoning=_detail(of_output, "reasoning_tokens"),
        raw=usage,
    )


def _detail(details: Any, name: str) -> int | None:
    return count_of(details, name) if details and isinstance(details, dict) else None
