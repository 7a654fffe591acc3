"""The key is nowhere: whatever the gateway repeats of it, and wherever an error leads to."""

import asyncio
import logging
import pickle
import traceback
from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

import httpx
import pytest

from hatz_client import AsyncClient, Client, HatzError, Prompt, fold
from hatz_client.util.masking import MASK, mask, maskable

from . import certificates, faults, http2
from .server import CLOSE, RESET, Server, chunk, head, whole
from .wires import MODEL, body, frames, sse

pytestmark = pytest.mark.usefixtures("no_waiting")

KEY = "hatz-key-0123456789"
HEADER, QUERY = "header-of-nobody-else", "query-of-nobody-else"
PROMPT = Prompt(MODEL, "Hi")


def reachable(value, seen=None):
    """Every text that can be reached from a value: attributes, items, causes; not what the caller's frames hold."""
    seen = set() if seen is None else seen
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray):
        yield value.decode("latin-1")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from reachable(key, seen)
            yield from reachable(item, seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from reachable(item, seen)
    elif isinstance(value, type) or callable(value):
        return
    else:
        if isinstance(value, BaseException):
            yield str(value)
            yield repr(value)
            yield from reachable(
                [value.args, value.__cause__, value.__context__, getattr(value, "__notes__", [])], seen
            )
        slots = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
        yield from reachable([getattr(value, name, None) for name in slots if not name.startswith("__")], seen)
        yield from reachable(getattr(value, "__dict__", None), seen)


def assert_without_key(*values):
    for text in reachable(list(values)):
        assert not any(secret in text for secret in (KEY, HEADER, QUERY)), text[:500]


ECHOES = {
    "the message": lambda _: [whole({"error": {"message": f"The key {KEY} is not valid"}}, 401)],
    "a body of another shape": lambda _: [whole({"odd": [{KEY: [KEY]}], "why": f"<{KEY}>"}, 400)],
    "escaped in JSON": lambda _: [whole(b'{"error": {"message": "key \\u0068atz-key-0123456789"}}', 400)],
    "a page of HTML": lambda _: [whole(f"<html><title>{KEY}</title></html>", 502, "text/html")],
    "a header": lambda _: [whole({"error": {"message": "no"}}, 400, X_Seen=KEY, X_Request_ID=f"id-{KEY}")],
    "a redirect": lambda _: [head(302, Location=f"https://elsewhere.example/?key={KEY}", length=0)],
    "a 200 that is no answer": lambda _: [whole(f"Hello {KEY}", content_type=f"text/{KEY}")],
    "a 200 with an error": lambda _: [whole({"error": {"message": KEY, "type": "api_error"}})],
    "an odd object": lambda _: [whole([KEY])],
    "an event of the stream": lambda _: [
        head(content_type="text/event-stream")
        + chunk(sse([{"type": "error", "error": {"type": "api_error", "message": KEY}}])[0])
    ],
    "broken JSON in the stream": lambda _: [
        head(content_type="text/event-stream") + chunk(f"data: {{{KEY}\n\n".encode())
    ],
    "a broken header": lambda _: [f"HTTP/1.1 200 OK\r\nbroken {KEY}\r\n\r\n".encode()],
    "the reason phrase": lambda _: [f"HTTP/1.1 401 {KEY}\r\nContent-Length: 2\r\n\r\n{{}}".encode()],
    "a broken status line": lambda _: [f"{KEY}\r\n\r\n".encode()],
    "a broken chunk": lambda _: [head(content_type="text/event-stream") + f"{KEY}\r\n".encode()],
    "an encoding": lambda _: [whole("x", Content_Encoding=KEY)],
    "no answer": lambda _: [CLOSE],
    "a reset": lambda _: [RESET],
    "silence": lambda _: [30.0],
    "a stream cut off": lambda _: [
        head(content_type="text/event-stream") + b"".join(map(chunk, frames("messages")[:4])), RESET
    ],
}  # fmt: skip


def made(kind, where, **settings):
    more = {"default_headers": {"X-Own": HEADER}, "default_query": {"tenant": QUERY}}
    return kind(base_url=where, **{"api_key": KEY, "max_retries": 1, "timeout": 0.5, **more, **settings})


def failed(kind, streamed, where, **settings):
    """The error of a call to its end."""
    client = made(kind, where, **settings)

    async def events():
        return [event async for event in client.stream(PROMPT)]

    with pytest.raises(HatzError) as caught:  # noqa: PT012 (one call, in one of four ways)
        if kind is Client:
            list(client.stream(PROMPT)) if streamed else client.ask(PROMPT)
        else:
            asyncio.run(events() if streamed else client.ask(PROMPT))
    return caught.value


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("echo", ECHOES)
def test_no_error_leads_to_the_key(kind, streamed, echo, caplog):
    for name in ("hatz_client", "hatz_client.content", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, name)
    with Server(ECHOES[echo]) as server:
        error = failed(kind, streamed, server.base_url)
        assert server.requests[0].headers["x-api-key"] == KEY
        assert server.requests[0].headers["x-own"] == HEADER
        assert QUERY in server.requests[0].path
    assert_without_key(error, pickle.dumps(error), pickle.loads(pickle.dumps(error)))
    assert_without_key(list(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
    assert {record.name.split(".")[0] for record in caplog.records} >= {"hatz_client", "httpcore"}
    assert_without_key([record.getMessage() for record in caplog.records])
    if echo == "the message":
        assert f"The key {MASK} is not valid" in str(error)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_nor_does_one_without_a_connection(kind):
    assert_without_key(failed(kind, False, "http://127.0.0.1:9/v1"))
    with Server(faults.good, certificates.context("untrusted")) as server:
        assert_without_key(failed(kind, False, server.base_url))


def test_nor_does_the_key_of_one_call():
    with Server(lambda _: [whole({"error": {"message": KEY}}, 401)]) as server, pytest.raises(HatzError) as caught:
        Client("sk-another", server.base_url).ask(PROMPT, headers={"x-api-key": KEY})
    assert_without_key(caught.value)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_nor_does_a_key_in_a_url_or_a_token_without_its_scheme(kind, streamed, caplog):
    key, token = "key/with+signs=0123", "token-9876543210"
    said = f"{quote(key, safe='')} {token}"
    caplog.set_level(logging.DEBUG)
    with Server(lambda _: [whole({"error": {"message": said}}, 401, Location=said)]) as server:
        more = {"api_key": key, "default_headers": {"Authorization": f"Bearer {token}"}}
        error = failed(kind, streamed, server.base_url, **more)
    told = [error, pickle.dumps(error), *(record.getMessage() for record in caplog.records)]
    for text in reachable(told):
        assert not any(secret in text for secret in said.split()), text[:500]


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("header", "secret"),
    [
        ({"Authorization": "Bearer token-9876543210"}, "token-9876543210"),
        ({"authorization": b"Basic dXNlcjpwYXNzd29yZA=="}, "dXNlcjpwYXNzd29yZA=="),
        ({"Proxy-Authorization": "Basic dXNlcjpwYXNzd29yZA=="}, "dXNlcjpwYXNzd29yZA=="),
        ({"Cookie": "id=cookie-987654; theme=dark"}, "cookie-987654"),
        ({"cookie": "theme=dark;id=cookie-987654"}, "cookie-987654"),
    ],
)
@pytest.mark.parametrize("where", ["default", "call"])
def test_nor_do_other_headers_that_are_secret(kind, header, secret, where):
    with Server(lambda _: [whole({"error": {"message": f"No {secret}!"}}, 401, X_Seen=secret)]) as server:
        client = kind("sk-another", server.base_url, default_headers=header if where == "default" else None)
        ask = partial(client.ask, PROMPT, headers=header if where == "call" else None)
        with pytest.raises(HatzError, match=r"No \[secret\]!") as caught:
            ask() if kind is Client else asyncio.run(ask())
    assert secret not in "".join(reachable(caught.value))


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_nor_does_the_log_of_http2(kind, caplog):
    """hpack, which only a user's own client brings, logs each header of a request."""
    caplog.set_level(logging.DEBUG)

    def acts(stream, _):
        yield http2.headers(stream, b"text/event-stream")
        yield http2.frame(http2.DATA, stream, b"".join(frames("messages")), http2.END_STREAM)

    async def awaited(where, settings):
        async with httpx.AsyncClient(http1=False, http2=True) as own:
            return [event async for event in AsyncClient(KEY, where, http_async_client=own, **settings).stream(PROMPT)]

    with http2.Http2Server(acts) as server:
        settings = {"default_headers": {"X-Own": HEADER, "Authorization": f"Bearer {HEADER}"}}
        if kind is AsyncClient:
            assert asyncio.run(awaited(server.base_url, settings))
        else:
            with httpx.Client(http1=False, http2=True) as own:
                assert list(Client(KEY, server.base_url, http_client=own, **settings).stream(PROMPT))
    assert any(record.name == "httpcore.http2" for record in caplog.records)
    assert_without_key([record.getMessage() for record in caplog.records])


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_no_log_shows_the_query(kind, caplog):
    caplog.set_level(logging.DEBUG)
    with Server(lambda _: [whole({"error": {"message": "no"}}, 400)]) as server:
        failed(kind, False, server.base_url, default_query={"tenant": "of-nobody-else"})
        assert "of-nobody-else" in server.requests[0].path
    assert any("HTTP Request: POST" in record.getMessage() for record in caplog.records)
    assert not any("of-nobody-else" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("streamed", [False, True])
def test_nor_does_an_answer(streamed, caplog):
    caplog.set_level(logging.DEBUG)
    acts = faults.good if streamed else lambda _: [whole(body("messages"), X_Seen=KEY, X_Request_ID=f"id-{KEY}")]
    with Server(acts) as server:
        client = Client(KEY, server.base_url)
        reply = fold(client.stream(PROMPT)) if streamed else client.ask(PROMPT)
    assert_without_key(reply, [record.getMessage() for record in caplog.records])


def test_masking():
    assert mask({"a": [b"x secret x", ("secret",)], "secret": 1}, ["secret"]) == {
        "a": [f"x {MASK} x".encode(), (MASK,)], MASK: 1,
    }  # fmt: skip
    assert mask("a word", maskable(["a"])) == "a word"  # too short to tell from ordinary words
    deep = value = []
    for _ in range(5000):
        value.append([])
        value = value[0]
    assert mask(deep, ["secret"])
