"""What is asked: the same of every server and over both wire formats, through the client and both integrations."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from hatz_client import Prompt, Text, Tool, ToolCall, ToolResult, Turn
from tests.cassettes.tape import FOLDER

Mode = Literal["ask", "stream"]
Server = Literal["aimock", "llama-cpp", "gateway"]
EVERY: tuple[Server, ...] = ("aimock", "llama-cpp", "gateway")
SERVERS = tuple(
    server for server in EVERY if server != "gateway" or (FOLDER / server).is_dir() or "HATZ_API_KEY" in os.environ
)
"""The gateway answers only those who have a key: when nobody recorded it, nothing of it is played."""
MODELS = {"responses": "gpt-5.2", "messages": "anthropic.claude-haiku-4-5"}
"""The model to ask over each wire format."""
ERRORS = (400, 401, 402, 403, 404, 413, 422, 429, 500, 503, 529)
WEATHER = Tool(
    "get_weather",
    "The weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)
PERSON = Tool(
    "Person",
    "A person.",
    {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    },
)


@dataclass(frozen=True)
class Case:
    """One question."""

    name: str
    turns: tuple[Turn, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    model: str | None = None
    max_tokens: int = 200
    modes: tuple[Mode, ...] = ("ask", "stream")
    servers: tuple[Server, ...] = EVERY

    def prompt(self, wire: str, server: str, model: str | None = None) -> Prompt:
        """The question as the client takes it; the small model is to be brief, and to say the same each time."""
        small = server == "llama-cpp"
        return Prompt(
            model or self.model or MODELS[wire],
            self.turns,
            tools=self.tools,
            tool_choice=self.tool_choice,
            max_tokens=min(self.max_tokens, 80) if small else self.max_tokens,
            temperature=0.0 if small else None,
        )


def asked(words: str) -> tuple[Turn, ...]:
    """A conversation of one question."""
    return (Turn("user", (Text(words),)),)


_WEATHER_TWICE = (
    *asked("What is the weather in Paris and in Rome?"),
    Turn(
        "assistant",
        (
            Text("I look at both."),
            ToolCall("call_paris", "get_weather", {"city": "Paris"}),
            ToolCall("call_rome", "get_weather", {"city": "Rome"}),
        ),
    ),
    Turn(
        "tool",
        (ToolResult("call_paris", (Text("18 degrees, sunny"),)), ToolResult("call_rome", (Text("24 degrees, windy"),))),
    ),
)


def _weather_before(city: str) -> tuple[Turn, ...]:
    return (
        *asked(f"What is the weather in {city}?"),
        Turn("assistant", (ToolCall(f"call_{city}", "get_weather", {"city": city}),)),
        Turn("tool", (ToolResult(f"call_{city}", (Text("sunny"),)),)),
        Turn("assistant", (Text("It is sunny."),)),
    )


# A model of 135 million parameters calls a tool when it has been shown four times how.
_SHOWN = tuple(turn for city in ("Rome", "Oslo", "Bern", "Lima") for turn in _weather_before(city))
BIG: tuple[Server, ...] = ("aimock", "gateway")
ANSWERED = (
    Case("plain", (Turn("system", (Text("You are brief."),)), *asked("Hello!"))),
    Case("tool-call", asked("What is the weather in Zürich?"), (WEATHER,), "required", servers=BIG),
    Case(
        "parallel-tools",
        asked("Compare the weather in both cities, Paris and Rome."),
        (WEATHER,),
        "required",
        servers=BIG,
    ),
    Case("tool-call-shown", (*_SHOWN, *asked("What is the weather in Paris?")), (WEATHER,), servers=("llama-cpp",)),
    Case("tool-result", _WEATHER_TWICE, (WEATHER,)),
    Case("structured", asked("Who was Ada Lovelace? She died at the age of 36."), (PERSON,), "Person", servers=BIG),
    Case("long", asked("Tell me a long story about a cat."), max_tokens=400),
    Case("unicode", asked("Write “Grüße” in three alphabets: 日本語, العربية, 🙂 👩‍👩‍👧 and e\u0301.")),
    Case("web-search", asked("Search the web for it."), servers=("aimock",)),
    Case("call-before-text", asked("Call first, then talk about the weather."), (WEATHER,), servers=("aimock",)),
    Case("separators", asked("Use a line separator."), servers=("aimock",)),
    Case("reasoning", asked("Think: what is six times seven?"), servers=("aimock",)),
    Case("cut-short", asked("This will be cut short: tell me about the sea."), max_tokens=16),
)
REFUSED = (
    *(Case(f"error-{status}", asked(f"Please give me error {status}."), servers=("aimock",)) for status in ERRORS),
    Case("error-overflow", asked("This is too long a prompt."), servers=("aimock",)),
    Case("error-unknown", asked("Hello!"), model="gpt-0-unknown", modes=("ask",), servers=("gateway",)),
    Case("error-full", asked("word " * 4500), modes=("ask",), servers=("llama-cpp",)),
)
RETRIED = Case("busy-once", asked("Are you busy once in a while?"), modes=("ask",), servers=("aimock",))
STRUCTURED = "structured"
STREAM_TIME = "stream-time"
COUNTED = Case("count-tokens", asked("How many tokens are these words?"), (WEATHER,), servers=("llama-cpp", "gateway"))


def played(*cases: Case) -> list[Any]:
    """The parameters of a test: server, wire format, case and mode, with a name that says them."""
    return [
        pytest.param(server, wire, case, mode, id=f"{server}-{wire}-{case.name}-{mode}")
        for server in SERVERS
        for wire in MODELS
        for case in cases
        if server in case.servers
        for mode in case.modes
    ]
