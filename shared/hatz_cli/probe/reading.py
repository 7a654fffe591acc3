"""Read text, tool calls, usage and errors from an exchange with any endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hatz_cli.exchange import Exchange


def text(exchange: Exchange) -> str:
    """The text of an answer, streamed or not."""
    if _is_stream(exchange):
        return "".join(_delta(event) for event in exchange.events)
    match exchange.body:
        case {"output": list(items)}:
            return "".join(part.get("text") or "" for item in items for part in item.get("content") or [])
        case {"content": list(blocks)}:
            return "".join(block.get("text") or "" for block in blocks)
        case {"choices": [{"message": {"content": str(words)}}, *_]}:
            return words
        case _:
            return ""


def _is_stream(exchange: Exchange) -> bool:
    return exchange.request.body is not None and bool(exchange.request.body.get("stream"))


def _delta(event: Mapping[str, Any]) -> str:
    match event:
        case {"type": "response.output_text.delta", "delta": str(piece)}:
            return piece
        case {"type": "content_block_delta", "delta": {"text": str(piece)}}:
            return piece
        case {"type": "content", "message": str(piece)}:
            return piece
        case _:
            return ""


def blocks(exchange: Exchange) -> list[dict[str, Any]]:
    """The items of a Responses answer, or the content blocks of a Messages answer; in a stream, those of the starting events."""
    match exchange.body:
        case {"output": list(found)} | {"content": list(found)}:
            return [block for block in found if isinstance(block, dict)]
    began = [event.get("item") or event.get("content_block") for event in exchange.events if _begins(event)]
    return [block for block in began if isinstance(block, dict)]


def _begins(event: Mapping[str, Any]) -> bool:
    return event.get("type") in {"response.output_item.added", "content_block_start"}


def calls(exchange: Exchange) -> list[dict[str, Any]]:
    """The tool calls of an answer."""
    return [block for block in blocks(exchange) if block.get("type") in {"function_call", "tool_use"}]


def usage(exchange: Exchange) -> dict[str, Any]:
    """The usage of an answer; for a stream, its usage objects merged."""
    found: dict[str, Any] = {}
    for source in [exchange.body, *exchange.events]:
        match source:
            case (
                {"usage": dict(counted)}
                | {"response": {"usage": dict(counted)}}
                | {"message": {"usage": dict(counted)}}
            ):
                found |= counted
    return found


def tokens(exchange: Exchange) -> int:
    """The sum of input and output tokens; 0 if the gateway reports none."""
    counted = usage(exchange)
    return sum(value for name in ("input_tokens", "output_tokens") if isinstance(value := counted.get(name), int))


def model(exchange: Exchange) -> str | None:
    """The model that the answer names."""
    for source in [exchange.body, *exchange.events]:
        match source:
            case {"model": str(name)} | {"response": {"model": str(name)}} | {"message": {"model": str(name)}}:
                return name
    return None


def finish(exchange: Exchange) -> str:
    """The finish reason, in the wire's own words; empty if there is none."""
    for source in [exchange.body, *exchange.events]:
        match source:
            case {"incomplete_details": {"reason": str(reason)}} | {
                "response": {"incomplete_details": {"reason": str(reason)}}
            }:
                return reason
            case {"stop_reason": str(reason)} | {"delta": {"stop_reason": str(reason)}}:
                return reason
    return ""


def error(exchange: Exchange) -> str:
    """The error in one line: its status and message."""
    if exchange.status is None:
        problem = exchange.problem
        return f"no response: {type(problem).__name__}: {problem}"[:300]
    return f"{exchange.status}: {_error_message(exchange.body) or exchange.text[:200]}"


def _error_message(body: Any) -> str:
    match body:
        case (
            {"error": {"message": str(words)}}
            | {"error": str(words)}
            | {"detail": str(words)}
            | {"message": str(words)}
        ):
            return words
        case {"detail": list(details)}:
            return "; ".join(json.dumps(detail) for detail in details)[:300]
        case _:
            return ""


def error_shape(exchange: Exchange) -> str:
    """The form of an error body: "anthropic", "openai", "detail", "detail list", "other json" or "not json"."""
    match exchange.body:
        case {"type": "error", "error": {"type": str(), "message": str()}}:
            return "anthropic"
        case {"error": {"message": str()}}:
            return "openai"
        case {"detail": str()}:
            return "detail"
        case {"detail": list()}:
            return "detail list"
        case None:
            return "not json"
        case _:
            return "other json"
