"""Finish reasons: one vocabulary for all wires, because gateways pass values of one wire through to another."""

from __future__ import annotations

from typing import Any

from hatz_client.content import Finish, FinishReason

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "completed": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "function_call": "tool_calls",
    "requires_action": "tool_calls",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_context_window_exceeded": "length",
    "model_length": "length",
    "incomplete": "length",
    "content_filter": "content_filter",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "safety": "content_filter",
    "prohibited_content": "content_filter",
    "recitation": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
}


def finish_of(word: Any) -> Finish | None:
    """The finish for the wire's value, with the value itself; None if it is not a string. Unknown values mean "other"."""
    if not isinstance(word, str) or not word:
        return None
    return Finish(_REASONS.get(word.lower(), "other"), word)
