"""The neutral values, events and JSON: what is written adds up, and nothing is changed on the way."""

import ast
import math
import pickle
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hatz_client
from hatz_client.content import (
    Citation,
    Finish,
    Media,
    Opaque,
    Prompt,
    Reasoning,
    Refusal,
    Reply,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    Usage,
)
from hatz_client.content import prompt as prompt_module
from hatz_client.errors import HatzInvalidInputError
from hatz_client.events import Delta, End, Fold, Meta, Start, fold, merge_residue, unfold
from hatz_client.util.json_text import arguments_of, deep_merge, to_json, without_none

words = st.text(max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda v: st.lists(v, max_size=3) | st.dictionaries(words, v, max_size=3),
)
parts = st.one_of(
    st.builds(Text, words, st.just((Citation(url="u"),))),
    st.builds(Text, words),
    st.builds(Refusal, words),
    st.builds(Reasoning, words, st.just({"messages": {"signature": "s"}})),
    st.builds(ToolCall, words, words, st.dictionaries(words.filter(lambda w: w.isascii()), st.integers(), max_size=3)),
    st.builds(ToolCall, words, words, st.sampled_from(['{"a": ', "[1]", '"x"'])),
    st.builds(Opaque, st.just("messages"), st.dictionaries(words, words, max_size=2)),
)
replies = st.builds(
    Reply,
    st.lists(parts, max_size=5).map(tuple),
    st.none() | st.just(Finish("stop", "end_turn")),
    st.none() | st.just(Usage(1, 2, 3)),
    st.none() | st.just("id"),
    st.none() | st.just("m"),
    st.none() | st.just("req"),
    st.none() | st.just("messages"),
)


@given(replies)
def test_folding_what_was_unfolded_gives_it_back(reply):
    assert fold(unfold(reply)) == reply


def test_a_text_of_very_many_pieces_is_whole():
    folding = Fold()
    folding.add(Start(0, Text("")))
    for number in range(10_000):
        folding.add(Delta(0, f"{number} "))
        if number == 5_000:
            assert folding.reply.text.endswith("4999 5000 ")
    folding.add(End(0))
    assert folding.reply.text.split() == list(map(str, range(10_000)))


def test_the_fold_is_right_after_each_event():
    folding = Fold()
    seen = []
    for event in [
        Start(0, Text("")),
        Delta(0, "a"),
        Start(1, ToolCall("c", "f", "")),
        Delta(1, '{"x":'),
        Delta(0, "b"),
        End(0),
        Delta(1, "1}"),
        End(1),
    ]:
        folding.add(event)
        seen.append([part.text if isinstance(part, Text) else part.arguments for part in folding.reply.parts])
    assert seen == [
        [""],
        ["a"],
        ["a", ""],
        ["a", '{"x":'],
        ["ab", '{"x":'],
        ["ab", '{"x":'],
        ["ab", '{"x":1}'],
        ["ab", {"x": 1}],
    ]


def test_what_ends_a_part_is_added_to_it():
    events = [
        Meta(id="i", model="m"), Start(0, Text("", residue={"messages": {"a": 1}})), Delta(0, "t"),
        End(0, (Citation(url="u"),), {"messages": {"b": 2}}),
        Start(1, Opaque("messages", {"type": "x"})), End(1, block=Opaque("messages", {"type": "x", "input": {}})),
        Meta(finish=Finish("stop", "end_turn"), residue={"messages": {"c": 3}}),
    ]  # fmt: skip
    reply = fold(events)
    assert reply.parts == (
        Text("t", (Citation(url="u"),), {"messages": {"a": 1, "b": 2}}),
        Opaque("messages", {"type": "x", "input": {}}),
    )
    assert (reply.id, reply.model, reply.finish, reply.residue) == (
        "i",
        "m",
        Finish("stop", "end_turn"),
        {"messages": {"c": 3}},
    )


def test_parts_keep_the_order_of_their_indices():
    assert fold([Start(1, Text("b")), Start(0, Text("a")), End(1), End(0)]).text == "ab"


def test_a_call_cut_off_keeps_its_text_and_is_not_valid():
    (call,) = fold([Start(0, ToolCall("c", "f", "")), Delta(0, '{"city": "Pa')]).tool_calls
    assert call.arguments == '{"city": "Pa'
    assert not call.valid


def test_the_views_of_a_reply():
    reply = Reply((Reasoning("hm"), Text("a"), ToolCall("c", "f", {}), Text("b"), Refusal("no")))
    assert (reply.text, reply.reasoning, reply.refusal, [call.id for call in reply.tool_calls]) == (
        "ab",
        "hm",
        "no",
        ["c"],
    )
    assert Reply().refusal is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("", {}), ("null", {}), (" ", {}), ("{}", {}), ('{"a": 1}', {"a": 1}), ("[1]", "[1]"), ('{"a"', '{"a"'),
     ('"{}"', {}), ('"[1]"', '"[1]"'), ('""', '""'), (r'"{\"a\":\"\n\"}"', {"a": "\n"}), ('"{"', '"{"')],
)  # fmt: skip
def test_arguments(text, value):
    assert arguments_of(text) == value


def test_json_is_compact_and_unescaped():
    assert to_json({"ü": ["\u4e1c", 1.5, None, True]}) == '{"ü":["东",1.5,null,true]}'.encode()


def test_json_mends_what_a_model_may_write():
    assert to_json({"a": "\ud83d\ude00", "b": "x\ud83dy", "c": [math.nan, math.inf], "\udc00": 1}) == (
        '{"a":"\U0001f600","b":"x\ufffdy","c":[null,null],"\ufffd":1}'.encode()
    )


@pytest.mark.parametrize(
    ("value", "where"),
    [
        ({"a": [object()]}, r"\$\.a\[0\] is of type object"),
        ({("a",): 2}, "the key"),
        ({"s": {1, 2}}, r"\$\.s is of type set"),
    ],
)
def test_json_names_what_it_cannot_carry(value, where):
    with pytest.raises(HatzInvalidInputError, match=where):
        to_json(value)


def test_json_that_contains_itself_is_said():
    value = {}
    value["a"] = value
    with pytest.raises(HatzInvalidInputError, match="nested too deeply"):
        to_json(value)


@given(values)
def test_any_json_can_be_sent(value):
    to_json(value)


def test_merging_is_deep_for_objects_and_touches_no_input():
    body, extra = {"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 9}, "d": [2], "e": None}
    assert deep_merge(body, extra) == {"a": {"b": 9, "c": 2}, "d": [2], "e": None}
    assert body == {"a": {"b": 1, "c": 2}, "d": [1]}
    assert without_none(a=1, b=None, c=0) == {"a": 1, "c": 0}


def test_residue_merges_by_dialect():
    assert merge_residue({"m": {"a": 1}, "r": {"x": 1}}, {"m": {"a": 2, "b": 3}}) == {
        "m": {"a": 2, "b": 3},
        "r": {"x": 1},
    }


def test_values_pickle():
    for value in (Media("image", "image/png", data="AA=="), ToolResult("c", (Text("a"),)), Reply((Text("a"),))):
        assert pickle.loads(pickle.dumps(value)) == value


def test_one_will_do_where_several_may_stand():
    asked = Prompt("m", "Hi", stop="END", tools_to_use="google_search", file_uuids=["f"])
    assert asked == Prompt(
        "m", (Turn("user", (Text("Hi"),)),), stop=("END",), tools_to_use=("google_search",), file_uuids=("f",)
    )
    assert Turn("user", "Hi") == Turn("user", [Text("Hi")]) == Turn("user", Text("Hi")) == Turn("user", (Text("Hi"),))


@pytest.mark.parametrize("turns", [None, 5, [5], b"x", {"role": "user"}, [("user", "hi")]])
def test_what_is_no_turn_is_refused(turns):
    with pytest.raises(
        HatzInvalidInputError, match=r"turns holds a value of type (NoneType|int|bytes|dict|tuple): give `Turn`s"
    ):
        Prompt("m", turns)


def test_what_is_no_role_model_or_further_field_is_refused():
    with pytest.raises(HatzInvalidInputError, match="role='human' is unknown: use 'system', "):
        Turn("human", "hi")
    with pytest.raises(HatzInvalidInputError, match="model=None is not a name"):
        Prompt(None, "hi")
    with pytest.raises(HatzInvalidInputError, match="extra is of type list"):
        Prompt("m", "hi", extra=[("a", 1)])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"tools": [print]}, "tools holds a value of type builtin_function_or_method: give `Tool`s"),
        ({"tools": ["google_search"]}, "tools holds a value of type str"),
        ({"tool_choice": 3}, "tool_choice=3 is not 'auto'"),
        ({"response_format": {"type": "object"}}, "response_format is of type dict: give a `ResponseFormat`"),
        ({"stop": [1]}, "stop=.* holds something other than a string"),
    ],
)
def test_a_field_of_another_type_is_named(wrong, words):
    with pytest.raises(HatzInvalidInputError, match=words):
        Prompt("m", "hi", **wrong)


def test_the_parameters_of_a_tool_are_a_schema():
    with pytest.raises(
        HatzInvalidInputError, match="The parameters of the tool 'add' are of type list: give a JSON schema"
    ):
        Tool("add", "Add.", [1])


def test_strings_are_the_users_words():
    assert Prompt("m", ["hi", Turn("user", "there")]).turns == (
        Turn("user", (Text("hi"),)),
        Turn("user", (Text("there"),)),
    )


def test_every_public_name_is_there():
    assert len(set(hatz_client.__all__)) == len(hatz_client.__all__)
    assert {"Role", "FinishReason", "MediaKind", "Endpoint", "ApiKey", "Client", "AsyncClient"} <= set(
        hatz_client.__all__
    )
    assert [name for name in hatz_client.__all__ if not hasattr(hatz_client, name)] == []
    assert set(hatz_client.__all__) <= set(dir(hatz_client))
    with pytest.raises(AttributeError, match="no attribute 'Klient'"):
        hatz_client.Klient  # noqa: B018 (it is looked up)


def test_the_types_of_a_constructor_are_the_fields():
    """`Prompt` and `Turn` declare for type checkers what they accept; names, order and defaults are those of the fields."""
    tree = ast.parse(Path(prompt_module.__file__).read_text(encoding="utf-8"))
    for cls in (Prompt, Turn):
        node = next(one for one in ast.walk(tree) if isinstance(one, ast.ClassDef) and one.name == cls.__name__)
        declared = next(
            one for one in ast.walk(node) if isinstance(one, ast.FunctionDef) and one.name == "__init__"
        ).args
        names = [argument.arg for argument in declared.args[1:]]
        assert names == list(cls.__struct_fields__)
        defaults = [ast.literal_eval(one) for one in declared.defaults]
        with_default = msgspec.structs.fields(cls)[len(names) - len(defaults) :]
        assert defaults == [... if field.default is msgspec.NODEFAULT else field.default for field in with_default]


def test_any_sequence_will_do_where_a_tuple_does():
    assert Prompt("m", ["a", Turn("assistant", [Text("b")])]).turns == (Turn("user", "a"), Turn("assistant", "b"))
    assert Prompt("m", "a", stop="END", tools=[Tool("f")]).tools == (Tool("f"),)
