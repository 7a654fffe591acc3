"""One client, sync and async, for every endpoint of the Hatz AI gateway; it knows no framework.

>>> from hatz_client import Client, Prompt, Text, Turn
>>> reply = Client().ask(Prompt("gpt-5.2", (Turn("user", (Text("Hello!"),)),)))  # doctest: +SKIP
>>> reply.text, reply.usage, reply.request_id  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hatz_client.catalog import Agent, Model
from hatz_client.content import (
    Citation,
    Finish,
    FinishReason,
    Media,
    MediaKind,
    Opaque,
    OrphanTools,
    Part,
    Prompt,
    Reasoning,
    Refusal,
    Reply,
    ResponseFormat,
    Role,
    SystemMessages,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
)
from hatz_client.errors import (
    HatzAuthenticationError,
    HatzBadRequestError,
    HatzConnectionError,
    HatzContextOverflowError,
    HatzCreditsError,
    HatzError,
    HatzInvalidInputError,
    HatzNotFoundError,
    HatzPermissionError,
    HatzRateLimitError,
    HatzResponseError,
    HatzServerError,
    HatzStatusError,
    HatzStreamInterruptedError,
    HatzTimeoutError,
    HatzUnsupportedError,
)
from hatz_client.events import Delta, End, Event, Fold, Meta, Start, fold
from hatz_client.keys import ApiKey
from hatz_client.routes import SocketOption
from hatz_client.wire import Endpoint

if TYPE_CHECKING:
    from hatz_client.async_client import AsyncClient
    from hatz_client.client import Client


def __getattr__(name: str) -> Any:
    """Load the clients, and httpx with them, when they are first asked for: importing a framework's package stays fast."""
    if name == "Client":
        from hatz_client.client import Client  # noqa: PLC0415

        return Client
    if name == "AsyncClient":
        from hatz_client.async_client import AsyncClient  # noqa: PLC0415

        return AsyncClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "Agent",
    "ApiKey",
    "AsyncClient",
    "Citation",
    "Client",
    "Delta",
    "End",
    "Endpoint",
    "Event",
    "Finish",
    "FinishReason",
    "Fold",
    "HatzAuthenticationError",
    "HatzBadRequestError",
    "HatzConnectionError",
    "HatzContextOverflowError",
    "HatzCreditsError",
    "HatzError",
    "HatzInvalidInputError",
    "HatzNotFoundError",
    "HatzPermissionError",
    "HatzRateLimitError",
    "HatzResponseError",
    "HatzServerError",
    "HatzStatusError",
    "HatzStreamInterruptedError",
    "HatzTimeoutError",
    "HatzUnsupportedError",
    "Media",
    "MediaKind",
    "Meta",
    "Model",
    "Opaque",
    "OrphanTools",
    "Part",
    "Prompt",
    "Reasoning",
    "Refusal",
    "Reply",
    "ResponseFormat",
    "Role",
    "SocketOption",
    "Start",
    "SystemMessages",
    "Text",
    "Tool",
    "ToolCall",
    "ToolResult",
    "Turn",
    "Usage",
    "fold",
]
