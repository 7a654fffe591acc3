"""Classes as JSON schemas, kept as pydantic writes them, and objects made from JSON."""

import dataclasses
import enum
from typing import Annotated, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

import pytest
from pydantic import BaseModel, Field, RootModel

from hatz_client import HatzInvalidInputError
from hatz_client.integration.structured.class_schema import class_schema, validator, without_titles
from hatz_client.integration.structured.output_schema import output_schema, to_response_format

T = TypeVar("T")
STRING = {"type": "string"}


class Node(BaseModel):
    """A node."""

    name: str
    children: list["Node"] = []


class Box(BaseModel, Generic[T]):
    value: T


class Color(enum.Enum):
    RED = "red"


class Names(RootModel[list[str]]):
    """Names."""


class Part(TypedDict):
    size: Annotated[int, ..., "How big."]


class Tree(TypedDict, total=False):
    """A tree."""

    kids: list["Tree"]
    part: Part | None


class Row(TypedDict):
    kind: Literal["a", "b"]
    note: NotRequired[str]
    count: Annotated[int, 5, "How many."]


@dataclasses.dataclass
class Point:
    """A point."""

    x: int
    y: int = 0


def schema(kind: Any) -> Any:
    return without_titles(class_schema(kind))


def test_a_class_that_holds_itself_keeps_its_schema():
    made = schema(Node)
    assert made["type"] == "object"
    assert made["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}
    assert made["$defs"]["Node"]["properties"]["children"]["items"] == {"$ref": "#/$defs/Node"}


def test_typed_dicts():
    assert schema(Part) == {
        "type": "object",
        "properties": {"size": {"type": "integer", "description": "How big."}},
        "required": ["size"],
    }
    made = schema(Row)
    assert made["required"] == ["kind"]
    assert made["properties"]["count"] == {"type": "integer", "description": "How many.", "default": 5}
    made = schema(Tree)
    assert "required" not in made
    assert made["properties"]["kids"]["items"] == {"$ref": "#/$defs/Tree"}
    assert made["$defs"]["Part"]["properties"]["size"]["description"] == "How big."


@pytest.mark.parametrize("kind", [Names, Color, list[Node], list[Part], Node | None, int | str, Literal["x"]])
def test_what_is_no_object_is_wrapped_and_told_as_it_is(kind):
    wanted = output_schema(kind)
    assert wanted.wrapped
    assert wanted.schema["type"] == "object"
    assert wanted.schema["required"] == ["root"]
    told = to_response_format(wanted)
    assert "root" not in told["json_schema"]["schema"].get("properties", {})
    assert output_schema(told) == wanted


@pytest.mark.parametrize(
    ("kind", "text", "made"),
    [
        (Node, '{"name": "a", "children": null}', Node(name="a")),
        (Color, '"red"', Color.RED),
        (list[Node], '[{"name": "a"}]', [Node(name="a")]),
        (Point, '{"x": 1}', Point(1)),
        (Box[int], '{"value": 1}', Box[int](value=1)),
        (Row, '{"kind": "a", "count": 1}', {"kind": "a", "count": 1}),
    ],
)
def test_objects_are_made_from_json(kind, text, made):
    assert validator(kind)(text) == made


def test_names_and_descriptions():
    assert [output_schema(kind).name for kind in (Node, Box[int], Color, Point, Row, list[Node])] == [
        "Node", "Box[int]", "Color", "Point", "Row", "response",
    ]  # fmt: skip
    assert output_schema(Node).description == "A node."


def test_titles_go_and_properties_called_title_stay():
    class Song(BaseModel):
        title: str
        inner: list[Annotated[str, Field(title="Inner")]] = []

    made = schema(Song)
    assert made["properties"] == {"title": STRING, "inner": {"type": "array", "items": STRING, "default": []}}


@pytest.mark.parametrize("wrong", [object(), "x", 3, {"no": "title"}, [1]])
def test_what_has_no_schema_is_refused(wrong):
    with pytest.raises(HatzInvalidInputError):
        output_schema(wrong)
