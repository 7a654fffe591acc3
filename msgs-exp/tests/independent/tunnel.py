"""A door that hands bytes through both ways and closes when either side does, so that the server sees a client leave.

It knows the gateway's paths and nothing else: each request has a connection of its own.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self
from urllib.parse import urlsplit

PATHS = ((b"/v1/openai/", b"/v1/"), (b"/v1/anthropic/", b"/v1/"), (b"/v1/chat/models", b"/v1/models"))


class Tunnel:
    """The door, open while the `with` block runs."""

    def __init__(self, upstream: str) -> None:
        where = urlsplit(upstream)
        self._upstream = (where.hostname or "127.0.0.1", where.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.base_url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"
        self._served = threading.Condition()
        self._open = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def settles(self, seconds: float = 10) -> bool:
        """Whether every client leaves before so many seconds have passed."""
        with self._served:
            return self._served.wait_for(lambda: not self._open, seconds)

    def _serve(self, client: socket.socket) -> None:
        with self._served:
            self._open += 1
        self._handle(client)
        with self._served:
            self._open -= 1
            self._served.notify_all()

    def _handle(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            opening = b""
            while b"\r\n\r\n" not in opening:
                if not (piece := client.recv(65536)):
                    return
                opening += piece
            head, _, body = opening.partition(b"\r\n\r\n")
            line, _, headers = head.partition(b"\r\n")
            for gateways, servers in PATHS:
                line = line.replace(gateways, servers, 1)
            with socket.create_connection(self._upstream) as server:
                server.sendall(line + b"\r\nConnection: close\r\n" + headers + b"\r\n\r\n" + body)
                other = threading.Thread(target=_hand_on, args=(client, server), daemon=True)
                other.start()
                _hand_on(server, client)
                other.join()


def _hand_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
