"""What follows from a prompt's tools is computed once, and only for tools of the same content."""

import datetime as dt
import decimal
import enum
import json
import types

import pytest

from hatz_client import HatzInvalidInputError, Prompt, Tool
from hatz_client.util.json_text import to_json
from hatz_client.wire import messages, responses
from hatz_client.wire.common.tools.by_content import by_content

WIRES = pytest.mark.parametrize("wire", [messages, responses])


class Word(enum.StrEnum):
    YES = "yes"


class Number(int):
    """A subclass of a JSON type."""


def counted():
    """A function of tools, and the tools that it was called with."""
    seen = []

    @by_content
    def names(tools):
        seen.append(tools)
        return [tool.name for tool in tools]

    return names, seen


def tool(value, **fields):
    return Tool("t", parameters={"type": "object", "properties": {"a": {"default": value}}}, **fields)


def test_equal_tools_are_computed_once():
    names, seen = counted()
    assert names((tool(1),)) == names([tool(1)]) == names((tool(1),)) == ["t"]
    assert len(seen) == 1


def test_a_changed_schema_is_computed_again_and_not_seen_by_the_first():
    names, seen = counted()
    given = tool([1])
    names((given,))
    given.parameters["properties"]["a"]["default"].append(2)
    names((given,))
    assert [tools[0].parameters["properties"]["a"]["default"] for tools in seen] == [[1], [1, 2]]


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, 1.0), (0, False), ("1", 1), ("a", b"a"), (None, "null"), (0.0, -0.0), ({}, [])],
    ids=repr,
)
def test_values_of_different_types_are_told_apart(one, other):
    names, seen = counted()
    for value in (one, other):
        names((tool(value),))
    assert len(seen) == 2


@pytest.mark.parametrize(
    "value",
    [Word.YES, Number(1), decimal.Decimal("1.5"), dt.date(2026, 1, 1), types.MappingProxyType({"a": 1})],
    ids=repr,
)
def test_values_of_other_types_are_not_kept(value):
    names, seen = counted()
    for _ in range(2):
        assert names((tool(value),)) == ["t"]
    assert len(seen) == 2
    assert seen[0][0].parameters["properties"]["a"]["default"] is value


def test_all_fields_of_a_tool_count():
    names, seen = counted()
    for other in (
        Tool("t"),
        Tool("u"),
        Tool("t", "Does it"),
        Tool("t", strict=True),
        Tool("t", residue={"messages": {}}),
    ):
        names((other,))
    assert len(seen) == 5


def test_a_schema_that_contains_itself_is_not_kept():
    names, seen = counted()
    circle = {"type": "object"}
    circle["properties"] = {"a": circle}
    for _ in range(2):
        assert names((Tool("t", parameters=circle),)) == ["t"]
    assert len(seen) == 2


@WIRES
def test_a_date_is_refused_although_its_text_was_accepted_before(wire):
    def sent(value):
        return to_json(wire.encode(Prompt("m", "Hi", tools=(tool(value),))))

    assert b'"2026-01-01"' in sent("2026-01-01")
    with pytest.raises(HatzInvalidInputError, match="date"):
        sent(dt.date(2026, 1, 1))
    assert b'"2026-01-01"' in sent("2026-01-01")


@WIRES
def test_a_body_can_be_changed_without_changing_the_next(wire):
    prompt = Prompt("m", "Hi", tools=(tool(1), {"type": "web_search"}))
    first = wire.encode(prompt)
    before = json.dumps(first)
    first["tools"].append({"type": "other"})
    assert json.dumps(wire.encode(prompt)) == before
