"""A proxy of the tests' own."""

import contextlib
import socket
import threading

from .server import Server

PASSWORD = "pass-never-to-be-seen-0815"


class Proxy(Server):
    """A proxy that opens a tunnel, or answers with a status and these words; `heard` is every byte it could read."""

    def __init__(self, status=200, words="Said"):
        super().__init__(None)
        self.status = status
        self.words = words
        self.heard = b""
        self.url = f"http://user:{PASSWORD}@127.0.0.1:{self.port}"

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError, ValueError):
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += connection.recv(65536)
            with self._lock:
                self.heard += asked
            if self.status != 200:
                connection.sendall(f"HTTP/1.1 {self.status} {self.words}\r\nContent-Length: 0\r\n\r\n".encode())
                return
            host, _, port = asked.split()[1].decode().rpartition(":")
            with socket.create_connection((host, int(port))) as beyond:
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=self._hand_on, args=(beyond, connection), daemon=True)
                back.start()
                self._hand_on(connection, beyond)
                back.join()
        with self._lock:
            self._open.pop(connection, None)

    def _hand_on(self, source, target):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                with self._lock:
                    self.heard += piece
                target.sendall(piece)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
