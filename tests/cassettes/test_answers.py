"""Recorded answers through the client and both integrations, sync and async: all send the same request, and understand the same."""

import pytest

from hatz_client import AsyncClient, Client
from tests.cassettes.cases import ANSWERED, COUNTED, MODELS, RETRIED, SERVERS, played
from tests.cassettes.wire import said
from tests.harness import ways


@pytest.mark.parametrize("user", ways.USERS)
@pytest.mark.parametrize(("server", "wire", "case", "mode"), played(*ANSWERED))
async def test_answer(deck, server, wire, case, mode, user):
    name = f"{wire}/{case.name}-{mode}"
    with deck.playing(server, name) as connection:
        outcome = await ways.ask(user, mode, case.prompt(wire, server), max_retries=0, **connection)
    if mode == "stream":
        assert outcome.pieces > (0 if server == "gateway" else 1)
    [exchange] = deck.exchanges(server, name)
    meant = said(exchange["response"])
    assert {key: getattr(outcome, key) for key in meant} == meant
    assert outcome.text.strip() or outcome.calls
    assert outcome.finish
    assert outcome.request_id == exchange["response"]["headers"]["x-request-id"]


# What aimock's script has it say (independent/aimock.json).
SCRIPT = {
    "plain": {"text": "Hello from aimock.", "usage": (9, 5), "finish": "stop"},
    "tool-call": {"calls": (("get_weather", {"city": "Zürich"}),), "usage": (60, 21), "finish": "tool_calls"},
    "parallel-tools": {
        "text": "I look at both.",
        "calls": (("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"})),
        "finish": "tool_calls",
    },
    "tool-result": {"text": "It is 18 degrees and sunny.", "calls": (), "usage": None},
    "structured": {"calls": (("Person", {"name": "Ada Lovelace", "age": 36}),)},
    "long": {"usage": (14, 560)},
    "unicode": {"text": 'Grüße, 日本語, العربية, 🙂 👩‍👩‍👧 and e\u0301;\na tab\tis a tab, "quotes" and \\ stay.'},
    "web-search": {"text": "Found it on the web.", "calls": ()},
    "call-before-text": {"text": "I have looked it up.", "calls": (("get_weather", {"city": "Oslo"}),)},
    "separators": {"text": "One\u2028is no line end\u2029either."},
    "reasoning": {"text": "It is 42.", "reasoning": "Six times seven is forty-two."},
    "cut-short": {"text": "This answer ends in the mid"},
}


@pytest.mark.parametrize(("server", "wire", "case", "mode"), [p for p in played(*ANSWERED) if p.values[0] == "aimock"])
async def test_the_script_of_aimock_is_understood(deck, server, wire, case, mode):
    with deck.playing(server, f"{wire}/{case.name}-{mode}") as connection:
        outcome = await ways.ask("Client", mode, case.prompt(wire, server), max_retries=0, **connection)
    expected = SCRIPT[case.name]
    assert {key: getattr(outcome, key) for key in expected} == expected


@pytest.mark.parametrize("user", ways.USERS)
@pytest.mark.parametrize(("server", "wire", "case", "mode"), played(RETRIED))
async def test_one_refusal_is_retried(deck, server, wire, case, mode, user):
    with deck.playing(server, f"{wire}/{case.name}-{mode}") as connection:
        outcome = await ways.ask(user, "ask", case.prompt(wire, server), max_retries=1, **connection)
    assert outcome.text == "Now there is room."
    assert [one["response"]["status"] for one in deck.exchanges(server, f"{wire}/{case.name}-{mode}")] == [429, 200]


@pytest.mark.parametrize("server", [server for server in SERVERS if server in COUNTED.servers])
@pytest.mark.parametrize("model", MODELS.values())
async def test_tokens_are_counted(deck, server, model):
    name = f"messages/{COUNTED.name}-{model}"
    prompt = COUNTED.prompt("messages", server, model)
    with deck.playing(server, name) as connection:
        counted = Client(max_retries=0, **connection).count_tokens(prompt)
    with deck.playing(server, name) as connection:
        assert await AsyncClient(max_retries=0, **connection).count_tokens(prompt) == counted
    [exchange] = deck.exchanges(server, name)
    assert exchange["response"]["json"] == {"input_tokens": counted}
    assert counted > 0


@pytest.mark.parametrize("wire", MODELS)
def test_a_real_model_has_called_a_tool(deck, wire):
    for mode in ("ask", "stream"):
        [exchange] = deck.exchanges("llama-cpp", f"{wire}/tool-call-shown-{mode}")
        assert said(exchange["response"])["calls"] == (("get_weather", {"city": "Paris"}),)
