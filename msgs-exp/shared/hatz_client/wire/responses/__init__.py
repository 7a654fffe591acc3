"""OpenAI Responses as the gateway speaks it (`/openai/responses`)."""

from __future__ import annotations

from hatz_client.content import DialectName, StreamFormat
from hatz_client.wire.responses.decode import decode
from hatz_client.wire.responses.encode import encode
from hatz_client.wire.responses.stream import Decoder

__all__ = ["FRAMING", "NAME", "PATH", "STOPS_ITSELF", "Decoder", "decode", "encode"]

NAME: DialectName = "responses"
PATH = "/openai/responses"
FRAMING: StreamFormat = "sse"
STOPS_ITSELF = False
"""The endpoint has no stop sequences: `wire.stops` cuts its answers."""
