"""The official Anthropic SDK, unchanged, against the sandbox."""

from __future__ import annotations

import anthropic
import pytest

MODEL = "anthropic.claude-haiku-4-5"
ASK = {"model": MODEL, "max_tokens": 2000}
TOOL = {
    "name": "get_weather",
    "description": "Get the weather at a location.",
    "input_schema": {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
}
CLOCK = {
    "name": "get_time",
    "description": "The current time in a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


def said(text):
    return [{"role": "user", "content": text}]


def test_text(anthropic_client):
    answer = anthropic_client.messages.create(messages=said("Hello"), **ASK)
    assert answer.content[0].text.startswith("Hello!")
    assert (answer.stop_reason, answer.model, answer.role) == ("end_turn", MODEL, "assistant")
    assert answer.usage.input_tokens > 0
    assert answer.usage.output_tokens > 0


@pytest.mark.parametrize(
    ("asked", "resolved"),
    [
        ("haiku", MODEL),
        ("sonnet", "anthropic.claude-sonnet-4-6"),
        ("opus", "anthropic.claude-opus-4-7"),
        ("claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"),
        ("claude-haiku-4-5-20251001", MODEL),
        ("gpt-5.5", "gpt-5.5"),
    ],
)
def test_aliases_resolve_to_hatz_ids(anthropic_client, asked, resolved):
    answer = anthropic_client.messages.create(model=asked, max_tokens=50, messages=said("Hi"))
    assert answer.model == resolved


def test_stream_says_what_the_whole_answer_says(anthropic_client):
    whole = anthropic_client.messages.create(messages=said("Hello"), **ASK)
    with anthropic_client.messages.stream(messages=said("Hello"), **ASK) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
    assert len(pieces) > 3
    assert "".join(pieces) == whole.content[0].text == final.content[0].text
    assert (final.stop_reason, final.usage.output_tokens) == ("end_turn", whole.usage.output_tokens)


def test_event_sequence(sandbox, post):
    sandbox.tool_calls([("f", {"a": 1})], text="Well", reasoning="Hm")
    events = post("/anthropic/messages", {**ASK, "messages": said("x"), "stream": True}).events
    kinds = [event.get("delta", event).get("type", "delta") if "delta" in event else event["type"] for event in events]
    assert kinds == [
        "message_start",
        "content_block_start",
        "ping",
        "thinking_delta",
        "signature_delta",
        "content_block_stop",
        "content_block_start",
        "text_delta",
        "content_block_stop",
        "content_block_start",
        "input_json_delta",
        "input_json_delta",
        "input_json_delta",
        "content_block_stop",
        "delta",
        "message_stop",
    ]
    assert events[0]["message"]["usage"]["input_tokens"] > 0
    assert events[-2]["delta"] == {"stop_reason": "tool_use", "stop_sequence": None}


@pytest.mark.parametrize("stream", [False, True])
def test_tool_round_trip_with_parallel_calls(anthropic_client, stream):
    ask = {**ASK, "tools": [TOOL, CLOCK]}
    first = said("What's the weather and the time in Tokyo?")
    if stream:
        with anthropic_client.messages.stream(messages=first, **ask) as events:
            answer = events.get_final_message()
    else:
        answer = anthropic_client.messages.create(messages=first, **ask)
    assert answer.stop_reason == "tool_use"
    assert [(call.name, call.input) for call in answer.content] == [
        ("get_weather", {"location": "Tokyo"}),
        ("get_time", {"city": "Tokyo"}),
    ]
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": content}
        for call, content in zip(answer.content, ("It is sunny in Tokyo.", "09:30"), strict=True)
    ]
    history = [*first, {"role": "assistant", "content": answer.content}, {"role": "user", "content": results}]
    done = anthropic_client.messages.create(messages=history, **ask)
    assert done.stop_reason == "end_turn"
    assert "sunny" in done.content[0].text
    assert "09:30" in done.content[0].text


def test_an_error_of_a_tool_is_told(anthropic_client):
    use = {"type": "tool_use", "id": "t1", "name": "get_weather", "input": {"location": "Paris"}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "service down", "is_error": True}
    history = [
        *said("Weather in Paris?"),
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    answer = anthropic_client.messages.create(messages=history, tools=[TOOL], **ASK)
    assert "error: service down" in answer.content[0].text


def test_tool_choice(anthropic_client):
    def calls(choice, text="Hello"):
        answer = anthropic_client.messages.create(messages=said(text), tools=[TOOL, CLOCK], tool_choice=choice, **ASK)
        return [block.name for block in answer.content if block.type == "tool_use"]

    assert calls({"type": "auto"}) == []
    assert len(calls({"type": "any"})) == 1
    assert calls({"type": "tool", "name": "get_time"}) == ["get_time"]
    assert calls({"type": "none"}, "Weather in Paris?") == []
    both = "What's the weather and the time in Tokyo?"
    assert len(calls({"type": "auto", "disable_parallel_tool_use": True}, both)) == 1


def test_thinking_is_signed_and_accepted_back(anthropic_client):
    ask = {**ASK, "thinking": {"type": "enabled", "budget_tokens": 1024}}
    with anthropic_client.messages.stream(messages=said("Hello"), **ask) as stream:
        answer = stream.get_final_message()
    assert [block.type for block in answer.content] == ["thinking", "text"]
    assert answer.content[0].signature
    history = [*said("Hello"), {"role": "assistant", "content": answer.content}, *said("And now?")]
    assert anthropic_client.messages.create(messages=history, **ask).content[0].type == "thinking"


def test_stop_sequences(sandbox, anthropic_client):
    sandbox.reply("one two three")
    answer = anthropic_client.messages.create(messages=said("x"), stop_sequences=["three", " two"], **ASK)
    assert (answer.content[0].text, answer.stop_reason, answer.stop_sequence) == ("one", "stop_sequence", " two")


def test_the_token_limit_cuts_text_and_arguments(anthropic_client, post):
    cut = anthropic_client.messages.create(model=MODEL, max_tokens=1, messages=said("Hello"))
    assert (cut.content[0].text, cut.stop_reason, cut.usage.output_tokens) == ("Hello", "max_tokens", 1)
    asked = {"model": MODEL, "max_tokens": 4, "messages": said("Weather in Paris?"), "tools": [TOOL], "stream": True}
    events = post("/anthropic/messages", asked).events
    raw = "".join(event["delta"].get("partial_json", "") for event in events if event["type"] == "content_block_delta")
    assert raw
    assert '{"location": "Paris"}'.startswith(raw)
    assert raw != '{"location": "Paris"}'
    assert events[-2]["delta"]["stop_reason"] == "max_tokens"


def test_structured_output(anthropic_client):
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": False,
    }
    form = {"format": {"type": "json_schema", "schema": schema}}
    answer = anthropic_client.messages.create(messages=said("Ada is 36 years old."), output_config=form, **ASK)
    assert answer.content[0].text == '{"name": "Ada", "age": 36}'


def test_prompt_cache_is_written_then_read(anthropic_client):
    system = [{"type": "text", "text": "Long rules. " * 50, "cache_control": {"type": "ephemeral"}}]
    first, second = (
        anthropic_client.messages.create(messages=said(text), system=system, **ASK).usage for text in ("a", "b")
    )
    assert first.cache_creation_input_tokens == second.cache_read_input_tokens > 100
    assert first.cache_read_input_tokens == second.cache_creation_input_tokens == 0
    other = [{**system[0], "text": "Other rules."}]
    assert anthropic_client.messages.create(messages=said("a"), system=other, **ASK).usage.cache_read_input_tokens == 0


def test_a_document_is_a_context(anthropic_client):
    text = "Ruby is a language. It was made by Yukihiro Matsumoto in 1993. Many like it."
    for source in (
        {"type": "text", "media_type": "text/plain", "data": text},
        {"type": "content", "content": [{"type": "text", "text": text}]},
    ):
        document = {"type": "document", "source": source, "title": "facts", "citations": {"enabled": True}}
        asked = [{"role": "user", "content": [document, {"type": "text", "text": "Who made Ruby in 1993?"}]}]
        answer = anthropic_client.messages.create(messages=asked, **ASK)
        assert answer.content[0].text == "It was made by Yukihiro Matsumoto in 1993."


def test_count_tokens(anthropic_client):
    short = anthropic_client.messages.count_tokens(model=MODEL, messages=said("Hello"))
    long = anthropic_client.messages.count_tokens(model=MODEL, messages=said("Hello " * 100), tools=[TOOL])
    assert 0 < short.input_tokens < long.input_tokens


def test_errors(sandbox, anthropic_client):
    with pytest.raises(anthropic.NotFoundError, match="not found"):
        anthropic_client.messages.create(model="nope", max_tokens=5, messages=said("x"))
    with pytest.raises(anthropic.AuthenticationError):
        anthropic_client.with_options(api_key="wrong").messages.create(messages=said("x"), **ASK)
    with pytest.raises(anthropic.BadRequestError, match="must have non-empty content"):
        anthropic_client.messages.create(messages=said(""), **ASK)
    sandbox.fail(529, "Overloaded")
    with pytest.raises(anthropic.InternalServerError, match="overloaded_error"):
        anthropic_client.messages.create(messages=said("x"), **ASK)
