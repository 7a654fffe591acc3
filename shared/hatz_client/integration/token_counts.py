"""Cached token counts: agents count the same conversation at every turn."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

from hatz_client.content import Prompt
from hatz_client.util.json_text import to_json

if TYPE_CHECKING:
    from hatz_client import AsyncClient, Client

_KEPT = 512


class CountCache:
    """The latest few hundred counts, by a hash of the request."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, int] = OrderedDict()

    def key(self, url: str, prompt: Prompt) -> bytes:
        """A key that is the same for the same request to the same gateway."""
        from hatz_client.wire import messages  # noqa: PLC0415 (the one endpoint that counts)

        return hashlib.sha256(to_json([url, messages.encode_count(prompt)])).digest()

    def get(self, key: bytes) -> int | None:
        """The cached count, or None."""
        return self._known.get(key)

    def put(self, key: bytes, count: int) -> int:
        """Store a count and return it."""
        self._known[key] = count
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return count


COUNTS = CountCache()


def count_tokens(client: Client, prompt: Prompt) -> int:
    """The number of input tokens of the prompt, including tools, as the gateway counts them."""
    key = COUNTS.key(client.settings.url, prompt)
    if (known := COUNTS.get(key)) is not None:
        return known
    return COUNTS.put(key, client.count_tokens(prompt))


async def acount_tokens(client: AsyncClient, prompt: Prompt) -> int:
    """Async version of `count_tokens`."""
    key = COUNTS.key(client.settings.url, prompt)
    if (known := COUNTS.get(key)) is not None:
        return known
    return COUNTS.put(key, await client.count_tokens(prompt))
