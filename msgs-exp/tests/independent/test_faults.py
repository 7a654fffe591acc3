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
from tests.cassettes.faces import FACES
from tests.independent.front import KEY, Front

everywhere = pytest.mark.parametrize("wire", MODELS)
each_face = pytest.mark.parametrize("face", FACES)


def prompt(wire, words):
    return Prompt(MODELS[wire], asked(words), max_tokens=100)


@everywhere
@each_face
@pytest.mark.parametrize("words", ["Please be cut off.", "Please hang up."])
async def test_a_stream_that_breaks_keeps_what_had_come(connection, wire, face, words):
    with pytest.raises(HatzStreamInterruptedError) as caught:
        await FACES[face](**connection).stream(prompt(wire, words))
    assert caught.value.partial
    assert "These words never reach their end".startswith(caught.value.partial.text.strip()[:30])
    assert caught.value.partial.finish is None
    assert caught.value.request_id


@everywhere
@each_face
async def test_text_given_is_not_asked_for_again(connection, wire, face, front):
    before = len(front.requests)
    with pytest.raises(HatzStreamInterruptedError):
        await FACES[face](**{**connection, "max_retries": 2}).stream(prompt(wire, "Please hang up."))
    assert len(front.requests) == before + 1


@everywhere
@each_face
async def test_broken_json_is_no_answer(connection, wire, face):
    talk = FACES[face](**connection)
    for verb in (talk.ask, talk.stream):
        with pytest.raises(HatzResponseError, match="malformed json"):
            await verb(prompt(wire, "Give me broken JSON."))


@everywhere
@each_face
async def test_a_connection_closed_without_an_answer_is_tried_again(connection, wire, face, front):
    before = len(front.requests)
    talk = FACES[face](**{**connection, "max_retries": 1})
    with pytest.raises(HatzConnectionError):
        await talk.ask(prompt(wire, "I want no answer at all."))
    assert len(front.requests) == before + 2


@everywhere
@each_face
async def test_silence_is_bounded(connection, wire, face):
    began = time.monotonic()
    with pytest.raises(HatzTimeoutError):
        await FACES[face](**connection, timeout=0.5).stream(prompt(wire, "Please stall."))
    assert time.monotonic() - began < 10


@each_face
async def test_no_server_at_all(face):
    with Front("http://127.0.0.1:1") as gone:
        address = gone.base_url
    with pytest.raises(HatzConnectionError, match="No connection"):
        await FACES[face](base_url=address, api_key=KEY, max_retries=0).ask(prompt("responses", "Hello!"))


@everywhere
def test_a_stream_left_early_leaves_the_client_usable(connection, wire):
    client = Client(**connection)
    for _ in range(3):
        events = client.stream(prompt(wire, "Speak slowly."))
        next(events)
        events.close()
    assert client.ask(prompt(wire, "Hello!")).text == "Hello from aimock."
