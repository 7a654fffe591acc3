"""Prompt caching as far as it shows: the first request with a marked prefix writes it, the next ones read it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hatz_sandbox.tokens import count_json

if TYPE_CHECKING:
    from hatz_sandbox.neutral import Usage


def cached(body: dict[str, Any], usage: Usage, known: set[str]) -> Usage:
    """The usage with what the cache gave and took; the prefixes of this request become known."""
    prefixes = _marked_prefixes(body)
    if not prefixes:
        return usage
    keys = [hashlib.sha256(json.dumps(prefix, sort_keys=True).encode()).hexdigest() for prefix in prefixes]
    sizes = [min(count_json(prefix), usage.input) for prefix in prefixes]
    read = max((size for key, size in zip(keys, sizes, strict=True) if key in known), default=0)
    known.update(keys)
    return replace(usage, cache_read=read, cache_write=max(sizes) - read)


def _marked_prefixes(body: dict[str, Any]) -> list[list[Any]]:
    """Every prefix that ends at a `cache_control`, in the order the service reads: tools, system, messages."""
    seen: list[Any] = [body.get("model")]
    marked: list[list[Any]] = []
    system = body.get("system")
    blocks = [*(body.get("tools") or []), *(system if isinstance(system, list) else [system])]
    for message in body["messages"]:
        content = message["content"]
        blocks += content if isinstance(content, list) else [{"role": message["role"], "text": content}]
    for block in blocks:
        if isinstance(block, dict):
            seen.append({key: value for key, value in block.items() if key != "cache_control"})
            if block.get("cache_control"):
                marked.append(list(seen))
        elif block is not None:
            seen.append(block)
    return marked
