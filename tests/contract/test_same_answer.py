"""Inputs that the two integrations once answered differently: each has one right answer, and both give it."""

import json
import logging

import pytest
from pydantic import BaseModel

from hatz_client import Prompt, Tool
from hatz_client.errors import HatzBadRequestError, HatzInvalidInputError
from tests.harness import ways

TOOL = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Search.",
        "parameters": {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]},
    },
}


def words(caplog):
    return " ".join(record.getMessage() for record in caplog.records)


# Parameters that one endpoint has and the other has not: left out where there is no such field, with one warning.


@pytest.mark.parametrize(
    ("name", "value", "has_it"),
    [
        ("seed", 3, "responses"),
        ("reasoning", {"effort": "low"}, "responses"),
        ("thinking", {"type": "enabled", "budget_tokens": 1024}, "messages"),
    ],
)
@pytest.mark.parametrize("given", ["for one call", "for the model"])
async def test_a_parameter_of_another_endpoint_is_left_out_and_warned_about_once(
    face, make, endpoint, sent, caplog, name, value, has_it, given
):
    model, kwargs = (make(), {name: value}) if given == "for one call" else (make(**{name: value}), {})
    with caplog.at_level(logging.WARNING, "hatz_client"):
        await face.ask(model, max_tokens=2048, **kwargs)
        await face.ask(model, max_tokens=2048, **kwargs)
    assert (name in sent()) is (endpoint == has_it)
    assert words(caplog).count(f"{name}=") == (endpoint != has_it)


# Parameters of the call and of the framework, which are no fields of the body.


@pytest.mark.parametrize("name", ["timeout", "request_timeout"])
async def test_the_timeout_of_one_call_has_two_names_and_is_no_field_of_the_body(face, make, sent, name):
    await face.ask(make(), **{name: 30})
    assert name not in sent()
    with pytest.raises(HatzInvalidInputError, match="timeout=-1"):
        await face.ask(make(), **{name: -1})


async def test_disabled_params_takes_parameters_out_and_is_no_field_of_the_body(face, make, sent):
    await face.ask(make(temperature=0.5, top_p=0.5), disabled_params={"temperature": None, "top_p": [0.1]})
    assert "temperature" not in sent()
    assert sent()["top_p"] == 0.5
    assert "disabled_params" not in sent()


async def test_disabled_params_of_the_model_hold_for_every_call(face, make, sent):
    await face.ask(make(disabled_params={"temperature": None}), temperature=0.5)
    assert "temperature" not in sent()


@pytest.mark.parametrize("how", ["whole", "stream"])
async def test_stream_usage_is_understood_and_no_field_of_the_body(face, make, sent, how):
    assert await face.ask(make(), how=how, stream_usage=True)
    assert "stream_usage" not in sent()


async def test_cache_control_marks_the_last_part_of_the_conversation_where_there_are_marks(face, make, endpoint, sent):
    mark = {"type": "ephemeral"}
    await face.ask(make(), cache_control=mark)
    assert "cache_control" not in sent()
    assert json.dumps(sent()).count("cache_control") == (endpoint == "messages")
    if endpoint == "messages":
        assert sent()["messages"][-1]["content"][-1]["cache_control"] == mark


async def test_at_most_four_cache_marks_are_sent_and_the_last_ones_stay(face, make, sandbox, endpoint, sent):
    if endpoint != "messages":
        pytest.skip("Responses has no marks")
    tools = [
        {"name": f"t{n}", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}} for n in "abcde"
    ]
    await face.ask(make(), tools=tools, cache_control={"type": "ephemeral"})
    assert json.dumps(sent()).count('"cache_control"') == 4
    assert "cache_control" in sent()["messages"][-1]["content"][-1]
    assert ["cache_control" in tool for tool in sent()["tools"]] == [False, False, True, True, True]


# Tools and their choice.


async def test_a_tool_choice_that_names_no_tool_is_an_error_that_lists_the_tools(face, make):
    with pytest.raises(HatzInvalidInputError, match=r"nope.*search"):
        await face.ask(make(), tools=[TOOL], tool_choice="nope")


async def test_tool_choice_true_means_that_a_tool_must_be_called(face, make, endpoint, sent):
    await face.ask(make(), tools=[TOOL], tool_choice=True)
    assert sent()["tool_choice"] == ({"type": "any"} if endpoint == "messages" else "required")


async def test_anthropics_way_to_allow_one_call_only_holds_on_both_endpoints(face, make, endpoint, sent):
    await face.ask(make(), tools=[TOOL], tool_choice={"type": "any", "disable_parallel_tool_use": True})
    if endpoint == "messages":
        assert sent()["tool_choice"] == {"type": "any", "disable_parallel_tool_use": True}
    else:
        assert (sent()["tool_choice"], sent()["parallel_tool_calls"]) == ("required", False)


def test_a_tools_name_is_made_fit_for_the_wire_in_one_way_and_given_back(face, make, sandbox, sent):
    tool = {"type": "function", "function": {**TOOL["function"], "name": "search.web"}}
    face.calls(make(), "hi", tools=[tool])
    (fit,) = [tool["name"] for tool in sent()["tools"]]
    sandbox.tool_call(fit, {"q": "x"})
    assert face.calls(make(), "hi", tools=[tool]) == [("search.web", {"q": "x"})]
    assert fit == "search_web_d62a5352"


# Structured answers.


async def test_a_response_format_of_any_json_object_gives_one(face, make, sandbox):
    sandbox.reply('Here: {"a": 1}')
    assert json.loads(await face.ask(make(), response_format={"type": "json_object"})) == {"a": 1}


@pytest.mark.parametrize(
    ("text", "found"),
    [('Set {} then {"a":1}', {"a": 1}), ('{"a":1} or {"b":2}', None), ('[{"a":1}]', None)],
)
async def test_json_is_found_in_one_way(face, make, sandbox, text, found):
    sandbox.reply(text)
    sandbox.reply(text)
    answer = await face.ask(make(structured_output_strategy="prompt"), response_format={"type": "json_object"})
    if found is None:
        assert answer == text
    else:
        assert json.loads(answer) == found


class Node(BaseModel):
    """A tree."""

    name: str
    children: list["Node"]


def test_a_recursive_class_keeps_its_schema(face, make, sandbox, sent):
    tree = {"name": "a", "children": [{"name": "b", "children": []}]}
    sandbox.tool_call("Node", tree)
    assert face.structured(make(), Node) == Node(**tree)
    (tool,) = sent()["tools"]
    schema = tool.get("input_schema") or tool["parameters"]
    assert "$ref" in json.dumps(schema["properties"]["children"]["items"])


async def test_emulated_json_is_asked_for_once_more_when_it_is_broken(face, make, sandbox):
    sandbox.reply("no json at all")
    sandbox.reply('{"a": 1}')
    answer = await face.ask(make(structured_output_strategy="prompt"), response_format={"type": "json_object"})
    assert json.loads(answer) == {"a": 1}


# Errors.


async def test_a_refused_request_names_the_setting_that_the_field_came_from(face, make, sandbox):
    sandbox.fail(400, message="reasoning.effort: not supported with this model")
    with pytest.raises(HatzBadRequestError, match=r"It comes from reasoning_effort"):
        await face.ask(make(), reasoning_effort="low")


# Calls


@pytest.mark.parametrize("user", ways.USERS)
@pytest.mark.parametrize(("endpoint", "mode"), [("responses", "ask"), ("responses", "stream"), ("messages", "stream")])
@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r'"{\"q\": \"tea\"}"', {"q": "tea"}),
        ('"{}"', {}),
        ('"tea"', None),
        (r'"{\"q\": \"te', None),
    ],
)
async def test_arguments_that_are_encoded_twice(sandbox, endpoint, user, mode, text, read):
    """A JSON string that holds the object; anything else in a string is invalid."""
    about = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "endpoint": endpoint}
    sandbox.tool_calls([("search", text)])
    outcome = await ways.ask(user, mode, Prompt("gpt-5.2", "hi", tools=(Tool("search"),)), **about)
    ((name, arguments),) = outcome.calls
    assert name == "search"
    assert isinstance(arguments, str) if read is None else arguments == read
