"""Prompt caching as far as it shows: the first request with a marked prefix writes it, the next ones read it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hatz_sandbox.neutral import Usage
from hatz_sandbox.tokens import count_json


def with_cache_counts(body: dict[str, Any], usage: Usage, known_prefixes: set[str]) -> Usage:
    """The usage with what the cache gave and took; the prefixes of this request become known."""
    prefixes = _marked_prefixes(body)
    if not prefixes:
        return usage
    sizes = {json.dumps(prefix, sort_keys=True): min(count_json(prefix), usage.input) for prefix in prefixes}
    read = max((size for prefix, size in sizes.items() if prefix in known_prefixes), default=0)
    known_prefixes.update(sizes)
    return replace(usage, cache_read=read, cache_write=max(sizes.values()) - read)


def _marked_prefixes(body: dict[str, Any]) -> list[list[Any]]:
    """Every prefix that ends at a `cache_control`, in the order the service reads: tools, system, messages."""
    blocks = [*(body.get("tools") or []), *_blocks(body.get("system"))]
    for message in body["messages"]:
        blocks += _blocks(message["content"])
    seen: list[Any] = [body.get("model")]
    marked = []
    for block in blocks:
        seen.append({key: value for key, value in block.items() if key != "cache_control"})
        if block.get("cache_control"):
            marked.append(list(seen))
    return marked


def _blocks(content: Any) -> list[dict[str, Any]]:
    return content if isinstance(content, list) else [{"text": content}]
