"""The official OpenAI SDK, unchanged, against the sandbox."""

from __future__ import annotations

import json

import openai
import pytest

TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "Get the weather at a location.",
    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
}


def test_text(openai_client):
    answer = openai_client.responses.create(model="gpt-4o", input="Hello")
    assert answer.output_text.startswith("Hello!")
    assert (answer.status, answer.model, answer.output[0].type) == ("completed", "gpt-4o", "message")
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens > 0


def test_stream_adds_up_with_and_without_quirks(openai_client, faithful_openai):
    for client in (openai_client, faithful_openai):
        events = list(client.responses.create(model="gpt-4o", input="Hello", stream=True))
        text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        assert text.startswith("Hello!")
        assert [event.sequence_number for event in events] == list(range(len(events)))
        assert [events[0].type, events[-1].type] == ["response.created", "response.completed"]


def test_the_final_object_of_a_stream_is_empty_by_quirk(openai_client, faithful_openai):
    events = list(openai_client.responses.create(model="gpt-4o", input="Hello", stream=True))
    assert events[-1].response.output == []
    assert events[-1].response.usage.total_tokens == 0
    assert [event.item.content for event in events if event.type == "response.output_item.done"] == [[]]
    with faithful_openai.responses.stream(model="gpt-4o", input="Hello") as stream:
        final = stream.get_final_response()
    assert final.output_text.startswith("Hello!")
    assert final.usage.total_tokens > 0


def test_the_body_is_as_small_as_the_gateways(post):
    body = post("/openai/responses", {"model": "gpt-4o", "input": "Hello"}).json
    documented = {
        "id",
        "object",
        "created_at",
        "status",
        "model",
        "output",
        "output_text",
        "usage",
        "incomplete_details",
    }
    assert set(body) == documented
    assert body["output_text"] == body["output"][0]["content"][0]["text"]


def test_event_sequence_of_text_reasoning_and_call(sandbox, post):
    sandbox.tool_calls([("f", {"a": 1})], text="Well", reasoning="Hm")
    events = post("/openai/responses", {"model": "gpt-4o", "input": "x", "stream": True}).events
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    added = [event["item"]["id"] for event in events if event["type"] == "response.output_item.added"]
    assert {event["item_id"] for event in events if "item_id" in event} == set(added)


def test_refusal(sandbox, faithful_openai, faithful):
    faithful.reply(refusal="I will not.")
    faithful.reply(refusal="I will not.")
    answer = faithful_openai.responses.create(model="gpt-4o", input="x")
    assert answer.output[0].content[0].refusal == "I will not."
    events = list(faithful_openai.responses.create(model="gpt-4o", input="x", stream=True))
    assert "".join(event.delta for event in events if event.type == "response.refusal.delta") == "I will not."


@pytest.mark.parametrize("stream", [False, True])
def test_tool_round_trip_with_parallel_calls(faithful_openai, stream):
    ask = {"model": "gpt-4o", "tools": [TOOL]}
    first = [{"role": "user", "content": "What's the weather in Paris and London?"}]
    if stream:
        with faithful_openai.responses.stream(input=first, **ask) as events:
            answer = events.get_final_response()
    else:
        answer = faithful_openai.responses.create(input=first, **ask)
    calls = [item for item in answer.output if item.type == "function_call"]
    assert [json.loads(call.arguments) for call in calls] == [{"location": "Paris"}, {"location": "London"}]
    assert len({call.call_id for call in calls}) == 2
    outputs = [
        {"type": "function_call_output", "call_id": call.call_id, "output": degrees}
        for call, degrees in zip(calls, ("18 degrees", "12 degrees"), strict=True)
    ]
    done = faithful_openai.responses.create(input=[*first, *(call.to_dict() for call in calls), *outputs], **ask)
    assert "18 degrees" in done.output_text
    assert "12 degrees" in done.output_text


def test_calls_come_one_by_one_without_parallel_calls(openai_client):
    said = [{"role": "user", "content": "What's the weather in Paris and London?"}]
    places = []
    for _ in range(2):
        answer = openai_client.responses.create(model="gpt-4o", input=said, tools=[TOOL], parallel_tool_calls=False)
        (call,) = answer.output
        places.append(json.loads(call.arguments)["location"])
        said += [call.to_dict(), {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}]
    assert places == ["Paris", "London"]
    assert "sunny" in openai_client.responses.create(model="gpt-4o", input=said, tools=[TOOL]).output_text


def test_parse_helper(faithful_openai):
    from pydantic import BaseModel

    class Person(BaseModel):
        name: str
        age: int

    text = "Ada Lovelace is 36 years old."
    parsed = faithful_openai.responses.parse(model="gpt-4o", input=text, text_format=Person).output_parsed
    assert parsed == Person(name="Ada Lovelace", age=36)


def test_the_token_limit_cuts_text_and_arguments(faithful_openai):
    cut = faithful_openai.responses.create(model="gpt-4o", input="Hello", max_output_tokens=2)
    assert (cut.status, cut.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert "Hello!".startswith(cut.output_text)
    assert cut.output_text
    called = faithful_openai.responses.create(
        model="gpt-4o", input="Weather in Paris?", tools=[TOOL], tool_choice="required", max_output_tokens=4
    )
    assert called.status == "incomplete"
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(called.output[0].arguments)
    events = list(faithful_openai.responses.create(model="gpt-4o", input="Hello", max_output_tokens=2, stream=True))
    assert events[-1].type == "response.incomplete"


def test_errors(sandbox, openai_client):
    with pytest.raises(openai.BadRequestError, match="not found"):
        openai_client.responses.create(model="nope", input="x")
    with pytest.raises(openai.AuthenticationError):
        openai_client.with_options(api_key="wrong").responses.create(model="gpt-4o", input="x")
    sandbox.fail(429, "Slow down.", headers={"Retry-After": "3"})
    with pytest.raises(openai.RateLimitError, match="Slow down") as caught:
        openai_client.responses.create(model="gpt-4o", input="x")
    assert caught.value.response.headers["Retry-After"] == "3"
    assert openai_client.responses.create(model="gpt-4o", input="Hello").output_text


async def test_async_client(sandbox):
    where = f"{sandbox.base_url}/openai"
    async with openai.AsyncOpenAI(base_url=where, api_key=sandbox.api_key, max_retries=0) as client:
        stream = await client.responses.create(model="gpt-4o", input="Hello", stream=True)
        text = [event.delta async for event in stream if event.type == "response.output_text.delta"]
    assert "".join(text).startswith("Hello!")
