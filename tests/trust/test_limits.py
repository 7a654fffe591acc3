"""Nothing goes on for ever: time and memory are bounded, whatever the other side sends. Over real sockets, sync and async."""

import asyncio
import contextlib
import gzip
import itertools
import json
import re
import resource
import socket
import sys
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import httpx
import pytest

from hatz_client import (
    AsyncClient,
    Client,
    HatzAuthenticationError,
    HatzError,
    HatzPermissionError,
    HatzResponseError,
    HatzServerError,
    HatzStreamInterruptedError,
    HatzTimeoutError,
    HatzUnsupportedError,
    Media,
    Prompt,
    Turn,
    fold,
)
from hatz_client.connection import pools
from hatz_client.connection.http.body import BodyDecoder

from . import faults
from .server import CLOSE, RESET, Server, chunk, head, whole
from .wires import MODEL, TEXT, body, frames, sse

pytestmark = pytest.mark.usefixtures("no_waiting", "connections_of_ones_own")

PROMPT = Prompt(MODEL, "Hi")
BRIEF = {"timeout": 0.3, "max_retries": 0}
"""Four times this, 1.2 s, is the most that bytes without an answer are waited for."""


def run(kind, streamed, where, call=None, **settings):
    """One call to its end."""
    if kind is Client:
        client = Client("sk-1", where, **settings)
        return fold(client.stream(PROMPT, **call or {})) if streamed else client.ask(PROMPT, **call or {})

    async def awaited():
        client = AsyncClient("sk-1", where, **settings)
        if not streamed:
            return await client.ask(PROMPT, **call or {})
        return fold([event async for event in client.stream(PROMPT, **call or {})])

    return asyncio.run(awaited())


KINDS = pytest.mark.parametrize("kind", [Client, AsyncClient])
WAYS = pytest.mark.parametrize("streamed", [False, True])


def drip(first, piece, every=0.1):
    """An answer that begins so, and goes on with a small piece again and again."""
    yield first
    for _ in range(600):
        yield every
        yield piece


ENDLESS = {
    "header bytes": lambda: drip(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
    "headers": lambda: drip(b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n"),
    "1xx responses": lambda: drip(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    "the status line": lambda: drip(b"HTTP/1.1 2", b"0"),
    "body bytes": lambda: drip(head(length=10_000) + b'{"a": "', b"a"),
    "spaces before the body": lambda: drip(head(length=10_000), b" "),
    "chunk extensions": lambda: drip(head() + b"5;", b"a"),
    "trailers": lambda: drip(head() + chunk(b" ") + b"0\r\nX-Trailer: ", b"a"),
    "an error's body": lambda: drip(head(500, length=10_000) + b'{"error": "', b"a"),
    "a page of HTML": lambda: drip(head(content_type="text/html") + chunk(b"<html>"), chunk(b"a")),
    "pings": lambda: drip(head(content_type="text/event-stream"), chunk(b": ping\n\n")),
    "a whole answer for a stream": lambda: drip(head(content_type="application/json") + chunk(b'{"a": "'), chunk(b"a")),
    "bytes of a line": lambda: drip(head(content_type="text/event-stream") + chunk(b"data: "), chunk(b"a")),
    "message_start": lambda: drip(
        head(content_type="text/event-stream"), chunk(sse([{"type": "message_start", "message": {"id": "m"}}])[0])
    ),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_bytes_without_an_answer_are_not_waited_for_for_ever(what):
    def give_up(kind, streamed):
        began = time.monotonic()
        with Server(lambda _: ENDLESS[what]()) as server, pytest.raises(HatzError) as caught:
            run(kind, streamed, server.base_url, **BRIEF)
        assert time.monotonic() - began < 30
        assert isinstance(caught.value, HatzTimeoutError | HatzServerError)
        assert caught.value.request_id

    # Time passes for all at once.
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(give_up, (Client, Client, AsyncClient, AsyncClient), (False, True, False, True)))


@KINDS
def test_metas_alone_are_no_progress(kind):
    def acts(_):
        yield head(content_type="text/event-stream")
        for number in itertools.count():
            yield chunk(sse([{"type": "response.in_progress", "response": {"id": f"r{number}"}}])[0])
            yield 0.1

    with Server(acts) as server, pytest.raises(HatzTimeoutError, match="keep-alive messages"):
        run(kind, True, server.base_url, endpoint="responses", **BRIEF)


@KINDS
def test_a_slow_reader_is_not_a_stalled_stream(kind):
    """Time that the caller takes between two events does not count."""

    def acts(_):
        pieces = [chunk(frame) for frame in frames("messages")]
        yield head(content_type="text/event-stream") + pieces[0] + pieces[1] + pieces[2]
        for piece in pieces[3:]:
            yield 0.05
            yield piece
        yield b"0\r\n\r\n"

    async def awaited(where):
        events = []
        async for event in AsyncClient("sk-1", where, **BRIEF).stream(PROMPT):
            events.append(event)
            await asyncio.sleep(1.5 if len(events) in (2, 4) else 0)
        return fold(events)

    with Server(acts) as server:
        if kind is AsyncClient:
            assert asyncio.run(awaited(server.base_url)).text == TEXT
            return
        events = []
        for event in Client("sk-1", server.base_url, **BRIEF).stream(PROMPT):
            events.append(event)
            time.sleep(1.5 if len(events) in (2, 4) else 0)
        assert fold(events).text == TEXT


# Connecting


@pytest.fixture
def silent_host(monkeypatch):
    """The URL of a host with three addresses, at each of which nobody accepts; its name is looked up in as many seconds as the list says."""
    seconds = [0.0]
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(3):  # the system's queue is full then
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)

        def look_up(*_, **__):
            time.sleep(seconds[0])
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)] * 3

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        yield f"http://three.example:{address[1]}/v1", seconds


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse the connection, or queue more of them")
@pytest.mark.parametrize("limit", [{"timeout": (0.4, 60)}, {"deadline": 0.4}])
@pytest.mark.parametrize("look_up", [0.0, 1.5])
@KINDS
def test_connecting_has_a_limit(kind, limit, look_up, silent_host):
    """In sync code for each address, and without the look-up of the name, as docs/reliability.md says."""
    url, seconds = silent_host
    seconds[0] = look_up

    async def awaited():
        began = time.monotonic()
        with pytest.raises(HatzTimeoutError):
            await AsyncClient("sk-1", url, allow_http=True, max_retries=0, **limit).ask(PROMPT)
        return time.monotonic() - began

    if kind is AsyncClient:
        assert 0.3 < asyncio.run(awaited()) < 1.0
        return
    began = time.monotonic()
    with pytest.raises(HatzTimeoutError):
        Client("sk-1", url, allow_http=True, max_retries=0, **limit).ask(PROMPT)
    assert look_up + 1.1 < time.monotonic() - began < look_up + 2.2


# The deadline


def paced(_):
    """A stream whose every event comes after a while, for ever."""
    yield head(content_type="text/event-stream")
    for frame in frames("messages")[:3]:
        yield chunk(frame)
    while True:
        yield 0.02
        yield chunk(
            sse([{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "more "}}])[0]
        )


@KINDS
@pytest.mark.parametrize("where", ["settings", "call"])
def test_a_stream_has_its_deadline_and_what_had_come_is_kept(kind, where):
    settings = {"deadline": 1.0} if where == "settings" else {"deadline": 50.0}
    call = {"deadline": 1.0} if where == "call" else {}
    with Server(paced) as server:
        began = time.monotonic()
        with pytest.raises(HatzTimeoutError, match=r"deadline of 1 s") as caught:
            run(kind, True, server.base_url, call, **settings)
        assert 0.9 < time.monotonic() - began < 20
        assert "more more" in caught.value.partial.text
        assert len(server.requests) == 1


@KINDS
@WAYS
@pytest.mark.parametrize("act", [lambda _: [60.0], lambda _: [whole("", 503)], lambda _: drip(head(length=9999), b" ")])
def test_a_call_has_its_deadline_retries_included(kind, streamed, act, monkeypatch):
    with Server(act) as server:
        began = time.monotonic()
        with pytest.raises(HatzError):
            run(kind, streamed, server.base_url, deadline=0.8, max_retries=10_000)
        assert time.monotonic() - began < 20


@KINDS
@WAYS
def test_without_a_deadline_an_answer_may_take_its_time(kind, streamed):
    with Server(lambda asked: [0.5, *faults.good(asked)]) as server:
        assert run(kind, streamed, server.base_url, {"deadline": 20}).text == TEXT


# Memory


@cache
def bomb(size, layers=1):
    """Spaces, compressed so often."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join([*(packer.compress(b" " * 2**20) for _ in range(size >> 20)), packer.flush()])
    for _ in range(layers - 1):
        packed = gzip.compress(packed)
    return packed


@KINDS
@WAYS
@pytest.mark.parametrize("layers", [1, 2])
def test_a_compressed_bomb_ends_in_a_clear_error(kind, streamed, layers):
    packed = bomb(200 << 20, layers)
    with Server(
        lambda _: [whole(packed, content_type="text/event-stream", Content_Encoding=", ".join(["gzip"] * layers))]
    ) as server:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(HatzResponseError, match="larger than 1000000 bytes: raise max_response_bytes"):
            run(kind, streamed, server.base_url, max_response_bytes=1_000_000)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kB


@KINDS
@WAYS
def test_an_errors_body_is_read_to_a_megabyte(kind, streamed):
    with Server(lambda _: [whole(bomb(200 << 20), 400, Content_Encoding="gzip")]) as server:
        with pytest.raises(HatzError) as caught:
            run(kind, streamed, server.base_url)
        assert caught.value.status_code == 400
        assert len(caught.value.body) <= 1 << 20


REFUSAL = b'{"error": {"message": "No such key", "type": "authentication_error"}}'
BROKEN_ERRORS = {
    "cut off": [head(401, length=10_000) + REFUSAL, CLOSE],
    "reset": [head(401, length=10_000) + REFUSAL, 0.2, RESET],
    "not compressed": [whole(REFUSAL, 401, Content_Encoding="gzip")],
    "compressed in a way that was not asked for": [whole(REFUSAL, 401, Content_Encoding="br")],
    "silent": [head(401, length=10_000) + REFUSAL, 3],
}


@KINDS
@WAYS
@pytest.mark.parametrize("how", BROKEN_ERRORS)
def test_an_error_whose_body_breaks_is_still_the_error_of_its_status(kind, streamed, how):
    with Server(lambda _: iter(BROKEN_ERRORS[how])) as server, pytest.raises(HatzAuthenticationError) as caught:
        run(kind, streamed, server.base_url, timeout=0.5)
    assert len(server.requests) == 1
    assert ("No such key" in str(caught.value)) is ("compressed" not in how)


@KINDS
@WAYS
def test_a_body_without_end_is_not_read_to_its_end(kind, streamed):
    def acts(_):
        yield head(content_type="text/event-stream") + chunk(b"data: ")
        while True:
            yield chunk(b"x" * 100_000)

    with Server(acts) as server, pytest.raises(HatzResponseError, match="larger than 5000000 bytes"):
        run(kind, streamed, server.base_url, max_response_bytes=5_000_000)


@KINDS
@WAYS
def test_a_redirects_body_is_not_read(kind, streamed):
    def acts(asked):
        yield head(307, Location="http://127.0.0.1:9/")
        while not asked.gone.is_set():
            yield chunk(b"x" * 100_000)

    with Server(acts) as server, pytest.raises(HatzResponseError, match="not followed"):
        run(kind, streamed, server.base_url)


@KINDS
@WAYS
@pytest.mark.parametrize("status", [304, 307])
def test_a_redirect_to_nowhere_is_not_called_a_redirect(kind, streamed, status):
    with Server(lambda _: [whole(b"", status)]) as server, pytest.raises(HatzResponseError, match="neither an answer"):
        run(kind, streamed, server.base_url, max_retries=0)


@KINDS
@WAYS
def test_a_broken_connection_says_how_it_broke(kind, streamed):
    with (
        Server(lambda _: [RESET]) as server,
        pytest.raises(HatzStreamInterruptedError, match=r"reset by peer|Broken pipe|disconnected"),
    ):
        run(kind, streamed, server.base_url, max_retries=0)


@KINDS
@pytest.mark.parametrize(
    ("encoding", "words"),
    [("gzip, gzip, gzip", "3 content encodings"), ("br", "'br' was not asked for"), ("zstd", "'zstd'")],
)
def test_an_encoding_that_was_not_asked_for_is_named(kind, encoding, words):
    with (
        Server(lambda _: [whole(b"x", Content_Encoding=encoding)]) as server,
        pytest.raises(HatzResponseError, match=words),
    ):
        run(kind, False, server.base_url, max_retries=0)


@KINDS
@WAYS
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("X-GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),
        ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
        ("gzip", lambda data: b"".join(map(gzip.compress, (b"", data[:9], data[9:])))),
        ("gzip", lambda data: gzip.compress(data) + bytes(20)),
        ("identity", bytes),
        ("utf-8", bytes),
        ("aws-chunked,gzip", gzip.compress),
    ],
)
def test_what_was_asked_for_is_decoded(kind, streamed, encoding, pack):
    content = b"".join(frames("messages")) if streamed else json.dumps(body("messages")).encode()
    content_type = "text/event-stream" if streamed else "application/json"
    with Server(lambda _: [whole(pack(content), content_type=content_type, Content_Encoding=encoding)]) as server:
        assert run(kind, streamed, server.base_url).text == TEXT


@pytest.mark.parametrize("members", [1, 3])
def test_compressed_pieces_may_be_cut_anywhere(members):
    content = json.dumps(body("messages")).encode() * 20
    packed = b"".join(gzip.compress(content[at::members]) for at in range(members))
    content = b"".join(content[at::members] for at in range(members))
    for size in (1, 2, 7, 100):
        decoder = BodyDecoder("gzip", 1 << 20)
        pieces = (packed[at : at + size] for at in range(0, len(packed), size))
        assert b"".join(out for piece in pieces for out in decoder.feed(piece)) == content


# Connections


def test_idle_connections_are_capped(monkeypatch):
    with Server(lambda asked: [0.3, *faults.good(asked)]) as server:
        client = Client("sk-1", server.base_url)
        with ThreadPoolExecutor(100) as executor:
            assert len(list(executor.map(lambda _: client.ask(PROMPT), range(100)))) == 100
        assert server.accepted >= 50
        assert server.settles(20)
        assert server.open > 0


async def test_idle_connections_of_a_loop_are_capped_together_with_the_others():
    with Server(lambda asked: [0.3, *faults.good(asked)]) as server:
        client = AsyncClient("sk-1", server.base_url)
        await asyncio.gather(*(client.ask(PROMPT) for _ in range(100)))
        sync = Client("sk-1", server.base_url)
        await asyncio.gather(*(asyncio.to_thread(sync.ask, PROMPT) for _ in range(20)))
        assert await asyncio.to_thread(server.settles, 20)
        assert server.open > 0


@KINDS
def test_connections_in_use_do_not_count_as_idle(kind):
    """While 24 streams are being read, a short call keeps its connection for the next one."""

    go_on = threading.Event()

    def acts(asked):
        first, *others = faults.good(asked)
        yield first
        if asked.streamed:
            go_on.wait(60)
        yield from others

    def wait_for_the_streams(server):
        until = time.monotonic() + 60
        while len(server.requests) < 24 and time.monotonic() < until:
            time.sleep(0.01)

    async def many(server):
        client = AsyncClient("sk-1", server.base_url)
        streams = [asyncio.ensure_future(_async_fold(client)) for _ in range(24)]
        await asyncio.to_thread(wait_for_the_streams, server)
        for _ in range(5):
            await client.ask(PROMPT)
        go_on.set()
        return await asyncio.gather(*streams)

    with Server(acts) as server:
        if kind is AsyncClient:
            replies = asyncio.run(many(server))
        else:
            client = Client("sk-1", server.base_url)
            with ThreadPoolExecutor(24) as executor:
                streams = [executor.submit(lambda: fold(client.stream(PROMPT))) for _ in range(24)]
                wait_for_the_streams(server)
                for _ in range(5):
                    client.ask(PROMPT)
                go_on.set()
                replies = [stream.result() for stream in streams]
        assert [reply.text for reply in replies] == [TEXT] * 24
        assert server.accepted == 25
    assert len(pools._pools.idle) <= 20


async def _async_fold(client):
    return fold([event async for event in client.stream(PROMPT)])


def test_pools_of_many_routes_are_not_kept():
    for port in range(1, 200):
        with Client("sk-1", proxy=f"http://127.0.0.1:{port}") as client:
            pools.process_pool(client.settings.route)
    assert len(pools._pools.of_process) <= pools._MOST_ROUTES


async def test_pools_of_many_routes_are_not_kept_in_a_loop():
    for port in range(1, 200):
        async with AsyncClient("sk-1", proxy=f"http://127.0.0.1:{port}") as client:
            await pools.loop_pool(client.settings.route)
    assert len(pools._pools.of_loops) <= pools._MOST_ROUTES


@KINDS
@WAYS
def test_a_second_answer_in_the_packet_of_the_first_is_no_answer_to_the_next_request(kind, streamed):
    """A server that answers twice, without ids: what was there before the request was sent answers another one."""

    def acts(asked):
        answers = faults.good(asked)
        return [b"".join(answers) + whole(body("messages", "STALE"))] if asked.number == 1 else answers

    with Server(acts) as server:
        if kind is AsyncClient:

            async def twice():
                client = AsyncClient("sk-1", server.base_url, max_retries=0)
                await client.ask(PROMPT)
                return await client.ask(PROMPT)

            assert asyncio.run(twice()).text == TEXT
        else:
            client = Client("sk-1", server.base_url, max_retries=0)
            client.ask(PROMPT)
            assert (fold(client.stream(PROMPT)) if streamed else client.ask(PROMPT)).text == TEXT


@KINDS
def test_a_connection_that_the_users_own_client_made_before_carries_our_answers(kind):
    """Nobody counted its reads: that says nothing of whose answer it carries."""

    async def awaited(where):
        async with httpx.AsyncClient() as own:
            await own.get(f"{where}/chat/models")
            client = AsyncClient("sk-1", where, http_async_client=own, max_retries=0)
            return [(await client.ask(PROMPT)).text for _ in range(3)]

    with Server(lambda asked: faults.good(asked) if asked.raw else [whole({"data": []})]) as server:
        if kind is AsyncClient:
            assert asyncio.run(awaited(server.base_url)) == [TEXT] * 3
        else:
            with httpx.Client() as own:
                own.get(f"{server.base_url}/chat/models")
                client = Client("sk-1", server.base_url, http_client=own, max_retries=0)
                assert [client.ask(PROMPT).text for _ in range(3)] == [TEXT] * 3
        assert (server.accepted, len(server.requests)) == (1, 4)


@KINDS
@WAYS
def test_an_answer_with_the_id_of_another_request_of_ours_is_refused_and_asked_again(kind, streamed):
    ids = []

    def acts(asked):
        ids.append(asked.headers["x-request-id"])
        if asked.number == 2:
            return [whole(body("messages", "STALE"), X_Request_ID=ids[0])]
        return [whole(body("messages"), X_Request_ID=ids[-1])]

    with Server(acts) as server:
        assert [run(kind, streamed, server.base_url, max_retries=0).text for _ in range(2)] == [TEXT, TEXT]
        assert len(server.requests) == 3
        # The third request is not on the connection of the second; each event loop has its own.
        assert server.accepted == (2 if kind is Client else 3)


@KINDS
def test_an_id_that_is_none_of_ours_is_a_proxys_own(kind):
    with Server(lambda _: [whole(body("messages"), X_Request_ID="of-the-proxy")]) as server:
        assert run(kind, False, server.base_url, max_retries=0).request_id == "of-the-proxy"


@KINDS
def test_answers_always_to_another_request_are_an_error(kind):
    ids = []

    def acts(asked):
        ids.append(asked.headers["x-request-id"])
        return [whole(body("messages"), X_Request_ID=ids[0])]

    with Server(acts) as server:
        run(kind, False, server.base_url)
        with pytest.raises(HatzResponseError, match="answer to another request"):
            run(kind, False, server.base_url, max_retries=0)
        assert len(server.requests) < 20


@KINDS
@pytest.mark.parametrize("end", [CLOSE, RESET])
def test_a_connection_that_was_closed_meanwhile_costs_no_list(kind, end):
    """A GET changes nothing: it is sent again at once, without a retry."""

    def acts(asked):
        return [whole({"data": [{"name": MODEL}]})] if asked.number in (1, 3) else [end]

    async def twice(where):
        client = AsyncClient("sk-1", where, max_retries=0)
        return await client.list_models() and await client.list_models()

    with Server(acts) as server:
        if kind is AsyncClient:
            assert asyncio.run(twice(server.base_url))
        else:
            client = Client("sk-1", server.base_url, max_retries=0)
            assert client.list_models()
            assert client.list_models()
        assert len(server.requests) == 3


def test_a_request_that_may_have_been_processed_is_not_sent_again_and_the_error_says_so():
    with Server(lambda asked: faults.good(asked) if asked.number == 1 else [CLOSE]) as server:
        client = Client("sk-1", server.base_url, max_retries=0)
        client.ask(PROMPT)
        with pytest.raises(HatzStreamInterruptedError, match="whether the gateway processed the request is unknown"):
            client.ask(PROMPT)
        assert len(server.requests) == 2


# Errors that name the way


WITHOUT_ASYNCIO = {
    "ask": lambda client: client.ask(PROMPT),
    "stream": lambda client: anext(client.stream(PROMPT)),
    "count_tokens": lambda client: client.count_tokens(PROMPT),
    "list_models": lambda client: client.list_models(),
    "list_agents": lambda client: client.list_agents(),
    "list_apps": lambda client: anext(client.list_apps()),
    "list_workflows": lambda client: anext(client.list_workflows()),
    "get_app": lambda client: client.get_app("a-1"),
    "run_app": lambda client: client.run_app("a-1", {"q": b"x"}),
    "stream_app": lambda client: anext(client.stream_app("a-1", {"q": b"x"})),
    "run_workflow": lambda client: client.run_workflow("w-1"),
    "get_job": lambda client: client.get_job("j-1"),
    "list_files": lambda client: client.list_files(),
    "file_status": lambda client: client.file_status("f-1"),
    "upload": lambda client: client.upload(b"x"),
    "with_uploads": lambda client: client.with_uploads(Prompt(MODEL, (Turn("user", (Media("image", "image/png", "AAAA"),)),))),
    "aclose": lambda client: client.aclose(),
}  # fmt: skip


@pytest.mark.parametrize("settings", [{}, {"limit": "5/second"}])
@pytest.mark.parametrize("method", WITHOUT_ASYNCIO)
def test_without_asyncio_the_error_says_so(method, settings):
    client = AsyncClient("sk-1", "http://127.0.0.1:9/v1", **settings)
    with pytest.raises(HatzUnsupportedError, match="running asyncio event loop"):
        WITHOUT_ASYNCIO[method](client).send(None)


def test_that_is_every_async_method():
    public = {name for name, value in vars(AsyncClient).items() if callable(value) and not name.startswith("_")}
    assert public - {"usage"} == set(WITHOUT_ASYNCIO)


@pytest.mark.parametrize("page", [b"<html><title>404 Not Found</title></html>", b"", b"404 page not found"])
def test_a_404_without_json_says_what_the_url_should_be(page):
    with Server(lambda _: [whole(page, 404, "text/html")]) as server, pytest.raises(HatzError) as caught:
        Client("sk-1", f"{server.base_url}/wrong").list_models()
    assert f"{server.base_url}/wrong/chat/models" in str(caught.value)
    assert "Check base_url: it must be like https://ai.hatz.ai/v1" in str(caught.value)


def test_a_challenge_page_does_not_blame_the_key():
    page = "<html><head><title>Just a moment...</title></head></html>"
    with Server(lambda _: [whole(page, 403, "text/html", cf_mitigated="challenge")]) as server:
        with pytest.raises(HatzPermissionError, match="Cloudflare") as caught:
            Client("sk-1", server.base_url).list_models()
        assert "administrator" not in str(caught.value)
        assert re.search(r"Just a moment", str(caught.value))
