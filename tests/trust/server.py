"""A raw server of the tests' own: it puts any bytes on a real socket, with pauses and breaks, and counts what it sees."""

import contextlib
import json
import os
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass, field

RESET = object()
"""A step: close with RST."""
CLOSE = object()
"""A step: close with FIN."""
_TICK = 0.02


@dataclass
class Asked:
    """One request as it came over the socket."""

    path: str
    headers: dict[str, str]
    raw: bytes
    number: int
    repeated: list[str]
    """Names of headers that came more than once."""
    gone: threading.Event = field(default_factory=threading.Event)
    """Set when the client closed the connection while it was answered."""

    @property
    def body(self):
        return json.loads(self.raw)

    @property
    def wire(self):
        return "responses" if "/openai/" in self.path else "messages" if "/anthropic/" in self.path else "chat"

    @property
    def streamed(self):
        return self.body.get("stream") is True


class Server:
    """`act(asked)` yields the steps of an answer: bytes to send, seconds to wait, `RESET` or `CLOSE`.

    After the last step the connection waits for another request. With `tls`, a context, it speaks TLS.
    """

    def __init__(self, act, tls=None):
        self._act = act
        self._tls = tls
        self.requests = []
        self.accepted = 0
        self._open = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self.base_url = f"http{'s' if tls else ''}://127.0.0.1:{self.port}/v1"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections = list(self._open.items())
        for connection, thread in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(5)

    @property
    def open(self):
        """How many connections are open now."""
        with self._lock:
            return len(self._open)

    def connections(self):
        """How many connections were made, with those that no thread has taken yet."""
        while select.select([self._listener], [], [], _TICK)[0]:
            time.sleep(_TICK)
        return self.accepted

    def settles(self, at_most=0, seconds=15):
        """Whether no more than so many connections are open before so many seconds have passed."""
        until = time.monotonic() + seconds
        while self.open > at_most and time.monotonic() < until:
            time.sleep(_TICK)
        return self.open <= at_most

    def _accept(self):
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            with self._lock:
                self.accepted += 1
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection):
        try:
            with contextlib.suppress(OSError, ValueError):
                if self._tls:
                    connection = self._secured(connection)
                    connection.do_handshake()
                elif connection.recv(1, socket.MSG_PEEK) == b"\x16":  # a TLS handshake
                    connection.sendall(b"HTTP/1.0 400 No TLS here\r\n\r\n")
                    return
                with connection.makefile("rb") as reader:
                    while (asked := self._read(reader)) and self._answer(connection, asked):
                        pass
        finally:
            with self._lock:
                self._open.pop(connection, None)
            connection.close()

    def _secured(self, connection):
        secured = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open[secured] = self._open.pop(connection)
        return secured

    def _read(self, reader):
        line = reader.readline()
        if not line.strip():
            return None
        headers, repeated = {}, []
        while (header := reader.readline().strip()) != b"":
            name, _, value = header.decode("latin-1").partition(":")
            repeated += [name] if name.lower() in headers else []
            headers[name.lower()] = value.strip()
        raw = reader.read(int(headers.get("content-length", 0)))
        path = line.split()[1].decode("latin-1")
        with self._lock:
            asked = Asked(path, headers, raw, len(self.requests) + 1, repeated)
            self.requests.append(asked)
        return asked

    def _answer(self, connection, asked):
        try:
            for step in self._act(asked):
                if step is CLOSE:
                    return False
                if step is RESET:
                    # Closing with a linger time of zero sends RST.
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    with self._lock:
                        self._open.pop(connection, None)
                    os.close(connection.detach())
                    return False
                if isinstance(step, bytes):
                    connection.sendall(step)
                elif not self._wait(connection, step):
                    asked.gone.set()
                    return False
        except OSError:
            asked.gone.set()
            return False
        return True

    def _wait(self, connection, seconds):
        """Wait; False when the client left, or the server stops, meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._stopping.is_set():
                return False
            readable, _, _ = select.select([connection], [], [], min(left, _TICK))
            if readable and connection.recv(1, socket.MSG_PEEK) == b"":
                return False
        return True


def head(status=200, content_type="application/json", length=None, **headers):
    """A status line and headers; without a length the body is chunked."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {content_type}" if content_type else "X-Plain: 1", framing]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunk(data):
    """A piece of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


END = b"0\r\n\r\n"
"""The end of a chunked body."""


def whole(body, status=200, content_type="application/json", **headers):
    """A response in one piece."""
    body = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return head(status, content_type, len(body), **headers) + body
