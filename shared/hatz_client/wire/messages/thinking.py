"""Messages: thinking, and what Anthropic's models reject with it (reference: Anthropic's guide to extended thinking)."""

from __future__ import annotations

from typing import Any

from hatz_client.content import Prompt, asks_to_think
from hatz_client.errors import HatzInvalidInputError
from hatz_client.resources.model_families import family
from hatz_client.util.json_text import without_none
from hatz_client.util.warn_once import warn_once

DEFAULT_MAX_TOKENS = 4096
"""Sent if neither the caller nor the model's name gives a maximum: the wire requires a number."""
_LEAST_TOP_P = 0.95


def thinks(prompt: Prompt) -> bool:
    """Whether the prompt turns thinking on."""
    return asks_to_think(prompt.extra.get("thinking"))


def sampling(prompt: Prompt) -> dict[str, Any]:
    """The sampling parameters; with thinking on, without those that would be rejected."""
    asked = without_none(temperature=prompt.temperature, top_p=prompt.top_p, top_k=prompt.top_k)
    if not asked or not thinks(prompt):
        return asked
    refused = {
        "temperature": prompt.temperature != 1,
        "top_p": prompt.top_p is not None and prompt.top_p < _LEAST_TOP_P,
        "top_k": True,
    }
    for name in [name for name in asked if refused[name]]:
        warn_once(f"{name}={asked.pop(name)!r} is not sent: with thinking on, Anthropic's models do not accept it.")
    return asked


def max_tokens(prompt: Prompt) -> int:
    """The value of `max_tokens`: as set, else the model's maximum if its name shows it, and always more than the thinking budget.

    A small default would cut answers off.

    Raises:
        HatzInvalidInputError: if the set value leaves no room for an answer beside the thinking.
    """
    budget = _budget(prompt)
    if prompt.max_tokens is None:
        most = family(prompt.model).output or DEFAULT_MAX_TOKENS
        return most if most > budget else budget + DEFAULT_MAX_TOKENS
    if budget and prompt.max_tokens <= budget:
        raise HatzInvalidInputError(
            f"max_tokens={prompt.max_tokens} leaves no room for an answer beside thinking's budget_tokens={budget}, "
            "which counts towards it: raise max_tokens, or lower budget_tokens."
        )
    return prompt.max_tokens


def _budget(prompt: Prompt) -> int:
    match prompt.extra.get("thinking"):
        case {"type": "enabled", "budget_tokens": int(budget)}:
            return budget
        case _:
            return 0
