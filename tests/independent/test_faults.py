"""Faults of a live server: none is hidden, what had come is kept, and all ways to use this package raise the same."""

import time

import pytest

from hatz_client import (
    Client,
    HatzConnectionError,
    HatzResponseError,
    HatzStreamInterruptedError,
    HatzTimeoutError,
    Prompt,
)
from tests.cassettes.cases import MODELS, asked
from tests.harness import ways
from tests.independent.front import KEY, Front

everywhere = pytest.mark.parametrize("wire", MODELS)
each_user = pytest.mark.parametrize("user", ways.USERS)


def prompt(wire, words):
    return Prompt(MODELS[wire], asked(words), max_tokens=100)


@everywhere
@each_user
@pytest.mark.parametrize("words", ["Please be cut off.", "Please hang up."])
async def test_a_stream_that_breaks_keeps_what_had_come(connection, wire, user, words):
    with pytest.raises(HatzStreamInterruptedError) as caught:
        await ways.ask(user, "stream", prompt(wire, words), **connection)
    assert caught.value.partial
    assert "These words never reach their end".startswith(caught.value.partial.text.strip()[:30])
    assert caught.value.partial.finish is None
    assert caught.value.request_id


@everywhere
@each_user
async def test_text_given_is_not_asked_for_again(connection, wire, user, front):
    before = len(front.requests)
    with pytest.raises(HatzStreamInterruptedError):
        await ways.ask(user, "stream", prompt(wire, "Please hang up."), **{**connection, "max_retries": 2})
    assert len(front.requests) == before + 1


@everywhere
@each_user
async def test_broken_json_is_no_answer(connection, wire, user):
    for mode in ("ask", "stream"):
        with pytest.raises(HatzResponseError, match="malformed json"):
            await ways.ask(user, mode, prompt(wire, "Give me broken JSON."), **connection)


@everywhere
@each_user
async def test_a_connection_closed_without_an_answer_is_tried_again(connection, wire, user, front):
    before = len(front.requests)
    with pytest.raises(HatzConnectionError):
        await ways.ask(user, "ask", prompt(wire, "I want no answer at all."), **{**connection, "max_retries": 1})
    assert len(front.requests) == before + 2


@everywhere
@each_user
async def test_silence_is_bounded(connection, wire, user):
    began = time.monotonic()
    with pytest.raises(HatzTimeoutError):
        await ways.ask(user, "stream", prompt(wire, "Please stall."), **connection, timeout=0.5)
    assert time.monotonic() - began < 10


@each_user
async def test_no_server_at_all(user):
    with Front("http://127.0.0.1:1") as gone:
        address = gone.base_url
    with pytest.raises(HatzConnectionError, match="No connection"):
        await ways.ask(user, "ask", prompt("responses", "Hello!"), base_url=address, api_key=KEY, max_retries=0)


@everywhere
def test_a_stream_left_early_leaves_the_client_usable(connection, wire):
    client = Client(**connection)
    for _ in range(3):
        events = client.stream(prompt(wire, "Speak slowly."))
        next(events)
        events.close()
    assert client.ask(prompt(wire, "Hello!")).text == "Hello from aimock."
