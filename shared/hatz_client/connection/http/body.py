"""Decompress a response's body and limit its size. No I/O."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from hatz_client.errors import HatzResponseError, HatzStreamInterruptedError

_PIECE = 1 << 20
"""The maximum number of bytes to decompress at a time: data can expand a thousandfold."""
_MOST_ENCODINGS = 2
_GZIP = b"\x1f"
"""The first byte of gzip."""
_UNREADABLE = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm"})
"""The other encodings of IANA's registry. Servers also write what is no encoding here, such as "utf-8" or "none"."""


class _Zlib:
    """gzip, or deflate with or without zlib's header (servers send both as "deflate")."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._decoder: Any = zlib.decompressobj(window)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if data and not self._begun and self._window == zlib.MAX_WBITS:
            header = data[0] & 0x0F == 8 and (len(data) < 2 or int.from_bytes(data[:2], "big") % 31 == 0)
            self._decoder = zlib.decompressobj(zlib.MAX_WBITS if header else -zlib.MAX_WBITS)
        self._begun = self._begun or bool(data)
        while data:
            if self._decoder.eof:  # what follows is one more member of gzip, or padding
                if self._window == zlib.MAX_WBITS or data[:1] != _GZIP:
                    return
                self._decoder = zlib.decompressobj(self._window)
            piece = self._decoder.decompress(data, _PIECE)
            data = self._decoder.unconsumed_tail or self._decoder.unused_data
            if piece:
                yield piece


class BodyDecoder:
    """Decompresses the pieces of one body and counts the resulting bytes.

    Args:
        encoding: The response's `Content-Encoding`.
        limit: The maximum size of the decompressed body, in bytes.
        truncate: Whether to ignore bytes beyond the limit; otherwise they are an error.

    Raises:
        HatzResponseError: for an encoding that the request did not accept.
    """

    def __init__(self, encoding: str, limit: int, *, truncate: bool = False) -> None:
        self._limit = limit
        self._truncate = truncate
        self.full = False
        """Whether the limit is reached; further bytes are ignored."""
        self._count = 0
        self._encoding = encoding
        names = [part.strip().lower() for part in encoding.split(",")] if encoding else []
        if unreadable := [name for name in names if name in _UNREADABLE]:
            raise HatzResponseError(
                f"The response's content encoding {unreadable[0]!r} was not asked for and cannot be decoded (gzip and deflate can)."
            )
        names = [name for name in names if name in ("gzip", "x-gzip", "deflate")]
        if len(names) > _MOST_ENCODINGS:
            raise HatzResponseError(
                f"The response has {len(names)} content encodings, one within the other: no more than 2 are read."
            )
        windows = (zlib.MAX_WBITS if name == "deflate" else zlib.MAX_WBITS | 16 for name in reversed(names))
        self._decompressors = [_Zlib(window) for window in windows]

    def feed(self, data: bytes) -> Iterable[bytes]:
        """The decompressed pieces of these bytes.

        Raises:
            HatzStreamInterruptedError: if they cannot be decompressed, because they were damaged on the way.
            HatzResponseError: if the body is larger than allowed.
        """
        if self._decompressors:
            return self._decompress(data)
        self._count += len(data)
        return (data if self._count <= self._limit else self._exceed(data),)

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        pieces: Iterable[bytes] = (data,)
        for decompressor in self._decompressors:
            pieces = chain.from_iterable(map(decompressor.feed, pieces))
        try:
            for piece in pieces:
                self._count += len(piece)
                yield piece if self._count <= self._limit else self._exceed(piece)
                if self.full:
                    return
        except zlib.error as error:
            problem = str(error)
        else:
            return
        raise HatzStreamInterruptedError(
            f"The response's content encoding {self._encoding[:50]!r} cannot be decoded: {problem}"
        )

    def _exceed(self, piece: bytes) -> bytes:
        """The beginning of a piece, up to the limit."""
        if self._truncate:
            self.full = True
            return piece[: self._limit - self._count]
        raise HatzResponseError(
            f"The response's body is larger than {self._limit} bytes: raise max_response_bytes if that is right."
        )


def body_decoder(response: Any, headers: Mapping[str, str], limit: int, *, truncate: bool = False) -> BodyDecoder:
    """The decoder of a response's body; a user's own client may have read and decompressed it already (in tests, for example)."""
    consumed = getattr(response, "is_stream_consumed", False)
    encoding = "" if consumed else headers.get("content-encoding", "")
    return BodyDecoder(encoding, limit, truncate=truncate)
