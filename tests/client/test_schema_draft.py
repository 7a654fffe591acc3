"""Schemas of MCP servers and older generators: both services take only JSON Schema 2020-12, and OpenAI only arrays with items."""

import copy

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hatz_client import Prompt, Tool, Turn
from hatz_client.content import ResponseFormat
from hatz_client.wire import messages, responses
from hatz_client.wire.common.tools.schema_draft import current_draft

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def obj(**properties):
    return {"type": "object", "properties": properties}


CASES = {
    "nulls of Go": (
        {**obj(a={**STRING, "enum": None, "description": None}), "required": None, "additionalProperties": None},
        obj(a=STRING),
    ),
    "no properties": ({"type": "object", "properties": None}, {"type": "object"}),
    "an array without items": (obj(a={"type": "array"}), obj(a={"type": "array", "items": {}})),
    "an array or null": (obj(a={"type": ["array", "null"]}), obj(a={"type": ["array", "null"], "items": {}})),
    "an array of arrays": (
        obj(a={"type": "array", "items": {"type": "array"}}),
        obj(a={"type": "array", "items": {"type": "array", "items": {}}}),
    ),
    "a tuple": (
        obj(a={"type": "array", "prefixItems": [STRING, INTEGER]}),
        obj(a={"type": "array", "prefixItems": [STRING, INTEGER], "items": {}}),
    ),
    "a tuple of draft 7": (
        obj(a={"type": "array", "items": [STRING, {"type": "array"}], "additionalItems": False}),
        obj(a={"type": "array", "prefixItems": [STRING, {"type": "array", "items": {}}], "items": False}),
    ),
    "a tuple without a type": (
        obj(a={"items": [STRING], "additionalItems": INTEGER}),
        obj(a={"prefixItems": [STRING], "items": INTEGER}),
    ),
    "a list of no items": (obj(a={"type": "array", "items": []}), obj(a={"type": "array", "items": {}})),
    "empty objects of PHP": (
        {"type": "object", "properties": [], "definitions": []},
        {"type": "object", "properties": {}, "definitions": {}},
    ),
    "properties without a schema": (obj(a=[], b=None, c=False), obj(a={}, b={}, c=False)),
    "no alternatives": ({**obj(a={**STRING, "anyOf": []}), "oneOf": [], "allOf": []}, obj(a=STRING)),
    "extensions": (
        {**obj(a=STRING), "x-order": {"items": [1], "required": None}},
        {**obj(a=STRING), "x-order": {"items": [1], "required": None}},
    ),
    "any among types": (obj(a={"type": ["string", "any"]}, b={"type": "ANY"}), obj(a={}, b={})),
    "definitions of draft 7": (
        {**obj(a={"$ref": "#/definitions/A"}), "definitions": {"A": {"type": "ARRAY"}}, "$id": "x", "id": "y"},
        {
            **obj(a={"$ref": "#/definitions/A"}),
            "definitions": {"A": {"type": "array", "items": {}}},
            "$id": "x",
            "id": "y",
        },
    ),
    "dependencies": (
        {**obj(a=STRING), "dependentRequired": {"type": ["array"], "required": ["a"]}, "dependencies": {"a": ["b"]}},
        {**obj(a=STRING), "dependentRequired": {"type": ["array"], "required": ["a"]}, "dependencies": {"a": ["b"]}},
    ),
    "bounds of draft 4": (
        obj(a={**INTEGER, "minimum": 0, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False}),
        obj(a={**INTEGER, "exclusiveMinimum": 0, "maximum": 9}),
    ),
    "a bound without its number": (obj(a={**INTEGER, "exclusiveMinimum": True}), obj(a=INTEGER)),
    "required in the property": (
        {**obj(a={**STRING, "required": True}, b={**STRING, "required": False}, c=STRING), "required": ["c", "c"]},
        {**obj(a=STRING, b=STRING, c=STRING), "required": ["c", "a"]},
    ),
    "types in capitals": (
        {"type": "OBJECT", "properties": {"a": {"type": "STRING"}, "b": {"type": "any"}}},
        obj(a=STRING, b={}),
    ),
    "types of programming languages": (
        obj(
            a={"type": "str"}, b={"type": ["int", "none"]}, c={"type": "float"}, d={"type": "bool"}, e={"type": "List"}
        ),
        obj(
            a=STRING,
            b={"type": ["integer", "null"]},
            c={"type": "number"},
            d={"type": "boolean"},
            e={"type": "array", "items": {}},
        ),
    ),
    "types that nobody knows": (
        {"type": "dict", "properties": {"a": {"type": "file", "title": "A"}, "b": {"type": []}}},
        obj(a={"title": "A"}, b={}),
    ),
    "lists of PHP": (
        {**obj(a={**STRING, "enum": {"0": "x", "2": "y"}}, b=STRING), "required": {"1": "b"}},
        {**obj(a={**STRING, "enum": ["x", "y"]}, b=STRING), "required": ["b"]},
    ),
    "in definitions and alternatives": (
        {**obj(a={"anyOf": [{"type": "array"}, {"$ref": "#/$defs/A"}]}), "$defs": {"A": {**STRING, "enum": None}}},
        {**obj(a={"anyOf": [{"type": "array", "items": {}}, {"$ref": "#/$defs/A"}]}), "$defs": {"A": STRING}},
    ),
    "properties that are called like keywords": (
        obj(required={**STRING, "title": None}, type={"type": "array"}, items=STRING, enum=STRING),
        obj(required=STRING, type={"type": "array", "items": {}}, items=STRING, enum=STRING),
    ),
    "null as a value": (
        obj(a={"const": None}, b={**STRING, "default": None}, c={"enum": ["a", None]}),
        obj(a={"const": None}, b={**STRING, "default": None}, c={"enum": ["a", None]}),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_schema_of_a_tool_is_valid_and_says_the_same(name):
    schema, wanted = CASES[name]
    before = copy.deepcopy(schema)
    made = current_draft(schema)
    assert made == wanted
    assert schema == before
    assert current_draft(made) == made
    jsonschema.Draft202012Validator.check_schema(made)


@pytest.mark.parametrize("wire", [responses, messages])
def test_both_endpoints_send_it(wire):
    schema, wanted = CASES["nulls of Go"]
    prompt = Prompt("m", (Turn("user", "hi"),))
    (tool,) = wire.encode(prompt.replace(tools=(Tool("t", parameters=schema),)))["tools"]
    assert (tool.get("parameters") or tool["input_schema"]) == wanted
    assert "None" not in str(wire.encode(prompt.replace(response_format=ResponseFormat(schema, strict=False))))


SCHEMA = st.recursive(
    st.sampled_from([{}, STRING, INTEGER, {"enum": ["a"]}, {"const": None}, {"$ref": "#/$defs/A"}, {"type": "null"}]),
    lambda inner: st.one_of(
        st.builds(lambda a, names: {**obj(**a), "required": sorted(names & a.keys())}, st.dictionaries(
            st.sampled_from(["a", "type", "items", "required"]), inner, max_size=3), st.sets(st.sampled_from(["a", "type"]))),
        st.builds(lambda one: {"type": "array", "items": one}, inner),
        st.builds(lambda many: {"anyOf": many}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda one: {"type": "object", "additionalProperties": one}, inner),
    ),
    max_leaves=8,
)  # fmt: skip


@given(SCHEMA)
def test_a_valid_schema_stays_as_it_is(schema):
    assert current_draft(schema) == schema
