"""Why an answer ended, in the words that LangChain standardized (core 1.8.4); HatzLLM's observers get the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hatz_client.content import FinishReason, Reply

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
"""The service's own words that say more than `Finish.reason` does."""


@dataclass(frozen=True, slots=True)
class FinishWords:
    """How an answer ended: in our vocabulary, in the service's word, in LangChain's, and whether it can be continued."""

    reason: FinishReason
    """One of "stop", "tool_calls", "length", "content_filter", "refusal", "pause" and "other", on every endpoint."""
    raw: str
    """The service's own word: Anthropic's `stop_reason`; the `status` of a Responses answer."""
    normalized: NormalizedReason
    state: FinishState
    """ "suspended" when the service paused a long turn, and goes on with it when the conversation is sent again."""


def finish_words(reply: Reply) -> FinishWords | None:
    """How this answer ended; None when the service did not say.

    An answer that holds a refusal is one whatever the service called it (Responses completes it), and one that calls a tool
    ended for that.
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
