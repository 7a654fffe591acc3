"""A text that grows piece by piece."""

from __future__ import annotations


def encode(text: str) -> bytes:
    """The text as UTF-8; half characters (lone surrogates) stay as they are."""
    return text.encode("utf-8", "surrogatepass")


class GrowingText:
    """A text that grows by many small pieces, and is read seldom.

    It is kept as UTF-8: a list of short pieces takes ten times the memory, and so does `io.StringIO` until it is first read.
    """

    __slots__ = ("_bytes",)

    def __init__(self) -> None:
        self._bytes = bytearray()

    def append(self, text: str) -> None:
        """Add a piece."""
        self._bytes += text.encode("utf-8", "surrogatepass")

    def __str__(self) -> str:
        """The whole text so far."""
        return self._bytes.decode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        """Its size in bytes."""
        return len(self._bytes)

    def begins_with(self, text: str) -> bool:
        """Whether `text` is its beginning, or all of it."""
        return self._bytes.startswith(encode(text))

    def rest_of(self, text: str) -> str | None:
        """The part of `text` after it; None if `text` does not begin with it."""
        encoded = encode(text)
        if not encoded.startswith(self._bytes):
            return None
        return encoded[len(self._bytes) :].decode("utf-8", "surrogatepass")
