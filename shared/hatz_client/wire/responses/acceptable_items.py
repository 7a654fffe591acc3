"""Responses: input items that the service would reject, and ids that it would."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any

from hatz_client.wire.common.requests.policies import needs_following_item

Item = dict[str, Any]

_logger = logging.getLogger("hatz_client")
_WITHOUT_CONTENT = {"type", "id", "status"}
_SAID = ("message", "function_call", "custom_tool_call")
# OpenAI takes at most 64 characters, Grok has 83 (recorded exchanges); encrypted ids have 380 and more.
_is_id = re.compile(r"[a-zA-Z0-9_-]{1,128}").fullmatch


def may_be_refused(item: Item) -> bool:
    """Whether `acceptable` must look at the items."""
    return "id" in item or item.get("type") in ("reasoning", "item_reference") or item.keys() <= _WITHOUT_CONTENT


def acceptable(items: list[Item], *, stored: bool) -> list[Item]:
    """The items without those that the service rejects: reasoning that nothing follows, and ids of items that are not stored.

    An id that the service does not take back is left out of its item; some gateways encrypt the ids in answers.
    """
    result: list[Item] = []
    is_followed = False
    for given in reversed(items):
        is_known = stored and _has_good_id(given)
        item = given if _has_good_id(given) else {key: value for key, value in given.items() if key != "id"}
        is_reasoning = item.get("type") == "reasoning"
        if (is_reasoning and not is_followed and needs_following_item(item)) or (not is_known and _is_reference(given)):
            _logger.debug("A %s item is left out of the input: the service would reject it.", item.get("type"))
            continue
        is_followed = item.get("role", "assistant") == "assistant" and not str(item.get("type")).endswith("_output")
        result.append(item)
    return list(_without_repeated_ids(reversed(result)))


def _without_repeated_ids(items: Iterable[Item]) -> Iterator[Item]:
    """The items without copies, which OpenAI rejects as "duplicate items": frameworks put an answer into a history twice.

    What the model said or called stays, without the id. A copy of its reasoning or of a server tool's call is left out; other
    reasoning with the same id stays unchanged, because xAI repeats ids within an answer.
    """
    seen: dict[str, Item] = {}
    for item in items:
        found = item.get("id")
        earlier = seen.setdefault(found, item) if isinstance(found, str) else item
        is_said = item.get("type") in _SAID
        if earlier is item or (item != earlier and not is_said):
            yield item
        elif is_said:
            yield {key: value for key, value in item.items() if key != "id"}


def _has_good_id(item: Item) -> bool:
    return "id" not in item or (isinstance(found := item["id"], str) and _is_id(found) is not None)


def _is_reference(item: Item) -> bool:
    """Whether the item consists only of an id, in place of its content."""
    if item.get("type") == "reasoning":
        return not item.get("encrypted_content")
    return item.get("type") == "item_reference" or ("id" in item and item.keys() <= _WITHOUT_CONTENT)
