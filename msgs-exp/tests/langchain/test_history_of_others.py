"""Conversations that the other integrations really keep (see histories/README.md) go to every endpoint, and ours to theirs."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolMessage,
    message_chunk_to_message,
    messages_from_dict,
    messages_to_dict,
)
from langchain_openai import ChatOpenAI

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz

ENDPOINTS = ["messages", "responses", "chat"]
SAVED = {
    path.stem: json.loads(path.read_text("utf-8")) for path in sorted(Path(__file__).parent.glob("histories/*.json"))
}
CASES = [(whose, how) for whose, saved in SAVED.items() for how in saved["conversations"]]
CITIES = ["Paris", "Rome"]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"type": "string"}}},
    },
}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


def model(sandbox: Sandbox, endpoint: str, **fields: Any) -> ChatHatz:
    name = "anthropic.claude-haiku-4-5" if endpoint == "messages" else "gpt-5.2"
    given = {"endpoint": endpoint, "base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0, **fields}
    return ChatHatz(name, **given)


def history(whose: str, how: str) -> list[BaseMessage]:
    return messages_from_dict(SAVED[whose]["conversations"][how])


def sent(sandbox: Sandbox, endpoint: str, conversation: list[BaseMessage]) -> Any:
    """The body of the request, which the sandbox has found valid."""
    sandbox.reply("Fine.")
    tools = {"tools": [WEATHER]} if endpoint != "chat" else {}
    assert model(sandbox, endpoint).invoke([*conversation, HumanMessage("Thank you.")], **tools).text == "Fine."
    return sandbox.last_request.body


def calls(body: Any, endpoint: str) -> tuple[list[Any], list[Any]]:
    """The ids and arguments of the calls in a body, and the ids of the results."""
    if endpoint == "responses":
        items = body["input"]
        made = [
            (item["call_id"], json.loads(item["arguments"])) for item in items if item.get("type") == "function_call"
        ]
        return made, [item["call_id"] for item in items if item.get("type") == "function_call_output"]
    blocks = [block for turn in body["messages"] if isinstance(turn["content"], list) for block in turn["content"]]
    made = [(block["id"], block["input"]) for block in blocks if block["type"] == "tool_use"]
    return made, [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]


def leaves(value: Any) -> Iterator[str]:
    """All strings in a body, in their order, with the names of their fields."""
    if isinstance(value, dict):
        for key, held in value.items():
            yield key
            yield from leaves(held)
    elif isinstance(value, list):
        for held in value:
            yield from leaves(held)
    else:
        yield str(value)


def holds(body: Any, *texts: str) -> None:
    """Each text is there once, and they are in this order."""
    said = "\n".join(leaves(body))
    places = [said.find(text) for text in texts]
    assert -1 not in places
    assert places == sorted(places)
    assert [said.count(text) for text in texts] == [1] * len(texts)


def holds_no_trace(body: Any, *whose: str) -> None:
    said = json.dumps(body, ensure_ascii=False)
    assert [trace for name in whose for trace in SAVED[name]["traces"] if trace in said] == []


def pairs(body: Any, endpoint: str, count: int) -> None:
    """Each call has its result, under an id of its own, and what it was called with."""
    if endpoint == "chat":
        return
    made, results = calls(body, endpoint)
    ids = [call_id for call_id, _ in made]
    assert ids == results
    assert len(set(ids)) == count
    assert [given for _, given in made] == [{"city": city, "unit": "°C"} for city in CITIES] * (count // 2)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(("whose", "how"), CASES)
def test_what_other_integrations_keep(sandbox: Sandbox, whose: str, how: str, endpoint: str) -> None:
    look, paris, rome = SAVED[whose]["texts"]
    conversation = history(whose, how)
    again = [message_chunk_to_message(m) if isinstance(m, AIMessageChunk) else m for m in conversation]
    bodies = [sent(sandbox, endpoint, kept) for kept in (conversation, again)]
    assert bodies[0] == bodies[1]
    holds(bodies[0], look, "Paris: 21 °C", "Rome: 21 °C", paris, rome)
    holds_no_trace(bodies[0], whose)
    pairs(bodies[0], endpoint, 2)


@pytest.mark.parametrize("endpoint", ENDPOINTS[:2])
@pytest.mark.parametrize(("whose", "how"), CASES)
def test_calls_that_a_middleware_took_out_or_changed(sandbox: Sandbox, whose: str, how: str, endpoint: str) -> None:
    asked, called, one, two, answer = history(whose, how)
    assert isinstance(called, AIMessage)
    called.tool_calls[1]["args"] = {"city": "Oslo"}
    made, _ = calls(sent(sandbox, endpoint, [asked, called, one, two, answer]), endpoint)
    assert [given["city"] for _, given in made] == ["Paris", "Oslo"]
    called.tool_calls.clear()
    body = sent(sandbox, endpoint, [asked, called, answer])
    assert calls(body, endpoint) == ([], [])
    assert "city" not in json.dumps(body["messages" if endpoint == "messages" else "input"])


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("how", ["invoke v0", "stream v1"])
@pytest.mark.parametrize(("one", "two"), [*pairwise([*SAVED, next(iter(SAVED))])])
def test_two_after_each_other_and_then_ours(sandbox: Sandbox, one: str, two: str, how: str, endpoint: str) -> None:
    conversation = [
        *history(one, how),
        HumanMessage("And once more?"),
        *history(two, how)[1:],
        HumanMessage("And now?"),
    ]
    if endpoint == "chat":
        sandbox.reply("It has not changed.")
        conversation.append(model(sandbox, endpoint).invoke(conversation))
    else:
        sandbox.tool_calls(
            [("weather", {"city": city, "unit": "°C"}) for city in CITIES], text="Once more.", reasoning="Hm."
        )
        conversation.append(model(sandbox, endpoint).bind_tools([WEATHER]).invoke(conversation))
        made = conversation[-1].tool_calls  # type: ignore[attr-defined]
        conversation += [ToolMessage("As before.", tool_call_id=call["id"]) for call in made]
    body = sent(sandbox, endpoint, saved(conversation))
    holds_no_trace(body, one, two)
    pairs(body, endpoint, 6)
    holds(body, "It has not changed." if endpoint == "chat" else "Once more.")
    assert ('"signature"' in json.dumps(body)) is (
        endpoint == "messages"
    )  # our own thoughts, back where they came from


ANSWERS = [m for case in CASES for m in history(*case) if isinstance(m, AIMessage)]
BLOCKS = [block for answer in ANSWERS if isinstance(answer.content, list) for block in answer.content]
CALLS = [call for answer in ANSWERS for call in answer.tool_calls]
PROVIDERS = sorted({answer.response_metadata["model_provider"] for answer in ANSWERS})


@st.composite
def answers(draw: Any) -> list[BaseMessage]:
    """An answer with any blocks of any services under anyone's name, and results of some of its calls."""
    made = draw(st.lists(st.sampled_from(CALLS), max_size=3, unique_by=lambda call: call["id"]))
    content = draw(st.one_of(st.just(""), st.lists(st.sampled_from(BLOCKS), max_size=6)))
    about = draw(
        st.fixed_dictionaries(
            {}, optional={"model_provider": st.sampled_from(PROVIDERS), "output_version": st.just("v1")}
        )
    )
    answer = AIMessage(
        content,
        tool_calls=made,
        response_metadata=about,
        additional_kwargs=draw(st.sampled_from(ANSWERS)).additional_kwargs,
    )
    answered = draw(st.lists(st.sampled_from(made), unique_by=lambda call: call["id"])) if made else []
    return [HumanMessage("x"), answer, *(ToolMessage("Seen.", tool_call_id=call["id"]) for call in answered)]


@given(rounds=st.lists(answers(), min_size=1, max_size=3))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("endpoint", ENDPOINTS[:2])
def test_any_blocks_of_any_services(sandbox: Sandbox, endpoint: str, rounds: list[list[BaseMessage]]) -> None:
    body = sent(sandbox, endpoint, [message for one in rounds for message in one])
    holds_no_trace(body, *SAVED)
    made, results = calls(body, endpoint)
    assert sorted(call_id for call_id, _ in made) == sorted(results)
    assert len(results) == len(set(results))


def saved(conversation: list[BaseMessage]) -> list[BaseMessage]:
    """The conversation as it comes back from a database."""
    return messages_from_dict(json.loads(json.dumps(messages_to_dict(conversation))))


OTHERS: dict[str, Any] = {
    "ChatOpenAI": lambda url, key: ChatOpenAI(
        model="gpt-5.2", api_key=key, base_url=f"{url}/openai", use_responses_api=True, max_retries=0
    ),
    "ChatOpenAI v1": lambda url, key: ChatOpenAI(
        model="gpt-5.2",
        api_key=key,
        base_url=f"{url}/openai",
        use_responses_api=True,
        max_retries=0,
        output_version="v1",
    ),
    "ChatAnthropic": lambda url, key: ChatAnthropic(
        model="anthropic.claude-haiku-4-5", api_key=key, base_url=f"{url}/anthropic", max_retries=0
    ),
}


@pytest.mark.filterwarnings("ignore:.*is in beta.*")
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("how", ["invoke", "stream", "events"])
@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("reasoning", [None, "Two cities, so two calls."])
@pytest.mark.parametrize("endpoint", ENDPOINTS[:2])
def test_ours_go_to_other_integrations(
    sandbox: Sandbox, endpoint: str, reasoning: str | None, version: str | None, how: str, other: str
) -> None:
    bound: Any = model(sandbox, endpoint, output_version=version, streaming=how == "stream" or None).bind_tools(
        [WEATHER]
    )

    def ours(said: list[BaseMessage]) -> AIMessage:
        return bound.stream_events(said, version="v3").output if how == "events" else bound.invoke(said)

    sandbox.tool_calls(
        [("weather", {"city": city, "unit": "°C"}) for city in CITIES], text="Let me look.", reasoning=reasoning
    )
    sandbox.reply("Sunny and wet.", reasoning=reasoning)
    conversation: list[BaseMessage] = [HumanMessage("What is the weather in Paris and in Rome?")]
    conversation.append(ours(conversation))
    made = conversation[-1].tool_calls  # type: ignore[attr-defined]
    conversation += [ToolMessage(f"Seen {call['args']['city']}.", tool_call_id=call["id"]) for call in made]
    conversation.append(ours(conversation))
    theirs: BaseChatModel = OTHERS[other](sandbox.base_url, sandbox.api_key)
    sandbox.reply("You are welcome.")
    answer = theirs.bind_tools([WEATHER]).invoke([*saved(conversation), HumanMessage("Thank you.")])
    assert answer.text == "You are welcome."
    body = sandbox.last_request.body
    holds(body, "Let me look.", "Seen Paris.", "Seen Rome.", "Sunny and wet.")
    pairs(body, "messages" if other == "ChatAnthropic" else "responses", 2)
