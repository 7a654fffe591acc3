"""What docs/langchain.md says of each endpoint, shown on each endpoint over a real socket."""

import asyncio
import copy
import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.load import dumps, loads
from langchain_core.messages import HumanMessage
from langchain_core.runnables import ConfigurableField

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzNotFoundError, HatzServerError, register_with_init_chat_model
from tests.harness.cancelling import cancel_on_arrival
from tests.harness.ways import chat_answer
from trust.server import Server, whole
from trust.wires import body

ENDPOINTS = ["responses", "messages", "chat"]
on_each_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS)
with_tools = pytest.mark.parametrize("endpoint", ENDPOINTS[:2])
sync_or_async = pytest.mark.parametrize("how", ["stream", "astream"])

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ABOUT = {"name": "get_weather", "description": "Get the weather."}
TOOLS = {
    "OpenAI, nested": {"type": "function", "function": {**ABOUT, "parameters": PARAMETERS}},
    "OpenAI, flat": {"type": "function", **ABOUT, "parameters": PARAMETERS},
    "Anthropic": {**ABOUT, "input_schema": PARAMETERS},
    "MCP": {**ABOUT, "inputSchema": PARAMETERS},
    "JSON schema": {**PARAMETERS, "title": "get_weather", "description": "Get the weather."},
}
CHOICES: dict[str, tuple[Any, dict[str, Any]]] = {
    "any": ("any", {"responses": "required", "messages": {"type": "any"}}),
    "auto": ("auto", {"responses": "auto", "messages": {"type": "auto"}}),
    "none": ("none", {"responses": "none", "messages": {"type": "none"}}),
    "by name": (
        "get_weather",
        {
            "responses": {"type": "function", "name": "get_weather"},
            "messages": {"type": "tool", "name": "get_weather"},
        },
    ),
}


def model(sandbox: Any, endpoint: str, **fields: Any) -> ChatHatz:
    settings = {"base_url": sandbox.base_url, "api_key": "sk-secret", "max_retries": 0, "endpoint": endpoint}
    return ChatHatz(**{"model": "gpt-5.2", **settings, **fields})


@pytest.fixture
def gateway(endpoint: str) -> Iterator[Any]:
    """Answers whatever is asked, and keeps the requests as they arrived."""
    with Server(lambda _: [whole(body(endpoint))]) as server:
        yield server


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(api_key="sk-secret", quirks=frozenset()) as running:
        yield running


# Streaming


@on_each_endpoint
@sync_or_async
async def test_chunks_add_up_to_the_message_of_invoke(sandbox: Sandbox, endpoint: str, how: str) -> None:
    chat = model(sandbox, endpoint)
    for _ in range(2):
        sandbox.reply("It is five o'clock.", reasoning=None if endpoint == "chat" else "Well.")
    message = chat.invoke("What time is it?")
    first, *others = list(chat.stream("Hi")) if how == "stream" else [chunk async for chunk in chat.astream("Hi")]
    added = first + others
    assert added.text == message.text == "It is five o'clock."
    kinds = [block["type"] for block in added.content_blocks]
    assert kinds == [block["type"] for block in message.content_blocks]


@on_each_endpoint
@sync_or_async
@pytest.mark.filterwarnings("ignore:.*(is in beta|is experimental).*")
async def test_v3_events_add_up_to_the_message(sandbox: Sandbox, endpoint: str, how: str) -> None:
    sandbox.reply("It is five o'clock.")
    chat = model(sandbox, endpoint)
    if how == "stream":
        output = chat.stream_events("Hi", version="v3").output
    else:
        output = await (await chat.astream_events("Hi", version="v3"))
    assert output.text == "It is five o'clock."
    assert output.response_metadata["endpoint"] == endpoint


# Tools


@with_tools
@pytest.mark.parametrize("form", TOOLS)
def test_each_form_of_a_tool_is_called(sandbox: Sandbox, endpoint: str, form: str) -> None:
    sandbox.tool_call("get_weather", {"city": "Paris"})
    message = model(sandbox, endpoint).bind_tools([TOOLS[form]]).invoke("The weather in Paris?")
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [("get_weather", {"city": "Paris"})]
    (sent,) = sandbox.last_request.body["tools"]
    assert sent.get("parameters", sent.get("input_schema"))["properties"] == PARAMETERS["properties"]


@with_tools
@pytest.mark.parametrize("choice", CHOICES)
def test_each_tool_choice_is_sent(sandbox: Sandbox, endpoint: str, choice: str) -> None:
    given, sent = CHOICES[choice]
    model(sandbox, endpoint).bind_tools([TOOLS["OpenAI, flat"]], tool_choice=given).invoke("Hi")
    assert sandbox.last_request.body["tool_choice"] == sent[endpoint]


@with_tools
@sync_or_async
async def test_truncated_arguments_are_an_invalid_tool_call(sandbox: Sandbox, endpoint: str, how: str) -> None:
    chat = model(sandbox, endpoint).bind_tools([TOOLS["OpenAI, flat"]])
    for finish in (None, "length"):
        sandbox.tool_calls([("get_weather", '{"city": "Par')], finish=finish)
        first, *others = list(chat.stream("Hi")) if how == "stream" else [c async for c in chat.astream("Hi")]
        added: Any = first + others
        assert (added.tool_calls, [call["name"] for call in added.invalid_tool_calls]) == ([], ["get_weather"])


@with_tools
def test_server_tools_are_sent_as_they_are(gateway: Any, endpoint: str) -> None:
    given = {"responses": {"type": "web_search"}, "messages": {"type": "web_search_20250305", "name": "web_search"}}
    model(gateway, endpoint).bind_tools([given[endpoint]]).invoke("Hi")
    assert json.loads(gateway.requests[0].raw)["tools"] == [given[endpoint]]


CITED: dict[str, Any] = {
    "responses": {
        "object": "response",
        "status": "completed",
        "output": [
            {
                "type": "message",
                "role": "assistant",
                "content": [
                    {
                        "type": "output_text",
                        "text": "It is.",
                        "annotations": [
                            {"type": "url_citation", "url": "https://a.example", "start_index": 0, "end_index": 6}
                        ],
                    }
                ],
            }
        ],
    },
    "messages": {
        "type": "message",
        "role": "assistant",
        "stop_reason": "end_turn",
        "content": [
            {
                "type": "text",
                "text": "It is.",
                "citations": [
                    {"type": "web_search_result_location", "url": "https://a.example", "cited_text": "It is."}
                ],
            }
        ],
    },
}


@with_tools
def test_citations_are_annotations_of_v1_blocks(endpoint: str) -> None:
    with Server(lambda _: [whole(CITED[endpoint])]) as server:
        message = model(server, endpoint, output_version="v1").invoke("Hi")
    (annotation,) = message.content_blocks[-1]["annotations"]
    assert (annotation["type"], annotation["url"]) == ("citation", "https://a.example")


THOUGHT: dict[str, Any] = {
    "responses": {
        "object": "response",
        "status": "completed",
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "SIGNED"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]},
        ],
    },
    "messages": {
        "type": "message",
        "role": "assistant",
        "stop_reason": "end_turn",
        "content": [
            {"type": "thinking", "thinking": "Hm.", "signature": "SIGNED"},
            {"type": "text", "text": "Yes."},
        ],
    },
}


@with_tools
def test_reasoning_is_sent_back(endpoint: str) -> None:
    with Server(lambda _: [whole(THOUGHT[endpoint])]) as server:
        chat = model(server, endpoint)
        chat.invoke([HumanMessage("Is it?"), chat.invoke("Is it?"), HumanMessage("Why?")])
    assert b"SIGNED" not in server.requests[0].raw
    assert b"SIGNED" in server.requests[1].raw


# Usage and discovery


@on_each_endpoint
def test_usage_of_an_answer(sandbox: Sandbox, endpoint: str) -> None:
    sandbox.reply("Yes.", usage={"input": 10, "output": 30})
    used = model(sandbox, endpoint).invoke("Hi").usage_metadata
    assert used is not None
    assert (used["input_tokens"], used["output_tokens"], used["total_tokens"]) == (10, 30, 40)


@on_each_endpoint
async def test_tokens_are_counted(sandbox: Sandbox, endpoint: str) -> None:
    chat = model(sandbox, endpoint)
    count = chat.get_num_tokens_from_messages([HumanMessage("How are you?")])
    assert count == await chat.aget_num_tokens_from_messages([HumanMessage("How are you?")]) > 0
    assert "count_tokens" in sandbox.last_request.path
    asked = len(sandbox.requests)
    approximate = model(sandbox, endpoint, token_counting="approximate")
    assert approximate.get_num_tokens_from_messages([HumanMessage("How are you?")]) > 0
    assert len(sandbox.requests) == asked


@on_each_endpoint
async def test_models_and_agents_are_listed(sandbox: Sandbox, endpoint: str) -> None:
    chat = model(sandbox, endpoint)
    assert "gpt-5.2" in {found.name for found in chat.list_models()}
    assert chat.list_models() == await chat.alist_models()
    assert chat.list_agents() == await chat.alist_agents() != ()


@on_each_endpoint
def test_an_unknown_model_is_answered_with_the_nearest(sandbox: Sandbox, endpoint: str) -> None:
    with pytest.raises(HatzNotFoundError, match=r"gpt-5\.2"):
        model(sandbox, endpoint, model="gtp-5.2").invoke("Hi")


@on_each_endpoint
def test_the_profile_is_refreshed_from_the_list(sandbox: Sandbox, endpoint: str) -> None:
    chat = model(sandbox, endpoint)
    assert chat.profile is not None
    assert chat.profile["tool_calling"] is (endpoint != "chat")
    (listed,) = [found for found in chat.list_models() if found.name == "gpt-5.2"]
    assert chat.refresh_profile()["max_input_tokens"] == listed.max_tokens


# Connections and life


@on_each_endpoint
def test_query_and_proxy(gateway: Any, endpoint: str) -> None:
    assert model(gateway, endpoint, default_query={"tenant": "a"}).invoke("Hi").text
    assert gateway.requests[0].path.endswith("?tenant=a")
    with Server(lambda _: [whole(body(endpoint))]) as proxy:
        assert model(gateway, endpoint, proxy=f"http://127.0.0.1:{proxy.port}").invoke("Hi").text
        assert (len(gateway.requests), len(proxy.requests)) == (1, 1)


@on_each_endpoint
@pytest.mark.usefixtures("connections_of_ones_own")
def test_close_closes_idle_connections(gateway: Any, endpoint: str) -> None:
    with model(gateway, endpoint) as chat:
        assert chat.invoke("Hi").text
        assert gateway.open == 1
    assert gateway.settles()
    assert chat.invoke("Hi").text
    assert gateway.accepted == 2


@on_each_endpoint
@sync_or_async
async def test_leaving_a_stream_closes_its_connection(sandbox: Sandbox, endpoint: str, how: str) -> None:
    sandbox.stall(after_events=8, seconds=30, reply="one two three four five six seven eight nine ten")
    if how == "stream":
        stream: Any = model(sandbox, endpoint).stream("Hi")
        next(stream)
        stream.close()
    else:
        stream = model(sandbox, endpoint).astream("Hi")
        await anext(stream)
        await stream.aclose()
    assert await asyncio.to_thread(sandbox.last_request.client_closed.wait, 5)


class Observer(AsyncCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    async def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        self.seen.append("start")

    async def on_llm_end(self, *_: Any, **__: Any) -> None:
        self.seen.append("end")

    async def on_llm_error(self, error: BaseException, **_: Any) -> None:
        self.seen.append(type(error).__name__)


@on_each_endpoint
@pytest.mark.parametrize(
    ("how", "seen"), [("ainvoke", ["start"]), ("astream", ["start", "CancelledError"])], ids=["ainvoke", "astream"]
)
async def test_what_a_cancelled_call_tells_observers(sandbox: Sandbox, endpoint: str, how: str, seen: Any) -> None:
    """LangChain itself tells nobody that an `ainvoke` was cancelled; docs/langchain.md says so."""
    sandbox.stall(before_first_byte=30)
    chat, observer = model(sandbox, endpoint), Observer()
    with pytest.raises(asyncio.CancelledError):
        await cancel_on_arrival(sandbox, chat_answer(chat, how, config={"callbacks": [observer]}))
    assert await asyncio.to_thread(sandbox.last_request.client_closed.wait, 10)
    assert observer.seen == seen


@on_each_endpoint
@pytest.mark.filterwarnings("ignore:.*`loads` is in beta.*")
def test_copies_pickles_and_loads(sandbox: Sandbox, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HATZ_API_KEY", "sk-secret")
    chat = model(sandbox, endpoint)
    again = loads(dumps(chat), allowed_objects=[ChatHatz], valid_namespaces=["langchain_hatz"], secrets_from_env=True)
    others = [
        copy.deepcopy(chat),
        pickle.loads(pickle.dumps(chat)),
        chat.model_copy(update={"temperature": 0.3}),
        again,
    ]
    assert [other.invoke("Hi").response_metadata["endpoint"] for other in others] == [endpoint] * 4
    chosen: Any = chat.configurable_fields(temperature=ConfigurableField("temperature"))
    chosen.invoke("Hi", {"configurable": {"temperature": 0.7}})
    assert sandbox.last_request.body["temperature"] == 0.7


@with_tools
def test_fallbacks_with_configuration_and_tools(sandbox: Sandbox, endpoint: str) -> None:
    other = model(sandbox, endpoint, model="anthropic.claude-haiku-4-5")
    chat: Any = model(sandbox, endpoint).with_config(tags=["a"]).with_fallbacks([other])
    sandbox.fail(503)
    sandbox.tool_call("get_weather", {"city": "Paris"})
    assert chat.bind_tools([TOOLS["Anthropic"]]).invoke("Hi").tool_calls
    assert sandbox.last_request.body["model"] == "anthropic.claude-haiku-4-5"


@on_each_endpoint
async def test_batches(sandbox: Sandbox, endpoint: str) -> None:
    chat = model(sandbox, endpoint)
    assert len(chat.batch(["Hi"] * 10, {"max_concurrency": 5})) == len(await chat.abatch(["Hi"] * 10)) == 10
    assert (await asyncio.to_thread(lambda: asyncio.run(chat.ainvoke("Hi")))).text
    assert len(sandbox.requests) == 21


@on_each_endpoint
def test_the_key_is_in_no_repr_dump_or_error(sandbox: Sandbox, endpoint: str) -> None:
    chat = model(sandbox, endpoint)
    sandbox.fail(500, message="The key sk-secret is not to be repeated.")
    with pytest.raises(HatzServerError) as caught:
        chat.invoke("Hi")
    for text in (repr(chat), dumps(chat), repr(caught.value), str(vars(caught.value)), repr(caught.value.__cause__)):
        assert "sk-secret" not in text


@on_each_endpoint
def test_init_chat_model(sandbox: Sandbox, endpoint: str) -> None:
    from langchain.chat_models import init_chat_model

    register_with_init_chat_model()
    chat = init_chat_model("hatz:gpt-5.2", base_url=sandbox.base_url, api_key="sk-secret", endpoint=endpoint)
    assert chat.invoke("Hi").response_metadata["endpoint"] == endpoint
