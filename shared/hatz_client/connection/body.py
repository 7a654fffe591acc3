"""A response's body as it is read: decompressed, and never more of it than allowed. No I/O."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from hatz_client.errors import HatzResponseError, HatzStreamInterruptedError

_PIECE = 1 << 20
"""The most bytes decompressed at a time: compressed data may hold a thousand times its size."""
_MOST_ENCODINGS = 2


class _Decompressor(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...


class _Zlib:
    """gzip, or deflate with or without zlib's header (servers disagree on what it means)."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._decoder: Any = zlib.decompressobj(window)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if data and not self._begun and self._window == zlib.MAX_WBITS:
            header = data[0] & 0x0F == 8 and (len(data) < 2 or int.from_bytes(data[:2], "big") % 31 == 0)
            self._decoder = zlib.decompressobj(zlib.MAX_WBITS if header else -zlib.MAX_WBITS)
        self._begun = self._begun or bool(data)
        while data and not self._decoder.eof:
            piece = self._decoder.decompress(data, _PIECE)
            data = self._decoder.unconsumed_tail
            if piece:
                yield piece
            elif not data:
                return


class BodyDecoder:
    """Decompresses the pieces of one body and counts what comes out.

    Args:
        encoding: The response's `Content-Encoding`.
        limit: The most bytes of the decompressed body.
        truncate: Whether to ignore what goes beyond the limit, which is an error otherwise.

    Raises:
        HatzResponseError: for an encoding that was not asked for.
    """

    def __init__(self, encoding: str, limit: int, *, truncate: bool = False) -> None:
        self._limit = limit
        self._truncate = truncate
        self.full = False
        """Whether there is more than is kept."""
        self._count = 0
        self._encoding = encoding
        names = [part.strip().lower() for part in encoding.split(",")] if encoding else []
        names = [name for name in names if name not in ("", "identity")]
        if len(names) > _MOST_ENCODINGS:
            raise HatzResponseError(
                f"The response has {len(names)} content encodings, one within the other: no more than 2 are read."
            )
        if unknown := [name for name in names if name not in ("gzip", "x-gzip", "deflate")]:
            raise HatzResponseError(
                f"The response's content encoding {unknown[0][:50]!r} was not asked for and cannot be decoded (gzip and deflate can)."
            )
        windows = (zlib.MAX_WBITS if name == "deflate" else zlib.MAX_WBITS | 16 for name in reversed(names))
        self._decompressors = [_Zlib(window) for window in windows]

    def feed(self, data: bytes) -> Iterable[bytes]:
        """The pieces of the body that these bytes complete.

        Raises:
            HatzStreamInterruptedError: when they cannot be decompressed: they were damaged on the way.
        HatzResponseError: when the body is larger than allowed.
        """
        return self._decompress(data) if self._decompressors else (self._within_limit(data),)

    def _decompress(self, data: bytes) -> Iterator[bytes]:
        pieces = iter((data,))
        for decompressor in self._decompressors:
            pieces = self._through(decompressor, pieces)
        try:
            for piece in pieces:
                yield self._within_limit(piece)
                if self.full:
                    return
        except zlib.error as error:
            problem = str(error)
        else:
            return
        raise HatzStreamInterruptedError(
            f"The response's content encoding {self._encoding[:50]!r} cannot be decoded: {problem}"
        )

    @staticmethod
    def _through(decompressor: _Decompressor, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            yield from decompressor.feed(piece)

    def _within_limit(self, piece: bytes) -> bytes:
        self._count += len(piece)
        if self._count <= self._limit:
            return piece
        if self._truncate:
            self.full = True
            return piece[: self._limit - self._count]
        raise HatzResponseError(
            f"The response's body is larger than {self._limit} bytes: raise max_response_bytes if that is right."
        )


def body_decoder(response: Any, limit: int, *, truncate: bool = False) -> BodyDecoder:
    """The decoder of a response's body; a client of the user's own may have read and decompressed it already (in tests, say)."""
    consumed = getattr(response, "is_stream_consumed", False)
    encoding = "" if consumed else response.headers.get("content-encoding", "")
    return BodyDecoder(encoding, limit, truncate=truncate)
