"""Finish reasons in LangChain's standard vocabulary (core 1.8.4); HatzLLM's observers get the same."""

from __future__ import annotations

from typing import Literal, TypeAlias

from hatz_client.content import FinishReason, Reply
from hatz_client.util.value import Value

NormalizedReason: TypeAlias = Literal[
    "stop", "length", "tool_call", "content_filter", "refusal", "context_exceeded", "error", "other"
]
FinishState: TypeAlias = Literal["complete", "suspended"]

_WORDS: dict[str, NormalizedReason] = {
    "stop": "stop",
    "tool_calls": "tool_call",
    "length": "length",
    "content_filter": "content_filter",
    "refusal": "refusal",
}
_RAW_WORDS: dict[str, NormalizedReason] = {
    "model_context_window_exceeded": "context_exceeded",
    "failed": "error",
    "error": "error",
}
"""Values of the service that are more precise than `Finish.reason`."""


class FinishWords(Value, frozen=True):
    """How an answer ended: our value, the service's value, LangChain's value, and whether the answer can be continued."""

    reason: FinishReason
    """One of "stop", "tool_calls", "length", "content_filter", "refusal", "pause" and "other", on every endpoint."""
    raw: str
    """The service's value: Anthropic's `stop_reason`; the `status` of a Responses answer."""
    normalized: NormalizedReason
    state: FinishState
    """ "suspended" if the service paused a long turn, which continues when the conversation is sent again."""


def finish_words(reply: Reply) -> FinishWords | None:
    """How this answer ended; None if the service did not report it.

    An answer with a refusal counts as refused, whatever the service reports (Responses reports "completed"); one with a tool
    call counts as ended by it.
    """
    if reply.finish is None:
        return None
    reason, raw = reply.finish.reason, reply.finish.raw
    normalized = _RAW_WORDS.get(raw) or _WORDS.get(reason, "other")
    if reply.refusal is not None:
        normalized = "refusal"
    elif normalized == "stop" and any(call.valid for call in reply.tool_calls):
        normalized = "tool_call"
    status = reply.residue.get(reply.endpoint or "", {}).get("status")
    return FinishWords(
        reason=reason,
        raw=status if isinstance(status, str) else raw,
        normalized=normalized,
        state="suspended" if reason == "pause" else "complete",
    )
