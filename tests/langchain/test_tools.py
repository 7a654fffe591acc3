"""Tools in every form people write them, and what is said about choosing among them."""

from functools import partial
from typing import Annotated, Any

import pytest
from langchain_core.tools import BaseTool, InjectedToolArg, StructuredTool, tool
from pydantic import BaseModel

from hatz_client import HatzInvalidInputError
from hatz_client.content import Prompt, Tool, Turn
from hatz_client.integration.tools import to_tool_choice
from hatz_client.wire import messages, responses
from hatz_client.wire.common.tools.tool_names import wire_name
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzUnsupportedError
from langchain_hatz._tools import neutral_tools, tool_dict

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@tool
def get_weather(city: str) -> str:
    """Get the weather."""
    return city


def plain(city: str) -> str:
    """Get the weather."""
    return city


class Get(BaseModel):
    """Get the weather."""

    city: str


FORMS: list[tuple[Any, str]] = [
    (get_weather, "get_weather"),
    (plain, "plain"),
    (Get, "Get"),
    ({"title": "get", "description": "Get the weather.", **PARAMETERS}, "get"),
    ({"type": "function", "function": {"name": "get", "description": "Get the weather.", "parameters": PARAMETERS}}, "get"),
    ({"type": "function", "name": "get", "description": "Get the weather.", "parameters": PARAMETERS}, "get"),
    ({"name": "get", "description": "Get the weather.", "parameters": PARAMETERS}, "get"),
    ({"name": "get", "description": "Get the weather.", "input_schema": PARAMETERS}, "get"),
    ({"type": "custom", "name": "get", "description": "Get the weather.", "input_schema": PARAMETERS}, "get"),
    ({"toolSpec": {"name": "get", "description": "Get the weather.", "inputSchema": {"json": PARAMETERS}}}, "get"),
]  # fmt: skip


def model(sandbox: Sandbox, endpoint: str = "messages", **fields: Any) -> ChatHatz:
    return ChatHatz("gpt-5.2", endpoint=endpoint, base_url=sandbox.base_url, api_key=sandbox.api_key, **fields)


@pytest.mark.parametrize(("given", "name"), FORMS)
def test_forms_of_a_tool(given: Any, name: str) -> None:
    (made,) = neutral_tools([given])
    assert isinstance(made, Tool)
    assert (made.name, made.description) == (name, "Get the weather.")
    assert set(made.parameters["properties"]) == {"city"}
    assert made.parameters["required"] == ["city"]
    assert tool_dict(tool_dict(given)) == tool_dict(given)


def test_strict() -> None:
    (made,) = neutral_tools([tool_dict(get_weather, strict=True)])
    assert isinstance(made, Tool)
    assert made.strict is True
    assert made.parameters["additionalProperties"] is False


def test_anthropics_own_fields_stay_with_it() -> None:
    given = {"name": "get", "input_schema": PARAMETERS, "cache_control": {"type": "ephemeral"}}
    (made,) = neutral_tools([given])
    assert isinstance(made, Tool)
    assert made.residue == {"messages": {"cache_control": {"type": "ephemeral"}}}
    marked = get_weather.model_copy(update={"extras": {"cache_control": {"type": "ephemeral"}, "unknown": 1}})
    (made,) = neutral_tools([marked])
    assert isinstance(made, Tool)
    assert made.residue == {"messages": {"cache_control": {"type": "ephemeral"}}}


def test_fields_of_a_tools_extras_that_anthropic_knows() -> None:
    known = {
        "cache_control": {"type": "ephemeral"}, "defer_loading": True, "input_examples": [{"city": "Rome"}],
        "allowed_callers": ["code_execution_20250825"], "eager_input_streaming": True,
    }  # fmt: skip
    (made,) = neutral_tools([get_weather.model_copy(update={"extras": {**known, "of_another": 1}})])
    assert isinstance(made, Tool)
    assert made.residue == {"messages": known, "responses": {"defer_loading": True}}


@pytest.mark.parametrize(
    "given",
    [
        get_weather.model_copy(update={"extras": {"defer_loading": True}}),
        {"type": "function", "name": "get_weather", "parameters": PARAMETERS, "defer_loading": True},
        {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}, "defer_loading": True},
        {"name": "get_weather", "input_schema": PARAMETERS, "defer_loading": True},
    ],
)
def test_a_tool_is_loaded_later_where_the_services_tool_search_is_offered(given: Any) -> None:
    searches = {
        "responses": {"type": "tool_search"},
        "messages": {"type": "tool_search_tool_bm25_20251119", "name": "tool_search"},
    }
    for encode, search in ((responses.encode, searches["responses"]), (messages.encode, searches["messages"])):
        sent = encode(Prompt("m", Turn("user", "hi"), tools=neutral_tools([given, search])))["tools"]
        assert sent[0]["defer_loading"] is True
        assert sent[1] == search
    assert (
        "defer_loading"
        not in responses.encode(Prompt("m", Turn("user", "hi"), tools=neutral_tools([given])))["tools"][0]
    )


def test_a_tool_of_openais_that_runs_beside_the_answer() -> None:
    (made,) = neutral_tools([get_weather.model_copy(update={"extras": {"async": True}})])
    sent = responses.encode(Prompt("m", Turn("user", "hi"), tools=(made,)))["tools"][0]
    assert sent["async"] is True
    assert "async" not in messages.encode(Prompt("m", Turn("user", "hi"), tools=(made,)))["tools"][0]


@pytest.mark.parametrize("given", [{"type": "web_search_20250305", "name": "web_search"}, {"type": "web_search"}])
def test_a_services_own_tool_is_not_touched(given: Any) -> None:
    assert neutral_tools([given]) == (given,)
    defined = StructuredTool.from_function(plain)
    assert isinstance(defined, BaseTool)
    defined.extras = {"provider_tool_definition": given}
    assert neutral_tools([defined]) == (given,)


def test_arguments_that_are_injected_are_not_shown() -> None:
    @tool
    def find(city: str, user: Annotated[str, InjectedToolArg]) -> str:
        """Find."""
        return city + user

    (made,) = neutral_tools([find])
    assert isinstance(made, Tool)
    assert set(made.parameters["properties"]) == {"city"}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (None, (None, None)),
        (False, (None, None)),
        ("auto", ("auto", None)),
        ("any", ("required", None)),
        ("required", ("required", None)),
        (True, ("required", None)),
        ("none", ("none", None)),
        ("get_weather", ("get_weather", None)),
        ({"type": "function", "function": {"name": "get_weather"}}, ("get_weather", None)),
        ({"type": "function", "name": "get_weather"}, ("get_weather", None)),
        ({"type": "tool", "name": "get_weather"}, ("get_weather", None)),
        ({"type": "any"}, ("required", None)),
        ({"tool": {"name": "get_weather"}}, ("get_weather", None)),  # Bedrock's
        ({"any": {}}, ("required", None)),
        ({"auto": {}}, ("auto", None)),
        ({"type": "auto", "disable_parallel_tool_use": True}, ("auto", False)),
        ({"type": "tool", "name": "get_weather", "disable_parallel_tool_use": True}, ("get_weather", False)),
        ({"type": "allowed_tools", "tools": []}, ({"type": "allowed_tools", "tools": []}, None)),
    ],
)
def test_forms_of_a_choice(given: Any, meant: Any) -> None:
    assert to_tool_choice(given, neutral_tools([get_weather])) == meant


class Weather:
    def __call__(self, city: str) -> str:
        return city


@pytest.mark.parametrize("nameless", [partial(plain, city="Rome"), Weather()])
def test_a_tool_without_a_name_is_refused(nameless: Any) -> None:
    with pytest.raises(HatzInvalidInputError, match="write a function that calls it"):
        ChatHatz("gpt-5.2").bind_tools([nameless])


@pytest.mark.parametrize(
    "wrong",
    ["get_wether", {"type": "tool", "name": "get_wether"}, {"tool": {"name": "get_wether"}}, {"mode": "ANY"}, 7],
)
def test_a_choice_that_there_is_not_is_refused_when_it_is_made(sandbox: Sandbox, wrong: Any) -> None:
    with pytest.raises(HatzInvalidInputError, match=r"get_weather|not understood") as caught:
        model(sandbox).bind_tools([get_weather], tool_choice=wrong)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
@pytest.mark.parametrize("name", ["search.web", "Antwort[int]", "größe", "x" * 90])
async def test_names_that_no_service_takes_are_ours_again_in_the_answer(
    sandbox: Sandbox, endpoint: str, name: str
) -> None:
    named = StructuredTool.from_function(plain, name=name)
    chat = model(sandbox, endpoint).bind_tools([named], tool_choice=name)
    for _ in range(3):
        sandbox.tool_call(wire_name(name), {"city": "Rome"})
    answer = chat.invoke("Hi")
    assert answer.tool_calls[0]["name"] == name
    first, *others = chat.stream("Hi")
    assert (first + others).tool_calls[0]["name"] == name
    # … and go back as they went
    history = [("user", "Hi"), answer, {"role": "tool", "tool_call_id": answer.tool_calls[0]["id"], "content": "x"}]
    await chat.ainvoke(history)
    assert wire_name(name) in sandbox.last_request.raw.decode()


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_parallel_calls(sandbox: Sandbox, endpoint: str) -> None:
    model(sandbox, endpoint).bind_tools([get_weather], parallel_tool_calls=False).invoke("Hi")
    body = sandbox.last_request.body
    assert body.get("parallel_tool_calls") is False or body["tool_choice"]["disable_parallel_tool_use"] is True
    model(sandbox, endpoint).bind_tools([get_weather]).invoke("Hi")
    assert "parallel_tool_calls" not in sandbox.last_request.body
    assert "tool_choice" not in sandbox.last_request.body


def test_native_chat_refuses_tools_when_it_is_called(sandbox: Sandbox) -> None:
    bound = model(sandbox, "chat").bind_tools([get_weather])
    with pytest.raises(HatzUnsupportedError, match='endpoint="messages"'):
        bound.invoke("Hi")
    with pytest.raises(HatzUnsupportedError):
        list(bound.stream("Hi"))


def test_tools_given_with_the_call(sandbox: Sandbox) -> None:
    sandbox.tool_call("get_weather", {"city": "Rome"})
    assert model(sandbox).invoke("Hi", tools=[get_weather], tool_choice="any").tool_calls
    assert sandbox.last_request.body["tool_choice"] == {"type": "any"}


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_a_tool_given_twice_is_one(sandbox: Sandbox, endpoint: str) -> None:
    schema = {"type": "object", "properties": {"q": {"type": "string"}}}
    look = {"name": "look", "description": "Looks.", "parameters": schema}
    chat = model(sandbox, endpoint)
    chat.bind_tools([look, dict(look)]).invoke("x")
    assert len(sandbox.last_request.body["tools"]) == 1
    assert len(chat.bind_tools([look, {**look, "description": "Looks elsewhere."}]).kwargs["tools"]) == 2
