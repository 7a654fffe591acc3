"""Everything that can go wrong between the gateway and its user, as data: what is put on the wire, and what is promised.

`test_faults.py` holds every row for every verb and endpoint; `docs/reliability.md` shows the same rows.
"""

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from . import wires
from .server import CLOSE, END, RESET, Asked, chunk, head, whole

ALL = ("responses", "messages", "chat")
SSE = ("responses", "messages")
FOR_EVER = 60.0
SHORT = 0.8
"""Seconds that the tests of time allow."""


@dataclass(frozen=True)
class Gives:
    """What the user gets: "answer" or the class of the error."""

    what: str
    requests: int = 1
    partial: bool = False
    """Whether the error holds the text that had come."""
    says: str = ""
    """Words of the error's message."""
    connections: int | None = None
    """How many connections are tried, where they are counted."""
    calls: tuple = ()


ANSWER = Gives("answer")
BROKEN = Gives("HatzStreamInterruptedError", 3)
BROKEN_OFF = Gives("HatzStreamInterruptedError", 1, partial=True)
NO_ANSWER = Gives("HatzResponseError", 1)


@dataclass(frozen=True)
class Row:
    """One fault, and what it gives to a whole answer's verbs and to a stream's; None where it cannot happen."""

    name: str
    steps: Callable[[Asked], object]
    ask: Gives | None = None
    stream: Gives | None = None
    on: Mapping[tuple[str, str], Gives] = field(default_factory=dict)
    """What is otherwise, by verb ("ask", "stream") and endpoint."""
    wires: tuple[str, ...] = ALL
    settings: Mapping[str, object] = field(default_factory=dict)
    patience: float | None = None
    """For how many times the silence allowed pings alone keep a stream alive, when it is to be other than usual."""
    where: str = ""
    """The base URL, where it is not the server's: with `{port}`."""
    certificate: str = ""
    """With which of `certificates.KINDS` the server speaks TLS."""
    proxy: int | None = None
    """What the proxy between says to being asked for a tunnel, where there is one; then its connections are counted."""

    def gives(self, mode, wire):
        return self.on.get((mode, wire), getattr(self, mode))


def opening(asked):
    return head(content_type=wires.STREAM_TYPE[asked.wire])


def good(asked):
    """The right answer, in the right way."""
    if not asked.streamed:
        return [whole(wires.body(asked.wire))]
    return [opening(asked), *(chunk(frame) for frame in wires.frames(asked.wire)), END]


def streamed(make, *, after=(END,)):
    """Steps with this body, in a stream; `make(wire)` gives its bytes."""
    return lambda asked: [opening(asked), *(chunk(piece) for piece in make(asked.wire) if piece), *after]


def body(make, **about):
    """Steps with this body, whichever way was asked; `make(wire)` gives it."""
    return lambda asked: [whole(make(asked.wire), **about)]


def raw(wire):
    """The stream's bytes."""
    return b"".join(wires.frames(wire))


def up_to(mark, plus=0):
    """The stream's bytes up to this text, and so many bytes of it."""
    return lambda wire: [raw(wire)[: raw(wire).index(mark.encode()) + plus]]


def cut(make, *, by=RESET):
    """The stream cut off where `make` says; of a whole answer, the half."""

    def steps(asked):
        if asked.streamed:
            return [opening(asked), *(chunk(piece) for piece in make(asked.wire)), by]
        answer = whole(wires.body(asked.wire))
        return [answer[: len(answer) - 60], by]

    return steps


def half_of(asked, by):
    answer = whole(wires.body(asked.wire))
    return [answer[: len(answer) - 60], by]


CONNECTION = (
    Row(
        "no server at this address", good, *[Gives("HatzConnectionError", 0, says="No connection")] * 2, where="nobody"
    ),
    Row(
        "TLS fails: the server does not speak TLS",
        good,
        *[Gives("HatzConnectionError", 0, says="No connection", connections=3)] * 2,
        where="https://127.0.0.1:{port}/v1",
    ),
    *(
        Row(
            f"TLS fails: {what}",
            good,
            *[Gives("HatzConnectionError", 0, says=says, connections=1)] * 2,
            certificate=kind,
        )
        for kind, what, says in (
            ("untrusted", "unknown certificate authority", "SSL_CERT_FILE"),
            ("expired", "expired certificate", "certificate has expired"),
            ("of another host", "certificate of another host", "not valid for '127.0.0.1'"),
        )
    ),
    Row(
        "TLS with your own certificate authority in `SSL_CERT_FILE`",
        good,
        ANSWER,
        ANSWER,
        certificate="good",
    ),
    Row("through a proxy (`proxy=`)", good, ANSWER, ANSWER, certificate="good", proxy=200),
    *(
        Row(
            f"the proxy answers {status}",
            good,
            *[Gives("HatzConnectionError", 0, says=f"the proxy said {status}", connections=connections)] * 2,
            certificate="good",
            proxy=status,
        )
        for status, connections in ((403, 1), (407, 1), (502, 3), (503, 3))
    ),
    Row("reset before the status line", lambda _: [RESET], BROKEN, BROKEN),
    Row("closed before the status line", lambda _: [CLOSE], BROKEN, BROKEN),
    Row("not HTTP", lambda _: [b"SSH-2.0-OpenSSH_9.6\r\n", CLOSE], BROKEN, BROKEN),
    Row("closed within the headers", lambda a: [opening(a)[:30], CLOSE], BROKEN, BROKEN),
    Row("reset after the headers", lambda a: [opening(a), RESET], BROKEN, BROKEN),
    Row("closed after the headers", lambda a: [opening(a), CLOSE], BROKEN, BROKEN),
    Row("reset within the first event", cut(lambda w: [raw(w)[:12]]), BROKEN, BROKEN),
    Row("reset within a line, after text", cut(up_to("世界", -4)), BROKEN, BROKEN_OFF),
    Row("reset within a character (UTF-8)", cut(up_to("世界", 1)), BROKEN, BROKEN_OFF),
    Row("reset between two events, after text", cut(lambda w: _until(w, "世界")), BROKEN, BROKEN_OFF),
    Row("closed between two events, after text", cut(lambda w: _until(w, "世界"), by=CLOSE), BROKEN, BROKEN_OFF),
)


def _until(wire, word):
    """The frames up to the one that has this word."""
    frames = wires.frames(wire)
    at = next(number for number, frame in enumerate(frames) if word.encode() in frame)
    return frames[: at + 1]


HTML = b"<html><head><title>Bad gateway</title></head><body>nginx</body></html>"


def raw_json(wire):
    return whole(wires.body(wire)).partition(b"\r\n\r\n")[2]


def _compressed(asked, *, broken=False):
    content = raw(asked.wire) if asked.streamed else raw_json(asked.wire)
    data = gzip.compress(content)
    data = b"\x1f\x8bno" + data[4:] if broken else data
    return [whole(data, content_type=wires.STREAM_TYPE[asked.wire], Content_Encoding="gzip")]


def _single_bytes(asked):
    first = good(asked)[0]
    if asked.streamed:
        data = raw(asked.wire)
        return [first, *(chunk(data[at : at + 1]) for at in range(len(data))), END]
    return [first[at : at + 1] for at in range(len(first))]


BODY = (
    Row("a proxy's HTML with 200", body(lambda _: HTML, content_type="text/html"), NO_ANSWER, NO_ANSWER),
    Row(
        "a proxy's HTML with 502",
        body(lambda _: HTML, status=502, content_type="text/html"),
        *[Gives("HatzServerError", 3, says="502: Bad gateway")] * 2,
    ),
    Row("an empty body with 200", body(lambda _: b""), NO_ANSWER, NO_ANSWER),
    Row(
        "truncated JSON",
        body(lambda w: raw_json(w)[:-9]),
        NO_ANSWER,
        NO_ANSWER,
    ),
    Row("JSON that is not an object (a list)", body(lambda _: b"[1, 2]"), NO_ANSWER, NO_ANSWER),
    Row(
        "a JSON object that is not an answer",
        body(lambda _: {"status": "ok"}),
        NO_ANSWER,
        NO_ANSWER,
        on={("stream", "chat"): BROKEN},
    ),
    Row(
        "plain text instead of an answer",
        body(lambda _: b"upstream says hello", content_type="text/plain"),
        NO_ANSWER,
        NO_ANSWER,
    ),
    Row(
        "an error object with 200",
        body(lambda _: {"error": {"type": "overloaded_error", "message": "Overloaded."}}),
        *[Gives("HatzServerError", 3, says="Overloaded.")] * 2,
    ),
    Row(
        "a redirect to another host",
        lambda _: [whole(b"", 302, Location="http://127.0.0.2:9/elsewhere")],
        *[Gives("HatzResponseError", 1, says="not followed")] * 2,
    ),
    Row(
        "the right answer as text/plain",
        lambda a: [
            s.replace(wires.STREAM_TYPE[a.wire].encode(), b"text/plain").replace(b"application/json", b"text/plain")
            for s in good(a)
        ],
        ANSWER,
        ANSWER,
    ),
    Row("a whole answer instead of a stream", body(wires.body), ANSWER, ANSWER),
    Row("compressed (gzip)", _compressed, ANSWER, ANSWER),
    Row("compressed, with invalid compression", lambda a: _compressed(a, broken=True), BROKEN, BROKEN),
    Row("one byte at a time", _single_bytes, ANSWER, ANSWER),
)


def _with(*, before=(), after=(), wire_lines=None):
    """The stream with further frames before its first and after its second."""

    def make(wire):
        frames = wires.frames(wire)
        return [*before, *frames[:2], *after, *frames[2:]] if wire_lines is None else wire_lines(frames)

    return make


def _replaced(*pairs):
    def make(wire):
        data = raw(wire)
        for old, new in pairs:
            data = data.replace(old, new)
        return [data]

    return make


def _several_data_lines(wire):
    """Each event's JSON over several lines, every one with its `data:`."""
    return [frame.replace(b'", "', b'",\ndata: "') for frame in wires.frames(wire)]


def _nameless(wire):
    return [frame.partition(b"\n")[2] for frame in wires.frames(wire)]


def _only_named(wire):
    """Events whose type stands in `event:` alone."""
    return [
        frame.replace(b'"type": "%b", ' % name, b"", 1)
        for frame in wires.frames(wire)
        for name in [frame.split(b"\n")[0].removeprefix(b"event: ")]
    ]


def _unknown(wire):
    news = {"type": "response.news" if wire == "responses" else "news", "about": {"nested": [1, None, "x"]}}
    frames = wires.frames(wire)
    return [part for frame in frames for part in (*wires.frames(wire, [news]), frame)]


def _unknown_block(wire):
    """A block of a kind nobody has heard of, before the text."""
    events = wires.events(wire)
    if wire == "messages":
        new = [
            {"type": "content_block_start", "index": 0, "content_block": {"type": "hologram", "data": "h"}},
            {"type": "content_block_delta", "index": 0, "delta": {"type": "hologram_delta", "data": "i"}},
            {"type": "content_block_stop", "index": 0},
        ]
        later = [{**event, "index": 1} if "index" in event else event for event in events[1:]]
        return wires.frames(wire, [events[0], *new, *later])
    if wire == "responses":
        item = {"type": "hologram", "id": "h_1", "data": "h"}
        new = [
            {"type": "response.output_item.added", "output_index": 0, "item": item},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
        ]
        later = [{**event, "output_index": 1} if "output_index" in event else event for event in events[1:-1]]
        final = {
            **events[-1],
            "response": {**events[-1]["response"], "output": [item, *events[-1]["response"]["output"]]},
        }
        return wires.frames(wire, [events[0], *new, *later, final])
    return wires.frames(wire, [{"type": "tool_call", "name": "hologram", "args": {}}, *events])


LONG = 20_000_000
FRAMING = (
    Row("line ends CRLF", streamed(_replaced((b"\n", b"\r\n"))), stream=ANSWER),
    Row("line ends CR", streamed(_replaced((b"\n", b"\r"))), stream=ANSWER),
    Row("a byte order mark first", streamed(lambda w: [b"\xef\xbb\xbf", raw(w)]), stream=ANSWER),
    Row(
        "comments, and empty lines",
        streamed(_with(before=(b": hello\n\n",), after=(b":\n\n", b"\n\n: ping\n\n"))),
        stream=ANSWER,
    ),
    Row("pings", streamed(_with(after=(b'event: ping\ndata: {"type": "ping"}\n\n',) * 3)), stream=ANSWER, wires=SSE),
    Row(
        "`id:` and `retry:` fields",
        streamed(_with(before=(b"retry: 10\nid: 7\n\n",), after=(b"id\n\n",))),
        stream=ANSWER,
        wires=SSE,
    ),
    Row("`data:` over several lines", streamed(_several_data_lines), stream=ANSWER, wires=SSE),
    Row("`data:` without a space", streamed(_replaced((b"data: ", b"data:"))), stream=ANSWER, wires=SSE),
    Row("no `event:` lines", streamed(_nameless), stream=ANSWER, wires=SSE),
    Row("types in `event:` lines only", streamed(_only_named), stream=ANSWER, wires=SSE),
    Row("a closing `[DONE]`", streamed(lambda w: [raw(w), b"data: [DONE]\n\n"]), stream=ANSWER),
    Row("no empty line after the last event", streamed(lambda w: [raw(w).rstrip()]), stream=ANSWER),
    Row("unknown events", streamed(_unknown), stream=ANSWER),
    Row("an unknown block", streamed(_unknown_block), stream=ANSWER),
    Row("U+2028 and U+0085 in the text", lambda a: _saying(a, "a\u2028b\u0085c"), stream=ANSWER),
    Row("one line of 20 MB", lambda a: _saying(a, "x" * LONG), stream=ANSWER),
    Row(
        "a line that is not JSON, after text",
        streamed(lambda w: [*_until(w, "世界"), b"data: {oops\n\n"]),
        stream=Gives("HatzResponseError", 1, partial=True, says="other than a JSON object"),
    ),
)


def _saying(asked, text):
    events = wires.events(asked.wire, (text,))
    if asked.wire == "responses" and len(text) > 1000:  # said once, as the gateway does: its final object is empty
        events = [*events[:4], {**events[-1], "response": {**events[-1]["response"], "output": []}}]
    return [opening(asked), *(chunk(frame) for frame in wires.frames(asked.wire, events)), END]


def _silent(*, after=None, ping=b""):
    """The stream up to a word, then silence or pings for ever."""

    def steps(asked):
        if not asked.streamed:
            yield head(length=500)
        else:
            # In one piece, so that a busy machine puts no silence between.
            yield opening(asked) + b"".join(chunk(frame) for frame in (_until(asked.wire, after) if after else ()))
        for _ in range(int(FOR_EVER / 0.05)):
            if ping and asked.streamed:
                yield chunk(ping)
            yield 0.05

    return steps


LATE = Gives("HatzTimeoutError", 3)
STALLED = Gives("HatzTimeoutError", 1, partial=True)
IDLE = {"timeout": 20.0, "stream_idle_timeout": SHORT}
PINGED = {"timeout": 20.0, "stream_idle_timeout": 2.0}
PING = b": ping\n\n"
TIME = (
    Row("no answer begins", lambda _: [FOR_EVER], LATE, LATE, settings={"timeout": SHORT}),
    Row("silence before the first event", _silent(), LATE, LATE, settings={"timeout": SHORT}),
    Row(
        "endless pings before the first event",
        _silent(ping=PING),
        stream=replace(LATE, says="keep-alive messages"),
        settings=PINGED,
        patience=0.3,
    ),
    Row("silence after text", _silent(after="世界"), stream=STALLED, settings=IDLE),
    Row(
        "endless pings after text",
        _silent(after="世界", ping=PING),
        stream=replace(STALLED, says="keep-alive messages"),
        settings=PINGED,
        patience=0.3,
    ),
    Row(
        "silence after the last event",
        lambda a: [b"".join(good(a)[:-1]), FOR_EVER],
        stream=ANSWER,
        on={("stream", "chat"): STALLED},
        settings=IDLE,
    ),
    Row(
        "silence after a closing `[DONE]`",
        lambda a: [b"".join([*good(a)[:-1], chunk(b"data: [DONE]\n\n")]), FOR_EVER],
        stream=ANSWER,
        settings=IDLE,
    ),
)


def _for_ever(first, piece):
    """An answer that begins so, and goes on with this piece."""

    def steps(asked):
        yield first(asked)
        while not asked.gone.is_set():
            yield 0.05
            yield piece(asked)

    return steps


def _slowly(asked):
    """The answer, so slowly that it takes longer than the deadline; each piece is progress."""
    if not asked.streamed:
        yield head(length=500)
        for _ in range(400):
            yield 0.1
            yield b" "
    yield opening(asked) + b"".join(chunk(frame) for frame in _until(asked.wire, "世界"))
    yield FOR_EVER


def _events_without_content(asked):
    about = {"responses": {"type": "response.in_progress", "response": {"id": "r"}}, "messages": {"type": "ping"}}
    return b"".join(map(chunk, wires.frames(asked.wire, [about[asked.wire]])))


TIME += (
    Row(
        "endless events without content",
        _for_ever(lambda a: opening(a) + chunk(wires.frames(a.wire)[0]), _events_without_content),
        stream=replace(LATE, says="keep-alive messages"),
        settings=PINGED,
        patience=0.3,
        wires=SSE,
    ),
    Row(
        "an endless header, byte by byte",
        _for_ever(lambda _: b"HTTP/1.1 200 OK\r\nX-Long: ", lambda _: b"a"),
        LATE,
        LATE,
        settings={"timeout": SHORT},
        patience=1,
    ),
    Row(
        "an endless body, byte by byte",
        _for_ever(lambda _: head(length=100_000) + b'{"a": "', lambda _: b"a"),
        LATE,
        LATE,
        settings={"timeout": SHORT},
        patience=1,
    ),
    Row(
        "the whole call takes longer than `deadline`",
        _slowly,
        Gives("HatzTimeoutError", 1, says="deadline"),
        replace(STALLED, says="deadline"),
        settings={"deadline": SHORT},
    ),
)

SMALL = {"max_response_bytes": 1_000_000}
TOO_LARGE = Gives("HatzResponseError", 1, says="larger than 1000000 bytes")


@cache
def _bomb():
    return gzip.compress(b" " * (50 << 20))


def _endless(asked):
    yield opening(asked)
    while not asked.gone.is_set():
        yield chunk(b"x" * 100_000)


def _endless_redirect(asked):
    yield head(307, Location="http://127.0.0.2:9/elsewhere")
    while not asked.gone.is_set():
        yield chunk(b"x" * 100_000)


LIMITS = (
    Row("an endless body, `max_response_bytes=`", _endless, TOO_LARGE, TOO_LARGE, settings=SMALL),
    Row(
        "50 MB compressed to 50 kB, `max_response_bytes=`",
        lambda a: [whole(_bomb(), content_type=wires.STREAM_TYPE[a.wire], Content_Encoding="gzip")],
        TOO_LARGE,
        TOO_LARGE,
        settings=SMALL,
    ),
    Row(
        "an error with a body of 50 MB (the first megabyte is read)",
        lambda _: [whole(_bomb(), 400, Content_Encoding="gzip")],
        *[Gives("HatzBadRequestError", 1)] * 2,
    ),
    Row("a redirect with an endless body", _endless_redirect, *[replace(NO_ANSWER, says="not followed")] * 2),
    Row(
        "compressed three times",
        lambda _: [whole(b"x", Content_Encoding="gzip, gzip, gzip")],
        *[replace(NO_ANSWER, says="3 content encodings")] * 2,
    ),
    Row(
        "a compression that was not requested (br)",
        lambda _: [whole(b"x", Content_Encoding="br")],
        *[replace(NO_ANSWER, says="'br' was not asked for")] * 2,
    ),
    Row(
        "the key in the error's message (replaced by `[secret]`)",
        lambda _: [whole({"error": {"message": "Bad key k-of-the-tests"}}, 400)],
        *[Gives("HatzBadRequestError", 1, says="Bad key [secret]")] * 2,
    ),
)


def _failing_call(asked):
    if not asked.streamed:
        return [whole(wires.broken_call_body(asked.wire))]
    return [opening(asked), *(chunk(f) for f in wires.frames(asked.wire, wires.broken_call(asked.wire))), END]


INVALID_CALL = Gives("answer", calls=(("look", '{"where": "Ber'),))
STREAM = (
    Row(
        "an error event, before text",
        streamed(lambda w: wires.frames(w, [wires.error_event(w)])),
        stream=Gives("HatzServerError", 3, says="It exploded."),
    ),
    Row(
        "an error event, after text",
        streamed(lambda w: [*_until(w, "世界"), *wires.frames(w, [wires.error_event(w)])]),
        stream=Gives("HatzServerError", 1, partial=True, says="It exploded."),
    ),
    Row(
        "it ends before the first text",
        streamed(lambda w: wires.frames(w, wires.events(w)[:1] if w != "chat" else [{"type": "thinking"}])),
        stream=BROKEN,
    ),
    Row(
        "it ends after text, without a terminal event",
        streamed(lambda w: _until(w, "世界")),
        stream=BROKEN_OFF,
        on={("stream", "chat"): ANSWER},
    ),
    Row("a tool call's JSON is cut off", _failing_call, INVALID_CALL, INVALID_CALL, wires=SSE),
)

SHAPES = {
    "messages": lambda words: {"type": "error", "error": {"type": "some_error", "message": words}},
    "responses": lambda words: {"error": {"message": words, "type": "some_error", "param": None, "code": None}},
    "chat": lambda words: {"detail": words},
    "text": lambda words: words.encode(),
}
WHY = "The tower leans."


def status(number, gives, words=WHY, name="", shape="messages", **headers):
    """A status with these words in a body of this shape."""
    kind = "text/plain" if shape == "text" else "application/json"
    gives = replace(gives, says=words)
    return Row(name or f"{number}", lambda _: [whole(SHAPES[shape](words), number, kind, **headers)], gives, gives)


_BAD = Gives("HatzBadRequestError")
_FAILED = Gives("HatzServerError", 3)
_CREDITS = Gives("HatzCreditsError")
_STATUSES = (
    (400, _BAD, WHY, ""),
    (400, Gives("HatzContextOverflowError"), "prompt is too long: 9 > 8", "400, the context is too small"),
    (401, Gives("HatzAuthenticationError"), WHY, ""),
    (402, _CREDITS, WHY, ""),
    (403, Gives("HatzPermissionError"), WHY, ""),
    (404, Gives("HatzNotFoundError"), WHY, ""),
    (408, _FAILED, WHY, ""),
    (409, _BAD, WHY, ""),
    (413, _BAD, WHY, ""),
    (422, _BAD, WHY, ""),
    (429, Gives("HatzRateLimitError", 3), "Too many requests.", "429, a burst"),
    (429, _CREDITS, "Your usage limit is reached.", "429, an allowance is used up"),
    *((number, _FAILED, WHY, "") for number in (500, 502, 503, 504, 529)),
)
STATUS = {
    shape: tuple(status(number, gives, words, name, shape) for number, gives, words, name in _STATUSES)
    for shape in SHAPES
}
WAIT = (
    status(429, Gives("HatzRateLimitError", 1), "Slower.", "429 with `Retry-After: 3600`", Retry_After="3600"),
    status(503, Gives("HatzServerError", 3), "Slower.", "503 with `Retry-After: 0.1`", Retry_After="0.1"),
)
TABLES = {
    "The connection": CONNECTION,
    "The answer's body": BODY,
    "The form of a stream": FRAMING,
    "The content of a stream": STREAM,
    "Time": TIME,
    "Limits": LIMITS,
    "Statuses": (*STATUS["messages"], *WAIT),
}
