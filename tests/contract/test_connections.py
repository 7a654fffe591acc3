"""Connections: wrong settings are found when the model is made, the environment is read when it is called."""

import asyncio
import logging
import socket

import httpx
import pytest

from hatz_client import AsyncClient, Client
from hatz_client.errors import HatzAuthenticationError, HatzInvalidInputError, HatzNotFoundError

from .faces import HOWS

WRONG = [
    ({"timeout": -1}, "timeout=-1"),
    ({"timeout": "soon"}, "timeout='soon'"),
    ({"stream_idle_timeout": -2}, "stream_idle_timeout"),
    ({"base_url": "http://evil.example/v1"}, "unencrypted"),
    ({"base_url": "nonsense"}, "base_url"),
    ({"max_retries": -3}, "max_retries=-3"),
    ({"deadline": -1}, "deadline"),
    ({"max_response_bytes": 0}, "max_response_bytes"),
    ({"default_headers": {"bad name": "x"}}, "bad name"),
    ({"default_headers": {"X-A": "line\nbreak"}}, "X-A"),
    ({"proxy": "nonsense"}, "proxy"),
    ({"http_socket_options": [("a", "b")]}, "http_socket_options"),
    ({"proxy": "http://p.example:1", "http_socket_options": [(1, 2, 3)]}, "cannot be combined"),
    ({"default_query": {"a": None}}, "default_query"),
]


@pytest.mark.parametrize(("wrong", "words"), WRONG)
def test_a_wrong_setting_of_the_connection_fails_when_the_model_is_made(face, wrong, words):
    with pytest.raises(ValueError, match=words) as caught:
        face.model("m", api_key="sk-SECRET", **wrong)
    assert "SECRET" not in f"{caught.value!r} {caught.value}"
    if words == "X-A":
        assert "break" not in str(caught.value)


@pytest.mark.parametrize(("wrong", "words"), WRONG[:-1])
def test_a_wrong_setting_of_the_connection_is_our_error(face, wrong, words):
    with pytest.raises(HatzInvalidInputError, match=words):
        face.model("m", **wrong)


async def test_a_wrong_setting_that_is_assigned_later_fails_at_the_next_call(face, make):
    model = make()
    model.max_retries = -1
    with pytest.raises(HatzInvalidInputError, match="max_retries"):
        await face.ask(model)


def test_making_a_model_needs_no_key(face, sandbox):
    face.model("m")


@pytest.mark.parametrize("how", HOWS)
async def test_a_missing_key_is_named_when_it_is_needed(face, sandbox, how):
    with pytest.raises(HatzAuthenticationError, match="HATZ_API_KEY"):
        await face.ask(face.model("m", base_url=sandbox.base_url), how=how)


@pytest.mark.parametrize("how", HOWS)
async def test_the_environment_is_read_when_the_model_is_called(face, sandbox, monkeypatch, how):
    model = face.model("anthropic.claude-haiku-4-5", max_retries=0)
    monkeypatch.setenv("HATZ_API_KEY", sandbox.api_key)
    monkeypatch.setenv("HATZ_BASE_URL", sandbox.base_url)
    assert await face.ask(model, how=how)
    monkeypatch.setenv("HATZ_API_KEY", "wrong")
    with pytest.raises(HatzAuthenticationError):
        await face.ask(model, how=how)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        monkeypatch.setenv("HATZ_PROXY", f"http://127.0.0.1:{nobody.getsockname()[1]}")
    with pytest.raises(Exception, match=r"(?i)connect"):
        await face.ask(model, how=how)


@pytest.mark.parametrize("how", HOWS)
async def test_the_client_is_public_and_the_users_own_is_used(face, make, how):
    with httpx.Client() as own:
        async with httpx.AsyncClient() as async_own:
            model = make(http_client=own, http_async_client=async_own)
            assert isinstance(model.client(), Client)
            assert isinstance(model.async_client(), AsyncClient)
            assert await face.ask(model, how=how)
        assert not own.is_closed


def test_the_client_says_who_asks(face, make, sandbox):
    make().client().list_models()
    agent = sandbox.last_request.headers["User-Agent"]
    assert "hatz-integrations/" in agent
    assert {"langchain": "langchain-core/", "llama_index": "llama-index-core/"}[face.name] in agent


async def test_a_model_is_a_context_manager_and_can_be_used_afterwards(face, make):
    with make() as model:
        assert await face.ask(model)
    assert await face.ask(model)
    async with make() as model:
        assert await face.ask(model, how="async whole")
    assert await face.ask(model, how="async whole")
    model.close()
    await model.aclose()


@pytest.mark.parametrize("what", ["models", "agents"])
def test_what_there_is_can_be_asked_of_the_model_and_of_the_class(face, make, sandbox, monkeypatch, what):
    found = getattr(make(), f"list_{what}")()
    assert found
    given = {"api_key": sandbox.api_key, "base_url": sandbox.base_url}
    assert getattr(face.model, f"list_{what}")(**given) == found
    monkeypatch.setenv("HATZ_API_KEY", sandbox.api_key)
    monkeypatch.setenv("HATZ_BASE_URL", sandbox.base_url)
    assert getattr(face.model, f"list_{what}")() == found
    assert asyncio.run(getattr(face.model, f"alist_{what}")(**given)) == found
    assert asyncio.run(getattr(make(), f"alist_{what}")()) == found


async def test_a_model_that_there_is_not_is_answered_with_those_there_are(face, make):
    with pytest.raises(HatzNotFoundError, match=r"claude-haiku-4-5"):
        await face.ask(make("anthropic.claude-haiku-9"))


async def test_a_transient_failure_is_tried_again(face, make, sandbox, caplog):
    sandbox.fail(500, headers={"Retry-After": "0"})
    with caplog.at_level(logging.CRITICAL):
        assert await face.ask(make(max_retries=1))
    assert len(sandbox.requests) == 2
