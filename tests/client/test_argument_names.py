"""Arguments whose names Anthropic refuses go out under other names, and come back as the tool knows them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from hatz_client import Client, Fold, Prompt, Text, Tool, Turn
from hatz_client.connection.http import time_limits
from hatz_client.content import Reply, ToolCall, ToolResult
from hatz_client.errors import HatzStreamInterruptedError
from hatz_client.events import Delta, End, Start
from hatz_client.wire import messages
from hatz_client.wire.answer_stages import RequestChanges
from hatz_client.wire.common.stages import ChangedArguments
from hatz_client.wire.common.tools.argument_names import (
    ArgumentNamesFilter,
    own_argument_names,
    wire_argument_names,
    with_wire_arguments,
)
from hatz_client.wire.endpoints import endpoint_spec
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM
from tests.trust.server import END, Server, chunk, head

STRING = {"type": "string"}
SCHEMA = {
    "type": "object",
    "properties": {"$top": STRING, "_top": STRING, "page[size]": STRING, "名前": STRING, "ok": STRING},
    "required": ["$top", "ok"],
}
WIRE = {"$top": "_top_2", "page[size]": "page_size_", "名前": "__"}
SENT = {"_top_2": "1", "_top": "2", "page_size_": "3", "__": "4", "ok": "5"}
OWN = {"$top": "1", "_top": "2", "page[size]": "3", "名前": "4", "ok": "5"}


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


def test_only_names_that_are_refused_change():
    assert wire_argument_names(SCHEMA) == WIRE
    made = with_wire_arguments(SCHEMA)
    assert list(made["properties"]) == list(SENT)
    assert made["required"] == ["_top_2", "ok"]
    assert made["properties"]["_top_2"] == {"title": "$top", **STRING}
    plain = {"type": "object", "properties": {"a.b-c_1": STRING}}
    assert with_wire_arguments(plain) is plain
    assert own_argument_names((Tool("t", parameters=plain), {"type": "web_search"})) == {}


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
@pytest.mark.parametrize("how", ["ask", "stream"])
def test_a_call_has_the_names_of_its_tool(sandbox, endpoint, how):
    sandbox.tool_call("list", SENT if endpoint == "messages" else OWN)
    client = Client(base_url=sandbox.base_url, api_key=sandbox.api_key, endpoint=endpoint, max_retries=0)
    prompt = Prompt("gpt-5.2", "x", tools=(Tool("list", parameters=SCHEMA),))
    reply = client.ask(prompt) if how == "ask" else _fold(client.stream(prompt))
    assert [(call.name, dict(call.arguments)) for call in reply.tool_calls] == [("list", OWN)]
    (tool,) = sandbox.last_request.body["tools"]
    names = (tool.get("input_schema") or tool["parameters"])["properties"].keys()
    assert names == (SENT if endpoint == "messages" else OWN).keys()


def _fold(events):
    fold = Fold()
    for event in events:
        fold.add(event)
    return fold.reply


class Person(BaseModel):
    """A person."""

    size: int = Field(alias="größe")
    full_name: str = Field(alias="full name")


PERSON = Person.model_validate({"größe": 180, "full name": "Ada"})


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_an_object_of_a_class_with_such_fields(sandbox, endpoint):
    written = {"gr__e" if endpoint == "messages" else "größe": 180}
    written |= {"full_name" if endpoint == "messages" else "full name": "Ada"}
    options = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "endpoint": endpoint, "max_retries": 0}
    for _ in range(3):
        sandbox.tool_call("Person", written)
    chain = ChatHatz("gpt-5.2", **options).with_structured_output(Person)
    assert chain.invoke("x") == PERSON
    assert list(chain.stream("x"))[-1] == PERSON
    assert HatzLLM("gpt-5.2", **options).as_structured_llm(Person).complete("x").raw == PERSON


def history(name, arguments):
    call = Turn("assistant", (ToolCall("c", name, arguments),))
    return (Turn("user", "x"), call, Turn("tool", (ToolResult("c", (Text("ok"),)),)))


@pytest.mark.parametrize("name", ["list", "list.all"])
def test_the_calls_of_a_history_have_the_names_of_the_schema_that_is_sent(name):
    tools = (Tool(name, parameters=SCHEMA),)
    body = messages.encode(Prompt("m", history(name, OWN), tools=tools))
    assert body["messages"][1]["content"][0]["input"] == SENT
    assert body["tools"][0]["input_schema"]["properties"].keys() == SENT.keys()
    # Another tool's call, one that already has the names of the wire, and one that is not an object.
    assert messages.encode(Prompt("m", history("other", OWN), tools=tools))["messages"][1]["content"][0]["input"] == OWN
    for same in (SENT, {"ok": 1}, {}):
        body = messages.encode(Prompt("m", history(name, same), tools=tools))
        assert body["messages"][1]["content"][0]["input"] == same
    assert messages.encode(Prompt("m", history(name, "{"), tools=tools))["messages"]


def test_no_argument_is_lost_where_the_model_writes_both_names():
    both = {"$top": 1, "_top_2": 2, "page_size_": 3}
    reply = Reply((ToolCall("c", "list", both),))
    prompt = Prompt("m", "Hi", tools=(Tool("list", parameters=SCHEMA),))
    restored = RequestChanges.of(prompt, endpoint_spec("messages")).undo(reply)
    assert restored.tool_calls[0].arguments == {"$top": 1, "_top_2": 2, "page[size]": 3}


def test_a_reference_stays_alone_in_a_strict_schema():
    schema = {
        "type": "object",
        "properties": {"größe": {"$ref": "#/$defs/Size"}},
        "required": ["größe"],
        "$defs": {"Size": {"type": "string", "enum": ["s", "m"]}},
    }
    (tool,) = messages.encode(Prompt("m", history("t", {}), tools=(Tool("t", parameters=schema, strict=True),)))[
        "tools"
    ]
    sent = tool["input_schema"]["properties"]
    assert sent == {"gr__e": {"title": "größe", "anyOf": [{"$ref": "#/$defs/Size"}]}}


def test_what_names_an_argument_elsewhere_in_the_schema_names_it_too():
    schema = {
        "type": "object",
        "properties": {
            "a/b": {"type": "object", "properties": {"$in": STRING}},
            "$x": {"anyOf": [{"$ref": "#/properties/a~1b/properties/$in"}, {"$ref": "#/properties/ok"}]},
            "ok": {"$ref": "#/$defs/$x"},
        },
        "dependentRequired": {"$x": ["a/b", "ok"]},
        "$defs": {"$x": {"items": {"$ref": "#/properties/$x"}}},
    }
    made = with_wire_arguments(schema)
    assert made["properties"]["_x"]["anyOf"] == [
        {"$ref": "#/properties/a_b/properties/$in"},
        {"$ref": "#/properties/ok"},
    ]
    assert made["properties"]["a_b"]["properties"] == {"$in": STRING}
    assert made["properties"]["ok"] == schema["properties"]["ok"]
    assert made["dependentRequired"] == {"_x": ["a_b", "ok"]}
    assert made["$defs"] == {"$x": {"items": {"$ref": "#/properties/_x"}}}
    circle = {"type": "object", "properties": {"$x": {}}}
    circle["properties"]["y"] = circle
    assert with_wire_arguments(circle)["properties"].keys() == {"_x", "y"}


def test_a_number_that_only_the_model_writes_stays():
    restored = ChangedArguments({"t": lambda: ArgumentNamesFilter({"_top": "$top"})})
    events = [Start(0, ToolCall("c", "t", "")), Delta(0, '{"_top":NaN}'), End(0)]
    assert list(restored.feed(events))[1] == Delta(0, '{"$top":NaN}')


def test_what_was_written_before_the_stream_broke_off_is_in_the_partial_answer(sandbox):
    block = {"type": "tool_use", "id": "c", "name": "list", "input": {}}
    pieces = [{"type": "input_json_delta", "partial_json": piece} for piece in ('{"_top', '_2":1')]
    events = [
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": piece} for piece in pieces),
    ]
    sandbox.raw("".join(f"data: {json.dumps(event)}\n\n" for event in events), "text/event-stream")
    client = Client(base_url=sandbox.base_url, api_key=sandbox.api_key, endpoint="messages", max_retries=0)
    with pytest.raises(HatzStreamInterruptedError) as caught:
        list(client.stream(Prompt("gpt-5.2", "x", tools=(Tool("list", parameters=SCHEMA),))))
    assert caught.value.partial.tool_calls == (ToolCall("c", "list", '{"_top_2":1'),)


def test_arguments_that_are_held_back_are_progress(monkeypatch):
    """A stream whose events have no content ends after a while; these have, though it comes at the end of the call."""
    monkeypatch.setattr(time_limits, "STALL_FACTOR", 1)
    block = {"type": "tool_use", "id": "c", "name": "list", "input": {}}
    pieces = ['{"_top_2": "', *"a long text!", '"}']
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]

    def steps(_):
        events = [
            {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "model": "m"}},
            {"type": "content_block_start", "index": 0, "content_block": block},
            *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 5}},
            {"type": "message_stop"},
        ]
        yield head(content_type="text/event-stream")
        for event in events:
            yield chunk(f"data: {json.dumps(event)}\n\n".encode())
            yield 0.1
        yield END

    with Server(steps) as server:
        client = Client("key", server.base_url, endpoint="messages", max_retries=0, stream_idle_timeout=0.6)
        reply = _fold(client.stream(Prompt("gpt-5.2", "x", tools=(Tool("list", parameters=SCHEMA),))))
    assert [call.arguments for call in reply.tool_calls] == [{"$top": "a long text!"}]


def test_arguments_that_are_invalid_stay_as_they_were_written():
    events = [Start(0, ToolCall("c", "t", "")), Delta(0, '{"_top'), Delta(0, '_2": "'), End(0, invalid=True)]
    restored = ChangedArguments({"t": lambda: ArgumentNamesFilter({"_top_2": "$top"})})
    assert list(restored.feed(events)) == [events[0], Delta(0, '{"_top_2": "'), events[-1]]
    assert not restored.delays
    other = [Start(1, ToolCall("c", "u", "")), Delta(1, "{}"), End(1)]
    assert list(restored.feed(other)) == other


@given(st.lists(st.text(max_size=70), unique=True, max_size=8))
def test_every_name_is_valid_and_comes_back(names):
    schema = {"type": "object", "properties": dict.fromkeys(names, STRING), "required": names}
    made = with_wire_arguments(schema)
    sent = list(made["properties"])
    assert len(set(sent)) == len(names)
    assert made["required"] == sent
    assert with_wire_arguments(made) == made
    back = own_argument_names((Tool("t", parameters=schema),)).get("t", {})
    assert [back.get(name, name) for name in sent] == names
    assert json.dumps(made)
