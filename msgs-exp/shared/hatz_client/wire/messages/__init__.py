"""The Anthropic Messages dialect: `POST /anthropic/messages` and `/anthropic/messages/count_tokens`."""

from __future__ import annotations

from hatz_client.content import DialectName, StreamFormat
from hatz_client.wire.messages.decode import decode, decode_count
from hatz_client.wire.messages.encode import encode, encode_count
from hatz_client.wire.messages.stream import Decoder
from hatz_client.wire.messages.thinking import DEFAULT_MAX_TOKENS

__all__ = [
    "COUNT_PATH",
    "DEFAULT_MAX_TOKENS",
    "FRAMING",
    "NAME",
    "PATH",
    "STOPS_ITSELF",
    "Decoder",
    "decode",
    "decode_count",
    "encode",
    "encode_count",
]

NAME: DialectName = "messages"
PATH = "/anthropic/messages"
FRAMING: StreamFormat = "sse"
STOPS_ITSELF = True
COUNT_PATH = "/anthropic/messages/count_tokens"
"""Where a prompt's input tokens are counted: no answer, no cost."""
