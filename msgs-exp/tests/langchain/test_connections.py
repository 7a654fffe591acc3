"""The way to the gateway: proxies, socket options, a query, whose connections are closed when. Over real sockets."""

import asyncio
import json
import pickle
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_core.load import dumps
from pydantic import SecretStr

from langchain_hatz import ChatHatz, HatzInvalidInputError
from trust.server import Server, whole

PASSWORD = "pw-never-to-be-seen"
KEEPALIVE = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
ANSWER = {"type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "Hi"}]}


pytestmark = pytest.mark.usefixtures("connections_of_ones_own")


@pytest.fixture
def gateway() -> Iterator[Any]:
    with Server(lambda _: [whole(ANSWER)]) as server:
        yield server


@pytest.fixture
def proxy() -> Iterator[Any]:
    with Server(lambda _: [whole(ANSWER)]) as server:
        server.url = f"http://user:{PASSWORD}@127.0.0.1:{server.port}"
        yield server


def model(gateway: Any, **fields: Any) -> ChatHatz:
    return ChatHatz("m", api_key="k", base_url=gateway.base_url, max_retries=0, **fields)


async def answered(chat: ChatHatz, how: str) -> bool:
    return bool((chat.invoke("Hi") if how == "invoke" else await chat.ainvoke("Hi")).text)


HOWS = pytest.mark.parametrize("how", ["invoke", "ainvoke"])


def test_closing_closes_what_stands_idle_and_the_next_call_opens_anew(gateway: Any) -> None:
    with model(gateway) as chat:
        assert chat.invoke("Hi").text
        assert gateway.open == 1
    assert gateway.settles()
    chat.close()
    assert chat.invoke("Hi").text
    assert gateway.accepted == 2


async def test_closing_in_an_event_loop_closes_its_own(gateway: Any) -> None:
    async with model(gateway) as chat:
        assert (await chat.ainvoke("Hi")).text
        assert chat.invoke("Hi").text
        assert gateway.open == 2
    assert await asyncio.to_thread(gateway.settles, 1)
    await chat.aclose()
    assert (await chat.ainvoke("Hi")).text
    assert gateway.accepted == 3


def test_a_bound_model_closes_too(gateway: Any) -> None:
    bound: Any = model(gateway).bind(temperature=0.5)
    bound.invoke("Hi")
    bound.close()
    assert gateway.settles()


async def test_a_client_of_yours_is_never_closed(gateway: Any) -> None:
    with httpx.Client() as mine, model(gateway, http_client=mine) as chat:
        chat.invoke("Hi")
        chat.close()
        assert not mine.is_closed
        assert gateway.open == 1
    async with httpx.AsyncClient() as mine_too, model(gateway, http_async_client=mine_too) as chat:
        await chat.ainvoke("Hi")
        await chat.aclose()
        assert not mine_too.is_closed


@HOWS
@pytest.mark.parametrize("hidden", [str, SecretStr])
async def test_a_proxy(gateway: Any, proxy: Any, hidden: Any, how: str) -> None:
    assert await answered(model(gateway, proxy=hidden(proxy.url)), how)
    assert (len(gateway.requests), len(proxy.requests)) == (0, 1)
    assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")


@HOWS
async def test_a_proxy_of_the_environment(gateway: Any, proxy: Any, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HATZ_PROXY", proxy.url)
    assert await answered(model(gateway), how)
    assert (len(gateway.requests), len(proxy.requests)) == (0, 1)


@HOWS
async def test_a_query_on_every_url(gateway: Any, how: str) -> None:
    assert await answered(model(gateway, default_query={"tenant": "a b", "n": 1}), how)
    assert gateway.requests[0].path == "/v1/anthropic/messages?tenant=a+b&n=1"


@HOWS
async def test_socket_options(gateway: Any, how: str) -> None:
    assert await answered(model(gateway, http_socket_options=KEEPALIVE), how)
    with pytest.raises(HatzInvalidInputError, match="SO_KEEPALIVE"):
        await answered(model(gateway, http_socket_options=["keepalive"]), how)


def test_what_may_hold_a_secret_is_not_shown_or_saved(gateway: Any) -> None:
    chat = model(gateway, proxy=f"http://u:{PASSWORD}@127.0.0.1:9", default_query={"code": PASSWORD})
    shown = [repr(chat), dumps(chat), json.dumps(chat.asdict()), repr(chat.model_dump()), repr(chat._get_llm_string())]
    assert all(PASSWORD not in text for text in shown)
    again = pickle.loads(pickle.dumps(chat))  # noqa: S301 (our own)
    assert (again.proxy, again.default_query) == (chat.proxy, chat.default_query)


def test_they_concern_the_connection_and_no_single_call(gateway: Any) -> None:
    for name, value in {"proxy": "http://x", "default_query": {}, "http_socket_options": KEEPALIVE}.items():
        with pytest.raises(HatzInvalidInputError, match=f"{name} cannot be set for a single call"):
            model(gateway).invoke("Hi", **{name: value})
    assert not gateway.requests
