"""Messages: a response as a `Reply`; blocks, usage and stop reasons are decoded here for streams too."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from hatz_client.content import Citation, Opaque, Part, Reasoning, Reply, Residue, Text, ToolCall, Usage
from hatz_client.errors import HatzResponseError
from hatz_client.util.json_text import arguments_of, to_json_text
from hatz_client.wire.common.answers.error_bodies import error_from_event, error_in
from hatz_client.wire.common.answers.error_message import error_message, has_words
from hatz_client.wire.common.answers.finish_reasons import finish_of
from hatz_client.wire.common.answers.values import count_of, id_text, string

DIALECT = "messages"
_log = logging.getLogger(__name__)

# The field that identifies a block without a type.
_TYPE_OF_FIELD = (("thinking", "thinking"), ("input", "tool_use"), ("text", "text"))
# The fields that `Reply` has a field for, and the two constants.
_KNOWN = frozenset({"id", "type", "role", "model", "content", "stop_reason", "usage"})


def decode(body: Mapping[str, Any]) -> Reply:
    """The answer in a response's body.

    Raises:
        HatzStatusError: if the body is an error object.
        HatzResponseError: if it is not a message.
    """
    parts = _without_echoes([part for block in _content(body) if (part := part_of(block)) is not None])
    raw = body.get("usage")
    usage = usage_of(raw, answered=bool(parts))
    return Reply(
        parts=parts,
        finish=finish_of(body.get("stop_reason")),
        usage=usage,
        id=string(body.get("id")) or None,
        model=string(body.get("model")) or None,
        endpoint=DIALECT,
        residue=residue_of({**rest_of(body), **unknown_usage(usage, raw)}),
    )


def decode_count(body: Mapping[str, Any]) -> int:
    """The number of input tokens in a response of `count_tokens`.

    Raises:
        HatzStatusError: if the body is an error object.
        HatzResponseError: if it has no count.
    """
    match body:
        case {"input_tokens": int(count)} if count >= 0 and not isinstance(count, bool):
            return count
        case _:
            raise error_in(body) or HatzResponseError(
                f"The response is not a token count: it is {_describe_body(body)}.", body=body
            )


def kind_of(block: Mapping[str, Any]) -> str:
    """The type of a block; if it is missing, the type that its fields show, or "None"."""
    kind = block.get("type")
    return str(kind) if kind else next((found for field, found in _TYPE_OF_FIELD if field in block), str(kind))


def part_of(block: Any) -> Part | None:
    """The part for a content block; None if it is not a block."""
    if isinstance(block, str):
        return Text(block)
    if not isinstance(block, Mapping):
        _log.debug("A content block that is not an object was left out: %s", type(block).__name__)
        return None
    rest = {key: value for key, value in block.items() if key != "type"}
    match kind_of(block):
        case "text":
            citations = citations_of(rest.pop("citations", None))
            return Text(string(rest.pop("text", None)) or "", citations, residue_of(rest))
        case "thinking":
            return Reasoning(string(rest.pop("thinking", None)) or "", residue_of(rest))
        case "redacted_thinking":
            return Reasoning("", residue_of(block))
        case "tool_use":
            return call_of(rest)
        case _:
            return Opaque(DIALECT, dict(block))


def call_of(fields: dict[Any, Any]) -> ToolCall:
    """The tool call in the fields of a `tool_use` block. Without a name it is invalid: its arguments stay text."""
    call_id, name, given = (fields.pop(key, None) for key in ("id", "name", "input"))
    arguments = given if isinstance(given, dict) else arguments_of(arguments_text(given))
    if not string(name):
        arguments = arguments_text(given)
    return ToolCall(id_text(call_id), string(name) or "", arguments, residue_of(fields))


def arguments_text(given: Any) -> str:
    """The arguments of a call as JSON text (some gateways send them as text); "" if there are none."""
    return given if isinstance(given, str) else to_json_text(given) if given else ""


def _without_echoes(parts: list[Part]) -> tuple[Part, ...]:
    """The parts without repeated calls: of the same id and name, and with the same arguments or none."""
    places: dict[tuple[str, str], int] = {}
    kept: list[Part] = []
    for part in parts:
        if isinstance(part, ToolCall) and part.id:
            place = places.setdefault((part.id, part.name), len(kept))
            if place < len(kept) and isinstance(earlier := kept[place], ToolCall):
                if not earlier.arguments:
                    kept[place] = part
                    continue
                if not part.arguments or part.arguments == earlier.arguments:
                    continue
        kept.append(part)
    return tuple(kept)


def citations_of(citations: Any) -> tuple[Citation, ...]:
    """The citations of a text block, which may be `null`."""
    listed = citations if isinstance(citations, list) else ()
    return tuple(citation_of(one) for one in listed if isinstance(one, Mapping))


def citation_of(citation: Mapping[str, Any]) -> Citation:
    """One citation. The wire's positions are those in the source, not in the answer, so they stay residue."""
    source = citation.get("source")
    return Citation(
        url=string(citation.get("url")) or (source if isinstance(source, str) and "://" in source else None),
        title=string(citation.get("title")) or string(citation.get("document_title")) or None,
        cited_text=string(citation.get("cited_text")) or None,
        residue=residue_of(citation),
    )


def usage_of(raw: Any, *, answered: bool) -> Usage | None:
    """The usage; None if a count is missing, or is zero although there is an answer."""
    if not isinstance(raw, dict):
        return None
    fresh, output = count_of(raw, "input_tokens", "prompt_tokens"), count_of(raw, "output_tokens", "completion_tokens")
    if fresh is None or output is None or (answered and not output):
        return None
    cache_read, cache_write = count_of(raw, "cache_read_input_tokens"), count_of(raw, "cache_creation_input_tokens")
    total_input = fresh + (cache_read or 0) + (cache_write or 0)
    if count_of(raw, "input_tokens") is None or count_of(raw, "total_tokens") == fresh + output:
        total_input = fresh  # counted as OpenAI does, with the cached tokens (LiteLLM's usage object)
    details = raw.get("output_tokens_details")
    return Usage(
        input=total_input,
        output=output,
        total=total_input + output,
        cache_read=cache_read,
        cache_write=cache_write,
        reasoning=count_of(details, "thinking_tokens") if isinstance(details, dict) else None,
        raw=dict(raw),
    )


def unknown_usage(usage: Usage | None, raw: Any) -> dict[str, Any]:
    """The wire's usage object as residue, if there is no `Usage` to hold it."""
    return {"usage": dict(raw)} if usage is None and isinstance(raw, Mapping) and raw else {}


def rest_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a message that `Reply` has no field for, except null ones."""
    return {key: value for key, value in message.items() if key not in _KNOWN and value is not None}


def residue_of(fields: Mapping[Any, Any]) -> Residue:
    """These fields as residue of this wire format."""
    return {DIALECT: dict(fields)} if fields else {}


def raise_error(fields: Mapping[str, Any]) -> None:
    """Raise the error that stands beside an answer, or beside a part of it, if it says anything.

    Raises:
        HatzStatusError: if there is one.
    """
    if has_words(error := fields.get("error")):
        raise error_from_event({"error": error})


def _content(body: Any) -> list[Any]:
    if isinstance(body, Mapping) and body.get("type") == "message":
        raise_error(body)
    match body:
        case {"content": [*blocks]} if body.get("type") != "error":
            return blocks
        case {"content": str(text)} if body.get("type") != "error":
            return [text] if text else []
        case {"content": Mapping() as block} if body.get("type") != "error":
            return [block]
        case {"content": None, "type": "message"}:
            return []
    raise error_in(body) or HatzResponseError(
        f"The response is not an answer of the Messages endpoint: it is {_describe_body(body)}. "
        "Check the base URL, and that no proxy changes the gateway's answers.",
        body=body,
    )


def _describe_body(body: Any) -> str:
    if not isinstance(body, Mapping):
        return f"JSON of type {type(body).__name__}"
    fields = ", ".join(sorted(map(str, body))[:12])
    return f"an object with the fields {fields}: {error_message(body)!r:.200}" if fields else "an empty object"
