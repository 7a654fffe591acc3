"""How `tool_use` and `tool_result` blocks must follow one another in a Messages conversation."""

from __future__ import annotations

from itertools import groupby, takewhile
from typing import Any

from hatz_sandbox.gateway_error import GatewayError

Block = dict[str, Any]

_NEXT = "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
_BEFORE = "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."


def check_pairs(messages: list[dict[str, Any]]) -> None:
    """Nothing, or `GatewayError`. Neighbors of one role count as one message, as the service combines them."""
    seen: set[str] = set()
    open_ids: list[str] = []
    before = 0
    for role, group in groupby(enumerate(messages), lambda item: item[1]["role"]):
        members = list(group)
        index = members[0][0]
        blocks = [block for _, message in members for block in _blocks(message["content"])]
        if role == "user":
            _check_results(index, blocks, open_ids)
            # Results have to come first in the content; what follows text is not seen as an answer.
            given = {block["tool_use_id"] for block in takewhile(_is_result, blocks)}
            _refuse_open(before, [call_id for call_id in open_ids if call_id not in given])
            open_ids = []
        else:
            open_ids = [block["id"] for block in blocks if block["type"] == "tool_use"]
            if len({*open_ids} - seen) < len(open_ids):
                raise GatewayError(f"messages.{index}: `tool_use` ids must be unique")
            seen.update(open_ids)
        before = index
    _refuse_open(before, open_ids)


def _blocks(content: str | list[Block]) -> list[Block]:
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _is_result(block: Block) -> bool:
    return bool(block["type"] == "tool_result")


def _check_results(index: int, blocks: list[Block], open_ids: list[str]) -> None:
    left = list(open_ids)
    for at, block in enumerate(blocks):
        if not _is_result(block):
            continue
        call_id = block["tool_use_id"]
        if call_id not in open_ids:
            reason = f"unexpected `tool_use_id` found in `tool_result` blocks: {call_id}. {_BEFORE}"
            raise GatewayError(f"messages.{index}.content.{at}: {reason}")
        if call_id not in left:
            reason = f"each tool_use must have a single result. Found multiple `tool_result` blocks with id: {call_id}"
            raise GatewayError(f"messages.{index}: {reason}")
        left.remove(call_id)


def _refuse_open(index: int, ids: list[str]) -> None:
    if ids:
        reason = f"`tool_use` ids were found without `tool_result` blocks immediately after: {', '.join(ids)}. {_NEXT}"
        raise GatewayError(f"messages.{index}: {reason}")
