"""`POST /chat/completions`: the body as a neutral request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hatz_sandbox.neutral import Question, Turn


def read(body: dict[str, Any], model: str) -> Question:
    """The question; `model` is the resolved name. Client tools are dropped, as the service drops them."""
    messages = body["messages"]
    turns = [Turn(message["role"], message["content"]) for message in messages if message["role"] != "system"]
    if turns:
        turns[-1] = replace(turns[-1], media=("file",) * len(body.get("file_uuids") or []))
    return Question(
        model=model,
        body=body,
        turns=tuple(turns),
        system="\n".join(message["content"] for message in messages if message["role"] == "system"),
        stream=body.get("stream") is True,
        max_tokens=body.get("max_tokens"),
        temperature=body.get("temperature"),
    )
