"""One connection: its requests are read by h11 and checked, and the responses are sent with their faults."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

import h11

from hatz_sandbox.ids import new_id
from hatz_sandbox.neutral import GatewayError
from hatz_sandbox.server.request import Headers, SandboxRequest
from hatz_sandbox.server.response import HttpResponse, json_response

_MAX_BODY = 100_000_000
"""The largest body, in bytes."""
_MAX_HEAD = 65_536
_TICK = 0.02
_PING_EVERY = 0.05
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_LOOPBACK = re.compile(
    r"(?:localhost|(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])\.?(?::\d{1,5})?", re.IGNORECASE
)


@dataclass
class Connection:
    """A connection of a client; `respond` and `record` are as in `Server`."""

    socket: socket.socket
    respond: Callable[[SandboxRequest, str], HttpResponse]
    record: Callable[[SandboxRequest], None]
    stopping: threading.Event
    _http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.SERVER, _MAX_HEAD))
    _gone: threading.Event = field(default_factory=threading.Event)
    """Set when the client leaves before it has the whole response."""

    def serve(self) -> None:
        """Respond to the requests until the connection is closed."""
        while self._serve_one():
            self._http.start_next_cycle()

    def _serve_one(self) -> bool:
        """Respond to the next request; `True` if the connection stays open for another."""
        request, request_id = SandboxRequest("", ""), new_id("req_")
        try:
            head = self._next_event()
            if not isinstance(head, h11.Request):
                return False
            request = _to_request(head)
            request_id = _safe_header(request.headers.get("X-Request-ID")) or request_id
            _check_head(request.headers)
            raw = self._read_body()
            request = replace(request, raw=raw, body=_parse(raw))
            response = self.respond(request, request_id)
        except (GatewayError, h11.RemoteProtocolError) as error:
            # After invalid framing, the start of the next request is unknown.
            status, close = error.status if isinstance(error, GatewayError) else 400, {"Connection": "close"}
            # h11's messages end with the bytes it refuses, which may be a secret of the client.
            reason = str(error).split(": bytearray", 1)[0]
            response = json_response({"detail": reason}, status, headers=close, reason=reason)
        self.record(replace(request, status=response.status, reason=response.reason))
        self._gone = request.client_closed
        return self._send(
            replace(response, body=b"", frames=None) if request.method == "HEAD" else response, request_id
        )

    def _next_event(self) -> Any:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                self._write(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(self.socket.recv(65_536))
        return event

    def _read_body(self) -> bytes:
        body = bytearray()
        while isinstance(event := self._next_event(), h11.Data):
            body += event.data
            _check_size(len(body))
        return bytes(body)

    def _send(self, response: HttpResponse, request_id: str) -> bool:
        if response.frames is None and response.fault.cut_events is not None:
            fault = replace(response.fault, cut_events=None, cut_bytes=len(response.body) // 2)
            response = replace(response, fault=fault)
        try:
            if not self._wait(response.fault.stall_first):
                return False
            self._send_head(response, request_id)
            if not self._send_body(response):
                return False
            self._write(h11.EndOfMessage())
        except OSError:
            self._gone.set()
            return False
        finally:
            # When the client leaves, the source of the frames is closed too, such as the stream of an upstream.
            close = getattr(response.frames, "close", None)
            if close:
                close()
        return self._http.our_state is self._http.their_state is h11.DONE

    def _send_head(self, response: HttpResponse, request_id: str) -> None:
        own = {name.lower() for name in response.headers}
        length = {} if response.frames is not None else {"Content-Length": str(len(response.body))}
        usual = {"Content-Type": response.content_type, "X-Request-ID": request_id, **length}
        headers = {**{name: value for name, value in usual.items() if name.lower() not in own}, **response.headers}
        encoded = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        phrase = _PHRASES.get(response.status, "Unknown")
        self._write(h11.Response(status_code=response.status, headers=encoded, reason=phrase))

    def _send_body(self, response: HttpResponse) -> bool:
        """Send the frames; `True` if the end of the HTTP message has to follow."""
        fault, sent = response.fault, 0
        for number, frame in enumerate((response.body,) if response.frames is None else response.frames):
            if fault.stall_after == number and not self._stall(response):
                return False
            if (number and not self._wait(response.pace)) or self._client_left():
                return False
            kept = frame if fault.cut_bytes is None else frame[: max(fault.cut_bytes - sent, 0)]
            self._write(h11.Data(data=kept))
            sent += len(kept)
            if len(kept) < len(frame) or fault.cut_events == number + 1:
                return self._cut(response)
        return True

    def _stall(self, response: HttpResponse) -> bool:
        until = time.monotonic() + response.fault.stall_seconds
        while response.fault.pings and (left := until - time.monotonic()) > 0:
            if not self._wait(min(left, _PING_EVERY)):
                return False
            self._write(h11.Data(data=response.ping_frame))
        return self._wait(until - time.monotonic())

    def _cut(self, response: HttpResponse) -> bool:
        if response.fault.clean and response.frames is not None:
            return True
        if response.fault.reset:
            # Closing with a linger time of 0 sends RST. `detach`: else the server's shutdown would send FIN first.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.socket.detach())
        return False

    def _write(self, event: h11.Event) -> None:
        self.socket.sendall(self._http.send(event) or b"")

    def _wait(self, seconds: float) -> bool:
        """Wait; `False` if the sandbox stops or the client leaves meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self.stopping.wait(min(left, _TICK)) or self._client_left():
                return False
        return True

    def _client_left(self) -> bool:
        # Not with `select`, which is limited to 1,024 open files.
        self.socket.setblocking(False)
        try:
            if not self.socket.recv(1, socket.MSG_PEEK):
                self._gone.set()
        except BlockingIOError:
            pass
        finally:
            self.socket.setblocking(True)
        return self._gone.is_set()


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


def _safe_header(value: str | None) -> str | None:
    return value if value and value.isascii() and value.isprintable() else None


def _parse(raw: bytes) -> Any:
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(raw)
    return None
