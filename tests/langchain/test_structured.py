"""The same structured output on every endpoint, and the truth when there is none."""

import json
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Annotated, Any, Literal, NotRequired, Optional, TypedDict, Union

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.tools import tool
from pydantic import BaseModel, Field, ValidationError

from hatz_client.content import Finish, Reasoning, Reply, Text, ToolCall, Usage
from hatz_client.events import Delta, End, Meta, Start, fold
from hatz_client.integration.chat_request import add_usage
from hatz_client.integration.structured.answer_tool import AnswerToolFilter, unwrap_answer_tool
from hatz_client.integration.structured.find_json import find_json
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzInvalidInputError, HatzUnsupportedError
from tests.harness.useless_answers import USELESS, reply_uselessly

ENDPOINTS = ["messages", "responses", "chat"]
METHODS = ["function_calling", "json_schema", "json_mode"]
JOKE = {"setup": "Why?", "punchline": "Because 🙂."}


class Joke(BaseModel):
    """A joke."""

    setup: str
    punchline: str = Field(description="The fun of it.")


JokeDict = TypedDict("Joke", {"setup": str, "punchline": str})  # noqa: UP013 (a class of the same name is above)


SCHEMA = {
    "title": "Joke",
    "description": "A joke.",
    "type": "object",
    "properties": {"setup": {"type": "string"}, "punchline": {"type": "string"}},
    "required": ["setup", "punchline"],
}
SCHEMAS = {"pydantic": (Joke, Joke(**JOKE)), "typeddict": (JokeDict, JOKE), "json": (SCHEMA, JOKE)}


@tool
def search(query: str) -> str:
    """Search the web."""
    return query


def model(sandbox: Sandbox, endpoint: str = "messages", **fields: Any) -> ChatHatz:
    fields = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0, **fields}
    return ChatHatz("gpt-5.2", endpoint=endpoint, **fields)


def answers(sandbox: Sandbox, endpoint: str, value: Any = None, times: int = 1) -> None:
    value = JOKE if value is None else value
    for _ in range(times):
        if endpoint == "chat":
            sandbox.reply(f"Sure!\n```json\n{json.dumps(value)}\n```\nHa.")
        else:
            sandbox.tool_call("Joke", value)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("schema", SCHEMAS)
async def test_each_schema_each_way(sandbox: Sandbox, schema: str, endpoint: str, method: Any) -> None:
    given, expected = SCHEMAS[schema]
    answers(sandbox, endpoint, times=4)
    chat = model(sandbox, endpoint).with_structured_output(given, method=method)
    assert chat.invoke("A joke!") == expected
    assert await chat.ainvoke("A joke!") == expected
    assert list(chat.stream("A joke!"))[-1] == expected
    assert [part async for part in chat.astream("A joke!")][-1] == expected


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_a_dict_grows_while_it_streams(sandbox: Sandbox, endpoint: str, method: Any) -> None:
    answers(sandbox, endpoint)
    parts = list(model(sandbox, endpoint).with_structured_output(SCHEMA, method=method).stream("A joke!"))
    assert parts[-1] == JOKE
    assert len(parts) > 1
    assert all(JOKE[key].startswith(value) for part in parts for key, value in part.items())


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_raw_message_beside_it(sandbox: Sandbox, endpoint: str) -> None:
    answers(sandbox, endpoint, times=2)
    found = model(sandbox, endpoint).with_structured_output(Joke, include_raw=True).invoke("A joke!")
    assert (found["parsed"], found["parsing_error"]) == (Joke(**JOKE), None)
    assert [call["args"] for call in found["raw"].tool_calls] == [JOKE]
    chat = model(sandbox, endpoint).with_structured_output(Joke, method="json_schema", include_raw=True)
    found = chat.invoke("A joke!")
    assert json.loads(found["raw"].text) == JOKE
    assert not found["raw"].tool_calls


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_words_instead_are_an_error_that_shows_them(sandbox: Sandbox, endpoint: str, method: Any) -> None:
    for _ in range(3):
        sandbox.reply("I would rather talk.")
    chat = model(sandbox, endpoint)
    with pytest.raises(OutputParserException, match="rather talk"):
        chat.with_structured_output(Joke, method=method).invoke("A joke!")
    with pytest.raises(OutputParserException, match="rather talk"):
        list(chat.with_structured_output(Joke, method=method).stream("A joke!"))
    found = chat.with_structured_output(Joke, method=method, include_raw=True).invoke("A joke!")
    assert found["parsed"] is None
    assert "rather talk" in str(found["parsing_error"])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_json_in_words_is_found(sandbox: Sandbox, endpoint: str, method: Any) -> None:
    sandbox.reply(f"Here:\n```json\n{json.dumps(JOKE)}\n```")
    assert model(sandbox, endpoint).with_structured_output(Joke, method=method).invoke("A joke!") == Joke(**JOKE)


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_what_was_cut_off_says_so(sandbox: Sandbox, endpoint: str) -> None:
    for method in METHODS:
        sandbox.tool_calls([("Joke", '{"setup": "Wh')], finish="length")
        with pytest.raises(OutputParserException, match="max_tokens"):
            model(sandbox, endpoint).with_structured_output(Joke, method=method).invoke("A joke!")


def test_a_call_of_another_tool_is_named(sandbox: Sandbox) -> None:
    sandbox.tool_call("Jest", JOKE)
    with pytest.raises(OutputParserException, match="it called Jest"):
        model(sandbox).with_structured_output(Joke).invoke("A joke!")


def test_what_does_not_fit_the_class_is_a_validation_error(sandbox: Sandbox) -> None:
    sandbox.tool_call("Joke", {"setup": 1})
    with pytest.raises(ValidationError):
        model(sandbox).with_structured_output(Joke).invoke("A joke!")


def test_native_chat_is_asked_once_more(sandbox: Sandbox) -> None:
    sandbox.reply("No JSON from me.")
    sandbox.reply(json.dumps(JOKE))
    assert model(sandbox, "chat").with_structured_output(Joke).invoke("A joke!") == Joke(**JOKE)
    first, second = (request.body["messages"] for request in sandbox.requests)
    assert "JSON schema" in first[0]["content"]
    assert [message["role"] for message in second[-2:]] == ["assistant", "user"]
    assert "no JSON object" in second[-1]["content"]


@pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("first", ["Let me think.", " "])
async def test_prompted_json_is_asked_for_once_more(sandbox: Sandbox, endpoint: str, how: str, first: str) -> None:
    sandbox.reply(first)
    sandbox.reply(json.dumps(JOKE))
    chat = model(sandbox, endpoint, structured_output_strategy="prompt")
    chat = chat.with_structured_output(Joke, method="json_schema")
    match how:
        case "invoke":
            found = chat.invoke("A joke!")
        case "ainvoke":
            found = await chat.ainvoke("A joke!")
        case "stream":
            found = list(chat.stream("A joke!"))[-1]
        case _:
            found = [part async for part in chat.astream("A joke!")][-1]
    assert found == Joke(**JOKE)
    assert len(sandbox.requests) == 2
    assert ('"assistant"' in json.dumps(sandbox.last_request.body)) is bool(first.strip())


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
@pytest.mark.parametrize("answer", USELESS)
def test_and_not_if_that_is_useless(sandbox: Sandbox, endpoint: str, answer: str) -> None:
    reply_uselessly(sandbox, answer)
    chat = model(sandbox, endpoint, structured_output_strategy="prompt").bind_tools([search])
    chat.with_structured_output(Joke, method="json_schema", include_raw=True).invoke("A joke!")
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_and_what_both_answers_used_is_counted(sandbox: Sandbox, how: str) -> None:
    sandbox.reply("No JSON.", usage={"input": 10, "output": 1})
    sandbox.reply(json.dumps(JOKE), usage={"input": 20, "output": 2})
    chat = model(sandbox, "chat").bind_tools([], response_format=Joke)
    message = chat.invoke("A joke!") if how == "invoke" else reduce(add, chat.stream("A joke!"))
    assert message.usage_metadata == {"input_tokens": 30, "output_tokens": 3, "total_tokens": 33}


def test_what_both_used_is_unknown_when_one_does_not_say() -> None:
    known = Reply(usage=Usage(3, 2, 5, cache_read=1))
    assert add_usage(known, known).usage == Usage(6, 4, 10, cache_read=2)
    assert add_usage(known, Reply()).usage is add_usage(Reply(), known).usage is None


def test_and_told_what_is_missing(sandbox: Sandbox) -> None:
    sandbox.reply(json.dumps({"setup": "Why?"}))
    sandbox.reply(json.dumps(JOKE))
    assert model(sandbox, "chat").with_structured_output(Joke).invoke("A joke!") == Joke(**JOKE)
    assert "punchline" in sandbox.last_request.body["messages"][-1]["content"]


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_tools_beside_it(sandbox: Sandbox, endpoint: str) -> None:
    for chat in (
        model(sandbox, endpoint).with_structured_output(Joke, tools=[search], include_raw=True),
        model(sandbox, endpoint).bind_tools([search]).with_structured_output(Joke, include_raw=True),
        model(sandbox, endpoint).with_structured_output(Joke, tools=[search], method="json_schema", include_raw=True),
    ):
        sandbox.tool_call("search", {"query": "jokes"})
        found = chat.invoke("A joke!")
        assert (found["parsed"], found["parsing_error"]) == (None, None)
        assert [call["name"] for call in found["raw"].tool_calls] == ["search"]
        sandbox.tool_call("Joke", JOKE)
        assert chat.invoke("A joke!")["parsed"] == Joke(**JOKE)


def test_a_bound_model_keeps_its_other_arguments(sandbox: Sandbox) -> None:
    sandbox.tool_call("Joke", JOKE)
    model(sandbox).bind(temperature=0.5).with_structured_output(Joke).invoke("A joke!")
    assert sandbox.last_request.body["temperature"] == 0.5


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_the_endpoints_own_way_on_request(sandbox: Sandbox, endpoint: str) -> None:
    sandbox.reply(json.dumps(JOKE))
    chat = model(sandbox, endpoint, structured_output_strategy="native")
    assert chat.with_structured_output(Joke, method="json_schema").invoke("A joke!") == Joke(**JOKE)
    body = sandbox.last_request.body
    assert "tools" not in body
    assert "json_schema" in json.dumps(body.get("text") or body.get("output_config"))


def test_a_model_that_thinks_is_asked_for_json(sandbox: Sandbox) -> None:
    chat = model(sandbox, extra_body={"thinking": {"type": "enabled", "budget_tokens": 1024}})
    sandbox.reply(f"Here: {json.dumps(JOKE)}", reasoning="A joke …")
    assert chat.with_structured_output(Joke, method="json_schema").invoke("A joke!") == Joke(**JOKE)
    assert "tools" not in sandbox.last_request.body
    sandbox.reply(f"Here: {json.dumps(JOKE)}", reasoning="A joke …")
    assert chat.with_structured_output(Joke).invoke("A joke!") == Joke(**JOKE)
    assert "tools" not in sandbox.last_request.body


def test_native_chat_has_no_way_of_its_own(sandbox: Sandbox) -> None:
    chat = model(sandbox, "chat", structured_output_strategy="native")
    with pytest.raises(HatzUnsupportedError):
        chat.with_structured_output(Joke, method="json_schema").invoke("A joke!")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_any_object(sandbox: Sandbox, endpoint: str) -> None:
    sandbox.reply('{"a": 1}')
    assert model(sandbox, endpoint).with_structured_output(method="json_mode").invoke("JSON!") == {"a": 1}


@pytest.mark.parametrize(
    "given", [Joke, SCHEMA, {"type": "json_schema", "name": "Joke", "schema": SCHEMA}, {"type": "json_schema", "json_schema": {"name": "Joke", "schema": SCHEMA}}]
)  # fmt: skip
def test_forms_of_a_response_format(sandbox: Sandbox, given: Any) -> None:
    sandbox.tool_call("Joke", JOKE)
    answer = model(sandbox).bind_tools([], response_format=given).invoke("A joke!")
    assert json.loads(answer.text) == JOKE
    assert sandbox.last_request.body["tool_choice"] == {"type": "tool", "name": "Joke"}


def test_a_class_is_bound_as_json(sandbox: Sandbox) -> None:
    bound: Any = model(sandbox).bind_tools([], response_format=Joke)
    assert json.loads(json.dumps(bound.kwargs))["response_format"]["json_schema"]["name"] == "Joke"


def test_a_name_that_a_tool_has_already(sandbox: Sandbox) -> None:
    @tool("Joke")
    def joke(topic: str) -> str:
        """Look a joke up."""
        return topic

    chat = model(sandbox).bind_tools([joke], response_format=Joke)
    sandbox.tool_call("Joke_out", JOKE)
    assert json.loads(chat.invoke("A joke!").text) == JOKE
    sandbox.tool_call("Joke", {"topic": "cats"})
    assert chat.invoke("A joke!").tool_calls[0]["args"] == {"topic": "cats"}


@pytest.mark.parametrize("wrong", [{"method": "magic"}, {"schema": None}, {"schema": {"no": "title"}}])
def test_what_is_wrong_is_said_at_once(sandbox: Sandbox, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        model(sandbox).with_structured_output(**{"schema": Joke, **wrong})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', {"a": 1}),
        (' \n{"a": {"b": "}"}} ', {"a": {"b": "}"}}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('Sure:\n```\n{"a": 1}\n```\nDone.', {"a": 1}),
        ('The answer is {"a": 1}.', {"a": 1}),
        ('{"a": 1} or {"a": 2}?', None),
        ("[1]", None),
        ("no", None),
        ("", None),
        ('{"a": ', None),
    ],
)
def test_json_in_a_text(text: str, found: Any) -> None:
    assert find_json(text) == found


ANSWER = ToolCall("c1", "Joke", JOKE)
REAL = ToolCall("c2", "search", {"query": "x"})
END = Finish("tool_calls", "tool_use")


@pytest.mark.parametrize(
    ("parts", "expected", "finish"),
    [
        ((ANSWER,), ["text"], "stop"),
        ((Text("Well: "), ANSWER), ["reasoning", "text"], "stop"),
        ((Reasoning("hm"), ANSWER, Text("So.")), ["reasoning", "text", "reasoning"], "stop"),
        ((ANSWER, ANSWER), ["text"], "stop"),
        ((Text("First: "), ANSWER, REAL), ["text", "toolcall"], "tool_calls"),
        ((REAL, ANSWER), ["toolcall"], "tool_calls"),
        ((Text("words"),), ["text"], "tool_calls"),
    ],
)
@pytest.mark.parametrize("alone", [False, True])
def test_the_answer_is_taken_out_of_its_call(parts: Any, expected: Any, finish: str, alone: bool) -> None:
    if alone and REAL in parts:
        return
    reply = unwrap_answer_tool(Reply(parts, END), "Joke", alone=alone)
    assert [type(part).__name__.lower() for part in reply.parts] == expected
    assert reply.finish
    assert reply.finish.reason == finish
    if ANSWER in parts and REAL not in parts:
        assert json.loads(reply.text) == JOKE


def test_alone_it_streams_as_it_is_written() -> None:
    unwrap = AnswerToolFilter("Joke", alone=True)
    events = [Start(0, ToolCall("c1", "Joke", "")), Delta(0, '{"a"'), Delta(0, ": 1}")]
    assert [list(unwrap.feed(event)) for event in events] == [
        [Start(0, Text(""))],
        [Delta(0, '{"a"')],
        [Delta(0, ": 1}")],
    ]
    rest = [*unwrap.feed(End(0)), *unwrap.feed(Meta(finish=END)), *unwrap.close()]
    assert fold([*(Start(0, Text("")),), *rest]).finish == Finish("stop", "tool_use")


class Note(TypedDict):
    """A note."""

    text: str
    tag: NotRequired[str]


class Branch(TypedDict):
    """A branch."""

    name: str
    branches: list["Branch"]


@dataclass
class Stock:
    """A stock."""

    name: str
    places: list[str] = field(default_factory=list)


PICK = {"title": "Pick", "description": "A choice.", "enum": ["a", "b"]}


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
@pytest.mark.parametrize(
    ("schema", "arguments", "value"),
    [
        (Note, {"text": "Buy oars."}, {"text": "Buy oars."}),
        (Branch, {"name": "a", "branches": [{"name": "b", "branches": []}]}, {"name": "a", "branches": [{"name": "b", "branches": []}]}),
        (PICK, {"root": "a"}, "a"),
        ({"title": "Pick", "type": ["object", "null"], "properties": {"a": {"type": "integer"}}}, {"root": {"a": 1}}, {"a": 1}),
        (Stock, {"name": "oars"}, Stock("oars")),
    ],
    ids=["NotRequired", "recursive", "an enum", "types", "a dataclass"],
)  # fmt: skip
def test_schemas_that_langchains_tracing_cannot_convert(
    sandbox: Sandbox, endpoint: str, schema: Any, arguments: Any, value: Any
) -> None:
    sandbox.tool_call(schema["title"] if isinstance(schema, dict) else schema.__name__, arguments)
    assert model(sandbox, endpoint).with_structured_output(schema).invoke("One!") == value


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
def test_a_named_schema_as_in_openais_response_format(sandbox: Sandbox, endpoint: str, method: Any) -> None:
    named = {"name": "Count", "schema": {"type": "object", "properties": {"n": {"type": "integer"}}}, "strict": False}
    if method == "json_schema":
        sandbox.reply('{"n": 1}')
    else:
        sandbox.tool_call("Count", {"n": 1})
    assert model(sandbox, endpoint).with_structured_output(named, method=method).invoke("One!") == {"n": 1}
    assert '"n": {"type": "integer"}' in json.dumps(sandbox.last_request.body)


class Cat(BaseModel):
    """A cat."""

    kind: Literal["cat"]


class Dog(BaseModel):
    """A dog."""

    kind: Literal["dog"]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    ("kind", "value", "made"),
    [
        (Union[Cat, Dog], {"kind": "dog"}, Dog(kind="dog")),  # noqa: UP007 (`Cat | Dog` is of another class)
        (Cat | Dog, {"kind": "dog"}, Dog(kind="dog")),
        (Annotated[Cat | Dog, Field(discriminator="kind")], {"kind": "cat"}, Cat(kind="cat")),
        (Optional[Cat], None, None),  # noqa: UP045
        (list[Cat], [{"kind": "cat"}], [Cat(kind="cat")]),
        (Literal["yes", "no"], "no", "no"),
    ],
    ids=str,
)
def test_types_that_are_no_class(sandbox: Sandbox, endpoint: str, kind: Any, value: Any, made: Any) -> None:
    sandbox.reply(json.dumps(value)) if endpoint == "chat" else sandbox.tool_call("response", {"root": value})
    assert model(sandbox, endpoint).with_structured_output(kind).invoke("x") == made


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [5, "Joke", [Joke], 0.5], ids=repr)
def test_what_is_not_a_schema_is_named(sandbox: Sandbox, method: Any, schema: Any) -> None:
    with pytest.raises(HatzInvalidInputError, match=r"^schema=.* is not a schema: give a pydantic class"):
        model(sandbox).with_structured_output(schema, method=method)
