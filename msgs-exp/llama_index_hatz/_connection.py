"""How an LLM reaches the gateway: clients are cheap values, made for each call, so they follow every assignment, copy and pickle."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import Any, Self

import hatz_client
from hatz_client.version import USER_AGENT
from llama_index_hatz._settings import HatzSettings

_SETTINGS = (
    "api_key",
    "base_url",
    "endpoint",
    "timeout",
    "stream_idle_timeout",
    "max_retries",
    "allow_http",
    "proxy",
    "http_socket_options",
    "default_query",
)


class Connected(HatzSettings):
    """The part of `HatzLLM` that has the connections."""

    def close(self) -> None:
        """Close the idle connections of this process, which all LLMs with the same proxy and socket options share.

        Nothing needs it: the process closes them at its end. What is under way is not disturbed, the next call opens new
        ones, and clients of your own stay open.
        """
        self._client.close()

    async def aclose(self) -> None:
        """Close the idle connections of this event loop, as `close()` does those of the sync calls."""
        await self._aclient.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def _client(self) -> hatz_client.Client:
        return hatz_client.Client(**self._connection, http_client=self.http_client)

    @property
    def _aclient(self) -> hatz_client.AsyncClient:
        return hatz_client.AsyncClient(**self._connection, http_async_client=self.http_async_client)

    @property
    def _connection(self) -> dict[str, Any]:
        headers = {"User-Agent": _user_agent(), **(self.default_headers or {})}
        return {**{name: getattr(self, name) for name in _SETTINGS}, "default_headers": headers}


@lru_cache(maxsize=1)
def _user_agent() -> str:
    return f"{USER_AGENT} llama-index-core/{version('llama-index-core')}"
