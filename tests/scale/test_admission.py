"""The limit, the pause and patience in real calls: of both clients and both frameworks, against the sandbox."""

import asyncio
import time

import pytest

from hatz_client import (
    AsyncClient,
    Client,
    HatzAuthenticationError,
    HatzCreditsError,
    HatzRateLimitError,
    HatzServerError,
    HatzTimeoutError,
    Prompt,
)
from hatz_client.connection import async_io, sync_io
from hatz_client.connection.limits import pauses
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

PROMPT = Prompt("gpt-5.2", "hi")
ONCE = "1/hour"


class Asking:
    """One way to ask: `kind` makes it, `ask` calls it."""

    def __init__(self, kind, ask):
        self.kind, self.ask = kind, ask

    def make(self, sandbox, **settings):
        given = {"api_key": sandbox.api_key, "base_url": sandbox.base_url, "max_retries": 0, **settings}
        return self.kind(**given) if self.kind in (Client, AsyncClient) else self.kind(model="gpt-5.2", **given)


async def _stream(client):
    async for _ in client.stream(PROMPT):
        pass


WAYS = {
    "Client.ask": Asking(Client, lambda client: client.ask(PROMPT)),
    "Client.stream": Asking(Client, lambda client: list(client.stream(PROMPT))),
    "Client.count_tokens": Asking(Client, lambda client: client.count_tokens(PROMPT)),
    "Client.list_models": Asking(Client, lambda client: client.list_models()),
    "AsyncClient.ask": Asking(AsyncClient, lambda client: asyncio.run(client.ask(PROMPT))),
    "AsyncClient.stream": Asking(AsyncClient, lambda client: asyncio.run(_stream(client))),
    "ChatHatz.invoke": Asking(ChatHatz, lambda model: model.invoke("hi")),
    "ChatHatz.stream": Asking(ChatHatz, lambda model: list(model.stream("hi"))),
    "ChatHatz.ainvoke": Asking(ChatHatz, lambda model: asyncio.run(model.ainvoke("hi"))),
    "HatzLLM.complete": Asking(HatzLLM, lambda llm: llm.complete("hi")),
    "HatzLLM.stream_complete": Asking(HatzLLM, lambda llm: list(llm.stream_complete("hi"))),
    "HatzLLM.acomplete": Asking(HatzLLM, lambda llm: asyncio.run(llm.acomplete("hi"))),
}


@pytest.fixture(params=WAYS)
def way(request):
    return WAYS[request.param]


@pytest.fixture(params=[name for name in WAYS if name not in {"Client.count_tokens", "Client.list_models"}])
def answering(request):
    """A way that asks for an answer: the sandbox's queue of failures is for those."""
    return WAYS[request.param]


def test_every_call_asks_for_room_and_a_deadline_ends_the_wait_at_once(way, sandbox):
    model = way.make(sandbox, limit=ONCE, deadline=50)
    way.ask(model)
    began = time.monotonic()
    with pytest.raises(HatzTimeoutError, match="deadline of 50 s"):
        way.ask(model)
    assert time.monotonic() - began < 25
    assert len(sandbox.requests) == 1


def test_the_limit_of_the_environment_holds_for_who_sets_none(way, sandbox, monkeypatch):
    monkeypatch.setenv("HATZ_LIMIT", ONCE)
    way.ask(way.make(sandbox, deadline=50))
    with pytest.raises(HatzTimeoutError):
        way.ask(way.make(sandbox, deadline=50))
    assert len(sandbox.requests) == 1


def test_different_calls_share_one_limit(sandbox):
    WAYS["Client.list_models"].ask(WAYS["Client.list_models"].make(sandbox, limit=ONCE))
    for name in ("Client.ask", "AsyncClient.stream", "HatzLLM.complete"):
        with pytest.raises(HatzTimeoutError):
            WAYS[name].ask(WAYS[name].make(sandbox, limit=ONCE, deadline=50))
    assert len(sandbox.requests) == 1


def test_each_key_has_a_limit_of_its_own(sandbox):
    client = Client(sandbox.api_key, sandbox.base_url, limit=ONCE, deadline=50, max_retries=0)
    client.list_models()
    with pytest.raises(HatzAuthenticationError):
        client.list_models(headers={"X-API-Key": "hatz-another-key"})
    with pytest.raises(HatzTimeoutError):
        client.list_models()


def test_a_retry_asks_for_room_too(answering, sandbox):
    sandbox.fail(500, times=1)
    with pytest.raises(HatzTimeoutError):
        answering.ask(answering.make(sandbox, limit=ONCE, max_retries=2, deadline=50))
    assert len(sandbox.requests) == 1


async def test_waiting_for_room_uses_up_no_time_limit_of_the_answer(sandbox):
    client = AsyncClient(sandbox.api_key, sandbox.base_url, limit="1/second burst=1", timeout=1.5, max_retries=0)
    await asyncio.gather(*(client.ask(PROMPT) for _ in range(3)))  # the last one waits for two seconds
    assert len(sandbox.requests) == 3


async def test_a_cancelled_wait_lets_the_others_go_on(sandbox):
    client = AsyncClient(sandbox.api_key, sandbox.base_url, limit="5/second burst=1")
    waiting = [asyncio.create_task(client.ask(PROMPT)) for _ in range(6)]
    await asyncio.sleep(0.3)
    for task in waiting[2:4]:
        task.cancel()
    done = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 20)
    assert sum(isinstance(reply, BaseException) for reply in done) <= 2
    assert len(sandbox.requests) in range(4, 7)


# The pause


@pytest.fixture
def naps(monkeypatch):
    """What the calls would have waited; nobody waits."""
    found = []

    async def nap(seconds):
        found.append(seconds)
        pauses.end_all()

    def sync_nap(seconds):
        found.append(seconds)
        pauses.end_all()

    monkeypatch.setattr(async_io, "sleep", nap)
    monkeypatch.setattr(sync_io, "sleep", sync_nap)
    return found


def test_a_429_with_retry_after_makes_the_next_call_wait(way, sandbox, naps):
    sandbox.fail(429, headers={"Retry-After": "7"}, path="/responses")
    with pytest.raises(HatzRateLimitError):
        Client(sandbox.api_key, sandbox.base_url, max_retries=0).ask(PROMPT)
    way.ask(way.make(sandbox))
    assert len(naps) == 1
    assert 5 < naps[0] <= 7.5


def test_only_calls_with_the_same_key_wait(sandbox, naps):
    sandbox.fail(429, headers={"Retry-After": "7"})
    client = Client(sandbox.api_key, sandbox.base_url, max_retries=0)
    with pytest.raises(HatzRateLimitError):
        client.ask(PROMPT)
    with pytest.raises(HatzAuthenticationError):
        client.ask(PROMPT, headers={"X-API-Key": "hatz-another-key"})
    assert not naps
    client.ask(PROMPT)
    assert len(naps) == 1


@pytest.mark.parametrize(
    ("status", "message", "wait"),
    [
        (429, "Your monthly credits are used up.", "7"),
        (429, "Too many requests", "3600"),
        (503, "Overloaded", "7"),
        (429, "Too many requests", None),
    ],
)
def test_credits_long_waits_and_other_errors_make_nobody_else_wait(sandbox, naps, status, message, wait):
    sandbox.fail(status, message, headers={"Retry-After": wait} if wait else {})
    client = Client(sandbox.api_key, sandbox.base_url, max_retries=0)
    with pytest.raises((HatzRateLimitError, HatzCreditsError, HatzServerError)):
        client.ask(PROMPT)
    client.ask(PROMPT)
    assert not naps


def test_a_pause_ends(sandbox):
    pauses.begin("a", 0.05)
    assert pauses.are_on()
    time.sleep(0.06)
    assert pauses.seconds_left("a") == 0
    assert not pauses.are_on()


def test_pauses_of_others_that_are_over_are_forgotten():
    for number in range(50):
        pauses.begin(str(number), 0)
    assert len(pauses._ends) == 1


def test_a_deadline_does_not_wait_for_a_pause(way, sandbox):
    sandbox.fail(429, headers={"Retry-After": "30"}, path="/responses")
    with pytest.raises(HatzRateLimitError):
        Client(sandbox.api_key, sandbox.base_url, max_retries=0).ask(PROMPT)
    with pytest.raises(HatzTimeoutError):
        way.ask(way.make(sandbox, deadline=2))
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("kept", ["sqlite", "redis"])
def test_a_pause_is_shared_where_the_limit_is(kept, sandbox, tmp_path, request):
    place = request.getfixturevalue("redis_server").url if kept == "redis" else f"sqlite:///{tmp_path}/limits.db"
    sandbox.fail(429, headers={"Retry-After": "30"})
    client = Client(sandbox.api_key, sandbox.base_url, max_retries=0, limit=f"1000/second {place}", deadline=10)
    with pytest.raises(HatzRateLimitError):
        client.ask(PROMPT)
    pauses.end_all()  # that of this process: another one knows only what is shared
    with pytest.raises(HatzTimeoutError):
        client.ask(PROMPT)
    assert len(sandbox.requests) == 1


# Patience


def test_patience_waits_without_using_up_retries(answering, sandbox, naps):
    sandbox.fail(429, headers={"Retry-After": "3"}, times=5)
    answering.ask(answering.make(sandbox, patience=60, max_retries=0))
    assert len(sandbox.requests) == 6
    assert 15 <= sum(naps) <= 20


def test_when_patience_is_over_retries_begin(sandbox, naps):
    sandbox.fail(429, headers={"Retry-After": "4"}, times=9)
    with pytest.raises(HatzRateLimitError):
        Client(sandbox.api_key, sandbox.base_url, patience=10, max_retries=1).ask(PROMPT)
    assert len(sandbox.requests) == 4  # two patient waits, one retry


def test_patience_obeys_a_long_wait_that_a_retry_does_not(sandbox, naps):
    sandbox.fail(429, headers={"Retry-After": "120"})
    Client(sandbox.api_key, sandbox.base_url, patience=200, max_retries=0).ask(PROMPT)
    assert 120 <= naps[0] <= 120.5


def test_patience_waits_longer_and_longer_if_no_time_is_named(sandbox, naps):
    sandbox.fail(429, times=4)
    Client(sandbox.api_key, sandbox.base_url, patience=60, max_retries=0).ask(PROMPT)
    assert [int(nap * 2) for nap in naps] == pytest.approx([1, 2, 4, 8], abs=1)


@pytest.mark.parametrize(
    ("status", "message"), [(429, "Your monthly credits are used up."), (402, ""), (500, "broken")]
)
def test_patience_is_for_rate_limits_only(sandbox, naps, status, message):
    sandbox.fail(status, message, times=2)
    with pytest.raises((HatzCreditsError, HatzServerError)):
        Client(sandbox.api_key, sandbox.base_url, patience=60, max_retries=0).ask(PROMPT)
    assert len(sandbox.requests) == 1


def test_each_attempt_has_its_own_id_while_patience_lasts(sandbox, naps):
    sandbox.fail(429, headers={"Retry-After": "1"}, times=3)
    Client(sandbox.api_key, sandbox.base_url, patience=60).ask(PROMPT, request_id="id")
    assert [request.headers["X-Request-ID"] for request in sandbox.requests] == ["id", "id-2", "id-3", "id-4"]
