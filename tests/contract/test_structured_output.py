"""Objects of every kind of class, by every strategy, in both integrations: the same is asked for, and the same is made of it."""

import datetime as dt
import decimal
import enum
import json
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator, model_validator

STRATEGIES = pytest.mark.parametrize("strategy", ["tool", "native", "prompt"])


class Color(enum.Enum):
    RED = "red"


class Order(BaseModel):
    """An order."""

    model_config = ConfigDict(strict=True)
    when: dt.date
    color: Color
    price: decimal.Decimal
    pair: tuple[int, int]
    tags: set[str]


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]


class Pet(BaseModel):
    """A pet."""

    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    nickname: str = "none"


class Node(BaseModel):
    """A tree."""

    name: str
    children: list["Node"] = []


class Numbers(RootModel[list[int]]):
    """Numbers."""


class Either(RootModel[Cat | Dog]):
    """One of two."""


ORDER = {"when": "2025-01-02", "color": "red", "price": "1.50", "pair": [1, 2], "tags": ["a"]}
CASES = [
    (Order, ORDER),
    (Pet, {"pet": {"kind": "dog"}, "nickname": "Rex"}),
    (Node, {"name": "a", "children": [{"name": "b", "children": []}]}),
    (Numbers, {"root": [1, 2]}),
    (Either, {"kind": "dog"}),
]


def say(sandbox, strategy, name, value, **how):
    for _ in range(2):  # prompted JSON that is none is asked for once more
        if strategy == "tool":
            sandbox.tool_calls([(name, value)], **how)
        else:
            sandbox.reply(value if isinstance(value, str) else json.dumps(value), **how)


def schema_sent(body):
    """The JSON schema in the request, wherever it is."""
    match body:
        case {"tools": [{"input_schema": schema}]} | {"tools": [{"parameters": schema}]}:
            return schema
        case {"text": {"format": {"schema": schema}}} | {"output_config": {"format": {"schema": schema}}}:
            return schema
        case _:
            return None


@STRATEGIES
@pytest.mark.parametrize(("cls", "value"), CASES, ids=[cls.__name__ for cls, _ in CASES])
@pytest.mark.parametrize("how", ["whole", "stream"])
def test_objects_of_every_kind_of_class(face, make, sandbox, sent, strategy, cls, value, how):
    if strategy == "native" and cls in {Node, Order}:
        pytest.skip("no service's strict mode has these")
    say(sandbox, strategy, cls.__name__, value)
    model = make(structured_output_strategy=strategy)
    made = face.structured(model, cls) if how == "whole" else face.structured_stream(model, cls)[-1]
    wanted = cls.model_validate_json(json.dumps(value.get("root", value)))
    assert made == wanted
    schema = schema_sent(sent())
    assert schema is None or (schema["type"] == "object" and not schema.keys() & {"$ref", "anyOf", "oneOf", "allOf"})


@STRATEGIES
def test_a_list_that_stands_alone_is_read_too(face, make, sandbox, strategy):
    if strategy == "tool":
        pytest.skip("arguments are an object")
    say(sandbox, strategy, "Numbers", [1, 2])
    assert face.structured(make(structured_output_strategy=strategy), Numbers) == Numbers([1, 2])


@STRATEGIES
@pytest.mark.parametrize("how", ["whole", "stream"])
@pytest.mark.parametrize("value", ['{"name": "a", "children": [', '{"name": "a"}'], ids=["broken", "complete"])
def test_an_answer_that_was_cut_off_is_an_error_that_says_so(face, make, sandbox, strategy, how, value):
    if strategy == "native":
        pytest.skip("no service's strict mode has this class")
    say(sandbox, strategy, "Node", value, finish="length")
    ask = face.structured if how == "whole" else face.structured_stream
    with pytest.raises(ValueError, match="cut off at max_tokens"):
        ask(make(structured_output_strategy=strategy), Node)


class Span(BaseModel):
    """A validator that needs the whole object."""

    start: int
    end: int

    @model_validator(mode="before")
    @classmethod
    def _ordered(cls, data):
        return data if data["start"] <= data["end"] else {"start": data["end"], "end": data["start"]}


class Code(BaseModel):
    """A validator that needs the whole text."""

    code: str

    @field_validator("code")
    @classmethod
    def _split(cls, value):
        return value.split("-")[1]


@pytest.mark.parametrize(
    ("cls", "value", "made"),
    [
        (Span, {"start": 2, "end": 1}, {"start": 1, "end": 2}),
        (Code, {"code": "abcdefghij-1234567890"}, {"code": "1234567890"}),
    ],
)
def test_a_validator_may_raise_anything_while_the_object_is_incomplete(face, make, sandbox, cls, value, made):
    say(sandbox, "tool", cls.__name__, value)
    assert face.structured_stream(make(), cls)[-1].model_dump() == made


@pytest.mark.parametrize("how", ["whole", "stream"])
def test_and_at_the_end_that_is_an_error_with_the_models_words(face, make, sandbox, how):
    say(sandbox, "tool", "Code", {"code": "nothing to split"})
    ask = face.structured if how == "whole" else face.structured_stream
    with pytest.raises(ValueError, match=r"no Code: IndexError.*nothing to split"):
        ask(make(), Code)


def test_line_breaks_and_tabs_within_the_models_strings_are_read(face, make, sandbox):
    raw = '{"name": "one\ntwo\tthree", "children": []}'
    for text in (raw, f"Here:\n```json\n{raw}\n```"):
        sandbox.reply(text)
        assert face.structured(make(structured_output_strategy="prompt"), Node).name == "one\ntwo\tthree"


class Shelf(BaseModel):
    """A shelf."""

    pets: list[Cat | Dog]
    best: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    label: str = ""
    rows: list[list[int]] = []


WRITTEN = [
    {"pets": '[{"kind": "dog"}, {"kind": "cat"}]'},
    {"pets": ['{"kind": "dog"}', {"kind": "cat"}]},
    {"pets": '["{\\"kind\\": \\"dog\\"}", {"kind": "cat"}]'},
    {"pets": [{"kind": "dog"}, {"kind": "cat"}], "best": '{"kind": "cat"}', "label": "[1]", "rows": ["[1, 2]"]},
    {"pets": [{"kind": "dog"}, {"kind": "cat"}], "best": "null", "rows": "[]"},
]


@STRATEGIES
@pytest.mark.parametrize("how", ["whole", "stream"])
@pytest.mark.parametrize("value", WRITTEN, ids=json.dumps)
def test_lists_and_objects_that_the_model_wrote_as_text_are_read(face, make, sandbox, strategy, how, value):
    """Claude does this within the arguments of tools."""
    say(sandbox, strategy, "Shelf", value)
    model = make(structured_output_strategy=strategy)
    made = face.structured(model, Shelf) if how == "whole" else face.structured_stream(model, Shelf)[-1]
    assert [type(pet) for pet in made.pets] == [Dog, Cat]
    assert made.label == value.get("label", "")
    assert type(made.best) is (Cat if "cat" in (value.get("best") or "") else type(None))
    assert made.rows == ([[1, 2]] if "label" in value else [])


@pytest.mark.parametrize("pets", ["[", "none", '"[]"', "5", '[{"kind": "cow"}]'])
def test_any_other_text_is_an_error_with_the_models_words(face, make, sandbox, pets):
    say(sandbox, "tool", "Shelf", {"pets": pets})
    with pytest.raises(ValueError, match="pets"):
        face.structured(make(), Shelf)
