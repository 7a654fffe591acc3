"""Tools and choices among them in every form, and the names they go by."""

import pytest

from hatz_client.errors import HatzInvalidInputError
from llama_index_hatz._tools import Names, choice, offered, portable, so_far


class TestNames:
    def test_are_kept_when_they_are_portable(self):
        assert Names(["add"]).sent("add") == Names(["add"]).original("add") == "add"

    def test_are_told_apart(self):
        names = Names(["Box[int]", "Box(int)", "Box_int_"])
        sent = [names.sent(name) for name in ("Box[int]", "Box(int)", "Box_int_")]
        assert len(set(sent)) == 3
        assert [names.original(name) for name in sent] == ["Box[int]", "Box(int)", "Box_int_"]

    def test_of_any_length_fit(self):
        long = "tool_" * 30
        names = Names([long, long + "x"])
        assert len(names.sent(long)) <= 64
        assert names.sent(long) != names.sent(long + "x")
        assert names.original(names.sent(long)) == long

    @pytest.mark.parametrize("name", ["", "日本", "a b"])
    def test_are_always_something(self, name):
        assert portable(name).replace("_", "a").isalnum()

    def test_nobody_offered_come_back_as_they_are(self):
        assert Names().original("web_search") == "web_search"


class TestOffered:
    @pytest.mark.parametrize(
        "tool",
        [
            {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}},
            {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
            {"name": "f", "description": "d", "input_schema": {"type": "object"}},
        ],
    )
    def test_functions_in_any_of_the_usual_forms(self, tool):
        ((made,), _) = offered([tool], strict=None)
        assert (made.name, made.description, made.parameters, made.residue) == ("f", "d", {"type": "object"}, {})

    def test_further_fields_travel(self):
        tool = {"name": "f", "input_schema": {}, "cache_control": {"type": "ephemeral"}}
        ((made,), _) = offered([tool], strict=None)
        assert made.residue == {"messages": {"cache_control": {"type": "ephemeral"}}}

    def test_server_tools_stay_as_they_are(self):
        tool = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
        assert offered([tool], strict=True)[0] == (tool,)

    def test_nonsense_is_named(self):
        with pytest.raises(HatzInvalidInputError, match="A tool of the form"):
            offered([{"what": 1}], strict=None)

    def test_what_is_no_tool_is_named(self):
        with pytest.raises(HatzInvalidInputError, match=r"is a function and no tool.*FunctionTool\.from_defaults"):
            offered([portable], strict=None)

    def test_a_tools_own_strict_wins(self):
        tool = {"type": "function", "name": "f", "strict": False}
        assert offered([tool, {"type": "function", "name": "g"}], strict=True)[0][0].strict is False
        assert offered([{"type": "function", "name": "g"}], strict=True)[0][0].strict is True


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("auto", "auto"),
        ("none", "none"),
        ("any", "required"),
        ("required", "required"),
        ("add", "add"),
        ("Box[int]", "Box_int_"),
        ({"type": "any"}, "required"),
        ({"type": "auto"}, "auto"),
        ({"type": "tool", "name": "Box[int]"}, "Box_int_"),
        ({"type": "function", "name": "add"}, "add"),
        ({"type": "function", "function": {"name": "add"}}, "add"),
        ({"type": "web_search_preview"}, {"type": "web_search_preview"}),
        (
            {"type": "auto", "disable_parallel_tool_use": True},
            {"type": "auto", "disable_parallel_tool_use": True},
        ),
    ],
)
def test_choices_in_every_form(given, expected):
    assert choice(given, Names(["add", "Box[int]"])) == expected


def test_a_choice_that_is_none_is_named():
    with pytest.raises(HatzInvalidInputError, match="tool_choice=3"):
        choice(3, Names())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("{", {}),
        ('{"a"', {}),
        ('{"a": "Loco', {"a": "Loco"}),
        ('{"a": [1, {"b": 2}, {"b', {"a": [1, {"b": 2}, {}]}),
        ('{"a": 1} and more', {"a": 1}),
        ("[1", {}),
    ],
)
def test_arguments_so_far(text, expected):
    assert so_far(text) == expected
