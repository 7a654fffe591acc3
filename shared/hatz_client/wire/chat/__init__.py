"""Hatz-native chat (`/chat/completions`): text in and out, with agents, routing and server-side tools.

It resembles OpenAI's chat completions but differs: content is a string, there are no client tools and no finish reason, and
a stream is newline-delimited JSON without an end marker (reference: Hatz's API pages and public clients).
"""

from __future__ import annotations

from hatz_client.wire.chat.decode import decode
from hatz_client.wire.chat.encode import encode
from hatz_client.wire.chat.stream import Decoder

__all__ = ["Decoder", "decode", "encode"]
