"""Schemas for strict mode: closed, complete, and refused where they cannot be."""

import copy
import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, HttpUrl, SecretStr

from hatz_client.content import Prompt, ResponseFormat, Tool, Turn
from hatz_client.errors import HatzInvalidInputError
from hatz_client.wire import messages, responses
from hatz_client.wire.common.tools.strict_schema import ANTHROPIC, OPENAI, strict


def of(schema, **root):
    """The schema of one required property, made strict."""
    made = strict({"type": "object", "properties": {"x": schema}, "required": ["x"], **root})
    return made["properties"]["x"]


def optional(schema):
    return strict({"type": "object", "properties": {"x": schema}})["properties"]["x"]


STRING = {"type": "string"}


def closed(**properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        (STRING, STRING),
        ({"type": "string", "default": "a", "enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        ({"type": "object", "properties": {"a": STRING}, "required": ["a"]}, closed(a=STRING)),
        ({"type": "array", "items": {"type": "object", "properties": {}}}, {"type": "array", "items": closed()}),
        ({"oneOf": [STRING, {"type": "integer"}]}, {"anyOf": [STRING, {"type": "integer"}]}),
        ({"allOf": [STRING], "description": "D"}, {"anyOf": [STRING], "description": "D"}),
        ({"$ref": "#/$defs/A"}, {"$ref": "#/$defs/A"}),
        ({"$ref": "#/$defs/A", "description": "D"}, {"anyOf": [{"$ref": "#/$defs/A"}], "description": "D"}),
        ({"enum": [1, "a"]}, {"enum": [1, "a"]}),
        ({"const": 1}, {"const": 1}),
    ],
)
def test_what_is_required(schema, made):
    assert of(schema) == made


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        (STRING, {"type": ["string", "null"]}),
        ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ({"type": "null"}, {"type": "null"}),
        ({"type": "string", "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"anyOf": [STRING, {"type": "null"}], "default": None}, {"anyOf": [STRING, {"type": "null"}]}),
        ({"anyOf": [STRING, {"type": "integer"}]}, {"anyOf": [STRING, {"type": "integer"}, {"type": "null"}]}),
        ({"$ref": "#/$defs/A"}, {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}),
        ({"const": 1, "type": "integer"}, {"anyOf": [{"const": 1, "type": "integer"}, {"type": "null"}]}),
        ({"enum": ["a"], "title": "T"}, {"anyOf": [{"enum": ["a"]}, {"type": "null"}], "title": "T"}),
    ],
)
def test_what_is_optional_may_be_null(schema, made):
    assert optional(schema) == made


def test_definitions_are_closed_too_also_when_they_contain_themselves():
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
    made = strict({"type": "object", "properties": {}, "$defs": {"Node": node}})
    assert made["$defs"]["Node"] == closed(next={"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]})


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "object"}, r"\$\.x: .*any properties"),
        ({"type": "object", "additionalProperties": STRING}, r"\$\.x: .*any properties"),
        ({"type": "object", "properties": {"a": STRING}, "additionalProperties": True}, "any properties"),
        ({"type": "array", "items": {"type": "object"}}, r"\$\.x\.items: "),
        ({"type": "array"}, r"\$\.x\.items: .*any value"),
        ({}, r"\$\.x: .*any value"),
        ({"description": "anything"}, "any value"),
        (True, "any value"),
        ({"type": "string", "not": {"const": "a"}}, "not"),
        ({"type": "array", "prefixItems": [STRING]}, "prefixItems"),
        ({"allOf": [STRING, {"minLength": 1}]}, "allOf"),
        ({"anyOf": [STRING], "properties": {}}, "properties beside anyOf"),
    ],
)
def test_what_cannot_be_strict_is_refused_by_name(schema, named):
    with pytest.raises(HatzInvalidInputError, match=named):
        of(schema)


def test_the_root_is_an_object():
    assert strict({"properties": {}}) == closed()
    for schema in ({"type": "string"}, {"anyOf": [STRING]}):
        with pytest.raises(HatzInvalidInputError, match="at its root"):
            strict(schema)


SCHEMAS = st.recursive(
    st.sampled_from([STRING, {"type": "integer", "default": 1}, {"enum": ["a"]}, {"type": ["number", "null"]}]),
    lambda inner: st.one_of(
        st.builds(lambda item: {"type": "array", "items": item}, inner),
        st.builds(lambda options: {"anyOf": options}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(
            lambda properties, n: {"type": "object", "properties": properties, "required": list(properties)[:n]},
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            st.integers(0, 2),
        ),
    ),
    max_leaves=6,
)


@given(SCHEMAS)
def test_it_is_strict_throughout_stays_so_and_leaves_the_original_alone(schema):
    root = {"type": "object", "properties": {"x": schema}}
    before = copy.deepcopy(root)
    made = strict(root)
    assert root == before
    assert strict(made) == made
    for inner in walked(made):
        assert "default" not in inner
        if "properties" in inner:
            assert inner["additionalProperties"] is False
            assert inner["required"] == list(inner["properties"])


def walked(schema):
    yield schema
    for inner in [
        *schema.get("properties", {}).values(),
        *schema.get("anyOf", ()),
        *filter(None, [schema.get("items")]),
    ]:
        yield from walked(inner)


# Anthropic's strict mode: closed objects too, but optional properties stay optional, and bounds are words.


def anthropic(schema):
    made = strict({"type": "object", "properties": {"x": schema}}, ANTHROPIC)
    assert made["additionalProperties"] is False
    assert "required" not in made
    return made["properties"]["x"]


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        (STRING, STRING),
        (
            {"type": "object", "properties": {"a": STRING}},
            {"type": "object", "properties": {"a": STRING}, "additionalProperties": False},
        ),
        ({"oneOf": [STRING, {"type": "integer"}]}, {"anyOf": [STRING, {"type": "integer"}]}),
        ({"type": "integer", "minimum": 1, "description": "D"}, {"type": "integer", "description": "D (minimum: 1)"}),
        ({"type": "string", "maxLength": 3}, {"type": "string", "description": "maxLength: 3"}),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "string", "format": "binary"}, {"type": "string", "description": "format: binary"}),
        ({"type": "array", "items": STRING, "minItems": 1}, {"type": "array", "items": STRING, "minItems": 1}),
        (
            {"type": "array", "items": STRING, "minItems": 2},
            {"type": "array", "items": STRING, "description": "minItems: 2"},
        ),
    ],
)
def test_anthropics_strict_mode(schema, made):
    assert anthropic(schema) == made


DECIMAL = r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"
"""The expression of pydantic's Decimal."""


@pytest.mark.parametrize("rules", [OPENAI, ANTHROPIC])
@pytest.mark.parametrize("pattern", [DECIMAL, "a(?=b)", "(?<=a)b", "(?<!a)b", r"\\(?!a)"])
def test_no_service_compiles_expressions_with_look_arounds(rules, pattern):
    schema = closed(x={"type": "string", "pattern": pattern, "description": "D"})
    assert strict(schema, rules)["properties"]["x"] == {"type": "string", "description": f"D (pattern: {pattern})"}


@pytest.mark.parametrize("rules", [OPENAI, ANTHROPIC])
@pytest.mark.parametrize("pattern", ["^a+$", r"\(?=a", r"^\w+@(?:a|b)\.com$", "(?P<a>b)"])
def test_other_expressions_are_kept(rules, pattern):
    schema = closed(x={"type": "string", "pattern": pattern})
    assert strict(schema, rules) == schema


@pytest.mark.parametrize("pattern", [r"\bword\b", r"(a)\1", r"(?P<a>b)(?P=a)", r"(?<a>b)\k<a>"])
def test_anthropic_has_no_references_and_no_word_boundaries(pattern):
    schema = {"type": "string", "pattern": pattern}
    assert of(schema) == schema
    assert anthropic(schema) == {"type": "string", "description": f"pattern: {pattern}"}


@pytest.mark.parametrize("name", ["uri", "path", "binary", "password", "json-string", "int64"])
def test_openai_accepts_nine_formats(name):
    assert of({"type": "string", "format": name}) == {"type": "string", "description": f"format: {name}"}
    assert of({"type": "string", "format": "uuid"}) == {"type": "string", "format": "uuid"}


class Everything(BaseModel):
    """Pydantic types whose schemas have expressions and formats."""

    price: Decimal
    link: HttpUrl
    path: Path
    data: bytes
    secret: SecretStr
    when: datetime
    id: UUID
    span: timedelta


@pytest.mark.parametrize(("wire", "formats"), [(messages, {"uri"}), (responses, set())])
def test_pydantics_types_are_sent_as_each_service_accepts_them(wire, formats):
    tool = Tool("t", parameters=Everything.model_json_schema(), strict=True)
    sent = json.dumps(wire.encode(Prompt("m", (Turn("user", "hi"),), tools=(tool,))))
    assert '"pattern":' not in sent
    assert set(re.findall('"format": "([^"]*)"', sent)) == {"date-time", "uuid", "duration"} | formats


@pytest.mark.parametrize("wire", [messages, responses])
@pytest.mark.parametrize("asked", ["tool", "format"])
def test_both_endpoints_close_every_object(wire, asked):
    inner = {"type": "object", "properties": {"a": STRING}}
    schema = {"type": "object", "properties": {"x": {"oneOf": [{"$ref": "#/$defs/I"}, inner]}}, "$defs": {"I": inner}}
    given = (
        {"tools": (Tool("t", parameters=schema, strict=True),)}
        if asked == "tool"
        else {"response_format": ResponseFormat(schema, strict=True)}
    )
    sent = str(wire.encode(Prompt("m", (Turn("user", "hi"),), **given)))
    assert sent.count("'additionalProperties': False") == sent.count("'type': 'object'") == 3
    assert "oneOf" not in sent


def test_anthropics_response_format_is_closed_where_it_can_be():
    def sent(schema):
        prompt = Prompt("m", (Turn("user", "hi"),), response_format=ResponseFormat(schema))
        return messages.encode(prompt)["output_config"]["format"]["schema"]

    assert sent({"type": "object", "properties": {}})["additionalProperties"] is False
    assert sent({"type": "object"}) == {"type": "object"}


def parameters(wire, schema, *, strict=None):
    body = wire.encode(Prompt("m", (Turn("user", "Hi"),), tools=(Tool("search", "", schema, strict=strict),)))
    return body["tools"][0].get("parameters") or body["tools"][0]["input_schema"]


@pytest.mark.parametrize("wire", [responses, messages])
@pytest.mark.parametrize("strict", [None, True])
def test_a_schema_that_is_edited_between_two_calls_is_sent_as_it_is_now(wire, strict):
    schema = {"type": "object", "properties": {"x": {"type": "integer", "enum": [1]}}, "required": ["x"]}
    before = parameters(wire, schema, strict=strict)
    schema["properties"]["x"]["enum"].append(2)
    schema["properties"]["x"]["description"] = "New"
    after = parameters(wire, schema, strict=strict)
    assert before["properties"]["x"] == {"type": "integer", "enum": [1]}
    assert after["properties"]["x"] == {"type": "integer", "enum": [1, 2], "description": "New"}


@pytest.mark.parametrize("wire", [responses, messages])
def test_values_that_python_takes_for_equal_stay_different(wire):
    for value in (1, True, 1.0):
        schema = {"type": "object", "properties": {"x": {"const": value}}}
        assert type(parameters(wire, schema)["properties"]["x"]["const"]) is type(value)
