"""Responses: what a response's body, and each of its output items, means.

Every field but `type` may be missing, and a field of another kind of item may be there as null: Hatz documents one
flattened object for all kinds of items (reference: API page of the Responses endpoint).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.content import (
    Citation,
    Finish,
    FinishReason,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Reply,
    Residue,
    Text,
    ToolCall,
    Usage,
)
from hatz_client.errors import HatzResponseError, HatzStatusError
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.common.error_bodies import of_event

NAME = "responses"

CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
"""The items that call a tool of the caller's, and where each has what the tool gets."""

_FOREIGN = {"message": {"call_id", "name", "arguments"}, "function_call": {"role", "content"}}
"""Fields of the flattened object that belong to another kind of item."""

# What a response repeats of the request, or says elsewhere.
_NO_RESIDUE = frozenset(
    "background frequency_penalty include input input_messages instructions max_output_tokens max_tool_calls metadata parallel_tool_calls "  # noqa: SIM905 (a list would take a line a word)
    "presence_penalty prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier store stream "
    "temperature text tool_choice tools top_logprobs top_p truncation user "
    "id object model output output_text usage error".split()
)
_INCOMPLETE: dict[str, FinishReason] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "content_filter": "content_filter",
}


def decode(body: Mapping[str, Any]) -> Reply:
    """The answer in a response's body.

    Raises:
        HatzStatusError: what an error object in the body, or the status "failed" or "cancelled", says.
        HatzResponseError: when the body is no response at all.
    """
    raise_failure(body)
    if not _is_response(body):
        raise HatzResponseError(f"The Responses endpoint answered with something else: {body!r:.200}", body=body)
    cut_off = is_incomplete(body)
    parts = tuple(part for item in items_of(body) for part in parts_of(item, cut_off=cut_off))
    usage = usage_of(body.get("usage"), answered=bool(parts))
    return Reply(
        parts=parts,
        finish=finish_of(body, calls=any(isinstance(part, ToolCall) for part in parts)),
        usage=usage,
        id=string(body.get("id")),
        model=string(body.get("model")),
        dialect=NAME,
        residue=residue_of(body, usage),
    )


def failure(body: Mapping[str, Any]) -> HatzStatusError | None:
    """The error that a response is instead of an answer."""
    match body:
        case {"error": str() | {} as error} if error:
            return of_event({"error": error} if _is_response(body) else body)
        case {"type": "error"}:
            return of_event(body)
        case {"status": "failed" | "cancelled" as status}:
            return of_event({"error": {"message": f"The response is {status}; no reason is given."}})
    return None


def raise_failure(body: Mapping[str, Any]) -> None:
    """Nothing, when the response is no failure.

    Raises:
        HatzStatusError: what it says.
    """
    if error := failure(body):
        raise error


def _is_response(body: Mapping[str, Any]) -> bool:
    match body:
        case {"object": "response"} | {"output": [*_]} | {"output_text": str()}:
            return True
    return False


def items_of(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The output items; when there is only Hatz's `output_text`, a message of it."""
    output = body.get("output")
    items: list[Mapping[str, Any]] = (
        [item for item in output if isinstance(item, dict)] if isinstance(output, list) else []
    )
    text = body.get("output_text")
    if not items and isinstance(text, str) and text:
        return [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}]
    return items


def parts_of(item: Mapping[str, Any], *, cut_off: bool = False) -> Iterator[Part]:
    """What one output item (of a response that was cut off or not) holds: several parts in a message, else one."""
    match item.get("type"):
        case "message":
            about = about_message(item)
            content = item.get("content")
            if isinstance(content, str):
                content = [{"type": "output_text", "text": content}]
            for at, part in enumerate(content if isinstance(content, list) else ()):
                if isinstance(part, Mapping):
                    yield content_part(part, about, at)
        case "reasoning":
            yield Reasoning(_reasoning_text(item), {NAME: own_fields(item)})
        case "function_call" | "custom_tool_call":
            yield call_of(item, cut_off=cut_off)
        case _:
            yield Opaque(NAME, item)


def own_fields(item: Mapping[str, Any], *understood: str) -> dict[str, Any]:
    """The fields of an item but those understood, and but empty ones of another kind of item."""
    kind = item.get("type")
    left_out = {"type", *understood}
    foreign = _FOREIGN.get(str(kind), ())
    return {k: v for k, v in item.items() if k not in left_out and not (k in foreign and v is None)}


def about_message(item: Mapping[str, Any]) -> dict[str, Any]:
    """All of a message but its content: what its parts keep so that they find together again."""
    return own_fields(item, "content")


def content_part(part: Mapping[str, Any], about: Mapping[str, Any], at: int) -> Part:
    """One part of a message. The first says `item` only; those after it also where they stand."""
    residue: dict[str, Any] = {"item": about, "at": at} if at else {"item": about}
    match part:
        case {"type": "output_text" | "text", **rest}:
            annotations = rest.pop("annotations", None)
            if not annotations and annotations is not None:
                residue["annotations"] = annotations
            text = rest.pop("text", None)
            return Text(text if isinstance(text, str) else "", citations_of(annotations), {NAME: {**rest, **residue}})
        case {"type": "refusal", **rest}:
            refusal = rest.pop("refusal", None)
            return Refusal(refusal if isinstance(refusal, str) else "", {NAME: {**rest, **residue}})
        case _:
            return Opaque(NAME, {"type": "message", **about, "content": [part]})


def citations_of(annotations: Any) -> tuple[Citation, ...]:
    """The sources that an `output_text` names: pages, files, files of a container."""
    if not isinstance(annotations, list):
        return ()
    return tuple(
        Citation(
            url=string(note.get("url")),
            title=string(note.get("title")) or string(note.get("filename")),
            cited_text=string(note.get("quote")),
            start=integer(note.get("start_index")),
            end=integer(note.get("end_index")),
            residue={NAME: note},
        )
        for note in annotations
        if isinstance(note, Mapping)
    )


def call_of(item: Mapping[str, Any], *, cut_off: bool = False) -> ToolCall:
    """A tool call. A custom tool gets free text, which stands as the argument `input` here.

    A call that was cut off before its first argument has not got none: its arguments stay text, and so invalid.
    """
    kind = item["type"]
    given = item.get(CALLS[kind])
    rest = own_fields(item, "call_id", "name", CALLS[kind])
    arguments: Mapping[str, Any] | str
    if kind == "custom_tool_call":
        rest["type"] = kind
        text = custom_arguments(string(given) or "", complete=not unfinished(item))
        arguments = arguments_of(text)
    elif isinstance(given, Mapping):
        arguments = given
    else:
        text = string(given) or ""
        arguments = text if not text.strip() and unfinished(item, cut_off=cut_off) else arguments_of(text)
    call_id = string(item.get("call_id")) or string(item.get("id")) or ""  # a public client reads them in this order
    return ToolCall(call_id, string(item.get("name")) or "", arguments, {NAME: rest})


def unfinished(item: Mapping[str, Any], *, cut_off: bool = False) -> bool:
    """Whether the model was cut off while it wrote this item."""
    status = item.get("status")
    return status == "incomplete" or (cut_off and status != "completed")


def custom_arguments(text: str, *, complete: bool) -> str:
    """The free text for a custom tool as JSON arguments; left open, and so invalid, when it was cut off."""
    written = json.dumps(text, ensure_ascii=False)
    return f'{{"input":{written}}}' if complete else f'{{"input":{written[:-1]}'


def _reasoning_text(item: Mapping[str, Any]) -> str:
    """The summary's sections with an empty line between them, and what was thought itself."""
    summary, content = item.get("summary"), item.get("content")
    sections = "\n\n".join(texts_of(summary))
    return "\n\n".join(filter(None, (sections, "".join(texts_of(content)))))


def texts_of(parts: Any) -> list[str]:
    """The texts of a summary, or of a content of reasoning."""
    if isinstance(parts, str):
        return [parts]
    if not isinstance(parts, list):
        return []
    return [part["text"] for part in parts if isinstance(part, Mapping) and isinstance(part.get("text"), str)]


def is_incomplete(body: Mapping[str, Any]) -> bool:
    """Whether the response was cut off."""
    return body.get("status") == "incomplete" or _reason(body) is not None


def _reason(body: Mapping[str, Any]) -> str | None:
    match body.get("incomplete_details"):
        case {"reason": str(reason)}:
            return reason
    return None


def finish_of(body: Mapping[str, Any], *, calls: bool) -> Finish | None:
    """Why the answer ended; None while it has not (status "queued", "in_progress") and when nothing is said."""
    status, reason = body.get("status"), _reason(body)
    if reason is not None:
        return Finish(_INCOMPLETE.get(reason, "other"), reason)
    match status:
        case "completed" | "complete":
            return Finish("tool_calls" if calls else "stop", status)
        case None | "queued" | "in_progress":
            return None
        case str():
            return Finish("other", status)
    return None


def usage_of(usage: Any, *, answered: bool) -> Usage | None:
    """The tokens; None when they are not given, and when all are zero although there is an answer.

    Public clients saw zeros in the gateway's streams.
    """
    if not isinstance(usage, dict):
        return None
    read = integer(usage.get("input_tokens", usage.get("prompt_tokens")))
    written = integer(usage.get("output_tokens", usage.get("completion_tokens")))
    if read is None or written is None or (answered and not read and not written):
        return None
    total = integer(usage.get("total_tokens"))
    of_input, of_output = usage.get("input_tokens_details"), usage.get("output_tokens_details")
    return Usage(
        input=read,
        output=written,
        total=total or read + written,
        cache_read=_detail(of_input, "cached_tokens"),
        cache_write=_detail(of_input, "cache_write_tokens"),
        reasoning=_detail(of_output, "reasoning_tokens"),
        raw=usage,
    )


def _detail(details: Any, name: str) -> int | None:
    return integer(details.get(name)) if isinstance(details, dict) else None


def residue_of(body: Mapping[str, Any], usage: Usage | None) -> Residue:
    """What else the response says about itself, without what it repeats of the request; and a usage that says nothing."""
    fields = {k: v for k, v in body.items() if k not in _NO_RESIDUE and v not in (None, [], {}, "")}
    if usage is None and (unknown := body.get("usage")):
        fields["usage"] = unknown
    return {NAME: fields} if fields else {}


def string(value: Any) -> str | None:
    """`value` when it is a string."""
    return value if isinstance(value, str) else None


def integer(value: Any) -> int | None:
    """`value` when it is a whole number."""
    if type(value) is int:
        return value
    return int(value) if isinstance(value, float) and value.is_integer() else None
