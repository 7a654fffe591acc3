"""The way to the gateway: proxies, socket options, who shares connections, and closing them. Over real sockets."""

import asyncio
import contextlib
import logging
import pickle
import re
import socket
import sys
import threading
import traceback

import httpx
import pytest
from pydantic import SecretStr

from hatz_client import (
    AsyncClient,
    Client,
    Fold,
    HatzConnectionError,
    HatzInvalidInputError,
    HatzRateLimitError,
    Prompt,
)
from hatz_client.connection import pools
from hatz_client.connection.httpx_clients import certificates
from hatz_client.connection.settings import Settings
from hatz_client.util import warn_once as notices
from tests.harness.versions import needs
from trust.server import END, Server, chunk, head, whole
from trust.wires import MODEL, frames

KEEPALIVE = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
PASSWORD = "pw-never-to-be-seen"
MODELS = whole({"data": [{"name": MODEL}]})
PROMPT = Prompt(MODEL, "Hello!")


pytestmark = pytest.mark.usefixtures("connections_of_ones_own")


@pytest.fixture
def gateway():
    with Server(lambda asked: [MODELS]) as server:
        yield server


@pytest.fixture
def proxy():
    with Server(lambda asked: [MODELS]) as server:
        server.url = f"http://user:{PASSWORD}@127.0.0.1:{server.port}"
        yield server


def models(kind, base_url, **settings):
    if kind is Client:
        return Client("sk-1", base_url, **settings).list_models()
    return asyncio.run(AsyncClient("sk-1", base_url, **settings).list_models())


KINDS = pytest.mark.parametrize("kind", [Client, AsyncClient])


# Proxies


@KINDS
@pytest.mark.parametrize("hidden", [str, SecretStr])
def test_an_explicit_proxy_is_asked_for_every_host_this_machine_too(kind, hidden, gateway, proxy):
    assert models(kind, gateway.base_url, proxy=hidden(proxy.url))
    assert not gateway.requests
    assert proxy.requests[0].path == f"{gateway.base_url}/chat/models"
    assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")


@KINDS
def test_a_proxy_is_asked_for_a_tunnel_to_an_encrypted_gateway(kind):
    with Server(lambda asked: [whole("", 407)]) as proxy:
        with pytest.raises(HatzConnectionError, match="407"):
            models(kind, "https://gateway.example/v1", proxy=f"http://127.0.0.1:{proxy.port}", max_retries=0)
        assert proxy.requests[0].path == "gateway.example:443"


@KINDS
def test_hatz_proxy_is_the_proxy_of_who_names_none(kind, gateway, proxy, monkeypatch):
    monkeypatch.setenv("HATZ_PROXY", proxy.url)
    assert models(kind, gateway.base_url)
    assert (len(gateway.requests), len(proxy.requests)) == (0, 1)
    assert models(kind, gateway.base_url, proxy=f"http://127.0.0.1:{proxy.port}")
    assert "proxy-authorization" not in proxy.requests[1].headers


@KINDS
def test_the_environments_other_proxies_are_asked_for_other_hosts_only(kind, gateway, proxy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    assert models(kind, gateway.base_url)
    assert not proxy.requests
    assert models(kind, "http://gateway.example/v1", allow_http=True)
    assert proxy.requests[0].path == "http://gateway.example/v1/chat/models"


@pytest.mark.parametrize(
    "bad",
    [f"user:{PASSWORD}@proxy.example", f"ftp://user:{PASSWORD}@proxy.example", f"http://user:{PASSWORD}@", 7,
     f"http://user:{PASSWORD}@proxy.example:port", f"http://user:{PASSWORD}@[proxy", f"http://user:{PASSWORD}@proxy.example:0"],
)  # fmt: skip
@KINDS
def test_what_is_no_proxy_is_refused_and_not_shown(kind, gateway, bad):
    with pytest.raises(HatzInvalidInputError, match="proxy is not a URL") as caught:
        models(kind, gateway.base_url, proxy=bad)
    assert PASSWORD not in shown(caught.value)


@KINDS
@pytest.mark.parametrize(
    ("bad", "kind_of_error", "words"),
    [
        ("nonsense://user:{}@proxy.example", HatzInvalidInputError, "The environment's proxy cannot be used: httpx does not"),
        ("http://user:{}@127.0.0.1:port", HatzInvalidInputError, "The environment's proxy cannot be used: httpx does not"),
        ("http://user:{}@☃.net:1", HatzInvalidInputError, "The environment's proxy cannot be used: httpx does not"),
        ("socks5://user:{}@127.0.0.1:9", HatzInvalidInputError, r"The environment's proxy cannot be used: pip install 'httpx\[socks\]'"),
        ("http://user:{}@proxy..example:1", HatzConnectionError, "No connection"),
    ],
)  # fmt: skip
def test_a_bad_proxy_of_the_environment_is_an_error_that_does_not_show_it(kind, bad, kind_of_error, words, monkeypatch):
    if "socks" in bad:
        monkeypatch.setitem(sys.modules, "socksio", None)
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, bad.format(PASSWORD))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(kind_of_error, match=words) as caught:
        models(kind, "https://gateway.example/v1", max_retries=0)
    assert PASSWORD not in shown(caught.value)


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
@KINDS
@pytest.mark.parametrize(
    "odd",
    [
        "[::1]",
        "fd00::/8",
        "10.0.0.0/8",
        "<local>",
        "ü.example",
        "*.example.org",
        "127.0.0.3\n",
        "http://",
        "localhost;",
    ],
)
def test_a_host_without_proxy_that_httpx_cannot_read_stops_no_call(kind, odd, gateway, proxy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", f"{odd},127.0.0.2")
    assert models(kind, gateway.base_url)
    assert not proxy.requests
    assert models(kind, "http://gateway.example/v1", allow_http=True)
    assert len(proxy.requests) == 1
    with pytest.raises(HatzConnectionError):
        models(kind, f"http://127.0.0.2:{proxy.port}/v1", allow_http=True, max_retries=0)
    assert len(proxy.requests) == 1


@pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2"])
@KINDS
@pytest.mark.parametrize("hosts", ["*", "localhost, *"])
def test_a_star_means_no_proxy_for_any_host(kind, hosts, proxy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", hosts)
    with pytest.raises(HatzConnectionError):
        models(kind, f"http://127.0.0.2:{proxy.port}/v1", allow_http=True, max_retries=0)
    assert not proxy.requests


@KINDS
@needs("httpx", "0.28")  # 0.27 passes over a file that does not exist
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_cannot_be_read_are_an_error_that_names_the_variable(
    kind, name, gateway, monkeypatch, tmp_path
):
    path = tmp_path / "none.pem"
    if name == "SSL_CERT_DIR":
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        monkeypatch.setattr(
            "ssl.create_default_context", lambda **_: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
        )
    monkeypatch.setenv(name, str(path))
    certificates.cache_clear()
    with pytest.raises(HatzInvalidInputError, match=f"{name}='{re.escape(str(path))}'"):
        models(kind, gateway.base_url)
    assert not gateway.requests


@KINDS
def test_a_url_that_httpx_does_not_accept_is_invalid_input(kind, gateway):
    with pytest.raises(HatzInvalidInputError, match=r"URL too long.*default_query"):
        models(kind, gateway.base_url, default_query={"tenant": "x" * 70_000})
    assert not gateway.requests


def test_a_bad_hatz_proxy_is_refused_and_not_shown(gateway, monkeypatch):
    monkeypatch.setenv("HATZ_PROXY", f"user:{PASSWORD}@proxy.example")
    with pytest.raises(HatzInvalidInputError, match="HATZ_PROXY is not a URL") as caught:
        models(Client, gateway.base_url)
    assert PASSWORD not in shown(caught.value)


def shown(error):
    """What an error shows with the values of all local variables, but those of whoever made the client."""
    said = traceback.TracebackException.from_exception(error, capture_locals=True)
    cause = said
    while cause:
        cause.stack[:] = [frame for frame in cause.stack if frame.filename != __file__]
        cause = cause.__cause__ or cause.__context__
    return "".join(said.format()) + repr(error) + repr(vars(error))


@KINDS
def test_a_proxys_password_is_in_no_repr_log_or_error(kind, caplog):
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = taken.getsockname()[1]
    address = f"http://user:{PASSWORD}@127.0.0.1:{nobody}"
    client = kind("sk-1", "http://127.0.0.1:9/v1", proxy=address, max_retries=0)
    with pytest.raises(HatzConnectionError) as caught:
        models(kind, "http://127.0.0.1:9/v1", proxy=address, max_retries=0)
    ours = [record.getMessage() for record in caplog.records]
    assert PASSWORD not in "".join([repr(client), repr(client.settings.route), shown(caught.value), *ours])


@KINDS
def test_a_socks_proxy_without_its_package_says_what_to_install(kind, gateway, monkeypatch):
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(HatzInvalidInputError, match=r"pip install 'httpx\[socks\]'"):
        models(kind, gateway.base_url, proxy="socks5://127.0.0.1:9")


# Socket options


def test_socket_options_are_set(gateway):
    route = Settings(http_socket_options=KEEPALIVE).route
    for options, value in ((None, 0), (route, 1)):
        with pools.process_pool(options).lend() as http, http.stream("GET", gateway.base_url) as response:
            own = response.extensions["network_stream"].get_extra_info("socket")
            assert bool(own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)) == value


async def test_socket_options_are_set_in_a_loop(gateway):
    route = Settings(http_socket_options=KEEPALIVE).route
    async with (await pools.loop_pool(route)).lend() as http, http.stream("GET", gateway.base_url) as response:
        own = response.extensions["network_stream"].get_extra_info("socket")
        assert own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


@KINDS
def test_requests_are_sent_over_sockets_with_options(kind, gateway):
    assert models(kind, gateway.base_url, http_socket_options=KEEPALIVE)


@pytest.mark.parametrize("bad", ["keepalive", [1], [(1, 2)], [("a", "b", "c")], {1: 2}, [(1, 2, None)]])
def test_what_is_no_socket_option_is_refused(bad):
    with pytest.raises(HatzInvalidInputError, match="SO_KEEPALIVE"):
        Client("sk-1", http_socket_options=bad).list_models()


def test_options_and_a_proxy_do_not_go_together():
    with pytest.raises(HatzInvalidInputError, match="cannot be combined"):
        Client("sk-1", proxy="http://127.0.0.1:9", http_socket_options=KEEPALIVE).list_models()


@KINDS
def test_options_do_not_hide_a_proxy_of_the_environment(kind, proxy, monkeypatch, caplog):
    monkeypatch.setattr(notices, "_warned", set())
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    for _ in range(2):
        assert models(kind, "http://gateway.example/v1", allow_http=True, http_socket_options=KEEPALIVE)
    assert len(proxy.requests) == 2
    assert [record.message for record in caplog.records if "http_socket_options" in record.message] != []
    assert sum("http_socket_options" in record.message for record in caplog.records) == 1
    assert Settings(base_url="http://127.0.0.1:9", http_socket_options=KEEPALIVE).route is not None


# Sharing


def test_equal_settings_share_their_connections(gateway):
    for options in (None, None, KEEPALIVE, tuple(KEEPALIVE), [], [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)]):
        models(Client, gateway.base_url, http_socket_options=options)
    assert gateway.accepted == 3


def test_equal_proxies_share_their_connections(gateway, proxy):
    for one in (proxy.url, proxy.url, SecretStr(proxy.url), f"http://127.0.0.1:{proxy.port}"):
        models(Client, gateway.base_url, proxy=one)
    assert proxy.accepted == 2


def test_a_client_with_a_route_can_be_pickled():
    client = pickle.loads(pickle.dumps(Client("sk-1", proxy="http://127.0.0.1:9", default_query={"a": 1})))
    assert client.settings.route == Settings(proxy="http://127.0.0.1:9").route


# A client of one's own


@pytest.mark.parametrize("given", [{"proxy": "http://127.0.0.1:9"}, {"http_socket_options": KEEPALIVE}])
async def test_an_own_client_has_its_own_way(given):
    with httpx.Client() as own, pytest.raises(HatzInvalidInputError, match="set them on your http_client"):
        Client("sk-1", http_client=own, **given).list_models()
    async with httpx.AsyncClient() as own:
        with pytest.raises(HatzInvalidInputError, match="set them on your http_async_client"):
            await AsyncClient("sk-1", http_async_client=own, **given).list_models()


async def test_a_client_of_the_other_kind_is_refused():
    async with httpx.AsyncClient() as own:
        with pytest.raises(HatzInvalidInputError, match="http_client=… is of type AsyncClient"):
            Client("sk-1", http_client=own).list_models()
    with (
        httpx.Client() as own,
        pytest.raises(HatzInvalidInputError, match="http_async_client=… is of type Client"),
    ):
        await AsyncClient("sk-1", http_async_client=own).list_models()


@KINDS
@pytest.mark.parametrize("given", [object(), "client", dict])
def test_what_is_no_client_is_refused(kind, given, gateway):
    name = "http_client" if kind is Client else "http_async_client"
    with pytest.raises(HatzInvalidInputError, match=f"{name}=… is of type {type(given).__name__}"):
        models(kind, gateway.base_url, **{name: given})


async def test_a_closed_client_is_refused(gateway):
    with httpx.Client() as own:
        pass
    with pytest.raises(HatzInvalidInputError, match="http_client=… is closed"):
        Client("sk-1", gateway.base_url, http_client=own).list_models()
    async with httpx.AsyncClient() as own:
        pass
    with pytest.raises(HatzInvalidInputError, match="http_async_client=… is closed"):
        await AsyncClient("sk-1", gateway.base_url, http_async_client=own).list_models()


def with_hook(kind, base_url, read, streamed):
    """A call with an own client whose hook calls `raise_for_status`, after reading the body or not."""

    def hook(response):
        if read:
            response.read()
        response.raise_for_status()

    async def ahook(response):
        if read:
            await response.aread()
        response.raise_for_status()

    async def call():
        async with httpx.AsyncClient(event_hooks={"response": [ahook]}) as own:
            client = AsyncClient(PASSWORD, base_url, http_async_client=own, max_retries=1)
            return [one async for one in client.stream(PROMPT)] if streamed else await client.ask(PROMPT)

    if kind is AsyncClient:
        return asyncio.run(call())
    with httpx.Client(event_hooks={"response": [hook]}) as own:
        client = Client(PASSWORD, base_url, http_client=own, max_retries=1)
        return list(client.stream(PROMPT)) if streamed else client.ask(PROMPT)


@KINDS
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("read", [False, True])
def test_an_error_status_that_a_hook_raises_is_the_usual_error(kind, streamed, read):
    refusal = whole({"error": {"message": "Slow down", "type": "rate_limit_error"}}, 429, Retry_After="0")
    with Server(lambda asked: [refusal]) as server, pytest.raises(HatzRateLimitError) as caught:
        with_hook(kind, server.base_url, read, streamed)
    assert len(server.requests) == 2
    assert not read or "Slow down" in str(caught.value)
    assert caught.value.retry_after == 0
    assert PASSWORD not in shown(caught.value)


@KINDS
def test_an_error_status_of_another_request_stays_the_users_error(kind, gateway):
    class Token(httpx.Auth):
        requires_response_body = True

        def auth_flow(self, request):
            answer = yield httpx.Request("POST", f"{token.base_url}/token")
            answer.raise_for_status()
            yield request

    def call():
        with httpx.Client(auth=Token()) as own:
            return Client("sk-1", gateway.base_url, http_client=own).list_models()

    async def acall():
        async with httpx.AsyncClient(auth=Token()) as own:
            return await AsyncClient("sk-1", gateway.base_url, http_async_client=own).list_models()

    with Server(lambda asked: [whole(b"", 401)]) as token, pytest.raises(httpx.HTTPStatusError, match="/token"):
        call() if kind is Client else asyncio.run(acall())


# The query


@KINDS
def test_a_default_query_is_in_every_url(kind, gateway, caplog):
    caplog.set_level(logging.DEBUG, "hatz_client")
    assert models(kind, gateway.base_url, default_query={"tenant": "Müller & Co", "n": 1.5})
    assert gateway.requests[0].path == "/v1/chat/models?tenant=M%C3%BCller+%26+Co&n=1.5"
    client = kind("sk-1", gateway.base_url, default_query={"code": PASSWORD})
    assert PASSWORD not in repr(client)
    assert PASSWORD not in "".join(record.message for record in caplog.records if record.name == "hatz_client")
    assert models(kind, gateway.base_url, default_query={})
    assert gateway.requests[1].path == "/v1/chat/models"


@pytest.mark.parametrize(
    "bad", ["a=1", [("a", "1")], {"a": None}, {"a": True}, {"a": ["1"]}, {1: "a"}, {"a": "\ud800"}, ""]
)
def test_what_is_no_query_is_refused(bad):
    with pytest.raises(HatzInvalidInputError, match="default_query"):
        Client("sk-1", default_query=bad).list_models()


# Closing


def test_closing_closes_idle_connections_and_the_next_call_opens_new_ones(gateway):
    with Client("sk-1", gateway.base_url) as client:
        assert client.list_models()
        assert gateway.open == 1
    assert gateway.settles()
    client.close()
    assert client.list_models()
    assert (gateway.accepted, gateway.open) == (2, 1)


async def test_closing_in_a_loop_closes_its_idle_connections(gateway):
    async with AsyncClient("sk-1", gateway.base_url) as client:
        assert await client.list_models()
        assert gateway.open == 1
    assert await asyncio.to_thread(gateway.settles)
    await client.aclose()
    assert await client.list_models()
    assert (gateway.accepted, gateway.open) == (2, 1)


def test_a_loop_closes_its_own_connections_and_no_others(gateway):
    client = AsyncClient("sk-1", gateway.base_url)

    async def used():
        await client.list_models()
        await asyncio.to_thread(lambda: asyncio.run(client.aclose()))  # another loop's
        return gateway.open

    Client("sk-1", gateway.base_url).list_models()
    assert asyncio.run(used()) == 2
    assert gateway.settles(1)


def test_closing_leaves_the_connections_of_other_settings(gateway):
    Client("sk-1", gateway.base_url).list_models()
    with Client("sk-1", gateway.base_url, http_socket_options=KEEPALIVE) as client:
        client.list_models()
        assert gateway.open == 2
    assert gateway.settles(1)
    assert Client("sk-1", gateway.base_url).list_models()
    assert gateway.accepted == 2


def test_closing_before_the_first_call_is_nothing():
    Client("sk-1").close()
    asyncio.run(AsyncClient("sk-1").aclose())


def test_an_own_client_is_never_closed(gateway):
    with httpx.Client() as own:
        with Client("sk-1", gateway.base_url, http_client=own) as client:
            client.list_models()
        assert not own.is_closed
        assert gateway.open == 1


@contextlib.contextmanager
def half_answered(streams):
    """A gateway that has streamed half of each of so many answers, the event that lets it go on, and its server."""
    go_on, half = threading.Event(), threading.Barrier(streams + 1)

    def act(asked):
        pieces = [chunk(frame) for frame in frames("messages")]
        yield head(content_type="text/event-stream") + b"".join(pieces[:4])
        half.wait(15)
        go_on.wait(15)
        yield b"".join(pieces[4:]) + END

    with Server(act) as server:
        yield server, half, go_on


def test_streams_under_way_in_threads_are_not_disturbed():
    texts = []
    with half_answered(20) as (gateway, half, go_on):
        client = Client("sk-1", gateway.base_url)

        def read():
            fold = Fold()
            for event in client.stream(PROMPT):
                fold.add(event)
            texts.append(fold.reply.text)

        threads = [threading.Thread(target=read) for _ in range(20)]
        for thread in threads:
            thread.start()
        half.wait(15)
        client.close()
        client.close()
        assert gateway.open == 20
        go_on.set()
        for thread in threads:
            thread.join(15)
        assert len(texts) == 20
        assert len(set(texts)) == 1
        assert gateway.settles()


async def test_streams_under_way_in_a_loop_are_not_disturbed():
    with half_answered(20) as (gateway, half, go_on):
        client = AsyncClient("sk-1", gateway.base_url)

        async def read():
            fold = Fold()
            async for event in client.stream(PROMPT):
                fold.add(event)
            return fold.reply.text

        tasks = [asyncio.create_task(read()) for _ in range(20)]
        await asyncio.to_thread(half.wait, 15)
        await client.aclose()
        assert gateway.open == 20
        go_on.set()
        assert len(set(await asyncio.gather(*tasks))) == 1
        assert await asyncio.to_thread(gateway.settles)


async def test_a_stream_cancelled_after_closing_leaves_nothing_open():
    with half_answered(1) as (gateway, half, go_on):
        client = AsyncClient("sk-1", gateway.base_url)

        async def read():
            return [event async for event in client.stream(PROMPT)]

        task = asyncio.create_task(read())
        await asyncio.to_thread(half.wait, 15)
        await client.aclose()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        assert await asyncio.to_thread(gateway.settles)


def test_clients_are_closed_while_many_threads_use_them(gateway):
    client, failed = Client("sk-1", gateway.base_url, max_retries=0), []

    def ask():
        try:
            for _ in range(20):
                client.list_models()
                client.close()
        except Exception as error:  # noqa: BLE001 (whatever it is, the test fails with it)
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    client.close()
    assert gateway.settles()
