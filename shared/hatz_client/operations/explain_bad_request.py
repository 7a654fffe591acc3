"""Add to a 400 which setting the rejected field comes from."""

from __future__ import annotations

import re
from collections.abc import Callable

from hatz_client.content import Prompt
from hatz_client.errors import HatzError

# A pattern of the message, whether the field was sent, and the setting's name, with advice.
_SETTINGS: tuple[tuple[str, Callable[[Prompt], object], str], ...] = (
    (
        r"text\.format|output_config\.format|json_schema",
        lambda prompt: prompt.response_format,
        'structured_output_strategy="native": leave it out, and a forced tool call gives the object',
    ),
    (r"tool_choice", lambda prompt: prompt.tool_choice, "tool_choice, tool_required or structured output"),
    (
        r"parallel_tool",
        lambda prompt: prompt.parallel_tool_calls is not None,
        "parallel_tool_calls: leave it unset; or, in LlamaIndex, from allow_parallel_tool_calls=False: pass True, and nothing is sent",
    ),
    (r"reasoning|effort", lambda prompt: prompt.reasoning_effort, "reasoning_effort: leave it unset"),
    (
        r"\binclude\b|encrypted_content",
        lambda prompt: prompt.extra.get("store") is False and "include" not in prompt.extra,
        "store=False, with which thoughts are to come along: pass include=[] too, and they are not",
    ),
    (r"\binclude\b", lambda prompt: "include" in prompt.extra, "extra_body={'include': …}: leave it out"),
    (r"\bstore\b", lambda prompt: "store" in prompt.extra, "extra_body={'store': …}: leave it out"),
    (r"max_output_tokens", lambda prompt: prompt.max_tokens, "max_tokens: set 4096 or more, or leave it unset"),
    (r"max_tokens", lambda prompt: prompt.max_tokens, "max_tokens"),
    (r"stop_sequences", lambda prompt: prompt.stop, "stop"),
    (r"cache_control", lambda prompt: "cache_control" in repr(prompt.turns), "a CachePoint or cache_control"),
    (r"\bstrict\b|additionalProperties", lambda prompt: prompt.tools, "strict, or a tool's schema"),
)


def explain_bad_request(error: HatzError, prompt: Prompt) -> None:
    """Add to a 400 for this prompt which setting the rejected field comes from."""
    words = error.message
    found = [name for pattern, is_sent, name in _SETTINGS if re.search(pattern, words) and is_sent(prompt)]
    if found:
        error.message = f"{words} (It comes from {'; or from '.join(found)}.)"
        error.args = (error.message,)
