"""Schemas with an object at their root: what every service wants of a tool's arguments."""

import logging

import pytest

from hatz_client import HatzInvalidInputError, Prompt, Tool, Turn
from hatz_client.util import warn_once
from hatz_client.wire import messages, responses
from hatz_client.wire.common.tools.root_object import inline_root_ref, is_object, is_recursive, object_root

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
NODE = {"type": "object", "properties": {"child": {"$ref": "#/$defs/Node"}}}
RECURSIVE = {"$ref": "#/$defs/Node", "$defs": {"Node": NODE}}


def obj(required=(), **properties):
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch):
    monkeypatch.setattr(warn_once, "_warned", set())


def test_a_class_that_holds_itself_is_inlined_once():
    assert inline_root_ref(RECURSIVE) == {**NODE, "$defs": {"Node": NODE}}
    assert inline_root_ref({"$ref": "#/$defs/None"}) == {"$ref": "#/$defs/None"}
    assert "$ref" in inline_root_ref({"$ref": "#"})


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        (obj(a=STRING), obj(a=STRING)),
        ({"properties": {"a": STRING}}, obj(a=STRING)),
        ({"type": ["object", "null"], "properties": {"a": STRING}}, obj(a=STRING)),
        (RECURSIVE, {**NODE, "$defs": {"Node": NODE}}),
        (  # MCP: one of two groups of properties
            {**obj(a=STRING, b=STRING), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            obj(a=STRING, b=STRING),
        ),
        ({"oneOf": [obj(["k", "a"], k=STRING, a=STRING), obj(["k"], k=STRING)]}, obj(["k"], k=STRING, a=STRING)),
        ({"allOf": [obj(["a"], a=STRING), obj(["b"], b=INTEGER)]}, obj(["a", "b"], a=STRING, b=INTEGER)),
        (
            {"anyOf": [obj(["k"], k={"const": "x"}), obj(["k"], k={"const": "y"})]},
            obj(["k"], k={"anyOf": [{"const": "x"}, {"const": "y"}]}),
        ),
        (
            {"anyOf": [{"$ref": "#/$defs/A"}, obj(b=STRING)], "$defs": {"A": obj(a=STRING)}},
            {**obj(a=STRING, b=STRING), "$defs": {"A": obj(a=STRING)}},
        ),
        ({**obj(a=STRING), "not": {"required": ["a"]}, "if": {}, "then": {}}, obj(a=STRING)),
    ],
)
def test_it_is_one_object(schema, made):
    assert object_root(schema, "T") == made
    assert object_root(object_root(schema, "T"), "T") == made


@pytest.mark.parametrize(
    "schema", [{"type": "array", "items": STRING}, {"enum": [1]}, {"anyOf": [obj(), STRING]}, STRING]
)
def test_what_is_no_object_is_refused_by_name(schema):
    assert not is_object(schema)
    with pytest.raises(HatzInvalidInputError, match=r"The tool 't'.*must be an object"):
        object_root(schema, "The tool 't'")


@pytest.mark.parametrize("wire", [messages, responses])
@pytest.mark.parametrize("strict", [None, True])
def test_an_mcp_servers_tool_costs_no_request_and_is_warned_about_once(wire, strict, caplog):
    schema = {**obj(a=STRING, b=STRING), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    prompt = Prompt("m", (Turn("user", "hi"),), tools=(Tool("attach", parameters=schema, strict=strict),))
    with caplog.at_level(logging.WARNING, "hatz_client"):
        bodies = [wire.encode(prompt) for _ in range(2)]
    sent = bodies[0]["tools"][0].get("input_schema") or bodies[0]["tools"][0]["parameters"]
    assert "anyOf" not in sent
    assert sorted(sent["properties"]) == ["a", "b"]
    assert len(caplog.records) == 1
    assert "attach" in caplog.text


@pytest.mark.parametrize(
    ("schema", "recursive"),
    [
        (RECURSIVE, True),
        (inline_root_ref(RECURSIVE), True),
        ({"type": "object", "properties": {"me": {"$ref": "#"}}}, True),
        ({**obj(a={"$ref": "#/$defs/A"}), "$defs": {"A": obj(b={"$ref": "#/$defs/B"}), "B": STRING}}, False),
        (
            {
                **obj(a={"$ref": "#/$defs/A"}),
                "$defs": {"A": obj(b={"$ref": "#/$defs/B"}), "B": obj(a={"$ref": "#/$defs/A"})},
            },
            True,
        ),
        ({**obj(a=STRING), "$defs": {"Node": NODE}}, False),
    ],
)
def test_which_schemas_hold_themselves(schema, recursive):
    assert is_recursive(schema) is recursive


def test_a_recursive_tool_is_not_strict_on_messages(caplog):
    prompt = Prompt("m", (Turn("user", "hi"),), tools=(Tool("tree", parameters=RECURSIVE, strict=True),))
    with caplog.at_level(logging.WARNING, "hatz_client"):
        (tool,) = messages.encode(prompt)["tools"]
    assert "strict" not in tool
    assert tool["input_schema"]["properties"]["child"] == {"$ref": "#/$defs/Node"}
    assert "without strict" in caplog.text
    (tool,) = responses.encode(prompt)["tools"]
    assert tool["strict"] is True
