"""The delivery of a response on the socket, with its faults."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus

import h11

from hatz_sandbox.server.response import HttpResponse

_TICK = 0.02
_PING_EVERY = 0.05
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Delivery:
    """Sends a response; `gone` is set when the client closes the connection before it has the whole response."""

    def __init__(
        self, connection: socket.socket, http: h11.Connection, stopping: threading.Event, gone: threading.Event
    ) -> None:
        self._connection = connection
        self._http = http
        self._stopping = stopping
        self._gone = gone

    def send(self, response: HttpResponse, request_id: str) -> bool:
        """Send the response; `True` if the connection stays open for another request."""
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
        for number, frame in enumerate(self._with_faults(response)):
            if (number and not self._wait(response.pace)) or self._client_left():
                return False
            kept = frame if fault.cut_bytes is None else frame[: max(fault.cut_bytes - sent, 0)]
            self._write(h11.Data(data=kept))
            sent += len(kept)
            if len(kept) < len(frame) or fault.cut_events == number + 1:
                return self._cut(response)
        return not self._gone.is_set()

    def _with_faults(self, response: HttpResponse) -> Iterator[bytes]:
        fault = response.fault
        for number, frame in enumerate((response.body,) if response.frames is None else response.frames):
            if fault.error_after == number:
                yield response.error_frame
                return
            if fault.stall_after == number and not self._stall(response):
                return
            yield frame

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
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self._connection.detach())
        return False

    def _write(self, event: h11.Event) -> None:
        self._connection.sendall(self._http.send(event) or b"")

    def _wait(self, seconds: float) -> bool:
        """Wait; `False` if the sandbox stops or the client leaves meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._stopping.wait(min(left, _TICK)) or self._client_left():
                return False
        return True

    def _client_left(self) -> bool:
        # Not with `select`, which is limited to 1,024 open files.
        self._connection.setblocking(False)
        try:
            if not self._connection.recv(1, socket.MSG_PEEK):
                self._gone.set()
        except BlockingIOError:
            pass
        finally:
            self._connection.setblocking(True)
        return self._gone.is_set()
