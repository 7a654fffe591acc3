"""A text that grows piece by piece."""

from __future__ import annotations


def encode(text: str) -> bytes:
    """The text as UTF-8; half characters (lone surrogates) stay as they are."""
    return text.encode("utf-8", "surrogatepass")


class GrowingText(bytearray):
    """A text that grows by many small pieces (`text += encode(piece)`), and is rarely read.

    It is kept as UTF-8, because a list of short pieces takes ten times the memory, and so does `io.StringIO` until it is first
    read. It is a `bytearray`, because a Python method that adds a piece would be 3 of 60 calls per delta.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """The whole text so far."""
        return self.decode("utf-8", "surrogatepass")

    def begins_with(self, text: str) -> bool:
        """Whether `text` is its beginning, or all of it."""
        return self.startswith(encode(text))

    def rest_of(self, text: str) -> str | None:
        """The part of `text` after it; None if `text` does not begin with it."""
        encoded = encode(text)
        return encoded[len(self) :].decode("utf-8", "surrogatepass") if encoded.startswith(self) else None
