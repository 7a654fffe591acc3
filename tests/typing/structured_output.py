"""Checked by mypy, not run: the types that users see (`test_typing.py`)."""

import enum
from dataclasses import dataclass
from typing import Any, TypedDict, assert_type

from pydantic import BaseModel

from langchain_hatz import ChatHatz


class Contact(BaseModel):
    name: str


class Row(TypedDict):
    name: str


@dataclass
class Point:
    x: int


class Color(enum.Enum):
    RED = "red"


model = ChatHatz("gpt-5.2")
assert_type(model.with_structured_output(Contact).invoke("hi"), Contact)
assert_type(model.with_structured_output(Contact, method="json_schema", strict=True).invoke("hi"), Contact)
assert_type(model.with_structured_output(Row).invoke("hi"), Row)
assert_type(model.with_structured_output(Point).invoke("hi"), Point)
assert_type(model.with_structured_output(Color).invoke("hi"), Color)
assert_type(model.with_structured_output(list[Contact]).invoke("hi"), list[Contact])
assert_type(model.with_structured_output(Contact, include_raw=True).invoke("hi"), dict[str, Any])
assert_type(model.with_structured_output({"title": "T", "type": "object"}).invoke("hi"), Any)
assert_type(model.with_structured_output(method="json_mode").invoke("hi"), Any)
