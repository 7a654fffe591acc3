"""How `tool_use` and `tool_result` blocks must follow one another."""

from __future__ import annotations

from typing import Any

from hatz_sandbox.gateway_error import GatewayError

_NEXT = "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
_BEFORE = "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."


def check_pairs(messages: list[dict[str, Any]]) -> None:
    """Nothing, or `GatewayError`."""
    merged = _merged(messages)
    seen: set[str] = set()
    open_ids: list[str] = []
    for index, role, blocks in merged:
        if role == "user":
            _check_results(index, blocks, open_ids)
            open_ids = []
        else:
            open_ids = [block["id"] for block in blocks if block.get("type") == "tool_use"]
            if len(set(open_ids)) < len(open_ids) or seen & set(open_ids):
                raise GatewayError(f"messages.{index}: `tool_use` ids must be unique")
            seen |= set(open_ids)
    if open_ids:
        _refuse_open(merged[-1][0], open_ids)


def _merged(messages: list[dict[str, Any]]) -> list[tuple[int, str, list[dict[str, Any]]]]:
    """The turns with neighbors of one role combined, as the service combines them."""
    turns: list[tuple[int, str, list[dict[str, Any]]]] = []
    for index, message in enumerate(messages):
        content = message["content"]
        blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
        if turns and turns[-1][1] == message["role"]:
            turns[-1][2].extend(blocks)
        else:
            turns.append((index, message["role"], list(blocks)))
    return turns


def _check_results(index: int, blocks: list[dict[str, Any]], open_ids: list[str]) -> None:
    results = [block["tool_use_id"] for block in blocks if block.get("type") == "tool_result"]
    for at, block in enumerate(blocks):
        if block.get("type") == "tool_result" and block["tool_use_id"] not in open_ids:
            unknown = block["tool_use_id"]
            reason = f"unexpected `tool_use_id` found in `tool_result` blocks: {unknown}. {_BEFORE}"
            raise GatewayError(f"messages.{index}.content.{at}: {reason}")
    twice = [result for result in results if results.count(result) > 1]
    if twice:
        reason = f"each tool_use must have a single result. Found multiple `tool_result` blocks with id: {twice[0]}"
        raise GatewayError(f"messages.{index}: {reason}")
    # Results have to come first in the content; what follows text is not seen as an answer.
    leading = 0
    while leading < len(blocks) and blocks[leading].get("type") == "tool_result":
        leading += 1
    given = {block["tool_use_id"] for block in blocks[:leading]}
    left = [call_id for call_id in open_ids if call_id not in given]
    if left:
        _refuse_open(index - 1, left)


def _refuse_open(index: int, ids: list[str]) -> None:
    listed = ", ".join(ids)
    reason = f"`tool_use` ids were found without `tool_result` blocks immediately after: {listed}. {_NEXT}"
    raise GatewayError(f"messages.{index}: {reason}")
