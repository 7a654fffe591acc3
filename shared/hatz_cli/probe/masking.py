"""Remove secrets and content from exchanges, so that a report can be attached to a ticket."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from hatz_cli.exchange import Exchange

_CONTENT = {
    "text", "content", "thinking", "arguments", "partial_json", "delta", "instructions", "output_text", "signature", "data",
    "encrypted_content", "summary", "input", "refusal", "file_data", "image_url", "reasoning", "cited_text", "description",
    "quote", "url", "title",
}  # fmt: skip
"""Fields whose strings are content, or derived from content."""
_STRUCTURE_ONLY = ("/agents", "/app/list", "/files/")
"""Lists of which only the names of the fields are kept."""
_LONGEST = 120
"""The maximum length of a string in a request: enough for the probe's own texts, not for its images."""
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.-]+")
_ACCOUNT = re.compile(r"\b(user|tenant|org|workspace|account)_[A-Za-z0-9-]{4,}")
_KEPT_HEADERS = {
    "content-type", "date", "server", "via", "retry-after", "x-request-id", "cache-control", "transfer-encoding",
    "content-encoding", "content-length", "allow", "location", "www-authenticate",
}  # fmt: skip


def mask_exchange(exchange: Exchange, key: str) -> dict[str, Any]:
    """One exchange for the report. Of answers only the structure is kept; errors keep their text, which is the evidence."""
    request = exchange.request
    return {
        "request": {
            "method": request.method,
            "path": request.path,
            "key": request.key,
            "headers": dict(request.headers),
            "body": _shorten(request.body),
        },
        "status": exchange.status,
        "seconds": round(exchange.seconds, 2),
        "headers": {name: scrub(value, key) for name, value in exchange.headers.items() if _is_kept(name)},
        "body": _body(exchange, key),
        "problem": scrub(f"{type(exchange.problem).__name__}: {exchange.problem}", key) if exchange.problem else None,
    }


def scrub(text: str, key: str) -> str:
    """Text without the key, e-mail addresses and the ids of users and tenants."""
    if key:
        text = text.replace(key, "***")
    return _ACCOUNT.sub(r"\1_***", _EMAIL.sub("***@***", text))


def _is_kept(name: str) -> bool:
    return name in _KEPT_HEADERS or "ratelimit" in name.replace("-", "")


def _body(exchange: Exchange, key: str) -> Any:
    if exchange.refused:
        return scrub(exchange.text[:2000], key)
    if exchange.request.path.partition("?")[0].endswith(_STRUCTURE_ONLY):
        return _structure(exchange.body)
    if exchange.body is not None:
        return _without_content(exchange.body, key)
    if exchange.events:
        return [_without_content(event, key) for event in _skip_repeats(exchange.events)]
    return f"<{len(exchange.text)} characters>"


def _structure(value: Any) -> Any:
    """The structure only: names and instructions of agents, apps and files are private."""
    match value:
        case Mapping():
            return {name: _structure(inner) for name, inner in value.items()}
        case list():
            return [_structure(inner) for inner in value[:3]]
        case _:
            return f"<{type(value).__name__}>"


def _skip_repeats(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events of a stream; of consecutive events of one type only the first."""
    kinds = [event.get("type") for event in events]
    return [event for number, event in enumerate(events) if not number or kinds[number] != kinds[number - 1]]


def _without_content(value: Any, key: str, name: str = "") -> Any:
    match value:
        case str():
            hidden = name in _CONTENT or (name == "message" and bool(value))
            return f"<{len(value)} characters>" if hidden and value else scrub(value, key)
        case Mapping():
            kept = {field: _without_content(inner, key, field) for field, inner in value.items()}
            return f"<{len(value)} fields>" if name in {"input", "arguments"} else kept
        case list():
            return [_without_content(inner, key, name) for inner in value[:50]]
        case _:
            return value


def _shorten(value: Any) -> Any:
    match value:
        case str() if len(value) > _LONGEST:
            return f"{value[:40]}… <{len(value)} characters>"
        case {"role": "assistant", "content": list(parts)}:  # the model's own text, sent back
            return {**value, "content": _without_content(parts, "")}
        case Mapping():
            return {name: _shorten(inner) for name, inner in value.items()}
        case list():
            return [_shorten(inner) for inner in value]
        case _:
            return value


def dumps(report: Mapping[str, Any], key: str) -> str:
    """A report as JSON; the key is removed once more, wherever it occurs."""
    text = json.dumps(report, ensure_ascii=False, indent=1)
    return text.replace(key, "***") if len(key) > 6 else text
