"""The deck itself: what is not as it was recorded fails."""

import re

import pytest
from vcr.errors import CannotOverwriteExistingCassetteException

from hatz_client import Client
from tests.cassettes.cases import ANSWERED
from tests.cassettes.tape import FOLDER, dumped, is_same, read

PROMPT = ANSWERED[0].prompt("messages", "aimock")
NAME = "messages/plain-ask"


def put(deck, times):
    path = deck.folder / "aimock" / f"{NAME}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(dumped(read(FOLDER / "aimock" / f"{NAME}.yaml") * times), encoding="utf-8")


def ask(connection, prompt=PROMPT, **settings):
    return Client(max_retries=0, **connection, **settings).ask(prompt)


def test_a_cassette_is_played(own_deck):
    put(own_deck, times=2)
    with own_deck.playing("aimock", NAME) as connection:
        assert ask(connection).text == ask(connection).text == "Hello from aimock."


def test_a_cassette_played_in_part_fails(own_deck):
    put(own_deck, times=2)
    with pytest.raises(AssertionError, match="1 of 2 exchanges"), own_deck.playing("aimock", NAME) as connection:
        ask(connection)


@pytest.mark.parametrize(
    ("prompt", "settings"),
    [(PROMPT.replace(max_tokens=201), {}), (PROMPT, {"endpoint": "responses"})],
    ids=["body", "path"],
)
def test_a_changed_request_fails_and_says_how(own_deck, prompt, settings):
    put(own_deck, times=1)
    with (
        pytest.raises(CannotOverwriteExistingCassetteException, match=r"the body is now|path"),
        own_deck.playing("aimock", NAME) as connection,
    ):
        ask(connection, prompt, **settings)


def test_an_exchange_is_played_once(own_deck):
    put(own_deck, times=1)
    with own_deck.playing("aimock", NAME) as connection:
        ask(connection)
        with pytest.raises(CannotOverwriteExistingCassetteException):
            ask(connection)


def test_a_cassette_that_is_not_there_fails(own_deck):
    with pytest.raises(CannotOverwriteExistingCassetteException), own_deck.playing("aimock", NAME) as connection:
        ask(connection)


def test_cassettes_that_differ_in_ids_and_times_are_the_same():
    text = (FOLDER / "aimock" / f"{NAME}.yaml").read_text("utf-8")
    again = re.sub(r"msg_[\w-]+", "msg_AbCd-fGh1jKlMn0p", re.sub(r"[0-9a-f]{32}", "0" * 32, text))
    assert again != text
    assert is_same(text, again)
    assert not is_same(text, text.replace("Hello", "Goodbye"))
    assert not is_same("event: content_block_delta", "event: content_block_start")
