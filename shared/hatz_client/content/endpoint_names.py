"""The names of the endpoints, for types; what each can do is in `hatz_client.wire.endpoints`."""

from __future__ import annotations

from typing import Literal, TypeAlias

EndpointName: TypeAlias = Literal["responses", "messages", "chat"]
Endpoint: TypeAlias = Literal["auto", "responses", "messages", "chat"]
StreamFormat: TypeAlias = Literal["sse", "ndjson"]
