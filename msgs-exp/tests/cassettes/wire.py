"""What a recorded answer says, read without this package."""

from __future__ import annotations

import json
from typing import Any

from tests.cassettes.tape import body_of


def said(response: dict[str, Any]) -> dict[str, Any]:
    """Text, calls, reasoning and usage of an answer in either wire format, streamed or whole."""
    if "text/event-stream" not in response["headers"]["content-type"]:
        return _whole(json.loads(body_of(response)))
    events = events_of(body_of(response))
    text = "".join(_delta(event) for event in events)
    last = next((event["response"] for event in events if event["type"] in _LAST), None)
    if last is not None:
        return {**_whole(last), "text": _mended(text)} if last.get("output") else _items(events, last, _mended(text))
    return _messages(events, _mended(text))


_LAST = {"response.completed", "response.incomplete"}


def events_of(body: bytes) -> list[dict[str, Any]]:
    """The events of a stream."""
    frames = body.decode().replace("\r\n", "\n").split("\n\n")
    data = ["".join(line[5:] for line in frame.split("\n") if line.startswith("data:")).strip() for frame in frames]
    return [json.loads(one) for one in data if one and one != "[DONE]"]


def _mended(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16")


def _delta(event: dict[str, Any]) -> str:
    match event:
        case {"type": "response.output_text.delta", "delta": delta}:
            return str(delta)
        case {"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}}:
            return str(text)
        case _:
            return ""


def _whole(body: dict[str, Any]) -> dict[str, Any]:
    blocks = body["content"] if "content" in body else body["output"]
    texts = [
        part for block in blocks for part in (block.get("content") or () if block["type"] == "message" else [block])
    ]
    return {
        "text": "".join(part["text"] for part in texts if part["type"] in {"text", "output_text"}),
        "calls": tuple(_call(block) for block in blocks if block["type"] in {"tool_use", "function_call"}),
        "usage": _usage(body.get("usage")),
    }


def _items(events: list[dict[str, Any]], last: dict[str, Any], text: str) -> dict[str, Any]:
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    calls = tuple(_call(item) for item in items if item["type"] == "function_call")
    return {"text": text, "calls": calls, "usage": _usage(last.get("usage"))}


def _messages(events: list[dict[str, Any]], text: str) -> dict[str, Any]:
    blocks = {event["index"]: event["content_block"] for event in events if event["type"] == "content_block_start"}
    arguments = dict.fromkeys(blocks, "")
    usage: dict[str, Any] = {}
    for event in events:
        match event:
            case {"type": "content_block_delta", "index": index, "delta": {"partial_json": piece}}:
                arguments[index] += piece
            case {"type": "message_start", "message": {"usage": found}} | {"type": "message_delta", "usage": found}:
                usage |= found
    called = [(block["name"], arguments[at]) for at, block in blocks.items() if block["type"] == "tool_use"]
    return {
        "text": text,
        "calls": tuple((name, json.loads(_mended(raw) or "{}")) for name, raw in called),
        "usage": _usage(usage),
    }


def _call(block: dict[str, Any]) -> tuple[str, Any]:
    return block["name"], block["input"] if "input" in block else json.loads(block["arguments"])


def _usage(usage: dict[str, Any] | None) -> tuple[int, int] | None:
    """None when one of the counts is missing; and all zero means that nobody counted."""
    if not usage or usage.get("input_tokens") is None or usage.get("output_tokens") is None:
        return None
    cached = (usage.get("cache_read_input_tokens") or 0) + (usage.get("cache_creation_input_tokens") or 0)
    counted = (usage["input_tokens"] + cached, usage["output_tokens"])
    return counted if any(counted) else None
