"""OpenAI Responses as the gateway speaks it (`/openai/responses`)."""

from __future__ import annotations

from hatz_client.wire.responses.alternatives import ALTERNATIVES
from hatz_client.wire.responses.decode import decode
from hatz_client.wire.responses.encode import encode
from hatz_client.wire.responses.stream.decoder import Decoder

__all__ = ["ALTERNATIVES", "Decoder", "decode", "encode"]
