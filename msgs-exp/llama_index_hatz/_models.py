"""What is known of models without asking: their context windows, from the gateway's own list once it was seen, else by family."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from hatz_client import Model
from hatz_client.errors import HatzNotFoundError
from hatz_client.model_families import family
from hatz_client.models import canonical
from hatz_client.util.warn_once import say_once

DEFAULT_WINDOW = 128_000
_SMALLEST = 4096
"""A `max_tokens` below this is no context window (reference: zero and output caps were seen in the gateway's list)."""

_seen: dict[str | None, dict[str, Model]] = {}


def remember(base_url: str | None, models: Iterable[Model]) -> None:
    """Keep the gateway's list, for `context_window`."""
    _seen[base_url] = {model.id: model for model in models}


def context_window(model: str, base_url: str | None) -> int:
    """How many tokens the model takes, as far as is known; never asks, never fails."""
    listed = _seen.get(base_url, {})
    found = listed.get(model) or next((one for one in listed.values() if canonical(one.id) == canonical(model)), None)
    if found and found.max_tokens and found.max_tokens >= _SMALLEST:
        return found.max_tokens
    window = family(model).context
    if window is None and model != "auto" and not model.startswith("agent-"):
        say_once(
            f"The context window of {model!r} is not known, {DEFAULT_WINDOW} tokens are assumed: pass context_window=…."
        )
    return window or DEFAULT_WINDOW


def named(wanted: str, models: Sequence[Model]) -> Model:
    """The model of this id, display name, or id without vendor and version.

    Raises:
        HatzNotFoundError: when there is none; the message names the nearest.
    """
    spellings = {wanted, wanted.lower(), canonical(wanted)}
    names = [(model.id, (model.display_name or "").lower(), canonical(model.id)) for model in models]
    for kind in range(3):
        for model, name in zip(models, names, strict=True):
            if name[kind] in spellings:
                return model
    near = difflib.get_close_matches(wanted, [model.id for model in models], 3, 0.4)
    hint = f"Did you mean {', '.join(map(repr, near))}?" if near else "available_models() lists the others."
    raise HatzNotFoundError(f"This key has no model {wanted!r}. {hint}")
