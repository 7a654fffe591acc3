"""What a Messages response says, as a `Reply`; the meaning of its blocks, usage and stop reasons (streams share it)."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from hatz_client.content import (
    Citation,
    Finish,
    FinishReason,
    Opaque,
    Part,
    Reasoning,
    Reply,
    Residue,
    Text,
    ToolCall,
    Usage,
)
from hatz_client.errors import HatzResponseError
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.common.error_bodies import of_event

DIALECT = "messages"
_log = logging.getLogger(__name__)

_REASONS: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
    "pause_turn": "pause",
}
# What `Reply` has a place for, and the two constants.
_KNOWN = frozenset({"id", "type", "role", "model", "content", "stop_reason", "usage"})


def decode(body: Mapping[str, Any]) -> Reply:
    """The answer in a response's body.

    Raises:
        HatzStatusError: what an error object in it says.
        HatzResponseError: it is no message.
    """
    parts = tuple(part for block in _content(body) if (part := part_of(block)) is not None)
    raw = body.get("usage")
    usage = usage_of(raw, answered=bool(parts))
    return Reply(
        parts=parts,
        finish=finish_of(body.get("stop_reason")),
        usage=usage,
        id=text_or_none(body.get("id")),
        model=text_or_none(body.get("model")),
        dialect=DIALECT,
        residue=residue_of({**rest_of(body), **unknown_usage(usage, raw)}),
    )


def decode_count(body: Mapping[str, Any]) -> int:
    """The input tokens that `count_tokens` answered.

    Raises:
        HatzStatusError: what an error object in it says.
        HatzResponseError: there is no count in it.
    """
    match body:
        case {"input_tokens": int(count)}:
            return count
        case {"error": error} if error:
            raise of_event(body)
        case _:
            raise HatzResponseError(f"This is no count of tokens: {_what(body)} came.", body=body)


def part_of(block: Any) -> Part | None:
    """The part that a block of content means; None for what is no block at all."""
    match block:
        case {"type": "text", **rest}:
            citations = citations_of(rest.pop("citations", None))
            return Text(text_or_none(rest.pop("text", None)) or "", citations, residue_of(rest))
        case {"type": "thinking", **rest}:
            return Reasoning(text_or_none(rest.pop("thinking", None)) or "", residue_of(rest))
        case {"type": "redacted_thinking"}:
            return Reasoning("", residue_of(block))
        case {"type": "tool_use", **rest}:
            return call_of(rest)
        case Mapping():
            return Opaque(DIALECT, dict(block))
        case str():
            return Text(block)
        case _:
            _log.debug("A block of content that is no object was left out: %s", type(block).__name__)
            return None


def call_of(fields: dict[Any, Any]) -> ToolCall:
    """The call in the fields of a `tool_use` block."""
    call_id, name, given = (fields.pop(key, None) for key in ("id", "name", "input"))
    arguments = given if isinstance(given, dict) else arguments_of(written(given))
    return ToolCall(text_or_none(call_id) or "", text_or_none(name) or "", arguments, residue_of(fields))


def written(given: Any) -> str:
    """The `input` of a call as JSON text, which some gateways send in the first place; none at all is ""."""
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False) if given else ""


def citations_of(citations: Any) -> tuple[Citation, ...]:
    """The sources of a text block; `null` and `[]` are none."""
    listed = citations if isinstance(citations, list) else ()
    return tuple(citation_of(one) for one in listed if isinstance(one, Mapping))


def citation_of(citation: Mapping[str, Any]) -> Citation:
    """One source. The wire's positions are those in the source, not in the answer, so they stay residue."""
    source = citation.get("source")
    return Citation(
        url=text_or_none(citation.get("url")) or (source if isinstance(source, str) and "://" in source else None),
        title=text_or_none(citation.get("title")) or text_or_none(citation.get("document_title")),
        cited_text=text_or_none(citation.get("cited_text")),
        residue=residue_of(citation),
    )


def finish_of(stop_reason: Any) -> Finish | None:
    """Why the answer ended, if it says so."""
    if not isinstance(stop_reason, str) or not stop_reason:
        return None
    return Finish(_REASONS.get(stop_reason, "other"), stop_reason)


def usage_of(raw: Any, *, answered: bool) -> Usage | None:
    """The tokens used; None when a count is missing, or when all are zero although something was answered."""
    if not isinstance(raw, dict):
        return None
    fresh, output = _count(raw, "input_tokens"), _count(raw, "output_tokens")
    if fresh is None or output is None:
        return None
    cache_read, cache_write = _count(raw, "cache_read_input_tokens"), _count(raw, "cache_creation_input_tokens")
    total_input = fresh + (cache_read or 0) + (cache_write or 0)
    if answered and not total_input and not output:
        return None
    details = raw.get("output_tokens_details")
    return Usage(
        input=total_input,
        output=output,
        total=total_input + output,
        cache_read=cache_read,
        cache_write=cache_write,
        reasoning=_count(details, "thinking_tokens") if isinstance(details, dict) else None,
        raw=dict(raw),
    )


def unknown_usage(usage: Usage | None, raw: Any) -> dict[str, Any]:
    """The wire's usage object as residue, when there is no `Usage` that would carry it."""
    return {"usage": dict(raw)} if usage is None and isinstance(raw, Mapping) and raw else {}


def rest_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a message that `Reply` has no place for, except those that are null."""
    return {key: value for key, value in message.items() if key not in _KNOWN and value is not None}


def residue_of(fields: Mapping[Any, Any]) -> Residue:
    """These fields as this dialect's residue."""
    return {DIALECT: dict(fields)} if fields else {}


def text_or_none(value: Any) -> str | None:
    """The value if it is text that is not empty."""
    return value if isinstance(value, str) and value else None


def _content(body: Any) -> list[Any]:
    match body:
        case {"type": "error"}:
            raise of_event(body)
        case {"content": [*blocks]}:
            return blocks
        case {"content": str(text)}:
            return [text] if text else []
        case {"error": error} if error:
            raise of_event(body)
        case {"type": "message"}:
            return []
        case _:
            raise HatzResponseError(
                f"This is no answer of the Messages endpoint: {_what(body)} came. "
                "Check the base URL, and that nothing between here and the gateway changes its answers.",
                body=body,
            )


def _what(body: Any) -> str:
    if not isinstance(body, Mapping):
        return f"JSON of type {type(body).__name__}"
    fields = ", ".join(sorted(map(str, body))[:12])
    return f"an object with the fields {fields}" if fields else "an empty object"


def _count(counts: Mapping[str, Any], name: str) -> int | None:
    value = counts.get(name)
    if type(value) is int:
        return value if value >= 0 else None
    return int(value) if isinstance(value, float) and value >= 0 and value.is_integer() else None
