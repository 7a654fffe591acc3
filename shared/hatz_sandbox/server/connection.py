"""One connection: its requests are read by h11, checked and answered."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import h11

from hatz_sandbox.ids import new_id
from hatz_sandbox.neutral import GatewayError
from hatz_sandbox.server.delivery import Delivery
from hatz_sandbox.server.request import Headers, SandboxRequest
from hatz_sandbox.server.response import HttpResponse, json_response

_MAX_BODY = 100_000_000
"""The largest body, in bytes."""
_MAX_HEAD = 65_536
_LOOPBACK = re.compile(
    r"(?:localhost|(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?(?::\d{1,5})?", re.IGNORECASE
)


def serve(
    connection: socket.socket,
    respond: Callable[[SandboxRequest, str], HttpResponse],
    record: Callable[[SandboxRequest], None],
    stopping: threading.Event,
) -> None:
    """Respond to the requests of a connection until it is closed."""
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)
    while True:
        request = SandboxRequest("", "")
        request_id = new_id("req_")
        try:
            head = _next_event(http, connection)
            if not isinstance(head, h11.Request):
                return
            request = _to_request(head)
            request_id = _safe_header(request.headers.get("X-Request-ID")) or request_id
            _check_head(request.headers)
            raw = _read_body(http, connection)
            request = replace(request, raw=raw, body=_parse(raw))
            response = respond(request, request_id)
        except (GatewayError, h11.RemoteProtocolError) as error:
            # After invalid framing, the start of the next request is unknown.
            status, close = error.status if isinstance(error, GatewayError) else 400, {"Connection": "close"}
            # h11's messages end with the bytes it refuses, which may be a secret of the client.
            reason = str(error).split(": bytearray", 1)[0]
            response = json_response({"detail": reason}, status, headers=close, reason=reason)
        record(replace(request, status=response.status, reason=response.reason))
        if request.method == "HEAD":
            response = replace(response, body=b"", frames=None)
        if not Delivery(connection, http, stopping, request.client_closed).send(response, request_id):
            return
        http.start_next_cycle()


def _next_event(http: h11.Connection, connection: socket.socket) -> Any:
    while (event := http.next_event()) is h11.NEED_DATA:
        if http.they_are_waiting_for_100_continue:
            connection.sendall(http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
        http.receive_data(connection.recv(65_536))
    return event


def _to_request(head: h11.Request) -> SandboxRequest:
    path, _, query = head.target.decode("latin-1").partition("?")
    headers = Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
    return SandboxRequest(head.method.decode("latin-1"), path, headers, query=query)


def _check_head(headers: Headers) -> None:
    """A `GatewayError` for another host, because of DNS rebinding (a web page whose name resolves to 127.0.0.1), or invalid framing."""
    host = headers.get("Host")
    if host is not None and not _LOOPBACK.fullmatch(host.strip()):
        message = f"The Hatz sandbox answers to localhost and 127.0.0.1 alone, not to the host {host!r}."
        raise GatewayError(message, status=403)
    if "Content-Length" in headers and "Transfer-Encoding" in headers:
        raise GatewayError("Content-Length and Transfer-Encoding exclude each other.")
    _check_size(int(headers.get("Content-Length", 0)))


def _check_size(size: int) -> None:
    if size > _MAX_BODY:
        raise GatewayError(f"The request body is longer than {_MAX_BODY:,} bytes.", status=413)


def _read_body(http: h11.Connection, connection: socket.socket) -> bytes:
    body = bytearray()
    while isinstance(event := _next_event(http, connection), h11.Data):
        body += event.data
        _check_size(len(body))
    return bytes(body)


def _safe_header(value: str | None) -> str | None:
    return value if value and value.isascii() and value.isprintable() else None


def _parse(raw: bytes) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(raw)
    return None
