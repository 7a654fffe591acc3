"""The vocabulary's values are dataclasses with slots; those of which a call makes only a few are frozen."""

import copy
import dataclasses
import pickle

import pytest

from hatz_client import content

VALUES = [cls for cls in vars(content).values() if isinstance(cls, type) and dataclasses.is_dataclass(cls)]


def made(cls):
    return cls(*required(cls))


def required(cls):
    """A value for each field that wants one; a role is one of those there are."""
    names = (field.name for field in dataclasses.fields(cls) if is_required(field))
    return ["user" if name == "role" else name for name in names]


def is_required(field):
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def test_the_values_of_the_vocabulary_are_dataclasses():
    assert {content.Text, content.Turn, content.Prompt, content.Reply} <= set(VALUES)


@pytest.mark.parametrize("cls", VALUES)
def test_a_value_can_be_made_by_position_and_by_name(cls):
    by_name = {field.name: getattr(made(cls), field.name) for field in dataclasses.fields(cls)}
    assert cls(**by_name) == made(cls)


@pytest.mark.parametrize("cls", [content.Prompt, content.Tool, content.ResponseFormat, content.Finish])
def test_a_value_of_which_there_are_few_cannot_be_changed(cls):
    value = made(cls)
    for field in dataclasses.fields(cls):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field.name, None)


@pytest.mark.parametrize("cls", VALUES)
def test_a_value_has_no_other_attributes(cls):
    value = made(cls)
    with pytest.raises((AttributeError, TypeError)):
        value.something_else = None


@pytest.mark.parametrize("cls", VALUES)
def test_a_value_can_be_copied_pickled_and_replaced(cls):
    value = made(cls)
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == dataclasses.replace(value) == value


def test_each_value_has_residue_of_its_own():
    assert content.Text("one").residue is not content.Text("one").residue


def test_what_is_missing_is_named():
    with pytest.raises(TypeError, match="'text'"):
        content.Text()
    with pytest.raises(TypeError, match="'words'"):
        content.Text("one", words="two")
