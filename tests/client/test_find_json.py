"""JSON in a model's words: found where there is one object, in time that grows with the text only."""

import sys

import pytest

from hatz_client.integration.structured.find_json import find_json, partial_object
from hatz_client.integration.structured.output_schema import output_schema

LIST = output_schema({"title": "Numbers", "type": "array", "items": {"type": "integer"}})
NAMED = output_schema({"title": "T", "type": "object", "properties": {"b": {}}, "required": ["b"]})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Set {} then {"a": 1}', {"a": 1}),
        ("{}", {}),
        ('{"a": 1} and again {"a": 1}', {"a": 1}),
        ('{"a": 1} or {"b": 2}', None),
        ('[{"a": 1}]', None),
        ('It is in [brackets] and {braces}: {"a": "x\ny\tz"}', {"a": "x\ny\tz"}),
        ('First {"x": 0}, so:\n```json\n{"a": 1}\n```', {"a": 1}),
        ('```json\n{"a": "```py\\n1\\n```"}\n```', {"a": "```py\n1\n```"}),
        ('{"a": [{"b": 1}', None),
        ('{"a": 1, } no: {"a": 1}', None),
    ],
)
def test_one_object(text, found):
    assert find_json(text) == found


def test_of_several_the_one_that_the_schema_asks_for():
    assert find_json('{"a": 1} or {"b": 2}', NAMED) == {"b": 2}
    assert find_json('{"b": 1} or {"b": 2}', NAMED) is None


@pytest.mark.parametrize("text", ["[1, 2]", '{"root": [1, 2]}', "Here: [1, 2].", '```json\n{"root": [1, 2]}\n```'])
def test_a_value_that_is_no_object_may_be_wrapped_or_not(text):
    assert find_json(text, LIST) == {"root": [1, 2]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Sure: {"a": "one\ntw', {"a": "one\ntw"}),
        ('{"a": [1, {"b": 2}, {"b', {"a": [1, {"b": 2}, {}]}),
        ('{"a": "x\\', {"a": "x"}),
        ("{", {}),
        ("no", {}),
    ],
)
def test_an_object_that_is_being_written(text, found):
    assert partial_object(text) == found


def calls(function, *args):
    """How many Python and C functions it calls: what grows faster than its input shows here, without a clock."""
    count = 0

    def counted(_frame, event, _arg):
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(counted)
    try:
        function(*args)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "piece", ["\n", "```", "```\n", "{", "[", "{ ", '{"a":', '{"a":1}', '"', "\\", '{"', "``` ```json\n{}\n"]
)
@pytest.mark.parametrize("function", [find_json, partial_object])
def test_no_text_makes_it_slow(function, piece):
    small, large = (calls(function, piece * n) for n in (1000, 16000))
    assert large < small * 16 * 1.3 + 100
