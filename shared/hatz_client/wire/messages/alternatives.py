"""Messages: alternatives where the models behind the gateway have different rules; a rejection shows which apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hatz_client.wire.common.requests.alternatives import tools_of_history
from hatz_client.wire.messages.blocks import Block


def _called(body: Mapping[str, Any]) -> Iterator[str]:
    for message in body["messages"]:
        match message:
            case {"content": [*blocks]}:
                yield from (block["name"] for block in blocks if block.get("type") == "tool_use")


def _tool(name: str) -> Block:
    return {"name": name, "input_schema": {"type": "object", "properties": {}}}


ALTERNATIVES = (tools_of_history(_called, _tool, {"type": "none"}),)
