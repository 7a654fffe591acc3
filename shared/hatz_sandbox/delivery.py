"""A response put on the socket, with the faults a script asked for."""

from __future__ import annotations

import os
import socket
import struct
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from hatz_sandbox.http_response import HttpResponse

_TICK = 0.02
_PING_EVERY = 0.05


class Delivery:
    """One response on one connection; `send` says whether the connection can be used again."""

    def __init__(
        self, connection: socket.socket, stopping: threading.Event, gone: threading.Event, *, chunked: bool
    ) -> None:
        self._connection = connection
        self._stopping = stopping
        self._gone = gone
        self._chunked = chunked

    def send(self, response: HttpResponse, request_id: str) -> bool:
        """Send the response; `True` when the connection stays open for another request."""
        try:
            if response.fault.stall_first and not self._wait(response.fault.stall_first):
                return False
            if response.frames is None:
                return self._send_whole(response, request_id)
            return self._send_frames(response, request_id)
        except OSError:
            self._gone.set()
            return False
        finally:
            # Whatever makes the frames ends with the client, an answer from another server among them.
            close = getattr(response.frames, "close", None)
            if close:
                close()

    def _send_whole(self, response: HttpResponse, request_id: str) -> bool:
        body, fault = response.body, response.fault
        head = _head(response, request_id, {"Content-Length": str(len(body))})
        keep = len(body)
        if fault.cut_bytes is not None:
            keep = min(fault.cut_bytes, keep)
        elif fault.cut_events is not None:
            keep //= 2
        self._connection.sendall(head + body[:keep])
        if keep == len(body):
            return True
        return self._break_off(reset=fault.reset)

    def _send_frames(self, response: HttpResponse, request_id: str) -> bool:
        framing = {"Transfer-Encoding": "chunked"} if self._chunked else {"Connection": "close"}
        head = _head(response, request_id, framing)
        self._connection.sendall(head)
        fault, sent = response.fault, 0
        for number, frame in enumerate(self._with_faults(response)):
            if number and response.pace and not self._wait(response.pace):
                return False
            if self._client_left():
                return False
            if fault.cut_bytes is not None and sent + len(frame) > fault.cut_bytes:
                self._write(frame[: fault.cut_bytes - sent])
                return self._cut(response)
            self._write(frame)
            sent += len(frame)
            if fault.cut_events == number + 1:
                return self._cut(response)
        return self._end()

    def _with_faults(self, response: HttpResponse) -> Iterator[bytes]:
        fault = response.fault
        for number, frame in enumerate(response.frames or ()):
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
            self._write(response.ping_frame)
        return self._wait(until - time.monotonic())

    def _cut(self, response: HttpResponse) -> bool:
        return self._end() if response.fault.clean else self._break_off(reset=response.fault.reset)

    def _end(self) -> bool:
        if self._chunked and not self._gone.is_set():
            self._connection.sendall(b"0\r\n\r\n")
        return self._chunked

    def _break_off(self, *, reset: bool) -> bool:
        if reset:
            # Closing with a linger time of zero sends RST; `detach`, or the server's own shutdown would send FIN first.
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self._connection.detach())
        return False

    def _write(self, data: bytes) -> None:
        if data:
            self._connection.sendall(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    def _wait(self, seconds: float) -> bool:
        """Wait; `False` when the sandbox stops or the client leaves meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._stopping.wait(min(left, _TICK)) or self._client_left():
                return False
        return True

    def _client_left(self) -> bool:
        # Not by `select`, which takes no more than 1,024 open files.
        self._connection.setblocking(False)
        try:
            if not self._connection.recv(1, socket.MSG_PEEK):
                self._gone.set()
        except BlockingIOError:
            pass
        finally:
            self._connection.setblocking(True)
        return self._gone.is_set()


def _head(response: HttpResponse, request_id: str, framing: dict[str, str]) -> bytes:
    known = {status.value: status.phrase for status in HTTPStatus}
    headers = {"Content-Type": response.content_type, "X-Request-ID": request_id, **framing, **response.headers}
    lines = [f"HTTP/1.1 {response.status} {known.get(response.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
