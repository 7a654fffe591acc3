"""Frames of a stream: server-sent events and JSON lines."""

from __future__ import annotations

import json
from typing import Any


def dumps(value: Any) -> bytes:
    """JSON as UTF-8; a lone surrogate, which UTF-8 cannot hold, goes as its escape."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()


def event(data: dict[str, Any]) -> bytes:
    """One server-sent event, named by the `type` of its data, as OpenAI and Anthropic both name theirs."""
    return b"event: " + str(data["type"]).encode() + b"\ndata: " + dumps(data) + b"\n\n"


def line(data: dict[str, Any]) -> bytes:
    """One line of newline-delimited JSON."""
    return dumps(data) + b"\n"
