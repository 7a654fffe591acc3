"""What is known of models without asking: their context windows, from the gateway's own list once it was seen, else by family."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from hatz_client import Model
from hatz_client.errors import HatzNotFoundError
from hatz_client.notices import say_once

DEFAULT_WINDOW = 128_000
_SMALLEST = 4096
"""A `max_tokens` below this is no context window (reference: zero and output caps were seen in the gateway's list)."""

_seen: dict[str | None, dict[str, Model]] = {}

# Good enough for packing chunks; `context_window=` or the gateway's list says better. First match wins.
_FAMILIES = (
    (r"gpt-5|codex", 400_000),
    (r"gpt-4\.1", 1_047_576),
    (r"gpt-4o|gpt-4-turbo|chatgpt", 128_000),
    (r"gpt-4", 8_192),
    (r"gpt-3\.5", 16_385),
    (r"\bo\d", 200_000),
    (r"claude|opus|sonnet|haiku", 200_000),
    (r"gemini", 1_048_576),
    (r"kimi", 256_000),
    (r"grok", 128_000),
    (r"nova", 300_000),
    (r"llama-?3-?1|llama-?3-?2|llama-?3-?3", 128_000),
    (r"mixtral", 32_000),
    (r"deepseek|mistral|qwen|glm|minimax|nemotron", 128_000),
)


def normal(model: str) -> str:
    """The id without region, vendor and version: "us.meta.llama3-1-8b-instruct-v1:0" is "llama3-1-8b-instruct"."""
    bare = re.sub(r"^([a-z]{2}\.)?[a-z]+\.(?=[a-z])", "", model.lower())
    return re.sub(r"(-v\d+)?(:\d+)?$", "", bare)


def remember(base_url: str | None, models: Iterable[Model]) -> None:
    """Keep the gateway's list, for `context_window`."""
    _seen[base_url] = {model.id: model for model in models}


def context_window(model: str, base_url: str | None) -> int:
    """How many tokens the model takes, as far as is known; never asks, never fails."""
    listed = _seen.get(base_url, {})
    found = listed.get(model) or next((one for one in listed.values() if normal(one.id) == normal(model)), None)
    if found and found.max_tokens and found.max_tokens >= _SMALLEST:
        return found.max_tokens
    name = normal(model)
    window = next((size for pattern, size in _FAMILIES if re.search(pattern, name)), None)
    if window is None:
        say_once(
            f"The context window of {model!r} is not known, {DEFAULT_WINDOW} tokens are assumed: pass context_window=…."
        )
    return window or DEFAULT_WINDOW


def named(wanted: str, models: Sequence[Model]) -> Model:
    """The model of this id, display name, or id without vendor and version.

    Raises:
        HatzNotFoundError: when there is none; the message names the nearest.
    """
    spellings = {wanted, wanted.lower(), normal(wanted)}
    names = [(model.id, (model.display_name or "").lower(), normal(model.id)) for model in models]
    for kind in range(3):
        for model, name in zip(models, names, strict=True):
            if name[kind] in spellings:
                return model
    near = difflib.get_close_matches(wanted, [model.id for model in models], 3, 0.4)
    hint = f"Did you mean {', '.join(map(repr, near))}?" if near else "available_models() lists the others."
    raise HatzNotFoundError(f"This key has no model {wanted!r}. {hint}")
