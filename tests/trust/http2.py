"""A raw HTTP/2 server of the tests' own, without TLS: it puts any frames on a real socket. Its client needs prior knowledge."""

import contextlib
import itertools
import socket
import struct
import threading

DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 6, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, stream, payload=b"", flags=0):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def header(name, value):
    """A header as HPACK writes it without any compression."""
    return b"\x00" + bytes((len(name),)) + name + bytes((len(value),)) + value


def headers(stream, content_type=b"application/json", status=b"200", flags=END_HEADERS):
    more = header(b"content-type", content_type) if content_type else b""
    return frame(HEADERS, stream, header(b":status", status) + more, flags)


class Http2Server:
    """`act(stream, number)` yields the steps of an answer: bytes to send, or seconds to wait."""

    def __init__(self, act):
        self._act = act
        self.accepted = 0
        self.requests = 0
        self._stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._connections = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        for one in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self):
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        sending = threading.Lock()
        with contextlib.suppress(OSError, struct.error), connection.makefile("rb") as reader:
            reader.read(len(_PREFACE))
            with sending:
                connection.sendall(frame(SETTINGS, 0))
            while True:
                length, kind, flags, stream = struct.unpack(">IBBI", b"\x00" + reader.read(9))
                reader.read(length)
                if kind in (DATA, HEADERS) and flags & END_STREAM:
                    self.requests += 1
                    threading.Thread(
                        target=self._answer, args=(connection, sending, stream, self.requests), daemon=True
                    ).start()
                elif kind == SETTINGS and not flags & ACK:
                    with sending:
                        connection.sendall(frame(SETTINGS, 0, flags=ACK))

    def _answer(self, connection, sending, stream, number):
        with contextlib.suppress(OSError):
            for step in self._act(stream, number):
                if isinstance(step, bytes):
                    with sending:
                        connection.sendall(step)
                elif self._stopping.wait(step):
                    return


def drip(first, piece, every=0.1):
    """Steps that begin so, and go on with a small piece for a minute."""
    return itertools.chain((first,), *itertools.repeat((every, piece), 600))
