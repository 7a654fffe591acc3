"""An HTTP server on loopback; what it answers is somebody else's business."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from hatz_sandbox.delivery import Delivery
from hatz_sandbox.gateway_error import GatewayError
from hatz_sandbox.http_request import Headers, SandboxRequest
from hatz_sandbox.http_response import json_response
from hatz_sandbox.ids import new_id
from hatz_sandbox.request_body import check_host, read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatz_sandbox.http_response import HttpResponse

_log = logging.getLogger(__name__)


class Server(ThreadingHTTPServer):
    """Serves on threads of its own, from `start` to `stop`.

    `respond` makes the response to a request and its id; `record` keeps the request.
    """

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
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name="hatz-sandbox", daemon=True)

    def start(self) -> None:
        """Accept connections."""
        self._thread.start()

    def stop(self) -> None:
        """Wake and end every connection, then the listener."""
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

    def server_bind(self) -> None:  # noqa: D102 - of socketserver, as the next two
        # HTTPServer's own asks the resolver for the host's name, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: D102
        with self._open_lock:
            self.accepted += 1
            self._open[request] = threading.current_thread()
            late = self.stopping.is_set()
        try:
            if late:
                self.shutdown_request(request)
                return
            super().process_request_thread(request, client_address)
        finally:
            with self._open_lock:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002, D102
        if not isinstance(sys.exception(), OSError):  # a client that left is no error
            _log.debug("a connection failed", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """Serve any method: the responder decides."""
        path, _, query = self.path.partition("?")
        request = SandboxRequest(self.command, path, Headers(self.headers.items()), None, b"", query)
        request_id = _header_safe(request.headers.get("X-Request-ID")) or new_id("req_")
        try:
            check_host(self.headers, self.request_version)
            raw = read_body(self.headers, self.rfile)
            request = replace(request, raw=raw, body=_parse(raw))
            response = self.server.respond(request, request_id)
        except GatewayError as error:
            self.close_connection = True
            response = json_response({"detail": error.message}, error.status, reason=error.message)
            response = replace(response, headers={"Connection": "close"})
        self.server.record(replace(request, status=response.status, reason=response.reason))
        chunked = self.request_version != "HTTP/1.0"
        delivery = Delivery(self.connection, self.server.stopping, request.client_closed, chunked=chunked)
        if not delivery.send(response, request_id):
            self.close_connection = True

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET  # noqa: N815 - named by http.server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        """Stay silent: requests are recorded."""


def _header_safe(value: str | None) -> str | None:
    return value if value and value.isascii() and value.isprintable() else None


def _parse(raw: bytes) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(raw)
    return None
