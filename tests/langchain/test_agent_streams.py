"""Agents in every mode of LangGraph's streams: each tells of the same conversation, as `invoke` has it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, message_chunk_to_message
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from pydantic import BaseModel

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz

pytestmark = pytest.mark.filterwarnings("ignore:.*(is in beta|is experimental).*")

# One that LangChain takes for a model with structured output of its own, on Responses; and one it does not, on Messages.
NAMES = ["gpt-5.2", "moonshot.kimi-k2-thinking"]
QUESTION: Any = {"messages": [("user", "What is the weather?")]}
CONFIG: Any = {"configurable": {"thread_id": "1"}}
CITIES = {"no tools": [], "a tool": ["Paris"], "parallel tools": ["Paris", "Rome"]}
MODES = ["values", "updates", "messages", "custom", "debug", "checkpoints", "tasks"]
ANSWER = {"temperature": 21, "conditions": "sunny"}


@tool
def get_weather(city: str) -> str:
    """Get the weather in a city."""
    get_stream_writer()(f"looking at {city}")
    return f"It is sunny in {city}."


class Weather(BaseModel):
    """What the weather is like."""

    temperature: int
    conditions: str


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=CITIES)
def cities(request: pytest.FixtureRequest) -> list[str]:
    return CITIES[request.param]


@pytest.fixture(params=[None, Weather], ids=["words", "Weather"])
def wanted(request: pytest.FixtureRequest) -> type[BaseModel] | None:
    return request.param


Said = list[tuple[str, str]]


@pytest.fixture
def agent(sandbox: Sandbox, name: str, cities: list[str], wanted: type[BaseModel] | None) -> Any:
    """An agent whose model calls for the weather in each city at once and then answers."""
    if cities:
        sandbox.tool_calls([("get_weather", {"city": city}) for city in cities], text="Let me look.", reasoning="Hm.")
    if wanted:
        sandbox.tool_call("Weather", ANSWER)
    else:
        sandbox.reply("It is sunny.", reasoning="Well.")
    model = ChatHatz(name, base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0)
    return create_agent(model, [get_weather] if cities else [], response_format=wanted, checkpointer=InMemorySaver())


@pytest.fixture
def expected(cities: list[str], wanted: type[BaseModel] | None) -> Said:
    results = [("tool", f"It is sunny in {city}.") for city in cities]
    answer = '{"temperature":21,"conditions":"sunny"}' if wanted else "It is sunny."
    return [*([("ai", "Let me look.")] if cities else []), *results, ("ai", answer)]


def said(messages: list[BaseMessage]) -> Said:
    return [
        (message.type, message.text.replace(" ", "") if message.text.startswith("{") else message.text)
        for message in messages
    ]


def in_order(messages: list[BaseMessage]) -> list[BaseMessage]:
    """Tools run at the same time, and end in any order."""
    return sorted(
        messages,
        key=lambda message: (message.type == "ai" and not message.tool_calls, message.type != "ai", message.text),
    )  # type: ignore[attr-defined]


def of_updates(pieces: list[Any]) -> list[BaseMessage]:
    return [message for piece in pieces for update in piece.values() for message in update["messages"]]


def of_messages(pieces: list[Any]) -> list[BaseMessage]:
    """The messages that the pieces add up to, by their ids."""
    found: dict[str, BaseMessage] = {}
    for piece, _ in pieces:
        known = found.get(piece.id)
        found[piece.id] = known + piece if known and isinstance(piece, AIMessageChunk) else piece  # type: ignore[assignment]
    return [message_chunk_to_message(piece) for piece in found.values()]


def of_tasks(pieces: list[Any]) -> list[BaseMessage]:
    results = [piece["result"] for piece in pieces if "result" in piece]
    assert not [piece for piece in pieces if piece.get("error")]
    return [message for result in results for message in result["messages"]]


def of_debug(pieces: list[Any]) -> list[BaseMessage]:
    return [piece for piece in pieces if piece["type"] == "checkpoint"][-1]["payload"]["values"]["messages"][1:]


OF: dict[str, Callable[[list[Any]], list[BaseMessage]]] = {
    "values": lambda pieces: pieces[-1]["messages"][1:],
    "updates": of_updates,
    "messages": of_messages,
    "debug": of_debug,
    "checkpoints": lambda pieces: pieces[-1]["values"]["messages"][1:],
    "tasks": of_tasks,
}


def check(mode: str, pieces: list[Any], expected: Said, cities: list[str]) -> None:
    if mode == "custom":
        assert sorted(pieces) == [f"looking at {city}" for city in cities]
        return
    found = in_order(OF[mode](pieces))
    assert said(found) == expected
    calls = [call["args"] for message in found if isinstance(message, AIMessage) for call in message.tool_calls]
    assert calls == [{"city": city} for city in cities]


async def run(agent: Any, how: str, mode: Any) -> list[Any]:
    if how == "stream":
        return list(agent.stream(QUESTION, CONFIG, stream_mode=mode))
    return [piece async for piece in agent.astream(QUESTION, CONFIG, stream_mode=mode)]


@pytest.mark.parametrize("how", ["stream", "astream"])
@pytest.mark.parametrize("mode", MODES)
async def test_each_mode(agent: Any, expected: Said, cities: list[str], mode: str, how: str) -> None:
    check(mode, await run(agent, how, mode), expected, cities)


@pytest.mark.parametrize("how", ["stream", "astream"])
async def test_all_modes_at_once(
    agent: Any, expected: Said, cities: list[str], wanted: type[BaseModel] | None, how: str
) -> None:
    pieces = await run(agent, how, MODES)
    for mode in MODES:
        check(mode, [piece for kind, piece in pieces if kind == mode], expected, cities)
    state = [piece for kind, piece in pieces if kind == "values"][-1]
    assert state.get("structured_response") == (Weather(**ANSWER) if wanted else None)


@pytest.mark.parametrize("how", ["invoke", "ainvoke"])
async def test_without_a_stream(
    agent: Any, expected: Said, wanted: type[BaseModel] | None, sandbox: Sandbox, how: str
) -> None:
    state = agent.invoke(QUESTION, CONFIG) if how == "invoke" else await agent.ainvoke(QUESTION, CONFIG)
    assert said(state["messages"][1:]) == expected
    assert state.get("structured_response") == (Weather(**ANSWER) if wanted else None)
    assert not [request for request in sandbox.requests if request.body.get("stream")]


async def test_events(agent: Any, expected: Said) -> None:
    events = [event async for event in agent.astream_events(QUESTION, CONFIG, version="v2")]
    ends = [event["data"]["output"] for event in events if event["event"] in {"on_chat_model_end", "on_tool_end"}]
    assert said(in_order(ends)) == expected
    streamed = [event["data"]["chunk"] for event in events if event["event"] == "on_chat_model_stream"]
    assert said(in_order(of_messages([(chunk, None) for chunk in streamed]))) == [
        one for one in expected if one[0] == "ai"
    ]


@pytest.mark.parametrize("how", ["stream_events", "astream_events"])
async def test_protocol_events(
    agent: Any, expected: Said, cities: list[str], wanted: type[BaseModel] | None, how: str
) -> None:
    if how == "stream_events":
        stream = agent.stream_events(QUESTION, CONFIG, version="v3")
        answers = [(message.output, str(message.text), str(message.reasoning)) for message in stream.messages]
        state = stream.output
    else:
        stream = await agent.astream_events(QUESTION, CONFIG, version="v3")
        answers = [
            (await message.output, await message.text, await message.reasoning) async for message in stream.messages
        ]
        state = await stream.output()
    assert said([message for message, _, _ in answers]) == [one for one in expected if one[0] == "ai"]
    assert [text for _, text, _ in answers] == [message.text for message, _, _ in answers]
    assert [thought for _, _, thought in answers] == [*(["Hm."] if cities else []), "" if wanted else "Well."]
    assert said(in_order(state["messages"][1:])) == expected
    assert state.get("structured_response") == (Weather(**ANSWER) if wanted else None)


@pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
@pytest.mark.parametrize("version", ["chunks", "v3"])
@pytest.mark.filterwarnings("ignore:.*(is in beta|is experimental).*")
def test_leaving_a_stream_right_before_the_end_of_the_loop_prints_nothing(
    sandbox: Sandbox, endpoint: Any, version: str, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.stall(after_events=8, reply="word " * 50)
    chat = ChatHatz("gpt-5.2", endpoint=endpoint, base_url=sandbox.base_url, api_key=sandbox.api_key)

    async def breaking() -> None:
        stream: Any = chat.astream("hi") if version == "chunks" else await chat.astream_events("hi", version="v3")
        async for _ in stream:
            break

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(breaking())
    assert not [record for record in caplog.records if record.name == "asyncio"]
