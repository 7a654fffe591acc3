"""Cached token counts: agents count the same conversation at every turn."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hatz_client.content import Prompt
from hatz_client.util.bounded_dict import BoundedDict
from hatz_client.util.json_text import to_json

if TYPE_CHECKING:
    from hatz_client import AsyncClient, Client

_counts: BoundedDict[bytes, int] = BoundedDict(512)
"""The latest counts, by a hash of the request."""


def _key(url: str, prompt: Prompt) -> bytes:
    """A key that is the same for the same request to the same gateway."""
    from hatz_client.wire import messages  # noqa: PLC0415 (the one endpoint that counts)

    return hashlib.sha256(to_json([url, messages.encode_count(prompt)])).digest()


def count_tokens(client: Client, prompt: Prompt) -> int:
    """The number of input tokens of the prompt, including tools, as the gateway counts them."""
    key = _key(client.settings.url, prompt)
    if (count := _counts.get(key)) is None:
        count = _counts[key] = client.count_tokens(prompt)
    return count


async def acount_tokens(client: AsyncClient, prompt: Prompt) -> int:
    """Async version of `count_tokens`."""
    key = _key(client.settings.url, prompt)
    if (count := _counts.get(key)) is None:
        count = _counts[key] = await client.count_tokens(prompt)
    return count
