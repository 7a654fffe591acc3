"""Every rule of the Responses endpoint: a request that breaks it, the words, the parameter."""

from __future__ import annotations

import pytest

from hatz_sandbox import QUIRKS, Sandbox
from tests.sandbox.conftest import ask

HI = {"role": "user", "content": "Hi"}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "c1", "output": "ok"}
TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}
LOOSE = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
STRICT = {**LOOSE, "additionalProperties": False}


def body(*items, **changed):
    whole = {"model": "gpt-4o", "input": list(items) or [HI], **changed}
    return {name: value for name, value in whole.items() if value is not ...}


def user(**part):
    return {"role": "user", "content": [part]}


def tool(**changed):
    return body(tools=[{**TOOL, **changed}])


def shape(schema, **changed):
    return body(text={"format": {"type": "json_schema", "name": "x", "schema": schema, **changed}})


REFUSED = [
    (body(model=...), "Missing required parameter: 'model'.", "model"),
    (body(input=...), "Missing required parameter: 'input'.", "input"),
    (body(input=[]), "Missing required parameter: 'input'.", "input"),
    (body(tools=[{"name": "f"}]), "Missing required parameter: 'tools[0].type'.", "tools[0].type"),
    (body(user(text="x")), "Missing required parameter: 'input[0].content[0].type'.", "input[0].content[0].type"),
    (
        body(input=3),
        "Invalid type for 'input': expected one of a string or array of objects, but got an integer",
        "input",
    ),
    (body(previous_response_id="resp_1"), "'previous_response_id' is not supported", "previous_response_id"),
    (body(temperature=2.5), "Expected a value <= 2, but got 2.5", "temperature"),
    (body(temperature="hot"), "Invalid type for 'temperature'", "temperature"),
    (body(max_output_tokens=0), "Expected a value >= 1", "max_output_tokens"),
    (
        body({"role": "tool", "content": "x"}),
        "Invalid value: 'tool'. Supported values are: 'assistant',",
        "input[0].role",
    ),
    (
        body(HI, {**CALL, "name": "a.b"}, OUTPUT),
        "Invalid 'input[1].name': string does not match pattern.",
        "input[1].name",
    ),
    (
        body({"type": "reasoning", "id": "rs_1"}, HI),
        "Missing required parameter: 'input[0].summary'.",
        "input[0].summary",
    ),
    (body(user(type="input_file", filename="a.pdf")), "Missing required parameter:", "input[0].content[0].file_id"),
    (body({"role": "user"}), "Missing required parameter: 'input[0].content'.", "input[0].content"),
    (body(user(type="text", text="x")), "Invalid value: 'text'.", "input[0].content[0].type"),
    (body(user(type="output_text", text="x")), "Invalid value: 'output_text'.", "input[0].content[0].type"),
    (
        body(HI, {"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}),
        "Supported values are: 'output_text' and 'refusal'.",
        "input[1].content[0].type",
    ),
    (
        body(HI, {"role": "assistant", "content": "", "tool_calls": []}),
        "Unknown parameter: 'input[1].tool_calls'.",
        "input[1].tool_calls",
    ),
    (body(user(type="input_image", image_url="nope")), "Expected a valid URL", "input[0].content[0].image_url"),
    (body(HI, {**CALL, "arguments": {}}, OUTPUT), "expected a string, but got an object", "input[1].arguments"),
    (body(HI, {"type": "function_call", "name": "f", "arguments": "{}"}), "'input[1].call_id'", "input[1].call_id"),
    (body(HI, {**CALL, "call_id": ""}), "empty string", "input[1].call_id"),
    (body(HI, CALL), "No tool output found for function call c1.", "input"),
    (body(HI, OUTPUT), "No tool call found for function call output with call_id c1.", "input"),
    (body(HI, OUTPUT, CALL), "No tool call found for function call output with call_id c1.", "input"),
    (body(HI, CALL, CALL, OUTPUT), "Duplicate function call with call_id c1", "input"),
    (body(HI, CALL, OUTPUT, OUTPUT), "Duplicate function call output with call_id c1", "input"),
    (body(HI, CALL, {**OUTPUT, "output": {"a": 1}}), "Invalid type for 'input[2].output'", "input[2].output"),
    (body(HI, {"type": "computer_call"}), "Invalid value: 'computer_call'.", "input[1].type"),
    (
        body(tools=[{"type": "function", "function": {"description": "x"}}]),
        "Missing required parameter: 'tools[0].function.name'.",
        "tools[0].function.name",
    ),
    (tool(type="web_search"), "Invalid value: 'web_search'.", "tools[0].type"),
    (tool(name="a b"), "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'", "tools[0].name"),
    (tool(name="f" * 65), "Expected a string with maximum length 64", "tools[0].name"),
    (body(tools=[TOOL, TOOL]), "Duplicate tool name 'f'", "tools[1].name"),
    (tool(parameters={"type": "string"}), "Invalid schema for function 'f'", "tools[0].parameters"),
    (tool(parameters={"type": "object", "properties": 3}), "Invalid schema for function 'f'", "tools[0].parameters"),
    (
        tool(strict=True, parameters=LOOSE),
        "'additionalProperties' is required to be supplied and to be false",
        "tools[0].parameters",
    ),
    (tool(strict=True, parameters={**STRICT, "required": []}), "Missing 'a'.", "tools[0].parameters"),
    (
        tool(strict=True, parameters={**STRICT, "properties": {"a": {"type": "array", "items": LOOSE}}}),
        "In context=('properties', 'a', 'items')",
        "tools[0].parameters",
    ),
    (
        tool(strict=True, parameters={**STRICT, "properties": {"a": {"type": "string", "format": "uri"}}}),
        "In context=('properties', 'a'), 'uri' is not a valid format.",
        "tools[0].parameters",
    ),
    (
        tool(strict=True, parameters={**STRICT, "properties": {"a": {"type": "string", "pattern": "^(?!a)"}}}),
        "regex lookaround is not supported. Found at $.properties.a.pattern.",
        "tools[0].parameters",
    ),
    (body(tool_choice="required"), "must be specified with 'tools' parameter", "tool_choice"),
    (body(tools=[TOOL], tool_choice="any"), "Supported values are: 'none', 'auto', and 'required'.", "tool_choice"),
    (body(tools=[TOOL], tool_choice={"type": "function", "name": "g"}), "not found in 'tools'", "tool_choice"),
    (
        body(tools=[TOOL], tool_choice={"type": "function"}),
        "Missing required parameter: 'tool_choice.name'.",
        "tool_choice.name",
    ),
    (body(text={"format": {"type": "json_object"}}), "must contain the word 'json'", "input"),
    (shape(STRICT, name=...), "", "text.format.name"),
    (shape(LOOSE, strict=True), "Invalid schema for response_format 'x'", "text.format.schema"),
    (body(text={"format": {"type": "grammar"}}), "Invalid value: 'grammar'.", "text.format.type"),
    (body(model="agent-1"), "agents are not supported on this endpoint", "model"),
    (body(model="agent_1"), "agents are not supported on this endpoint", "model"),
    (body(model="no-such-model"), "Model not found", "model"),
]


def without_blanks(value):
    if isinstance(value, dict):
        return {name: without_blanks(item) for name, item in value.items() if item is not ...}
    return value


@pytest.mark.parametrize(
    ("request_body", "words", "param"), REFUSED, ids=[f"{param}-{n}" for n, (_, _, param) in enumerate(REFUSED)]
)
def test_refused(post, request_body, words, param):
    answered = post("/openai/responses", without_blanks(request_body))
    assert answered.status == 400, answered.json
    error = answered.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert words in error["message"]
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"


ACCEPTED = {
    "string": body(input="Hi"),
    "typed parts": body(user(type="input_text", text="x")),
    "all roles": body({"role": "system", "content": "a"}, {"role": "developer", "content": "b"}, HI),
    "assistant": body(
        HI, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]}, HI
    ),
    "tool round": body(HI, CALL, OUTPUT),
    "outputs later": body(HI, CALL, {**CALL, "call_id": "c2"}, {**OUTPUT, "call_id": "c2"}, OUTPUT),
    "output of parts": body(HI, CALL, {**OUTPUT, "output": [{"type": "input_text", "text": "x"}]}),
    "ignored fields": body(
        store=True, include=["reasoning.encrypted_content"], reasoning={"effort": "high"}, seed=1, foo={}
    ),
    "strict": tool(strict=True, parameters=STRICT),
    "no parameters": body(tools=[{"type": "function", "name": "f"}]),
    "forced": body(tools=[TOOL], tool_choice={"type": "function", "name": "f"}),
    "image": body(user(type="input_image", image_url="data:image/png;base64,aGk=")),
    "json": shape(STRICT, strict=True),
    "another family": body(model="anthropic.claude-haiku-4-5"),
}


def test_a_reference_to_an_item_is_refused_as_not_stored(post):
    answered = post("/openai/responses", body(HI, {"type": "item_reference", "id": "msg_1"}))
    assert (answered.status, answered.json["error"]["param"]) == (404, "input")
    assert (
        "Item with id 'msg_1' not found. Items are not persisted on this gateway." in answered.json["error"]["message"]
    )


@pytest.mark.parametrize("request_body", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(post, request_body):
    answered = post("/openai/responses", request_body)
    assert answered.status == 200, answered.json


def test_a_tool_of_an_unknown_type_is_refused_as_unknown_to_the_sandbox(post):
    refused = post("/openai/responses", body(HI, tools=[TOOL, {"type": "web_search"}]))
    error = refused.json["error"]
    assert (refused.status, error["param"], error["code"]) == (400, "tools[1].type", "invalid_value")
    assert "'web_search'" in error["message"]
    assert "The Hatz sandbox does not know this type of tool" in error["message"]
    assert "The types it knows are: 'function'." in error["message"]


NESTED = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "name": "f"}, {"type": "function", "function": {"name": "f"}}]
)
@pytest.mark.parametrize("given", [TOOL, NESTED], ids=["flat", "nested"])
def test_tools_are_taken_flat_and_nested(post, given, choice):
    answered = post("/openai/responses", body(tools=[given], tool_choice=choice)).json
    assert [item["name"] for item in answered["output"]] == ["f"]


def test_the_echo_of_a_nested_tool_is_flat(faithful_post):
    (tool,) = faithful_post("/openai/responses", body(tools=[NESTED])).json["tools"]
    assert (tool["name"], tool["strict"]) == ("f", True)


@pytest.mark.parametrize(
    ("quirk", "taken", "refused", "words"),
    [
        ("flat_tools_only", TOOL, NESTED, "Missing required parameter: 'tools[0].name'."),
        ("nested_tools_only", NESTED, TOOL, "Missing required parameter: 'tools[0].function'."),
    ],
)
def test_quirks_refuse_one_form(quirk, taken, refused, words):
    with Sandbox(quirks=QUIRKS | {quirk}) as sandbox:
        assert ask(sandbox, "/openai/responses", body(tools=[taken])).status == 200
        answered = ask(sandbox, "/openai/responses", body(tools=[refused]))
    assert (answered.status, answered.json["error"]["message"]) == (400, words)
