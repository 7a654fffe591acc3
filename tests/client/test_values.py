"""The values of the vocabulary never change, whatever they are made of, and tracers can show them."""

import copy
import dataclasses
import json
import pickle

import msgspec
import pytest
from langsmith._internal._serde import dumps_json

from hatz_client import content, events
from hatz_client.util.value import Value

VALUES = [
    cls
    for module in (content, events)
    for cls in vars(module).values()
    if isinstance(cls, type) and issubclass(cls, Value) and cls is not Value
]
ALL = [*VALUES, content.Reply, events.Meta]


def made(cls):
    return cls(*required(cls))


def required(cls):
    """A value for each field that wants one; a role is one of those there are."""
    return ["user" if name == "role" else name for name, is_required in fields(cls) if is_required]


def fields(cls):
    """Each field's name, and whether it has no default."""
    if issubclass(cls, Value):
        return [(field.name, field.required) for field in msgspec.structs.fields(cls)]
    missing = dataclasses.MISSING
    return [
        (field.name, field.default is missing and field.default_factory is missing) for field in dataclasses.fields(cls)
    ]


def test_the_vocabulary_is_made_of_values():
    assert {content.Text, content.Turn, content.Prompt, content.Usage, events.Delta} <= set(VALUES)


@pytest.mark.parametrize("cls", ALL)
def test_a_value_can_be_made_by_position_and_by_name(cls):
    by_name = {name: getattr(made(cls), name) for name, _ in fields(cls)}
    assert cls(**by_name) == made(cls)


@pytest.mark.parametrize("cls", VALUES)
def test_a_value_cannot_be_changed(cls):
    value = made(cls)
    for name, _ in fields(cls):
        with pytest.raises(AttributeError):
            setattr(value, name, None)


@pytest.mark.parametrize("cls", ALL)
def test_a_value_has_no_other_attributes(cls):
    value = made(cls)
    with pytest.raises((AttributeError, TypeError)):
        value.something_else = None


@pytest.mark.parametrize("cls", ALL)
def test_a_value_can_be_copied_pickled_and_replaced(cls):
    value = made(cls)
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value.replace() == value


def test_a_replaced_value_has_the_other_fields():
    prompt = content.Prompt("gpt-5.2", "Hi", temperature=0.5)
    assert prompt.replace(model="claude", turns="Ho") == content.Prompt("claude", "Ho", temperature=0.5)
    with pytest.raises(TypeError, match="temprature"):
        prompt.replace(temprature=1)


def test_each_value_has_residue_of_its_own():
    assert content.Text("one").residue is not content.Text("one").residue


def test_what_is_missing_is_named():
    with pytest.raises(TypeError, match="'text'"):
        content.Text()
    with pytest.raises(TypeError, match="'words'"):
        content.Text("one", words="two")


def test_tracers_show_fields_and_no_headers():
    reply = content.Reply(
        (content.Text("Hi"), content.ToolCall("call_1", "f", {"a": 1})), content.Finish("stop", "end_turn")
    )
    shown = json.loads(dumps_json({"prompt": content.Prompt("gpt-5.2", "Hi"), "reply": reply}))
    assert shown["prompt"]["turns"] == [{"role": "user", "parts": [{"text": "Hi", "citations": [], "residue": {}}]}]
    assert shown["reply"]["parts"][1] == {"id": "call_1", "name": "f", "arguments": {"a": 1}, "residue": {}}
    assert shown["reply"]["finish"] == {"reason": "stop", "raw": "end_turn"}
    for value in (reply.replace(headers={"x": "secret"}), events.Meta(headers={"x": "secret"})):
        assert "secret" not in repr(value)
