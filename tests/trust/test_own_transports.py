"""Time limits with an HTTP client of the user's: over HTTP/2, over connections it had opened before, over any transport."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from hatz_client import AsyncClient, Client, HatzError, HatzTimeoutError, Prompt, fold

from . import http2
from .http2 import Http2Server, frame, headers
from .server import Server, whole
from .test_limits import ENDLESS
from .wires import MODEL, TEXT, body, frames

pytestmark = pytest.mark.usefixtures("no_waiting", "connections_of_ones_own")

PROMPT = Prompt(MODEL, "Hi")
BRIEF = {"timeout": 0.3, "max_retries": 0}
KINDS = pytest.mark.parametrize("kind", [Client, AsyncClient])
HEADERS = ("header bytes", "headers", "1xx responses", "the status line")
WAYS = pytest.mark.parametrize("streamed", [False, True])


def run(kind, streamed, where, *, before=None, **settings):
    """One call to its end, over a user's own client that speaks HTTP/2 if `before` is None, else asks that URL before."""
    version = {"http1": False, "http2": True} if before is None else {}
    if kind is Client:
        with httpx.Client(**version) as own:
            if before:
                own.get(before)
            client = Client("sk-1", where, http_client=own, **settings)
            return fold(client.stream(PROMPT)) if streamed else client.ask(PROMPT)

    async def awaited():
        async with httpx.AsyncClient(**version) as own:
            if before:
                await own.get(before)
            client = AsyncClient("sk-1", where, http_async_client=own, **settings)
            return fold([event async for event in client.stream(PROMPT)]) if streamed else await client.ask(PROMPT)

    return asyncio.run(awaited())


def good(stream, streamed, pause=0.0):
    """The right answer, in the right way."""
    content = b"".join(frames("messages")) if streamed else whole(body("messages")).partition(b"\r\n\r\n")[2]
    yield headers(stream, b"text/event-stream" if streamed else b"application/json")
    yield pause
    yield frame(http2.DATA, stream, content, http2.END_STREAM)


EVENTS = b"text/event-stream"
ENDLESS_FRAMES = {
    "pings": lambda stream: http2.drip(b"", frame(http2.PING, 0, b"12345678")),
    "settings": lambda stream: http2.drip(b"", frame(http2.SETTINGS, 0)),
    "window updates": lambda stream: http2.drip(b"", frame(http2.WINDOW_UPDATE, 0, b"\0\0\0\1")),
    "frames nobody knows": lambda stream: http2.drip(b"", frame(0x77, stream, b"x")),
    "header bytes": lambda stream: http2.drip(headers(stream, flags=0), frame(http2.CONTINUATION, stream, b"\x40")),
    "bytes of a frame": lambda stream: http2.drip(frame(http2.HEADERS, stream, b"\x88" * 2000)[:9], b"\x88"),
    "1xx responses": lambda stream: http2.drip(b"", headers(stream, None, b"103")),
    "pings after the headers": lambda stream: http2.drip(headers(stream), frame(http2.PING, 0, b"12345678")),
    "empty pieces of the body": lambda stream: http2.drip(headers(stream, EVENTS), frame(http2.DATA, stream)),
    "body bytes": lambda stream: http2.drip(headers(stream), frame(http2.DATA, stream, b" ")),
    "comments": lambda stream: http2.drip(headers(stream, EVENTS), frame(http2.DATA, stream, b": ping\n\n")),
    "pings after text": lambda stream: http2.drip(
        headers(stream, EVENTS) + frame(http2.DATA, stream, b"".join(frames("messages")[:4])),
        frame(http2.PING, 0, b"12345678"),
    ),
}


def errors_at_once(cases):
    """The errors of these calls, which run in threads of their own at the same time; each must come soon."""

    def error(case):
        call, arguments, settings = case
        began = time.monotonic()
        with pytest.raises(HatzError) as caught:
            call(*arguments, **settings)
        assert time.monotonic() - began < 8, f"{arguments} {settings} took too long"
        return caught.value

    with ThreadPoolExecutor(len(cases)) as executor:
        return list(executor.map(error, cases))


@KINDS
@pytest.mark.parametrize("limit", [{"timeout": 0.3}, {"timeout": 50.0, "deadline": 1.5}])
def test_frames_without_an_answer_are_not_waited_for_for_ever(kind, limit):
    with ExitStack() as stack:
        cases = []
        for answer in ENDLESS_FRAMES.values():
            server = stack.enter_context(Http2Server(lambda stream, _, answer=answer: answer(stream)))
            cases += [
                (run, (kind, streamed, server.base_url), {"max_retries": 0, **limit}) for streamed in (False, True)
            ]
        errors = errors_at_once(cases)
    assert all(error.request_id for error in errors)
    assert "deadline" not in limit or all("deadline of 1.5 s" in str(error) for error in errors)
    assert errors[-1].partial.text, "the last case is a stream with text"


@KINDS
@WAYS
def test_an_answer_over_http2_arrives(kind, streamed):
    with Http2Server(lambda stream, _: good(stream, streamed, 0.5)) as server:
        assert run(kind, streamed, server.base_url, deadline=20.0).text == TEXT


async def test_a_missed_deadline_ends_no_other_call_of_an_http2_connection():
    """In async code: the other answer comes whole, over the same connection."""
    with Http2Server(lambda stream, _: good(stream, True, 1.5)) as server:
        async with httpx.AsyncClient(http1=False, http2=True) as own:
            client = AsyncClient("sk-1", server.base_url, http_async_client=own, max_retries=0)

            async def read(deadline):
                return fold([event async for event in client.stream(PROMPT, deadline=deadline)])

            late, whole = await asyncio.gather(read(0.5), read(30.0), return_exceptions=True)
        assert isinstance(late, HatzTimeoutError)
        assert whole.text == TEXT
        assert (server.accepted, server.requests) == (1, 2)


def test_calls_in_threads_over_one_http2_connection_keep_their_limits_while_frames_arrive():
    def acts(stream, number):
        return good(stream, True, 1.0) if number % 2 else http2.drip(b"", frame(http2.PING, 0, b"12345678"), 0.05)

    with Http2Server(acts) as server, httpx.Client(http1=False, http2=True) as own, ThreadPoolExecutor(4) as executor:
        client = Client("sk-1", server.base_url, http_client=own, timeout=20.0, max_retries=0)

        def read(_):
            began = time.monotonic()
            try:
                return fold(client.stream(PROMPT, deadline=2.5)).text
            except HatzTimeoutError:
                return time.monotonic() - began

        outcomes = list(executor.map(read, range(4)))
    assert TEXT in outcomes
    assert all(outcome < 5 for outcome in outcomes if outcome != TEXT)


@KINDS
@pytest.mark.parametrize("opened_before", [False, True])
def test_a_users_client_has_the_same_limits_over_http1(kind, opened_before):
    """On a connection that the user's client had opened before, the headers of a sync answer have httpx's limits only."""
    unlimited = HEADERS if opened_before and kind is Client else ()
    with ExitStack() as stack:
        cases = []
        for what, answer in ENDLESS.items():
            if what not in unlimited:
                acts = lambda asked, answer=answer: answer() if asked.raw else [whole({"data": []})]  # noqa: E731
                server = stack.enter_context(Server(acts))
                before = f"{server.base_url}/chat/models" if opened_before else ""
                cases += [
                    (run, (kind, streamed, server.base_url), {"before": before, **BRIEF}) for streamed in (False, True)
                ]
        errors_at_once(cases)


class Silent(httpx.AsyncBaseTransport):
    """A transport that heeds no timeout: it stops before the answer, or within it."""

    def __init__(self, *, answers):
        self._answers = answers

    async def handle_async_request(self, request):
        if not self._answers:
            await asyncio.sleep(60)

        async def content():
            yield frames("messages")[0]
            await asyncio.sleep(60)

        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=content())


@WAYS
@pytest.mark.parametrize("answers", [False, True])
@pytest.mark.parametrize("limit", [{"timeout": 0.3}, {"deadline": 1.0}])
async def test_async_limits_hold_with_any_transport(streamed, answers, limit):
    async with httpx.AsyncClient(transport=Silent(answers=answers)) as own:
        client = AsyncClient("sk-1", "http://127.0.0.1:9/v1", http_async_client=own, max_retries=0, **limit)
        began = time.monotonic()
        with pytest.raises(HatzTimeoutError) as caught:
            await (client.ask(PROMPT) if not streamed else anext(aiter_rest(client)))
        assert time.monotonic() - began < 4
        assert caught.value.request_id


async def aiter_rest(client):
    """The stream after the events that describe it."""
    async for event in client.stream(PROMPT):
        if not hasattr(event, "headers"):
            yield event
