"""The body of a request read off its connection, and what its headers get wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatz_sandbox.gateway_error import GatewayError

if TYPE_CHECKING:
    from email.message import Message
    from io import BufferedIOBase

_MOST = 100_000_000
"""Bytes of the largest body that is read."""
_LOOPBACK = re.compile(
    r"(?:localhost|(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?(?::\d{1,5})?", re.IGNORECASE
)
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?\r?\n")


def check_host(headers: Message, version: str) -> None:
    """Nothing, or an error: a web page that points its own name here (DNS rebinding) must get no answer."""
    hosts = headers.get_all("Host") or []
    if len(hosts) > 1 or (not hosts and version == "HTTP/1.1"):
        raise GatewayError("A request needs one Host header.", status=400)
    if hosts and not _LOOPBACK.fullmatch(hosts[0].strip()):
        message = f"The Hatz sandbox answers to localhost and 127.0.0.1 alone, not to the host {hosts[0]!r}."
        raise GatewayError(message, status=403)


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    """The body; an error when its framing is broken, after which the connection cannot be used again."""
    lengths = {value.strip() for value in headers.get_all("Content-Length") or []}
    codings = headers.get_all("Transfer-Encoding") or []
    if lengths and codings:
        raise GatewayError("Content-Length and Transfer-Encoding exclude each other.")
    if codings:
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise GatewayError("The only Transfer-Encoding that is read is 'chunked'.")
        return _read_chunks(stream)
    if len(lengths) > 1 or any(not (value.isascii() and value.isdecimal()) for value in lengths):
        raise GatewayError(f"Invalid Content-Length: {', '.join(sorted(lengths))}.")
    return _read_exactly(stream, int(next(iter(lengths), "0")))


def _read_chunks(stream: BufferedIOBase) -> bytes:
    body = bytearray()
    while True:
        match = _CHUNK_SIZE.fullmatch(stream.readline(1024))
        if not match:
            raise GatewayError("Invalid chunk size in a chunked body.")
        size = int(match[1], 16)
        if not size:
            break
        body += _read_exactly(stream, size, already=len(body))
        if stream.readline(4) not in {b"\r\n", b"\n"}:
            raise GatewayError("A chunk of a chunked body is longer than its size.")
    for _ in range(100):
        if not stream.readline(65536).strip():
            return bytes(body)
    raise GatewayError("Too many trailers after a chunked body.")


def _read_exactly(stream: BufferedIOBase, size: int, already: int = 0) -> bytes:
    if already + size > _MOST:
        raise GatewayError(f"The request body is longer than {_MOST:,} bytes.", status=413)
    data = stream.read(size)
    if len(data) < size:
        raise GatewayError("The connection ended within the request body.")
    return data
