"""The vocabulary's values: made quickly, and in all else what a frozen dataclass is."""

import copy
import dataclasses
import inspect
import pickle

import pytest

from hatz_client import content

QUICK = [cls for cls in vars(content).values() if hasattr(getattr(cls, "__init__", None), "__wrapped__")]


def made(cls):
    return cls(*required(cls))


def required(cls):
    """A value for each field that wants one; a role is one of those there are."""
    names = (field.name for field in dataclasses.fields(cls) if is_required(field))
    return ["user" if name == "role" else name for name in names]


def is_required(field):
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def as_dataclass_makes(cls):
    """The same value, made by the `__init__` that `dataclass` wrote."""
    value = object.__new__(cls)
    cls.__init__.__wrapped__(value, *required(cls))
    return value


def test_there_are_quick_values():
    assert {content.Text, content.Turn, content.Prompt, content.Reply} <= set(QUICK)


@pytest.mark.parametrize("cls", QUICK)
def test_a_quick_value_is_what_the_dataclass_makes(cls):
    assert made(cls) == as_dataclass_makes(cls)
    assert inspect.signature(cls) == inspect.signature(cls.__init__.__wrapped__).replace(
        parameters=list(inspect.signature(cls.__init__.__wrapped__).parameters.values())[1:]
    )
    by_name = {field.name: getattr(made(cls), field.name) for field in dataclasses.fields(cls)}
    assert cls(**by_name) == made(cls)


@pytest.mark.parametrize("cls", QUICK)
def test_a_quick_value_cannot_be_changed(cls):
    value = made(cls)
    for field in dataclasses.fields(cls):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field.name, None)
    with pytest.raises((AttributeError, TypeError)):
        value.something_else = None


@pytest.mark.parametrize("cls", QUICK)
def test_a_quick_value_can_be_copied_pickled_and_replaced(cls):
    value = made(cls)
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == dataclasses.replace(value) == value  # noqa: S301


def test_each_value_has_residue_of_its_own():
    assert content.Text("one").residue is not content.Text("one").residue


def test_what_is_missing_is_named():
    with pytest.raises(TypeError, match="'text'"):
        content.Text()
    with pytest.raises(TypeError, match="'words'"):
        content.Text("one", words="two")
