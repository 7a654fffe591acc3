"""Values for JSON schemas: they satisfy the schema, and they say what the request says."""

from __future__ import annotations

import json
import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hatz_sandbox.answerer.fill import fill
from hatz_sandbox.answerer.pattern import DEFAULT, example

STR, INT, N, B = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
SHARE = {**N, "minimum": 0, "maximum": 1}
DATE = {**STR, "format": "date"}
TREE = {
    "$ref": "#/$defs/Node",
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "value": INT,
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}, "minItems": 0},
            },
            "required": ["value", "children"],
        }
    },
}


def obj(optional=(), **properties):
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


SCHEMAS = {
    "empty": {"type": "object", "properties": {}},
    "bare": {},
    "scalars": obj(a=STR, b=INT, c=N, d=B, e={"type": "null"}),
    "bounds": obj(a={**INT, "minimum": 10, "maximum": 20}, b={**N, "exclusiveMinimum": 0, "exclusiveMaximum": 1}),
    "multiple": obj(a={**INT, "multipleOf": 7, "minimum": 15}, b={**N, "multipleOf": 0.5}),
    "negative": obj(a={**INT, "maximum": -5}),
    "lengths": obj(a={**STR, "minLength": 100}, b={**STR, "maxLength": 3}),
    "enum": obj(a={"enum": ["x", "y"]}, b={"const": 7}, c={"enum": [1, None]}),
    "pattern": obj(a={**STR, "pattern": "^[A-Z]{3}-\\d{4}$"}, b={**STR, "pattern": "^(foo|bar)+$"}),
    "formats": obj(
        **{
            name.replace("-", "_"): {**STR, "format": name}
            for name in ("date", "date-time", "email", "uri", "uuid", "ipv4")
        }
    ),
    "array": obj(a={"type": "array", "items": INT, "minItems": 2, "maxItems": 3}, b={"type": "array", "items": STR}),
    "unique": obj(a={"type": "array", "items": {"enum": ["x", "y", "z"]}, "minItems": 3, "uniqueItems": True}),
    "tuple": obj(a={"type": "array", "prefixItems": [STR, INT], "items": False}),
    "nested": obj(a=obj(b=obj(c=STR)), d={"type": "array", "items": obj(e=INT), "minItems": 2}),
    "nullable": obj(
        a={"anyOf": [STR, {"type": "null"}]}, b={"type": ["string", "null"]}, c={"type": ["null", "integer"]}
    ),
    "one of": obj(a={"oneOf": [obj(kind={"const": "cat"}, lives=INT), obj(kind={"const": "dog"}, tricks=STR)]}),
    "all of": {"allOf": [obj(a=STR) | {"additionalProperties": True}, obj(b=INT) | {"additionalProperties": True}]},
    "reference": {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/A"}},
        "required": ["a"],
        "$defs": {"A": obj(b=STR)},
    },
    "reference with description": {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/Color", "description": "a color"}},
        "required": ["a"],
        "$defs": {"Color": {"enum": ["red", "green"], "type": "string"}},
    },
    "recursive": TREE,
    "free": {"type": "object", "additionalProperties": INT, "minProperties": 2},
    "required without property": {"type": "object", "required": ["a"]},
}
TEXTS = [
    "",
    "What is the weather in Paris and London?",
    "Add 3 and 400, then -7.5 on 2026-01-02 for ada@example.com 'quoted'",
    "你好 给我讲个笑话",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_the_value_satisfies_the_schema(schema, text):
    value = fill(schema, text)
    Draft202012Validator(schema).validate(value)
    assert fill(schema, text) == value


def numbers(kind):
    bounds = st.tuples(st.integers(-50, 50), st.integers(0, 50)).map(
        lambda pair: {"type": kind, "minimum": pair[0], "maximum": pair[0] + pair[1]}
    )
    return st.just({"type": kind}) | bounds


SCALARS = st.one_of(
    numbers("integer"),
    numbers("number"),
    st.just(B),
    st.tuples(st.integers(0, 5), st.integers(5, 40)).map(
        lambda pair: {**STR, "minLength": pair[0], "maxLength": pair[1]}
    ),
    st.lists(st.sampled_from(["red", "green", "dark blue", "7"]), min_size=1, unique=True).map(
        lambda names: {"enum": names}
    ),
)


def wider(inner):
    names = st.sampled_from(["name", "city", "count", "input", "is_open", "tags"])
    objects = st.tuples(st.dictionaries(names, inner, max_size=4), st.booleans()).map(
        lambda pair: obj(optional=list(pair[0])[:1] if pair[1] else (), **pair[0])
    )
    arrays = st.tuples(inner, st.integers(0, 3)).map(
        lambda pair: {"type": "array", "items": pair[0], "minItems": pair[1], "maxItems": pair[1] + 2}
    )
    options = inner.map(lambda schema: {"anyOf": [schema, {"type": "null"}]})
    return objects | arrays | options


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.recursive(SCALARS, wider, max_leaves=8), st.sampled_from(TEXTS) | st.text(max_size=40))
def test_any_schema_is_satisfied(schema, text):
    Draft202012Validator(schema).validate(fill(schema, text))


PATTERNS = [
    r"^\d{3}-\d{2}$", r"[a-f0-9]{8}", r"^(yes|no)$", r"^\w+@\w+\.com$", r"^[^a]b?$", r"\S+", "^$", r"^(?:foo|bar)+$", r"^[A-Z]{2,4}\d*$",
    r"^(?P<year>\d{4})-(0[1-9]|1[0-2])$", r"^[\w.-]+$", r"^[]x]{0,3}z$", r"^\$\d+\.\d{2}$", r"^[^\W\d_]+?$", r"^#[0-9a-fA-F]{6}$", r"^v\d+\.\d+\.\d+$",
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$", r"^x{0}y$", "^\\+[1-9]\\d{1,14}$", r"^[\u00e0-\u00ff]+$", "(?i)^abc$|^1$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", PATTERNS)
def test_pattern_examples_match(pattern):
    assert re.search(pattern, example(pattern))


@pytest.mark.parametrize("pattern", [r"^(a)\1\1$", r"^(?=a)\w$", "(", r"^(?!x)[q]{5}$", r"^a{100000}$"])
def test_a_pattern_that_is_not_understood_gets_the_default(pattern):
    assert example(pattern) == DEFAULT


SAID = [
    ("What are the opening hours on Saturday?", obj(day=STR), {"day": "Saturday"}),
    ('What is open on the day "next Monday"?', obj(day=STR), {"day": "next Monday"}),
    ("Refund payment pay_123 of 2026-01-02", obj(payment_id=STR), {"payment_id": "pay_123"}),
    ("Where are 3 parcels of order 4711-B?", obj(order_number=STR), {"order_number": "4711-B"}),
    ("Make an invoice over 250 USD for Acme Corp", obj(customer=STR, amount=N), {"customer": "Acme Corp", "amount": 250}),
    ("Ada Lovelace is 36 years old and lives in London; mail ada@x.org", obj(name=STR, age=INT, city=STR, email=STR),
     {"name": "Ada Lovelace", "age": 36, "city": "London", "email": "ada@x.org"}),
    ("Fly from Rome to Oslo on 2026-03-04 for two passengers", obj(origin=STR, destination=STR, date={**STR, "format": "date"}, passengers=INT),
     {"origin": "Rome", "destination": "Oslo", "date": "2026-03-04", "passengers": 2}),
    ("Divide 10 by 4", obj(a=N, b=N), {"a": 10, "b": 4}),
    ("Subtract 7 from 5 - 3", obj(a=N, b=N, c=N), {"a": 7, "b": 5, "c": 3}),
    ("Weather in San Francisco, CA in celsius?", obj(location=STR, unit={"enum": ["fahrenheit", "celsius"]}),
     {"location": "San Francisco, CA", "unit": "celsius"}),
    ("Create a customer named '你好啊集团' please", obj(customer_name=STR), {"customer_name": "你好啊集团"}),
    ("「寿司」を検索", obj(query=STR), {"query": "寿司"}),
    ("Search for “llama care”", obj(query=STR), {"query": "llama care"}),
    ("Tell me a joke about cats.", obj(topic=STR), {"topic": "cats"}),
    ("Set color: red, size = 12", obj(color=STR, size=INT), {"color": "red", "size": 12}),
    ("Is it open? verbose = false", obj(verbose=B), {"verbose": False}),
    ("Sum 4, 5 and 6", obj(values={"type": "array", "items": INT}), {"values": [4, 5, 6]}),
    ("Tell me a joke.", obj(("punchline",), setup=STR, punchline={"anyOf": [STR, {"type": "null"}], "default": None}),
     {"setup": "Tell me a joke."}),
    ("Book a room from 2027-03-14 to 2027-03-18 for a@x.org and b@x.org", obj(start=DATE, end=DATE, sender_email=STR, recipient_email=STR),
     {"start": "2027-03-14", "end": "2027-03-18", "sender_email": "a@x.org", "recipient_email": "b@x.org"}),
    ("Stay until 2027-03-18, from 2027-03-14 on", obj(start_date=STR, end_date=STR),
     {"start_date": "2027-03-14", "end_date": "2027-03-18"}),
    ("Between 2027-03-14 and 2027-03-18", obj(end_date=STR, start_date=STR),
     {"end_date": "2027-03-18", "start_date": "2027-03-14"}),
    ("Remind me on 2027-03-14", obj(("until",), day=DATE, until=DATE), {"day": "2027-03-14"}),
    ('What are the opening hours on "Monday"?', obj(day=STR), {"day": "Monday"}),
    ("Remind me on 2027-03-14", obj(at={**STR, "format": "date-time"}), {"at": "2027-03-14T12:00:00Z"}),
    ("My name is Ada Lovelace. Please send 3 copies.", obj(name=STR, copies=INT), {"name": "Ada Lovelace", "copies": 3}),
    ("The customer name is Ada Lovelace and she is 36, city: Rome. Then go.", obj(customer_name=STR, city=STR),
     {"customer_name": "Ada Lovelace", "city": "Rome"}),
    ("Version is 2.5 of it. Topic: cats and dogs. Bye", obj(version=STR, topic=STR), {"version": "2.5", "topic": "cats and dogs"}),
    ("Where is my order, ABC-1234?", obj(order={**STR, "pattern": "^[A-Z]{3}-\\d{4}$"}), {"order": "ABC-1234"}),
    ("How are things?", obj(question=STR), {"question": "How are things?"}),
    ("The parcel of 1 May is late", {**obj(money={**SHARE, "description": "Payments."}, post={**SHARE, "description": "A parcel is late."}),
     "description": "The probability of each option."}, {"money": 0.1, "post": 0.9}),
    ("Is it warm in Oslo?", {"type": "object", "properties": {"city": STR, "unit": {**STR, "default": "C"}}}, {"city": "Oslo"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "schema", "value"), SAID, ids=[text[:40] for text, _, _ in SAID])
def test_the_value_says_what_the_request_says(text, schema, value):
    assert fill(schema, text) == value, json.dumps(fill(schema, text))


EXPONENTIAL = [
    r"^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^([a-z]+)*$", "(?=(a+)+$)x", "a?" * 30 + "a{30}b", "(a?){30}a{30}b", "((a|a)){40}$b",
    "a{1000}{1000}{1000}", "a*a*a*a*a*b", r"(?:(?:a+)?)+$", r"(a+)+\1$",
]  # fmt: skip


@pytest.mark.parametrize("pattern", EXPONENTIAL)
def test_an_expression_that_could_take_for_ever_is_not_searched(pattern):
    began = time.process_time()
    assert isinstance(fill({"type": "string", "pattern": pattern}, " ".join(["a" * 60 + "!"] * 20)), str)
    assert time.process_time() - began < 5


def test_an_ordinary_expression_finds_its_word():
    pattern = r"^\d+(\.\d+)?$"
    assert fill({"type": "string", "pattern": pattern}, "It costs 12.50 in all.") == "12.50"
    assert fill({"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"}, "The order is ABC-1234.") == "ABC-1234"
