"""The canned gateway: a process of its own on loopback that answers each request with bytes made beforehand.

The path says what to answer: /<kind>-<count>/…/responses or /…/messages. Connections are kept alive. What is asked for as
"async" is a text that is held back until a hundred have asked for it, so that all the streams are open at the same time.
"""

import asyncio
import re

import answers

_PATH = re.compile(rb"POST /(whole|text|tool|async)-(\d+)/[^ ]*?(responses|messages)[? ]")
STREAMS = 100
_held = []
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Gateway(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport):
        self.transport = transport
        self.received = bytearray()

    def data_received(self, data):
        self.received += data
        while (end := self.received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.received[: end + 2])
            length = _LENGTH.search(head)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self.received) < size:
                return
            del self.received[:size]
            if head.startswith(b"POST /async"):
                _together(self.transport.write, _answer(head))
            else:
                self.transport.write(_answer(head))


def _together(write, answer):
    _held.append(write)
    if len(_held) == STREAMS:
        for waiting in _held:
            waiting(answer)
        _held.clear()


def _answer(head):
    asked = _PATH.match(head)
    if asked is None:
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    kind, count, wire = asked[1].decode(), int(asked[2]), asked[3].decode()
    body = answers.answer(wire, kind, count)
    form = (
        b"application/json\r\ncontent-length: %d" % len(body)
        if kind == "whole"
        else b"text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked"
    )
    return b"HTTP/1.1 200 OK\r\nx-request-id: req_1\r\ncontent-type: %s\r\n\r\n%s" % (form, body)


async def main():
    server = await asyncio.get_running_loop().create_server(Gateway, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
