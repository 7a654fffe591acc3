"""How the gateway is reached: addresses, keys, patience."""

import asyncio
import re
import time
import traceback
from collections.abc import AsyncGenerator
from dataclasses import fields

import httpx
import pytest
from pydantic import SecretStr

from hatz_client import AsyncClient, Client, HatzAuthenticationError, HatzInvalidInputError
from hatz_client.connection.api_key import Key, clean_key
from hatz_client.connection.base_url import BASE_URL
from hatz_client.connection.http.headers import request_headers
from hatz_client.connection.options import ClientOptions
from hatz_client.connection.settings import Settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("HATZ_API_KEY", "HATZ_BASE_URL", "HATZ_API_BASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "pasted",
    [
        "https://ai.hatz.ai/v1",
        "https://ai.hatz.ai/v1/",
        "https://ai.hatz.ai/v1/openai",
        "https://ai.hatz.ai/v1/openai/responses",
        "https://ai.hatz.ai/v1/anthropic",
        "https://ai.hatz.ai/v1/anthropic/v1/messages",
        "https://ai.hatz.ai/v1/anthropic/messages/count_tokens",
        "https://ai.hatz.ai/v1/chat/completions",
        "https://ai.hatz.ai/v1/chat/models",
        " https://ai.hatz.ai ",
    ],
)
def test_any_documented_address_may_be_pasted_in(pasted):
    assert Settings(base_url=pasted).url == BASE_URL


def test_the_address_comes_from_the_argument_then_the_environment_then_the_default(monkeypatch):
    assert Settings().url == BASE_URL
    monkeypatch.setenv("HATZ_API_BASE", "https://one.example/v1")
    assert Settings().url == "https://one.example/v1"
    monkeypatch.setenv("HATZ_BASE_URL", "https://two.example/v1")
    assert Settings().url == "https://two.example/v1"
    assert Settings(base_url="https://three.example/x/y/").url == "https://three.example/x/y"


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_a_blank_variable_is_as_if_it_were_not_set(monkeypatch, blank):
    for name in ("HATZ_BASE_URL", "HATZ_PROXY", "HATZ_LIMIT"):
        monkeypatch.setenv(name, blank)
    settings = Settings()
    assert (settings.url, settings.route, settings.limit_spec) == (BASE_URL, None, None)


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("HATZ_BASE_URL", "'https://ai.hatz.ai/v1'", "url"),
        ("HATZ_BASE_URL", "ai.hatz.ai", "url"),
        ("HATZ_BASE_URL", "http://elsewhere.example/v1", "url"),
        ("HATZ_BASE_URL", "https://ai.hatz.ai/v1?key=1", "url"),
        ("HATZ_API_BASE", "ai.hatz.ai", "url"),
        ("HATZ_PROXY", "'http://proxy.example:1'", "route"),
        ("HATZ_PROXY", "proxy.example:8080", "route"),
        ("HATZ_LIMIT", "'5/second'", "limit_spec"),
        ("HATZ_LIMIT", "0/second", "limit_spec"),
    ],
)
def test_the_error_for_a_wrong_variable_names_it(monkeypatch, name, value, read):
    monkeypatch.setenv(name, value)
    with pytest.raises(HatzInvalidInputError, match=f"^{name}"):
        getattr(Settings(), read)


@pytest.mark.parametrize(
    "own",
    ["https://gw.example/openai/hatz/v1", "http://localhost:9/chat/v2", "https://chat/v1", "https://openai.example"],
)
def test_a_gateways_own_path_is_left_alone(own):
    assert Settings(base_url=own).url == own


@pytest.mark.parametrize("bad", ["ai.hatz.ai/v1", "ftp://ai.hatz.ai", "https://", "nonsense"])
def test_what_is_no_address_is_named(bad):
    with pytest.raises(HatzInvalidInputError, match="is not a URL"):
        _ = Settings(base_url=bad).url


@pytest.mark.parametrize(
    "bad", ["https://user:pw@ai.hatz.ai/v1", "https://ai.hatz.ai/v1?key=k", "https://ai.hatz.ai/v1#k"]
)
def test_an_address_carries_no_secrets(bad):
    with pytest.raises(HatzInvalidInputError, match="api_key"):
        _ = Settings(base_url=bad).url


def test_plain_http_only_to_this_machine_unless_allowed():
    for host in ("localhost:8000", "127.0.0.1:1", "127.0.0.1", "[::1]:80"):
        assert Settings(base_url=f"http://{host}/v1").url == f"http://{host}/v1"
    for host in ("ai.hatz.ai", "127.0.0.1.evil.example", "127.0.0.2", "10.0.0.1", "localhost.evil.example"):
        with pytest.raises(HatzInvalidInputError, match="unencrypted"):
            _ = Settings(base_url=f"http://{host}/v1").url
    assert Settings(base_url="http://proxy.example/v1", allow_http=True).url == "http://proxy.example/v1"


@pytest.mark.parametrize("key", ["  sk-1 \n", SecretStr("sk-1"), lambda: "sk-1", lambda: SecretStr(" sk-1")])
def test_a_key_in_every_form(key):
    assert clean_key(Settings(api_key=key).given_key()).value == "sk-1"


def test_the_key_is_looked_up_at_each_request(monkeypatch):
    settings = Settings()
    with pytest.raises(HatzAuthenticationError, match="HATZ_API_KEY"):
        clean_key(settings.given_key())
    monkeypatch.setenv("HATZ_API_KEY", "sk-later")
    assert clean_key(settings.given_key()).value == "sk-later"


@pytest.mark.parametrize("key", ["sk\n1", "sk-ü", "sk\u20281", '"sk-1"', "'sk-1'"])
def test_a_broken_key_is_refused_and_not_shown(key):
    with pytest.raises(HatzAuthenticationError) as caught:
        clean_key(key)
    assert key not in str(caught.value)


def test_an_async_key_in_a_sync_call_is_an_error_that_says_so():
    async def key():
        return "sk-1"

    with pytest.raises(HatzInvalidInputError, match="async"):
        clean_key(Settings(api_key=key).given_key())


def test_no_repr_shows_the_key_or_the_headers():
    for made in (
        Client("sk-secret", default_headers={"X-Own": "hush"}),
        AsyncClient("sk-secret", default_headers={"X-Own": "hush"}),
    ):
        assert "sk-secret" not in repr(made)
        assert "hush" not in repr(made)


def test_headers_carry_the_key_once_and_never_as_bearer():
    headers = request_headers(Key("sk-1"), "id-1", stream=True, defaults={"X-Own": "1"})
    assert headers["X-API-Key"] == "sk-1"
    assert headers["X-Request-ID"] == "id-1"
    assert headers["X-Own"] == "1"
    assert "Authorization" not in headers


def test_timeouts_in_every_form():
    assert Settings(timeout=5).timeouts() == {"connect": 5, "read": 5, "write": 5, "pool": None}
    assert Settings(timeout=5).timeouts(7)["read"] == 7
    assert Settings(timeout=(1, 9)).timeouts() == {"connect": 1, "read": 9, "write": 9, "pool": None}
    assert Settings(timeout=httpx.Timeout(3, connect=1)).timeouts() == {"connect": 1, "read": 3, "write": 3, "pool": 3}
    assert Settings(timeout=5, stream_idle_timeout=2).idle(Settings(timeout=5).timeouts()) == 2
    for bad in (0, -1, "soon", True, float("inf"), (1, -1), ("a", "b"), httpx.Timeout(-1)):
        with pytest.raises(HatzInvalidInputError, match="timeout"):
            Settings(timeout=bad).timeouts()
    for bad in (0, -1, float("nan")):
        with pytest.raises(HatzInvalidInputError, match="stream_idle_timeout"):
            Settings(stream_idle_timeout=bad).idle({"read": 1})


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        *(({"max_retries": value}, f"max_retries={value!r}") for value in (-1, None, "2", 1.5, True)),
        *(({"timeout": value}, "timeout=") for value in (-1, 0, "soon", (1, -1))),
        ({"stream_idle_timeout": -1}, "stream_idle_timeout=-1"),
        *(({"deadline": value}, "deadline=") for value in (0, -1, "soon", True, float("inf"))),
        *(({"max_response_bytes": value}, "max_response_bytes=") for value in (0, -1, 1.5, None, True)),
        ({"base_url": "http://elsewhere.example"}, "unencrypted"),
        ({"base_url": "nonsense"}, "is not a URL"),
        ({"proxy": "nonsense"}, "proxy is not a URL"),
        ({"http_socket_options": [1]}, "http_socket_options="),
        ({"default_query": {"a": None}}, "default_query"),
        ({"default_headers": [("X-Own", "hush")]}, "default_headers is of type list"),
        ({"default_headers": {"bad name": "hush"}}, "The header 'bad name'"),
        ({"default_headers": {"X-Own": "hush\n"}}, "The header 'X-Own'"),
        *(({"default_headers": {name: "1"}}, name) for name in ("Content-Length", "transfer-encoding", "HOST")),
    ],
)
def test_a_wrong_setting_fails_when_the_client_is_made(kind, wrong, named):
    with pytest.raises(HatzInvalidInputError, match=named) as caught:
        kind("sk-never-seen", **wrong)
    shown = "".join(
        traceback.TracebackException.from_exception(
            caught.value.with_traceback(own_frames(caught.value)), capture_locals=True
        ).format()
    )
    assert "hush" not in str(caught.value)
    assert "sk-never-seen" not in shown
    assert "hush" not in shown


def own_frames(error):
    """The error's traceback without the frame of the test."""
    return error.__traceback__.tb_next


def test_the_key_and_the_environment_are_looked_at_by_each_call(monkeypatch):
    monkeypatch.setenv("HATZ_BASE_URL", "nonsense")
    client = Client()
    with pytest.raises(HatzInvalidInputError, match="is not a URL"):
        Client("sk-1").list_models()
    monkeypatch.setenv("HATZ_BASE_URL", "https://one.example")
    with pytest.raises(HatzAuthenticationError, match="HATZ_API_KEY"):
        client.list_models()


def test_an_unknown_keyword_is_named_with_the_similar_one():
    with pytest.raises(TypeError, match="unexpected keyword argument 'max_retry': did you mean 'max_retries'"):
        Client(max_retry=3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'apikey': did you mean 'api_key'"):
        Client(apikey="sk-1")


def test_the_options_of_a_client_are_declared_once():
    assert set(ClientOptions.__annotations__) == {field.name for field in fields(Settings)} - {"api_key", "base_url"}


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ({"headers": "X-Own: hush"}, "headers is of type str"),
        ({"headers": {"X-Own": "hush\n"}}, "The header 'X-Own'"),
        ({"headers": {"Content-Length": "1"}}, "Content-Length"),
        ({"request_id": "hush\n"}, "The header 'X-Request-ID'"),
    ],
)
def test_headers_that_cannot_be_sent_are_named_and_not_shown(call, named):
    with pytest.raises(HatzInvalidInputError, match=named) as caught:
        Client("sk-1", "http://127.0.0.1:9/v1").list_models(**call)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_a_prompt_that_is_none_is_said(kind):
    client = kind("sk-1", "http://127.0.0.1:9/v1")
    for ask in (client.ask, client.count_tokens, lambda prompt: all_of(client.stream(prompt))):
        with pytest.raises(HatzInvalidInputError, match=re.escape("Prompt('gpt-5.2', 'Hello!')")):
            finished(ask("hi"))


def finished(result):
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


async def listed(events):
    return [event async for event in events]


def all_of(events):
    return listed(events) if isinstance(events, AsyncGenerator) else list(events)


def test_a_long_path_of_slashes_costs_no_time():
    began = time.process_time()
    Settings(base_url="https://gateway.example/" + "/" * 50_000 + "x").check()
    assert time.process_time() - began < 3
