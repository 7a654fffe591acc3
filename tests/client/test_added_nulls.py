"""Nulls for optional arguments of strict tools are left out of calls: streamed in any pieces as in a whole answer."""

import json
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from hatz_client import Client, Prompt, Text, Tool, ToolCall, Turn, fold
from hatz_client.content import Reply
from hatz_client.events import Delta, End, Start, unfold
from hatz_client.util.json_text import arguments_of
from hatz_client.wire.answer_stages import RequestChanges
from hatz_client.wire.common.answers.added_nulls import AddedNullsFilter, without_added_nulls
from hatz_client.wire.common.stages import ChangedArguments
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz
from tests.client.growth import assert_linear

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer", "default": 3},
        "unit": {"enum": ["C", "F"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        "any": {},
        "place": {"$ref": "#/$defs/Place"},
        "places": {"type": "array", "items": {"$ref": "#/$defs/Place"}},
    },
    "required": ["city"],
    "$defs": {
        "Place": {
            "type": "object",
            "properties": {
                "x": {"type": "number"},
                "within": {"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}]},
                "label": {"allOf": [{"type": "string"}]},
            },
        }
    },
}
FILTERS = {"look": partial(AddedNullsFilter, SCHEMA)}


def read(arguments):
    return without_added_nulls(arguments, SCHEMA)


def whole(arguments):
    call = ToolCall("c", "look", arguments)
    return RequestChanges(arguments=(FILTERS,)).undo(Reply((call,))).tool_calls[0].arguments


def streamed(text, size):
    pieces = [Delta(0, text[at : at + size]) for at in range(0, len(text), size)]
    events = [Start(0, ToolCall("c", "look", "")), *pieces, End(0)]
    return fold(ChangedArguments(FILTERS).feed(events)).tool_calls[0].arguments


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"city": "Oslo", "days": None, "unit": None}, {"city": "Oslo"}),
        ({"days": None, "city": "Oslo"}, {"city": "Oslo"}),
        ({"days": None}, {}),
        ({"city": None, "note": None, "any": None, "other": None}, {"city": None, "note": None, "any": None, "other": None}),
        ({"place": {"x": None, "within": {"label": None, "within": None}}}, {"place": {"within": {"within": None}}}),
        ({"places": [{"x": None}, None, {"x": 1, "label": None}]}, {"places": [{}, None, {"x": 1}]}),
        ({"city": 'null, "days": null}', "days": 0}, {"city": 'null, "days": null}', "days": 0}),
        ({"place": None, "places": None}, {}),
    ],
)  # fmt: skip
def test_only_nulls_that_the_schema_refuses_are_left_out(written, meant):
    assert read(written) == whole(written) == meant
    for text in (json.dumps(written), json.dumps(written, indent=1), json.dumps(written, separators=(",", ":"))):
        for size in (1, 2, 5, 1000):
            assert streamed(text, size) == meant


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SCHEMA["properties"], "x", "within", 'a"\\b']), inner),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*SCHEMA["properties"], "other"]), VALUES), st.integers(1, 40))
def test_any_arguments_are_read_alike_streamed_and_whole(written, size):
    assert streamed(json.dumps(written), size) == read(written)
    assert streamed(json.dumps(written, ensure_ascii=False), size) == read(written)


GOOD = json.dumps({"days": None, "city": "a", "unit": None, "place": {"x": None, "y": [None, 1]}, "note": None})


@given(st.data(), st.integers(1, 40))
def test_what_is_no_json_does_not_become_any(data, size):
    text = data.draw(
        st.sampled_from([GOOD, GOOD.replace(" ", ""), '{"days": null, "unit": null}', '{"a": 1, "days": null}'])
    )
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + data.draw(st.sampled_from(["", ",", ":", "{", "}", "[", '"', " ", "null", "1", '"days":']))
            + text[at + data.draw(st.integers(0, 6)) :]
        )
    expected = arguments_of(text)
    found = streamed(text, size)
    assert found == (read(expected) if isinstance(expected, dict) and json_twins(text) is None else found)
    assert isinstance(found, dict) <= isinstance(expected, dict)


def json_twins(text):
    """A key that an object has twice, of which the last counts: then a null may hide another value."""
    twins = []
    with suppress(ValueError):
        json.loads(
            text,
            strict=False,
            object_pairs_hook=lambda pairs: twins.append(len(dict(pairs)) < len(pairs)) or dict(pairs),
        )
    return True if any(twins) else None


def test_a_cut_off_call_keeps_what_came():
    assert streamed('{"city": "Oslo", "days": nul', 4) == '{"city": "Oslo", "days": nul'
    assert streamed('{"city": "Oslo", "da', 4) == '{"city": "Oslo", "da'


@pytest.mark.parametrize("strict", [True, None])
@pytest.mark.parametrize("stream", [False, True])
def test_through_the_client(strict, stream):
    tool = Tool(
        "look",
        "Look.",
        SCHEMA | {"properties": {k: SCHEMA["properties"][k] for k in ("city", "days", "note")}},
        strict=strict,
    )
    prompt = Prompt("gpt-5.2", Turn("user", (Text("Look."),)), tools=tool)
    with Sandbox() as sandbox:
        sandbox.tool_call("look", {"city": "Oslo", "days": None, "note": None})
        client = Client(sandbox.api_key, sandbox.base_url)
        reply = fold(client.stream(prompt)) if stream else client.ask(prompt)
    expected = {"city": "Oslo", "note": None} if strict else {"city": "Oslo", "days": None, "note": None}
    assert reply.tool_calls[0].arguments == expected


@pytest.mark.parametrize("strategy", ["tool", "native"])
def test_a_strict_class_gets_its_defaults(strategy):
    class Weather(BaseModel):
        city: str
        days: int = 3

    with Sandbox() as sandbox:
        written = {"city": "Oslo", "days": None}
        sandbox.tool_call("Weather", written) if strategy == "tool" else sandbox.reply(json.dumps(written))
        model = ChatHatz(
            "gpt-5.2", base_url=sandbox.base_url, api_key=sandbox.api_key, structured_output_strategy=strategy
        )
        assert model.with_structured_output(Weather, strict=True).invoke("hi") == Weather(city="Oslo")


def test_other_calls_pass_unchanged():
    reply = Reply((ToolCall("c", "other", {"days": None}), Text("x")))
    assert RequestChanges(arguments=(FILTERS,)).undo(reply) == reply
    assert fold(ChangedArguments(FILTERS).feed(unfold(reply))).parts == reply.parts


@pytest.mark.parametrize("piece", ['"days": null, ', '{"place": ', ", ", '"', '\\"', '"a": 1, ', "n", "[", "{}", ": "])
def test_takes_linear_time(piece):
    def run(text):
        for size in (1, 7):
            streamed(text, size)

    assert_linear(lambda n: "{" + piece * n, run)
