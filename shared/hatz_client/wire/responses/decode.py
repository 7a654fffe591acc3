"""Responses: a response's body as a `Reply`; also what the final object of a stream says about the whole answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hatz_client.content import Finish, FinishReason, Reply, Residue, ToolCall, Usage
from hatz_client.errors import HatzResponseError, HatzStatusError
from hatz_client.wire.common.error_bodies import of_event
from hatz_client.wire.responses.items import NAME, content_of, integer, is_incomplete_item, parts_of, string, with_type

# What a response repeats of the request, or says elsewhere.
_NO_RESIDUE = frozenset(
    "background frequency_penalty include input input_messages instructions max_output_tokens max_tool_calls metadata parallel_tool_calls "  # noqa: SIM905 (a list would take a line a word)
    "presence_penalty prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier store stream "
    "temperature text tool_choice tools top_logprobs top_p truncation user "
    "id object model output output_text usage error".split()
)
_FINISH: dict[str, FinishReason] = {
    "completed": "stop",
    "complete": "stop",
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "incomplete": "length",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_context_window_exceeded": "length",
    "content_filter": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
}
"""Statuses and reasons, OpenAI's and those that gateways pass through from other wires."""
_PENDING = ("queued", "in_progress")
_ERROR_FIELDS = ("error", "errors", "detail", "message", "msg", "Message", "title", "error_description")


def decode(body: Mapping[str, Any]) -> Reply:
    """The answer in a response's body.

    Raises:
        HatzStatusError: the body holds an error, or its status is "failed" or "cancelled".
        HatzResponseError: the body holds no answer.
    """
    raise_failure(body)
    if not has_output(body) and body.get("status") not in _PENDING:
        raise HatzResponseError(f"The Responses endpoint answered with something else: {body!r:.200}", body=body)
    items = output_items(body)
    _check_contents(items, body)
    cut_off = is_incomplete(body)
    parts = tuple(part for item in items for part in parts_of(item, cut_off=cut_off))
    usage = usage_of(body.get("usage"), answered=bool(parts))
    return Reply(
        parts=parts,
        finish=finish_of(
            body,
            calls=any(isinstance(part, ToolCall) for part in parts),
            cut_item=any(map(is_incomplete_item, items)),
        ),
        usage=usage,
        id=string(body.get("id")),
        model=string(body.get("model")),
        endpoint=NAME,
        residue=residue_of(body, usage),
    )


def has_output(body: Mapping[str, Any]) -> bool:
    """Whether the body holds an answer, even an empty one."""
    return isinstance(body.get("output"), list) or (body.get("output") is None and isinstance(body.get("output_text"), str))


def _check_contents(items: list[Mapping[str, Any]], body: Mapping[str, Any]) -> None:
    for item in items:
        content = item.get("content")
        if item.get("type") == "message" and not isinstance(content, str | list | Mapping | None):
            raise HatzResponseError(f"A message of the Responses endpoint has no readable content: {item!r:.200}", body=body)


def output_items(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The output items, each with its type; Hatz's `output_text` as a message when no item holds text."""
    output = body.get("output")
    items = [with_type(item) for item in output if isinstance(item, dict)] if isinstance(output, list) else []
    text = string(body.get("output_text"))
    if text and not any(item.get("type") == "message" and content_of(item) for item in items):
        items.append({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]})
    return items


# Errors


def failure(body: Mapping[str, Any]) -> HatzStatusError | None:
    """The error that a body holds in place of an answer."""
    error, status = body.get("error"), body.get("status")
    if body.get("object") == "response" or has_output(body):
        if status in ("failed", "cancelled") and not _has_words(error):
            error = {"message": f"The response is {status}; no reason is given."}
        return of_event({"error": error}) if _has_words(error) else None
    if status in ("failed", "cancelled") and not _has_words(error):
        return of_event({"error": {"message": f"The response is {status}; no reason is given."}})
    if body.get("type") == "error" or any(_has_words(body.get(name)) for name in _ERROR_FIELDS):
        return of_event(body)
    return None


def _has_words(error: Any) -> bool:
    """Whether an `error` says anything: gateways send one with empty fields in a completed answer."""
    match error:
        case str():
            return bool(error.strip())
        case Mapping():
            return any(map(_has_words, error.values()))
        case list():
            return any(map(_has_words, error))
    return isinstance(error, int) and not isinstance(error, bool) and error != 0


def raise_failure(body: Mapping[str, Any]) -> None:
    """Raise the error that the body holds, if any.

    Raises:
        HatzStatusError: the body holds an error, or its status is "failed" or "cancelled".
    """
    if error := failure(body):
        raise error


# How it ended


def is_incomplete(body: Mapping[str, Any]) -> bool:
    """Whether the response was cut off."""
    return body.get("status") == "incomplete" or _reason(body) is not None


def _reason(body: Mapping[str, Any]) -> str | None:
    match body.get("incomplete_details"):
        case {"reason": str(reason)} | str(reason) if reason:
            return reason
    return None


def finish_of(body: Mapping[str, Any], *, calls: bool, cut_item: bool) -> Finish | None:
    """Why the answer ended; None while it has not (status "queued", "in_progress") and when nothing is said.

    Args:
        body: The response.
        calls: Whether the answer calls tools.
        cut_item: Whether an item says that it is incomplete.
    """
    word = _reason(body) or string(body.get("status"))
    if word is None or word in _PENDING:
        return None
    reason = _FINISH.get(word, "other")
    if reason in ("stop", "tool_calls"):
        if cut_item:
            return Finish("length", "incomplete")
        reason = "tool_calls" if calls else "stop"
    return Finish(reason, word)


# What it cost


def usage_of(usage: Any, *, answered: bool) -> Usage | None:
    """The tokens; None when they are not given, and when an answer is said to have taken none.

    Public clients saw zeros in the gateway's streams.
    """
    if not isinstance(usage, dict):
        return None
    read = _count(usage, "input_tokens", "prompt_tokens")
    written = _count(usage, "output_tokens", "completion_tokens")
    if read is None or written is None or (answered and not written):
        return None
    total = integer(usage.get("total_tokens"))
    of_input = usage.get("input_tokens_details") or usage.get("prompt_tokens_details")
    of_output = usage.get("output_tokens_details") or usage.get("completion_tokens_details")
    return Usage(
        input=read,
        output=written,
        total=total or read + written,
        cache_read=_detail(of_input, "cached_tokens"),
        cache_write=_detail(of_input, "cache_write_tokens"),
        reasoning=_detail(of_output, "reasoning_tokens"),
        raw=usage,
    )


def _count(usage: Mapping[str, Any], *names: str) -> int | None:
    return next((count for name in names if (count := integer(usage.get(name))) is not None), None)


def _detail(details: Any, name: str) -> int | None:
    return integer(details.get(name)) if isinstance(details, dict) else None


def residue_of(body: Mapping[str, Any], usage: Usage | None) -> Residue:
    """What else the response says about itself, without what it repeats of the request; and a usage that says nothing."""
    fields = {k: v for k, v in body.items() if k not in _NO_RESIDUE and v not in (None, [], {}, "")}
    if usage is None and (unknown := body.get("usage")):
        fields["usage"] = unknown
    return {NAME: fields} if fields else {}
