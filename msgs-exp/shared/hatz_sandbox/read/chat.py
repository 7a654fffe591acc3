"""`POST /chat/completions`: the body as a neutral request."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.neutral import Request, Turn


def read(body: dict[str, Any], model: str) -> Request:
    """The neutral request; `model` is the resolved name. Client tools are dropped, as the service drops them."""
    messages = body["messages"]
    files = tuple("file" for _ in body.get("file_uuids") or [])
    turns = [Turn(message["role"], message["content"]) for message in messages if message["role"] != "system"]
    if turns and files:
        turns[-1] = Turn(turns[-1].role, turns[-1].text, media=files)
    return Request(
        model=model,
        turns=tuple(turns),
        system="\n".join(message["content"] for message in messages if message["role"] == "system"),
        stream=body.get("stream") is True,
        max_tokens=body.get("max_tokens"),
    )
