"""Every rule of the Messages endpoint: a request that breaks it, and the words it is refused with."""

from __future__ import annotations

import base64

import pytest

from hatz_sandbox.ids import signature

MODEL = "anthropic.claude-haiku-4-5"
HI = {"role": "user", "content": "Hi"}
TOOL = {"name": "f", "input_schema": {"type": "object"}}
USE = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t1", "content": "ok"}
MARK = {"cache_control": {"type": "ephemeral"}}
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def user(*blocks):
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks):
    return {"role": "assistant", "content": list(blocks)}


def text(said, **more):
    return {"type": "text", "text": said, **more}


def image(**source):
    return user({"type": "image", "source": source})


def body(**changed):
    whole = {"model": MODEL, "max_tokens": 50, "messages": [HI], **changed}
    return {name: value for name, value in whole.items() if value is not ...}


def talk(*messages, **changed):
    return body(messages=list(messages), **changed)


REFUSED = [
    (body(metadata={"user": "u"}), "metadata.user: Extra inputs are not permitted"),
    (body(metadata={"user_id": 7}), "metadata.user_id: Input should be a valid string"),
    (talk(user(text("x", cache_control={"type": "persistent"}))), "cache_control.type: Input should be 'ephemeral'"),
    (talk(user(text("x", cache_control={"type": "ephemeral", "ttl": "2h"}))), "Input should be '5m' or '1h'"),
    (body(max_tokens=...), "max_tokens: Field required"),
    (body(max_tokens="50"), "max_tokens: Input should be a valid integer"),
    (body(max_tokens=0), "max_tokens: must be greater than or equal to 1"),
    (body(model=...), "model: Field required"),
    (body(messages=...), "messages: Field required"),
    (body(nonsense=1), "nonsense: Extra inputs are not permitted"),
    (body(temperature=1.5), "temperature: range: 0..1"),
    (body(top_p=-1), "top_p: range: 0..1"),
    (body(stop_sequences=[" "]), "each stop sequence must contain non-whitespace"),
    (body(stream="yes"), "stream: Input should be a valid boolean"),
    (body(system=[{"type": "image"}]), "system.0.type: Input should be 'text'"),
    (body(system=[text("")]), "system: text content blocks must be non-empty"),
    (talk(), "messages: at least one message is required"),
    (talk({"role": "system", "content": "x"}, HI), 'Unexpected role "system"'),
    (talk({"role": "tool", "content": "x"}), 'Unexpected role "tool"'),
    (talk({"role": "user"}), "messages.0.content: Field required"),
    (talk({**HI, "name": "x"}), "messages.0.name: Extra inputs are not permitted"),
    (talk(assistant(text("x"))), 'first message must use the "user" role'),
    (talk({"role": "user", "content": ""}), "must have non-empty content"),
    (talk(HI, assistant(), HI), "messages.1: all messages must have non-empty content"),
    (talk(user(text(""))), "text content blocks must be non-empty"),
    (talk(user(text(" \n"))), "must contain non-whitespace text"),
    (talk({"role": "user", "content": "  "}), "must contain non-whitespace text"),
    (talk(user(text("", **MARK))), "cache_control cannot be set for empty text blocks"),
    (talk(HI, {"role": "assistant", "content": "So: "}), "final assistant content cannot end with trailing whitespace"),
    (talk(HI, assistant(text("So: "))), "final assistant content cannot end with trailing whitespace"),
    (talk(user(text("x", index=0))), "messages.0.content.0.text.index: Extra inputs are not permitted"),
    (talk(user({"type": "input_text", "text": "x"})), "does not match any of the expected tags"),
    (
        talk(HI, assistant(USE), HI),
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1",
    ),
    (talk(HI, assistant(USE)), "without `tool_result` blocks immediately after: t1"),
    (talk(HI, assistant(USE), user(text("Here:"), RESULT)), "without `tool_result` blocks immediately after: t1"),
    (talk(user(RESULT)), "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t1"),
    (talk(HI, assistant(USE), user(RESULT, RESULT)), "Found multiple `tool_result` blocks with id: t1"),
    (talk(HI, assistant(USE, USE), user(RESULT)), "`tool_use` ids must be unique"),
    (talk(HI, assistant(USE), user(RESULT), assistant(USE), user(RESULT)), "`tool_use` ids must be unique"),
    (talk(HI, assistant({**USE, "id": "call:1"})), "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"),
    (
        talk(HI, assistant({**USE, "name": "a.b"})),
        "tool_use.name: String should match pattern '^[a-zA-Z0-9_-]{1,200}$'",
    ),
    (talk(HI, assistant({**USE, "input": "{}"})), "tool_use.input: Input should be a valid dictionary"),
    (talk(user(USE)), "`tool_use` blocks can only be in `assistant` messages"),
    (talk(HI, assistant(RESULT)), "`tool_result` blocks can only be in `user` messages"),
    (
        talk(HI, assistant({"type": "thinking", "thinking": "a", "signature": signature("b")}, text("x"))),
        "Invalid `signature` in `thinking` block",
    ),
    (talk(HI, assistant({"type": "thinking", "thinking": "a"})), "thinking.signature: Field required"),
    (
        talk(HI, assistant({"type": "thinking", "thinking": "a", "signature": signature("a"), **MARK})),
        "thinking.cache_control: Extra inputs are not permitted",
    ),
    (
        body(tools=[{"name": "a b", "input_schema": {"type": "object"}}]),
        "tools.0.custom.name: String should match pattern",
    ),
    (body(tools=[{"name": "f" * 129, "input_schema": {"type": "object"}}]), "tools.0.custom.name"),
    (body(tools=[TOOL, TOOL]), "tools: Tool names must be unique."),
    (body(tools=[{"name": "f"}]), "tools.0.custom.input_schema: Field required"),
    (
        body(tools=[{"name": "f", "input_schema": {"type": "object", "properties": {"$top": {}}}}]),
        "tools.0.custom.input_schema.properties: Property keys should match pattern",
    ),
    (body(tools=[{"name": "f", "input_schema": {}}]), "input_schema.type: Field required"),
    (body(tools=[{"name": "f", "input_schema": {"type": "array"}}]), "input_schema.type: Input should be 'object'"),
    (
        body(tools=[{"name": "f", "input_schema": {"type": "object", "properties": {"a": {"type": "text"}}}}]),
        "JSON schema is invalid. It must match JSON Schema draft 2020-12",
    ),
    (body(tools=[{**TOOL, "parameters": {}}]), "tools.0.custom.parameters: Extra inputs are not permitted"),
    (body(tools=[{"type": "function", "function": {}}]), "does not match any of the expected tags"),
    (body(tools=[TOOL], tool_choice="auto"), "tool_choice: Input should be a valid dictionary"),
    (body(tools=[TOOL], tool_choice={"type": "required"}), "tool_choice: Input tag 'required' found"),
    (body(tools=[TOOL], tool_choice={"type": "tool"}), "tool_choice.tool.name: Field required"),
    (body(tools=[TOOL], tool_choice={"type": "tool", "name": "g"}), "Tool 'g' not found in provided tools"),
    (body(tools=[TOOL], tool_choice={"type": "auto", "name": "f"}), "tool_choice.auto.name: Extra inputs"),
    (body(tool_choice={"type": "auto"}), "may only be specified while providing tools"),
    (
        talk(user(*[text(str(index), **MARK) for index in range(5)])),
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    (body(thinking={"type": "enabled", "budget_tokens": 10}), "greater than or equal to 1024"),
    (body(thinking={"type": "enabled", "budget_tokens": 2000}), "`max_tokens` must be greater than"),
    (body(**THINKING, temperature=0.5), "`temperature` may only be set to 1 when thinking is enabled."),
    (
        body(**THINKING, tools=[TOOL], tool_choice={"type": "any"}),
        "Thinking may not be enabled when tool_choice forces tool use.",
    ),
    (body(tools=[{"type": "web_search_20250305"}]), "tools.0.web_search_20250305.name: Field required"),
    (
        body(
            tools=[
                {
                    **TOOL,
                    "strict": True,
                    "input_schema": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {"a": {"$ref": "https://example.com/a"}},
                    },
                }
            ]
        ),
        "External $ref is not supported",
    ),
    (talk(image(type="base64", media_type="image/png", data="@@")), "invalid base64 data"),
    (talk(image(type="base64", media_type="image/bmp", data=PNG)), "source.base64.media_type: Input should be"),
    (talk(image(type="base64", media_type="image/jpeg", data=PNG)), "appears to be a image/png image"),
    (talk(image(type="url", url="file:///etc/passwd")), "Only HTTP(S) URLs are supported"),
    (
        talk(image(type="path")),
        "messages.0.content.0.image.source: Input tag 'path' found using 'type' does not match any of the expected tags",
    ),
    (body(model="agent-a1b2c3d4-5678-4abc-8ef0-1234567890ab"), "agents are not supported on this endpoint"),
]


@pytest.mark.parametrize(("request_body", "words"), REFUSED, ids=[words[:60] for _, words in REFUSED])
def test_refused(post, request_body, words):
    answered = post("/anthropic/v1/messages", request_body)
    assert answered.status == 400, answered.json
    assert answered.json["type"] == "error"
    assert answered.json["error"]["type"] == "invalid_request_error"
    assert words in answered.json["error"]["message"]
    assert answered.json["request_id"] == answered.headers["X-Request-ID"]


ACCEPTED = {
    "string and blocks": talk(HI, assistant(text("Yes?")), user(text("Hi again"))),
    "neighbors of one role": talk(HI, HI, assistant(USE), user(RESULT), user(text("and?"))),
    "results of parallel calls in two messages": talk(
        HI, assistant(USE, {**USE, "id": "t2"}), user(RESULT), user({**RESULT, "tool_use_id": "t2", "is_error": True})
    ),
    "prefill": talk(HI, assistant(text("So:"))),
    "empty last assistant": talk(HI, {"role": "assistant", "content": ""}),
    "own signature": talk(
        HI, assistant({"type": "thinking", "thinking": "a", "signature": signature("a")}, text("x")), HI
    ),
    "image": talk(image(type="base64", media_type="image/png", data=PNG)),
    "image by address": talk(image(type="url", url="https://example.com/a.png")),
    "result with image": talk(
        HI,
        assistant(USE),
        user(
            {
                **RESULT,
                "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}],
            }
        ),
    ),
    "tool choice": body(tools=[TOOL], tool_choice={"type": "any", "disable_parallel_tool_use": True}),
    "four marks": talk(user(*[text(str(index), **MARK) for index in range(4)])),
    "extras of the real service": body(metadata={"user_id": "u"}, top_k=5, service_tier="auto", temperature=1),
}


@pytest.mark.parametrize("request_body", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted(post, request_body):
    answered = post("/anthropic/messages", request_body)
    assert answered.status == 200, answered.json


def test_a_cut_signature_of_anthropic_is_told_from_a_whole_one(post):
    whole = base64.b64encode(b"\x12\xb5\x01" + bytes(181)).decode()
    for given, status in ((whole, 200), (whole[:100], 400)):
        block = {"type": "thinking", "thinking": "a", "signature": given}
        assert post("/anthropic/messages", talk(HI, assistant(block, text("x")), HI)).status == status


def test_counting_needs_no_max_tokens(post):
    answered = post("/anthropic/messages/count_tokens", body(max_tokens=...))
    assert answered.status == 200
    assert answered.json["input_tokens"] > 0
    assert post("/anthropic/v1/messages/count_tokens", talk()).status == 400


def test_unknown_model_is_404(post):
    answered = post("/anthropic/messages", body(model="no-such-model"))
    assert answered.status == 404
    assert answered.json["error"]["type"] == "not_found_error"
    assert "model 'no-such-model'" in answered.json["error"]["message"]
    assert "not found" in answered.json["error"]["message"]


def test_broken_json_is_refused(post):
    for raw in (b"{", b"[]", b'{"a": NaN}', b'{"a": "\\ud800"}'):
        answered = post("/anthropic/messages", raw)
        assert answered.status == 400
        assert "not valid JSON" in answered.json["error"]["message"]


CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
NODE = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}, "additionalProperties": False}
OPEN_OBJECT = "For 'object' type, 'additionalProperties' must be explicitly set to false"


def closed(part, **more):
    return {**CLOSED, "properties": {"a": part}, **more}


STRICT = [
    ({"type": "object", "properties": {}}, OPEN_OBJECT),
    ({**CLOSED, "additionalProperties": True}, OPEN_OBJECT),
    (closed({"type": "object", "properties": {}}), OPEN_OBJECT),
    (closed({"type": "array", "items": {"type": "object"}}), OPEN_OBJECT),
    (closed({"anyOf": [{"type": "null"}, {"type": "object", "properties": {}}]}), OPEN_OBJECT),
    (closed({"$ref": "#/$defs/A"}, **{"$defs": {"A": {"type": "object"}}}), OPEN_OBJECT),
    (closed({"type": ["object", "null"], "properties": {}}), OPEN_OBJECT),
    (closed({"oneOf": [{"type": "string"}]}), "Schema type 'oneOf' is not supported"),
    (closed({"not": {"type": "string"}}), "Schema type 'not' is not supported"),
    (closed({"type": "integer", "minimum": 1}), "For 'integer' type, property 'minimum' is not supported"),
    (
        closed({"type": "number", "minimum": 1, "maximum": 2}),
        "For 'number' type, properties maximum, minimum are not supported",
    ),
    (closed({"type": "string", "minLength": 1}), "For 'string' type, property 'minLength' is not supported"),
    (closed({"type": "string", "format": "color"}), "For 'string' type, 'format' value 'color' is not supported"),
    (closed({"type": "string", "pattern": "^(?!a)"}), "For 'string' type, 'pattern' value '^(?!a)' is not supported"),
    (closed({"type": "array", "maxItems": 3}), "For 'array' type, property 'maxItems' is not supported"),
    (
        closed({"type": "array", "minItems": 2}),
        "For 'array' type, 'minItems' values other than 0 or 1 are not supported",
    ),
    (closed({"$ref": "#/$defs/Node"}, **{"$defs": {"Node": NODE}}), "Recursive schemas are not supported"),
]


@pytest.mark.parametrize(("schema", "words"), STRICT, ids=[f"{words[:40]} {n}" for n, (_, words) in enumerate(STRICT)])
def test_strict_schemas(post, schema, words):
    tool = {"name": "f", "input_schema": schema}
    assert post("/anthropic/messages", body(tools=[tool])).status == 200
    assert post("/anthropic/messages", body(tools=[{**tool, "strict": False}])).status == 200
    refused = post("/anthropic/messages", body(tools=[{**tool, "strict": True}]))
    assert (refused.status, refused.json["error"]["message"]) == (400, f"tools.0.custom: {words}")
    wanted = {"type": "json_schema", "schema": schema}
    for name, more in (
        ("output_config.format", {"output_config": {"format": wanted}}),
        ("output_format", {"output_format": wanted}),
    ):
        refused = post("/anthropic/messages", body(**more))
        assert (refused.status, refused.json["error"]["message"]) == (400, f"{name}.schema: {words}")


@pytest.mark.parametrize(
    "schema",
    [
        CLOSED,
        closed({"type": "array", "items": {"type": "string", "format": "date", "enum": ["2027-01-01"]}, "minItems": 1}),
        closed({"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}, **{"$defs": {"A": CLOSED}}),
        closed({"type": "string", "pattern": "^a+$"}),
    ],
)
def test_strict_schemas_that_are_taken(post, schema):
    tool = {"name": "f", "input_schema": schema, "strict": True}
    wanted = {"format": {"type": "json_schema", "schema": schema}}
    assert post("/anthropic/messages", body(tools=[tool], output_config=wanted)).status == 200
