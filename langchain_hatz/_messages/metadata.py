"""The metadata of an answer for LangChain: usage, ids and finish reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from langchain_core.messages import BaseMessage
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata

from hatz_client.content import Reply, Usage
from hatz_client.wire.common.requests.residue import reported_usage, response_fields
from hatz_client.wire.endpoints import SPECS

PROVIDER = "hatz"
_NORMALIZED = {"tool_calls": "tool_call", "pause": "other"}
"""The reasons that LangChain has another word for."""
_NORMALIZED_RAW = {"model_context_window_exceeded": "context_exceeded", "failed": "error", "error": "error"}
"""Values of the service that are more precise than `Finish.reason`."""
_LIFETIMES = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")


def message_id(reply: Reply, history: Iterable[BaseMessage] = ()) -> str | None:
    """The message's id: that of the answer. If a message of the conversation has the same id, the request's id is appended.

    LangGraph replaces a message by a later one of the same id, so a server that repeats its ids would make an agent lose
    messages. `response_metadata["id"]` is always the service's id.
    """
    if reply.id is None or reply.id not in [message.id for message in history]:
        return reply.id
    return f"{reply.id}-{reply.request_id}"


def start_metadata(reply: Reply, model: str, *, headers: bool = False) -> dict[str, Any]:
    """The `response_metadata` that is known at the beginning of an answer."""
    known = {
        "model_name": reply.model or model,
        "endpoint": reply.endpoint,
        "request_id": reply.request_id,
        "id": reply.id,
        "headers": dict(reply.headers) if headers else None,
    }
    return {"model_provider": PROVIDER, **{key: value for key, value in known.items() if value is not None}}


def end_metadata(reply: Reply) -> dict[str, Any]:
    """The `response_metadata` that is known at the end of an answer: the service's own fields and the finish reason.

    Merging chunks concatenates strings, so exactly one chunk carries this.
    """
    fields = response_fields(reply)
    if raw := reported_usage(reply):
        fields["reported_usage"] = raw
    if reply.finish is None:
        return fields
    spec = SPECS.get(reply.endpoint or "")
    if spec and spec.finish_field:
        status = reply.residue.get(spec.name, {}).get("status")
        fields[spec.finish_field] = status if isinstance(status, str) else reply.finish.raw
    return {**fields, **finish_fields(reply)}


def finish_fields(reply: Reply) -> dict[str, str]:
    """The fields in which LangChain and tracers look for the finish reason; none if the service did not report it.

    `finish_reason` has the same values on every endpoint (OpenAI's, which tracers know); the other two are LangChain's
    standard (core 1.8.4). The service's own value is in the field with its original name, such as `stop_reason`.

    An answer with a refusal counts as refused, whatever the service reports (Responses reports "completed"); one with a tool
    call counts as ended by it. One that the service paused can be continued: send the conversation again.
    """
    if reply.finish is None:
        return {}
    reason = reply.finish.reason
    normalized = _NORMALIZED_RAW.get(reply.finish.raw) or _NORMALIZED.get(reason, reason)
    if reply.refusal is not None:
        normalized = "refusal"
    elif normalized == "stop" and any(call.valid for call in reply.tool_calls):
        normalized = "tool_call"
    state = "suspended" if reason == "pause" else "complete"
    return {"finish_reason": reason, "normalized_finish_reason": normalized, "finish_state": state}


def usage_metadata(usage: Usage | None) -> UsageMetadata | None:
    """The usage in LangChain's form; None if the service did not report it."""
    if usage is None:
        return None
    result = UsageMetadata(input_tokens=usage.input, output_tokens=usage.output, total_tokens=usage.total)
    if details := _cache_details(usage):
        result["input_token_details"] = cast("InputTokenDetails", details)
    if usage.reasoning is not None:
        result["output_token_details"] = OutputTokenDetails(reasoning=usage.reasoning)
    return result


def _cache_details(usage: Usage) -> dict[str, int]:
    """The tokens read from the prompt cache and written to it.

    Tokens that are counted per cache lifetime are not counted again in the total, as in LangChain's other integrations,
    because tracers sum the details.
    """
    details = {"cache_read": usage.cache_read, "cache_creation": usage.cache_write}
    known = {name: count for name, count in details.items() if count is not None}
    lives = usage.raw.get("cache_creation")
    if not isinstance(lives, Mapping):
        return known
    each = {name: lives[name] for name in _LIFETIMES if isinstance(lives.get(name), int)}
    return {**known, **each, "cache_creation": 0} if sum(each.values()) else known
