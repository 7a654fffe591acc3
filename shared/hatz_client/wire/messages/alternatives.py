"""Messages: alternatives where the models behind the gateway have different rules; a rejection shows which apply."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.content import Prompt, asks_to_think
from hatz_client.wire.common.requests.alternatives import Alternative, tools_of_history
from hatz_client.wire.messages.blocks import Block


def _called(body: Mapping[str, Any]) -> Iterator[str]:
    for message in body["messages"]:
        match message:
            case {"content": [*blocks]}:
                yield from (block["name"] for block in blocks if block.get("type") == "tool_use")


def _tool(name: str) -> Block:
    return {"name": name, "input_schema": {"type": "object", "properties": {}}}


def _is_search_result(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("type") == "search_result"


def _has_search_result(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_search_result, value))
    return isinstance(value, Mapping) and (_is_search_result(value) or _has_search_result(value.get("content")))


def _with_texts(value: Any) -> Any:
    """The messages, or a content, with the texts of each search result in its place, after a line with its title and source."""
    if isinstance(value, list):
        return [new for one in value for new in (_texts(one) if _is_search_result(one) else [_with_texts(one)])]
    is_holder = isinstance(value, Mapping) and "content" in value
    return {**value, "content": _with_texts(value["content"])} if is_holder else value


def _texts(result: Block) -> list[Block]:
    line = f"Source: {result.get('title')} ({result.get('source')})"
    texts: list[Block] = [{"type": "text", "text": line}, *result["content"]]
    if "cache_control" in result:
        texts[-1] = {**texts[-1], "cache_control": result["cache_control"]}
    return texts


def _thinks_late(body: Mapping[str, Any], _: Prompt) -> bool:
    """Whether thinking is on, and the run of tool calls at the end of the conversation began without it."""
    kinds: set[Any] = set()
    for message in reversed(body["messages"]):
        found = {block.get("type") for block in message.get("content") or () if isinstance(block, Mapping)}
        if message.get("role") == "user" and "tool_result" not in found:
            break
        kinds |= found
    return asks_to_think(body.get("thinking")) and "tool_use" in kinds and not kinds & {"thinking", "redacted_thinking"}


ALTERNATIVES = (
    tools_of_history(_called, _tool, {"type": "none"}),
    Alternative(
        name="no thinking within calls without it",
        is_sent=_thinks_late,
        refusal=re.compile(r"[Ee]xpected `thinking`"),
        change=lambda body: {name: value for name, value in body.items() if name != "thinking"},
        note="A model refuses thinking that is turned on after its tool calls: requests with results of such calls are sent "
        "without `thinking`.",
        level=logging.WARNING,
    ),
    Alternative(
        name="search results as text",
        is_sent=lambda body, _: _has_search_result(body["messages"]),
        refusal=re.compile("search_result"),
        change=lambda body: {**body, "messages": _with_texts(body["messages"])},
        note="A model refuses search results: they are sent as text from now on, so answers do not cite them.",
        level=logging.WARNING,
    ),
)
