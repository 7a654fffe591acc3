"""Agents: every form of a response format, several calls at a time, and ChatHatz beside other integrations as fallbacks."""

import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel
from typing_extensions import TypedDict

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz

# Names that LangChain takes for models with structured output of their own, and names that it does not.
MODELS = ["gpt-5.2", "anthropic.claude-haiku-4-5", "sonnet", "moonshot.kimi-k2-thinking"]
QUESTION: Any = {"messages": [("user", "What is the weather in Paris and in Rome?")]}
ANSWER = {"temperature": 21, "conditions": "sunny"}


@tool
def get_weather(city: str) -> str:
    """Get the weather in a city."""
    return f"It is sunny in {city}."


class Weather(BaseModel):
    """What the weather is like."""

    temperature: int
    conditions: str


class WeatherDict(TypedDict):
    """What the weather is like."""

    temperature: int
    conditions: str


SCHEMA = {
    "title": "Weather",
    "description": "What the weather is like.",
    "type": "object",
    "properties": {"temperature": {"type": "integer"}, "conditions": {"type": "string"}},
    "required": ["temperature", "conditions"],
}
FORMATS: dict[str, Any] = {
    "pydantic": Weather,
    "typeddict": WeatherDict,
    "json schema": SCHEMA,
    "provider": ProviderStrategy(Weather),
    "provider, strict": ProviderStrategy(Weather, strict=True),
    "provider, typeddict, strict": ProviderStrategy(WeatherDict, strict=True),
    "provider, json schema, strict": ProviderStrategy(SCHEMA, strict=True),
    "tool": ToolStrategy(Weather),
    "tool, typeddict": ToolStrategy(WeatherDict),
    "tool, json schema": ToolStrategy(SCHEMA),
}
CITIES = {"no tools": [], "a tool": ["Paris"], "parallel tools": ["Paris", "Rome"]}


def model(sandbox: Sandbox, name: str, **fields: Any) -> ChatHatz:
    return ChatHatz(name, base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0, **fields)


@pytest.mark.parametrize(
    ("tools", "how"),
    [("a tool", "invoke"), ("no tools", "stream"), ("a tool", "stream"), ("parallel tools", "stream")],
)
@pytest.mark.parametrize("given", FORMATS)
@pytest.mark.parametrize("name", MODELS)
async def test_forms_of_a_response_format(sandbox: Sandbox, name: str, given: str, tools: str, how: str) -> None:
    if cities := CITIES[tools]:
        sandbox.tool_calls([("get_weather", {"city": city}) for city in cities])
    sandbox.tool_call("WeatherDict" if "typeddict" in given else "Weather", ANSWER)
    agent: Any = create_agent(model(sandbox, name), [get_weather] if cities else [], response_format=FORMATS[given])
    if how == "invoke":
        state = agent.invoke(QUESTION)
    else:
        *_, (_, state) = [
            piece async for piece in agent.astream(QUESTION, stream_mode=["updates", "messages", "values"])
        ]
    found = state["structured_response"]
    assert (found.model_dump() if isinstance(found, BaseModel) else found) == ANSWER
    assert isinstance(found, Weather) is ("typeddict" not in given and "json schema" not in given)
    results = [message.text for message in state["messages"] if message.type == "tool"]
    assert results[: len(cities)] == [f"It is sunny in {city}." for city in cities]
    assert len(sandbox.requests) == 1 + bool(cities)
    strict = [tool["name"] for tool in sandbox.last_request.body["tools"] if tool.get("strict")]
    assert bool(strict) is ("strict" in given)


@pytest.mark.parametrize("how", ["invoke", "stream"])
@pytest.mark.parametrize("name", MODELS)
def test_several_calls_at_a_time(sandbox: Sandbox, name: str, how: str) -> None:
    sandbox.tool_calls([("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"})])
    sandbox.reply("Sunny in both.")
    agent = create_agent(model(sandbox, name, streaming=how == "stream"), [get_weather])
    state = agent.invoke(QUESTION)
    assert [message.type for message in state["messages"]] == ["human", "ai", "tool", "tool", "ai"]
    assert [message.text for message in state["messages"][2:]] == [
        "It is sunny in Paris.", "It is sunny in Rome.", "Sunny in both.",
    ]  # fmt: skip


def openai(sandbox: Sandbox) -> BaseChatModel:
    url = f"{sandbox.base_url}/openai"
    return ChatOpenAI(model="gpt-5.2", api_key=sandbox.api_key, base_url=url, use_responses_api=True, max_retries=0)  # type: ignore[call-arg]


def anthropic(sandbox: Sandbox) -> BaseChatModel:
    url = f"{sandbox.base_url}/anthropic"
    return ChatAnthropic(model="anthropic.claude-haiku-4-5", api_key=sandbox.api_key, base_url=url, max_retries=0)  # type: ignore[call-arg]


@pytest.mark.parametrize("other", [openai, anthropic])
@pytest.mark.parametrize("name", MODELS[:2])
@pytest.mark.parametrize("ours_first", [True, False])
@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_other_integrations_as_fallbacks_and_ours_as_theirs(
    sandbox: Sandbox, other: Any, name: str, ours_first: bool, how: str
) -> None:
    first, second = model(sandbox, name), other(sandbox)
    first, second = (first, second) if ours_first else (second, first)
    agent = create_agent(first, [get_weather], middleware=[ModelFallbackMiddleware(second)])
    sandbox.tool_call("get_weather", {"city": "Paris"})
    sandbox.fail(status=503)
    sandbox.reply("Sunny.")
    if how == "invoke":
        state: Any = agent.invoke(QUESTION)
    else:
        *_, (_, state) = agent.stream(QUESTION, stream_mode=["messages", "values"])
    assert [message.text for message in state["messages"][2:]] == ["It is sunny in Paris.", "Sunny."]
    assert len(sandbox.requests) == 3
    assert "It is sunny in Paris." in json.dumps(sandbox.last_request.body)
    providers = {message.response_metadata["model_provider"] for message in state["messages"] if message.type == "ai"}
    assert len(providers) == 2
