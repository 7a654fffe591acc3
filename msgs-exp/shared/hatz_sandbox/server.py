"""The sandbox: a real HTTP server on loopback that speaks the Hatz API."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from hatz_sandbox import catalog
from hatz_sandbox.deliver import Delivery
from hatz_sandbox.gateway import respond
from hatz_sandbox.ids import fresh
from hatz_sandbox.record import Headers, SandboxRequest
from hatz_sandbox.script import Script
from hatz_sandbox.write.responses import QUIRKS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import TracebackType
    from typing import Self

DEFAULT_KEY = "hatz-sandbox-key"


class Sandbox(Script):
    """A local Hatz gateway: `with Sandbox() as sandbox:` and ask `sandbox.base_url` with `sandbox.api_key`.

    It answers by itself, or with what was queued by `reply`, `tool_call`, `tool_calls`, `fail`, `cut_stream_after`,
    `stall`, `error_event` and `raw`, one for each request for an answer. Requests that the service would refuse are
    refused and take nothing from the queue.

    Args:
        api_key: The one key that is accepted.
        port: The port; 0 takes a free one.
        pace: Seconds between the pieces of a stream.
        quirks: Which of the gateway's known quirks to show, among `hatz_sandbox.QUIRKS`; an empty set behaves as OpenAI's
            own service does.
        on_request: Called with each recorded request, on the server's threads, before its answer is sent.
    """

    def __init__(
        self,
        api_key: str = DEFAULT_KEY,
        *,
        port: int = 0,
        pace: float = 0.0,
        quirks: Collection[str] = QUIRKS,
        on_request: Callable[[SandboxRequest], None] | None = None,
    ) -> None:
        super().__init__()
        if unknown := set(quirks) - QUIRKS:
            raise ValueError(f"unknown quirks {sorted(unknown)}; there are {sorted(QUIRKS)}")
        self.api_key = api_key
        self.pace = pace
        self.quirks = frozenset(quirks)
        self.models = catalog.models()
        self.agents = catalog.agents()
        self.requests: list[SandboxRequest] = []
        self.files: dict[str, str] = {}
        self.cached_prefixes: set[str] = set()
        self._port = port
        self._on_request = on_request
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __repr__(self) -> str:
        where = self.base_url if self._server else "not started"
        return f"<Sandbox {where}>"

    @property
    def base_url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT/v1`."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started: use `with Sandbox() as sandbox:` or `sandbox.start()`")
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def last_request(self) -> SandboxRequest:
        """The request that came last.

        Raises:
            LookupError: There was none.
        """
        if not self.requests:
            raise LookupError("the sandbox got no request yet")
        return self.requests[-1]

    @property
    def connections(self) -> int:
        """How many connections were accepted since the start."""
        return self._server.accepted if self._server else 0

    def start(self) -> Self:
        """Listen, and serve on threads of its own.

        Raises:
            ModuleNotFoundError: The extra `sandbox` is not installed.
            OSError: The port cannot be had.
        """
        if find_spec("jsonschema") is None:
            raise ModuleNotFoundError('the sandbox needs its extra: pip install "hatz-integrations[sandbox]"')
        if self._server is None:
            self._server = _Server(self, self._port)
            serve = self._server.serve_forever
            self._thread = threading.Thread(target=serve, args=(0.02,), name="hatz-sandbox", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection, end every stall, and wait for the threads."""
        server, thread, self._server, self._thread = self._server, self._thread, None, None
        if server and thread:
            server.shutdown()
            thread.join()
            server.close()

    def reset(self) -> None:
        """Forget the queue, the requests, the files and the prompt cache, and offer the default models and agents."""
        with self._lock:
            self._steps.clear()
        self.requests.clear()
        self.files.clear()
        self.cached_prefixes.clear()
        self.models = catalog.models()
        self.agents = catalog.agents()

    def record(self, request: SandboxRequest) -> None:
        """Keep a request, and tell who asked to be told."""
        self.requests.append(request)
        if self._on_request:
            self._on_request(request)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, sandbox: Sandbox, port: int) -> None:
        self.sandbox = sandbox
        self.accepted = 0
        self.stopping = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own asks the resolver for the host's name, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self.accepted += 1
            self._open[request] = threading.current_thread()
            late = self.stopping.is_set()
        try:
            if late:
                self.shutdown_request(request)
                return
            super().process_request_thread(request, client_address)
        finally:
            with self._guard:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that left is no error
            super().handle_error(request, client_address)

    def close(self) -> None:
        """Wake and end every connection, then the listener."""
        self.stopping.set()
        with self._guard:
            still_open = list(self._open.items())
        for connection, _ in still_open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _, thread in still_open:
            thread.join(timeout=5)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Serve any method: the gateway decides."""
        sandbox = self.server.sandbox
        raw = self._read_body()
        path, _, query = self.path.partition("?")
        request = SandboxRequest(self.command, path, Headers(self.headers.items()), _parsed(raw), raw, query)
        request_id = request.headers.get("X-Request-ID") or fresh("req_")
        outcome = respond(sandbox, request, request_id)
        sandbox.record(replace(request, status=outcome.status))
        chunked = self.request_version != "HTTP/1.0"
        delivery = Delivery(self.connection, self.server.stopping, request.client_closed, chunked=chunked)
        if not delivery.send(outcome, request_id, sandbox.pace):
            self.close_connection = True

    do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET  # noqa: N815 - named by http.server

    def _read_body(self) -> bytes:
        if "chunked" not in (self.headers.get("Transfer-Encoding") or "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        """Stay silent: requests are recorded."""


def _parsed(raw: bytes) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(raw)
    return None
