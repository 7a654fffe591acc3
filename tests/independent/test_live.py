"""The client and both integrations against aimock, live: what its script says is understood, as it comes."""

import time

import pytest

from hatz_client import Client, HatzAuthenticationError, HatzNotFoundError, Prompt, Text, Turn
from tests.cassettes.cases import ANSWERED, MODELS, REFUSED, RETRIED, asked
from tests.cassettes.test_answers import SCRIPT
from tests.cassettes.test_refusals import ERRORS as KINDS
from tests.harness import ways

everywhere = pytest.mark.parametrize("wire", MODELS)
each_user = pytest.mark.parametrize("user", ways.USERS)
SCRIPTED = [case for case in ANSWERED if "aimock" in case.servers]


@everywhere
@each_user
@pytest.mark.parametrize("case", SCRIPTED, ids=lambda case: case.name)
async def test_answers(connection, case, wire, user):
    whole = await ways.ask(user, "ask", case.prompt(wire, "aimock"), **connection)
    streamed = await ways.ask(user, "stream", case.prompt(wire, "aimock"), **connection)
    for understood in (whole, streamed):
        assert {key: getattr(understood, key) for key in SCRIPT[case.name]} == SCRIPT[case.name]
    assert streamed.pieces > 1
    assert (whole.text, whole.calls, whole.reasoning, whole.finish) == (
        streamed.text,
        streamed.calls,
        streamed.reasoning,
        streamed.finish,
    )


@everywhere
@each_user
async def test_a_conversation_goes_on_after_a_tool_was_called(connection, wire, user):
    cases = {case.name: case.prompt(wire, "aimock") for case in SCRIPTED}
    called = await ways.ask(user, "ask", cases["parallel-tools"], **connection)
    answered = await ways.ask(user, "ask", cases["tool-result"], **connection)
    assert [name for name, _ in called.calls] == ["get_weather", "get_weather"]
    assert answered.text == "It is 18 degrees and sunny."


@everywhere
@each_user
@pytest.mark.parametrize("case", [case for case in REFUSED if "aimock" in case.servers], ids=lambda case: case.name)
async def test_refusals(connection, case, wire, user):
    for mode in ("ask", "stream"):
        with pytest.raises(KINDS[case.name]) as caught:
            await ways.ask(user, mode, case.prompt(wire, "aimock"), **connection)
        assert caught.value.request_id


@everywhere
@each_user
async def test_one_refusal_is_retried(connection, wire, user, front):
    before = len(front.requests)
    outcome = await ways.ask(user, "ask", RETRIED.prompt(wire, "aimock"), **{**connection, "max_retries": 1})
    assert outcome.text == "Now there is room."
    first, second = front.requests[before:]
    assert first["body"] == second["body"]
    assert first["headers"]["x-request-id"] != second["headers"]["x-request-id"]


@everywhere
def test_text_arrives_while_it_is_written(connection, wire):
    came = [
        time.monotonic()
        for event in Client(**connection).stream(Prompt(MODELS[wire], asked("Speak slowly."), max_tokens=100))
        if type(event).__name__ == "Delta"
    ]
    assert came[-1] - came[0] > 0.1


def test_discovery(connection):
    assert [model.id for model in Client(**connection).list_models()] == list(MODELS.values())


@everywhere
def test_a_wrong_key_is_refused(connection, wire):
    client = Client(**{**connection, "api_key": "wrong"})
    for ask in (client.list_models, lambda: client.ask(Prompt(MODELS[wire], (Turn("user", (Text("Hello!"),)),)))):
        with pytest.raises(HatzAuthenticationError) as caught:
            ask()
        assert "wrong" not in str(caught.value).replace("Invalid or missing API key", "")


def test_what_the_server_has_not_is_said(connection):
    with pytest.raises(HatzNotFoundError):
        Client(**connection).count_tokens(Prompt(MODELS["messages"], asked("Hello!")))
