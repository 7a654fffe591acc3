"""The canned gateway: a process of its own on loopback that answers each request with bytes made beforehand.

The path says what to answer: /<kind>-<count>/…/responses or /…/messages. Connections are kept alive. What is asked for as
"together<n>" is a text that is held back until n have asked for it, so that all the streams are open at the same time. "agent" calls a tool
until the request holds that many results. The text of "first" is the time at which it is sent.
"""

import asyncio
import itertools
import re
import time

import answers

_PATH = re.compile(rb"POST /(whole|text|tool|calls|agent|first|together\d+)-(\d+)/[^ ]*?(responses|messages)[? ]")
_RESULT = re.compile(rb'"(function_call_output|tool_result)"')
_held = []
_numbers = itertools.count()
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
            body = bytes(self.received[end + 4 : size])
            del self.received[:size]
            if head.startswith(b"POST /together"):
                _together(self.transport.write, _answer(head, body), int(head[14 : head.index(b"-")]))
            else:
                self.transport.write(_answer(head, body))


def _together(write, answer, count):
    _held.append(write)
    if len(_held) == count:
        for waiting in _held:
            waiting(answer)
        _held.clear()


def _answer(head, request):
    asked = _PATH.match(head)
    if asked is None:
        return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
    kind, count, wire = asked[1].decode().rstrip("0123456789"), int(asked[2]), asked[3].decode()
    streamed = re.search(rb'"stream": ?true', request) is not None
    if kind == "agent":
        done = len(_RESULT.findall(request))
        kind, count = ("call", done) if done < count else ("text", 5)
    if kind == "first":
        body = answers.stream(wire, [str(time.monotonic())], "text")
    else:
        body = answers.answer(wire, kind, count, streamed)
    form = (
        b"text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked"
        if streamed
        else b"application/json\r\ncontent-length: %d" % len(body)
    )
    return b"HTTP/1.1 200 OK\r\nx-request-id: req_%d\r\ncontent-type: %s\r\n\r\n%s" % (next(_numbers), form, body)


async def main():
    server = await asyncio.get_running_loop().create_server(Gateway, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
