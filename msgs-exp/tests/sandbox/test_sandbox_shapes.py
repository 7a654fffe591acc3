"""Every answer of the sandbox, read strictly by the types of the official SDKs."""

from __future__ import annotations

import anthropic.types
import openai.types.responses
import pytest
from pydantic import TypeAdapter

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}
SEARCH = {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}
TOOL = {"tools": [{"name": "weather", "input_schema": SCHEMA}]}
FLAT_TOOL = {"tools": [{"type": "function", "name": "weather", "parameters": SCHEMA}]}
SCRIPTS = {
    "text": lambda sandbox: sandbox.reply("Hello there"),
    "reasoning": lambda sandbox: sandbox.reply("Hello there", reasoning="I think."),
    "refusal": lambda sandbox: sandbox.reply(refusal="No."),
    "length": lambda sandbox: sandbox.reply("cut", finish="length"),
    "calls": lambda sandbox: sandbox.tool_calls([("f", {"city": "Oslo"}), ("g", {})], text="Both."),
    "usage": lambda sandbox: sandbox.reply("x", usage={"input": 9, "output": 2, "cache_read": 3, "cache_write": 4}),
    "brain": lambda _: None,
}
EACH = pytest.mark.parametrize("script", SCRIPTS)


@EACH
def test_responses(faithful, faithful_post, script):
    body = {"model": "gpt-4o", "input": "Weather in Oslo?", **FLAT_TOOL}
    SCRIPTS[script](faithful)
    whole = faithful_post("/openai/responses", body).json
    openai.types.responses.Response.model_validate(whole)
    SCRIPTS[script](faithful)
    events = faithful_post("/openai/responses", {**body, "stream": True}).events
    adapter = TypeAdapter(openai.types.responses.ResponseStreamEvent)
    for event in events:
        # The SDK's type wants a `name` that OpenAI's service does not send.
        named = {"name": "weather"} if event["type"] == "response.function_call_arguments.done" else {}
        adapter.validate_python({**named, **event})
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [shape(item) for item in events[-1]["response"]["output"]] == [shape(item) for item in whole["output"]]


@EACH
@pytest.mark.parametrize("more", [{}, TOOL, SEARCH, THINKING], ids=["plain", "tool", "search", "thinking"])
def test_messages(faithful, faithful_post, script, more):
    said = [{"role": "user", "content": "Search the web for the latest weather in Oslo"}]
    body = {"model": "gpt-4o", "max_tokens": 500, "messages": said, **more}
    SCRIPTS[script](faithful)
    anthropic.types.Message.model_validate(faithful_post("/anthropic/messages", body).json)
    SCRIPTS[script](faithful)
    events = faithful_post("/anthropic/messages", {**body, "stream": True}).events
    adapter = TypeAdapter(anthropic.types.RawMessageStreamEvent)
    for event in events:
        if event["type"] != "ping":
            adapter.validate_python(event)
    start, last = events[0]["message"]["usage"], events[-2]["usage"]
    assert {name: last[name] for name in start if name != "output_tokens"} == {
        name: count for name, count in start.items() if name != "output_tokens"
    }


def test_an_error_in_a_stream_is_numbered(sandbox, post):
    sandbox.error_event(after=3)
    events = post("/openai/responses", {"model": "gpt-4o", "input": "Hello", "stream": True}).events
    assert events[-1]["type"] == "error"
    assert [event["sequence_number"] for event in events] == [0, 1, 2, 3]
    openai.types.responses.ResponseErrorEvent.model_validate(events[-1])


def test_tokens_are_counted_as_they_are_used(post):
    prompt = {"model": "gpt-4o", "system": "Be brief.", "messages": [{"role": "user", "content": "Hello"}], **TOOL}
    counted = post("/anthropic/messages/count_tokens", prompt).json
    used = post("/anthropic/messages", {**prompt, "max_tokens": 50, "temperature": 0, "stop_sequences": ["x"]}).json
    assert counted == {"input_tokens": used["usage"]["input_tokens"]}


def shape(item):
    return {key: value for key, value in item.items() if key not in {"id", "call_id"}}
