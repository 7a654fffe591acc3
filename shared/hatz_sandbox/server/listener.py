"""The HTTP server on loopback, with one thread for each connection."""

from __future__ import annotations

import contextlib
import logging
import socket
import sys
import threading
from collections.abc import Callable
from importlib.util import find_spec
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

from hatz_sandbox.server.connection import Connection
from hatz_sandbox.server.request import SandboxRequest
from hatz_sandbox.server.response import HttpResponse

_log = logging.getLogger(__name__)


def check_extra() -> None:
    """A `ModuleNotFoundError` if the extra `sandbox` is not installed."""
    if not all(map(find_spec, ("h11", "jsonschema", "pydantic", "regex"))):
        raise ModuleNotFoundError(
            'the sandbox needs its extra: pip install ".[sandbox]" in a clone of hatz-integrations'
        )


class Server(ThreadingTCPServer):
    """The server; `respond` gets a request and its id, `record` gets the request with the status of its response."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 512

    def __init__(
        self,
        port: int,
        respond: Callable[[SandboxRequest, str], HttpResponse],
        record: Callable[[SandboxRequest], None],
    ) -> None:
        self.respond = respond
        self.record = record
        self.accepted = 0
        self.stopping = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), BaseRequestHandler)
        self.port: int = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="hatz-sandbox", daemon=True)

    def start(self) -> None:
        """Accept connections."""
        self._thread.start()

    def stop(self) -> None:
        """Close the listener and every connection, and wait for their threads."""
        self.shutdown()
        self._thread.join()
        self.stopping.set()
        with self._open_lock:
            still_open = list(self._open.items())
        for connection, _ in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _, thread in still_open:
            thread.join(timeout=5)
        self.server_close()

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: D102 - a method of socketserver, as the next two
        with self._open_lock:
            self.accepted += 1
            self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._open_lock:
                self._open.pop(request, None)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ARG002, D102
        if not self.stopping.is_set():
            request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            Connection(request, self.respond, self.record, self.stopping).serve()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002, D102
        if not isinstance(sys.exception(), OSError):  # a client that left is no error
            _log.debug("a connection failed", exc_info=True)
