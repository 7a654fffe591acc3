"""The Anthropic Messages endpoint: `POST /anthropic/messages` and `/anthropic/messages/count_tokens`."""

from __future__ import annotations

from hatz_client.wire.messages.alternatives import ALTERNATIVES
from hatz_client.wire.messages.decode import decode, decode_count
from hatz_client.wire.messages.encode import encode, encode_count
from hatz_client.wire.messages.stream.decoder import Decoder
from hatz_client.wire.messages.thinking import DEFAULT_MAX_TOKENS

__all__ = [
    "ALTERNATIVES",
    "COUNT_PATH",
    "DEFAULT_MAX_TOKENS",
    "Decoder",
    "decode",
    "decode_count",
    "encode",
    "encode_count",
]

COUNT_PATH = "/anthropic/messages/count_tokens"
"""The path that counts a prompt's input tokens; free, without an answer."""
