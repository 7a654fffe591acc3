"""Tools in every form."""

import pytest

from hatz_client.errors import HatzInvalidInputError
from hatz_client.integration.structured.find_json import partial_object
from hatz_client.integration.tools import to_tools
from llama_index_hatz._tools import spec


def offered(tools, *, strict):
    return to_tools(map(spec, tools), strict=strict)


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
        (made,) = offered([tool], strict=None)
        assert (made.name, made.description, made.parameters, made.residue) == ("f", "d", {"type": "object"}, {})

    def test_further_fields_travel(self):
        tool = {"name": "f", "input_schema": {}, "cache_control": {"type": "ephemeral"}}
        (made,) = offered([tool], strict=None)
        assert made.residue == {"messages": {"cache_control": {"type": "ephemeral"}}}

    def test_server_tools_stay_as_they_are(self):
        tool = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
        assert offered([tool], strict=True) == (tool,)

    def test_nonsense_is_named(self):
        with pytest.raises(HatzInvalidInputError, match="A tool of the form"):
            offered([{"what": 1}], strict=None)

    def test_what_is_no_tool_is_named(self):
        with pytest.raises(
            HatzInvalidInputError,
            match=r"is of type builtin_function_or_method, not a tool.*FunctionTool\.from_defaults",
        ):
            offered([print], strict=None)

    def test_a_tools_own_strict_wins(self):
        tool = {"type": "function", "name": "f", "strict": False}
        assert offered([tool, {"type": "function", "name": "g"}], strict=True)[0].strict is False
        assert offered([{"type": "function", "name": "g"}], strict=True)[0].strict is True


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
    assert partial_object(text) == expected
