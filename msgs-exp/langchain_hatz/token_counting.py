"""How many tokens a conversation has: asked of the gateway, once for the same conversation; else guessed."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.messages.utils import count_tokens_approximately

from hatz_client.content import Prompt
from hatz_client.util.json_text import to_json
from langchain_hatz._tools import tool_dict

_logger = logging.getLogger("langchain_hatz")
_KEPT = 512


class Counts:
    """The last few hundred counts. Agents count the same conversation at every turn."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, int] = OrderedDict()

    def key(self, prompt: Prompt, base_url: str | None) -> bytes:
        """What is the same for the same request."""
        from hatz_client.wire import messages  # noqa: PLC0415 (only the dialects in use are loaded)

        return hashlib.sha256(to_json([base_url, messages.encode_count(prompt)])).digest()

    def get(self, key: bytes) -> int | None:
        """The count, if it is known."""
        return self._known.get(key)

    def put(self, key: bytes, count: int) -> int:
        """Keep a count."""
        self._known[key] = count
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return count


COUNTS = Counts()


def guessed(conversation: Sequence[BaseMessage], tools: Sequence[Any] | None, error: Exception | None = None) -> int:
    """A guess by the number of characters: counting must never break an agent."""
    if error is not None:
        _logger.debug("The tokens are guessed, for the gateway did not count them: %s", error)
    return count_tokens_approximately(conversation, tools=[tool_dict(tool) for tool in tools or ()] or None)
