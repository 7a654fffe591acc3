"""What models can do, as far as their ids tell: an aid for middleware, never a gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_hatz.chat_models import ChatHatz


def max_output_tokens(model: ChatHatz, name: str) -> int | None:
    """How many tokens an answer of this model may have, as far as is known."""
    profile = model.profile if name == model.model else None
    return (profile or {}).get("max_output_tokens")
