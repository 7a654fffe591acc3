"""How the gateway is reached: addresses, keys, patience."""

import httpx
import pytest
from pydantic import SecretStr

from hatz_client import AsyncClient, Client, HatzAuthenticationError, HatzInvalidInputError
from hatz_client.connection.api_key import Key, clean_key
from hatz_client.connection.settings import BASE_URL, Settings, request_headers


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


@pytest.mark.parametrize("key", ["sk\n1", "sk-ü", "sk\u20281"])
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
    headers = request_headers(Settings(default_headers={"X-Own": "1"}), Key("sk-1"), "id-1", stream=True)
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


@pytest.mark.parametrize("wrong", [-1, None, "2", 1.5, True])
def test_a_number_of_retries_is_a_whole_one(wrong):
    client = Client("sk-1", "http://127.0.0.1:9/v1", max_retries=wrong)
    with pytest.raises(HatzInvalidInputError, match=f"max_retries={wrong!r}"):
        client.models()


@pytest.mark.parametrize(
    ("settings", "call", "named"),
    [
        ({"default_headers": [("X-Own", "hush")]}, {}, "default_headers is a list"),
        ({}, {"headers": "X-Own: hush"}, "headers is a str"),
        ({}, {"headers": {"X-Own": "hush\n"}}, "The header 'X-Own'"),
        ({}, {"request_id": "hush\n"}, "The header 'X-Request-ID'"),
    ],
)
def test_headers_that_cannot_be_sent_are_named_and_not_shown(settings, call, named):
    with pytest.raises(HatzInvalidInputError, match=named) as caught:
        Client("sk-1", "http://127.0.0.1:9/v1", **settings).models(**call)
    assert "hush" not in str(caught.value)
