"""ChatHatz as an object: its fields, its copies, its life in threads and loops, its secrets."""

import asyncio
import copy
import json
import logging
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Unpack, get_type_hints

import httpx
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.language_models import FakeListChatModel
from langchain_core.load import dumps, loads
from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.runnables import ConfigurableField
from pydantic import SecretStr

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzNotFoundError, hatz_agent_tool, register_with_init_chat_model
from langchain_hatz._arguments import FURTHER, Settings
from langchain_hatz._gateway import OnGateway
from langchain_hatz._profiles import profile_of

SECRET = "the-secret-key-1234567890"


def model(sandbox: Sandbox, name: str = "gpt-5.2", **fields: Any) -> ChatHatz:
    return ChatHatz(name, **{"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields})


def body(sandbox: Sandbox) -> Any:
    return sandbox.last_request.body


def test_the_model_comes_first() -> None:
    for chat in (ChatHatz("gpt-5.2"), ChatHatz(model="gpt-5.2"), ChatHatz(model_name="gpt-5.2")):
        assert (chat.model, chat.model_name) == ("gpt-5.2", "gpt-5.2")
    assert ChatHatz(agent_id="123").model == "agent-123"
    with pytest.raises(ValueError, match="model"):
        ChatHatz()


def test_other_names_of_the_same() -> None:
    chat = ChatHatz("m", max_output_tokens=7, stop_sequences=["x"], request_timeout=3, hatz_api_key="k")
    assert (chat.max_tokens, chat.stop, chat.timeout) == (7, ["x"], 3)
    assert isinstance(chat.hatz_api_key, SecretStr)
    assert ChatHatz("m", max_completion_tokens=7, stop="x").stop == ["x"]


@pytest.mark.parametrize(
    ("wrong", "right"), [("temprature", "temperature"), ("max_token", "max_tokens"), ("api_keys", "api_key")]
)
def test_a_typing_mistake_is_noticed(wrong: str, right: str) -> None:
    with pytest.raises(TypeError, match=f"did you mean '{right}'.*extra_body"):
        ChatHatz("m", **{wrong: 1})


def test_editors_know_every_argument() -> None:
    assert get_type_hints(ChatHatz.__init__)["kwargs"] == Unpack[Settings]
    assert {*get_type_hints(Settings)} | {"model"} == {*ChatHatz.model_fields, *FURTHER}


def test_a_wrong_value_is_not_shown_with_the_key() -> None:
    with pytest.raises(ValueError) as caught:
        ChatHatz("m", api_key=SECRET, endpoint="nowhere", temperature="hot")
    assert SECRET not in str(caught.value)


def test_constructing_needs_no_key_and_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HATZ_API_KEY", raising=False)
    monkeypatch.setattr(httpx, "Client", None)
    chat = ChatHatz("gpt-5.2")
    chat.bind_tools([], response_format={"type": "json_object"})
    chat.with_structured_output({"title": "A", "type": "object", "properties": {}})


@pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
def test_nothing_is_sent_that_nobody_set(sandbox: Sandbox, endpoint: str) -> None:
    model(sandbox, endpoint=endpoint).invoke("Hi")
    assert set(body(sandbox)) <= {"model", "messages", "input", "max_tokens"}
    assert ("max_tokens" in body(sandbox)) is (endpoint == "messages")


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_fields_and_arguments_of_the_call(sandbox: Sandbox, endpoint: str) -> None:
    chat = model(sandbox, endpoint=endpoint, temperature=0.1, max_tokens=4096, model_kwargs={"top_p": 0.9})
    chat.invoke("Hi")
    assert (body(sandbox)["temperature"], body(sandbox)["top_p"]) == (0.1, 0.9)
    chat.invoke(
        "Hi", temperature=0.2, model="gpt-4o", max_output_tokens=5000, extra_body={"metadata": {"user_id": "b"}}
    )
    assert (body(sandbox)["temperature"], body(sandbox)["model"]) == (0.2, "gpt-4o")
    assert body(sandbox)["metadata"] == {"user_id": "b"}
    assert 5000 in body(sandbox).values()
    chat.invoke("Hi", request_id="mine", headers={"X-Team": "us"})
    assert (sandbox.last_request.headers["x-request-id"], sandbox.last_request.headers["x-team"]) == ("mine", "us")


def test_settings_of_the_model_are_not_sent(sandbox: Sandbox) -> None:
    for name, value in (("api_key", SECRET), ("max_retries", 1), ("default_headers", {"X-A": "b"})):
        with pytest.raises(ValueError, match=f"{name} cannot be set for a single call"):
            model(sandbox).invoke("Hi", **{name: value})
    assert not sandbox.requests
    first, *others = model(sandbox, "anthropic.claude-haiku-4-5").stream("Hi", stream_usage=False)
    assert (first + others).usage_metadata is None
    assert "stream_usage" not in body(sandbox)


def test_the_endpoint_follows_the_model(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    paths = []
    for name in ("gpt-5.2", "anthropic.claude-haiku-4-5", "auto"):
        answer = chat.invoke("Hi", model=name)
        paths.append((sandbox.last_request.path.rsplit("/", 2)[-2], answer.response_metadata["endpoint"]))
    assert paths == [("openai", "responses"), ("anthropic", "messages"), ("chat", "chat")]
    chat.invoke("Hi", tools_to_use=["google_search"])
    assert body(sandbox)["tools_to_use"] == ["google_search"]
    chat.invoke("Hi", endpoint="messages")
    assert sandbox.last_request.path.endswith("/anthropic/messages")


@pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
def test_stop(sandbox: Sandbox, endpoint: str) -> None:
    for _ in range(3):
        sandbox.reply("one two three")
    chat = model(sandbox, endpoint=endpoint, stop=["two"])
    assert chat.invoke("Hi").text.strip() == "one"
    assert "".join(str(chunk.text) for chunk in chat.stream("Hi")).strip() == "one"
    assert chat.invoke("Hi", stop=["three"]).text.strip() == "one two"


def test_what_tracing_is_told() -> None:
    chat = ChatHatz("gpt-5.2", temperature=0.5, max_tokens=5, stop=["a"])
    params = chat._get_ls_params()
    assert params == {
        "ls_provider": "hatz",
        "ls_model_name": "gpt-5.2",
        "ls_model_type": "chat",
        "ls_temperature": 0.5,
        "ls_max_tokens": 5,
        "ls_stop": ["a"],
    }
    assert chat._get_ls_params(stop=["b"], model="x", temperature=0)["ls_stop"] == ["b"]
    assert chat._llm_type == "hatz-chat"
    assert ChatHatz("m", base_url="https://a.example/v1")._identifying_params["base_url"] == "https://a.example/v1"
    assert chat.asdict() == {
        "model": "gpt-5.2",
        "temperature": 0.5,
        "max_tokens": 5,
        "stop": ["a"],
        "_type": "hatz-chat",
    }
    assert "hatz-integrations" in json.dumps(chat.metadata)


def test_usage_is_counted_by_model(sandbox: Sandbox) -> None:
    counter = UsageMetadataCallbackHandler()
    chat = model(sandbox, "anthropic.claude-haiku-4-5")
    chat.invoke("Hi", {"callbacks": [counter]})
    list(chat.stream("Hi", {"callbacks": [counter]}))
    assert counter.usage_metadata["anthropic.claude-haiku-4-5"]["input_tokens"] > 0


class Seen(BaseCallbackHandler):
    def __init__(self) -> None:
        self.starts: list[Any] = []
        self.tokens: list[Any] = []

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self.starts.append((args, kwargs))

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.tokens.append(token)


def test_every_token_is_told_once(sandbox: Sandbox) -> None:
    seen = Seen()
    sandbox.reply("one two", chunks=["one", " two"])
    list(model(sandbox).stream("Hi", {"callbacks": [seen]}))
    assert "".join(seen.tokens) == "one two"
    sandbox.reply("one two", chunks=["one", " two"])
    seen.tokens.clear()
    model(sandbox, streaming=True).invoke("Hi", {"callbacks": [seen]})
    assert "".join(seen.tokens) == "one two"


def test_streaming_can_be_switched_off(sandbox: Sandbox) -> None:
    list(model(sandbox, streaming=False).stream("Hi"))
    assert "stream" not in body(sandbox)
    list(model(sandbox, disable_streaming=True).stream("Hi"))
    assert "stream" not in body(sandbox)
    model(sandbox, streaming=True).invoke("Hi")
    assert body(sandbox)["stream"] is True


def test_leaving_a_stream_closes_the_connection(sandbox: Sandbox) -> None:
    sandbox.stall(after_events=8, seconds=30, reply="one two three four five six seven eight nine ten")
    stream = model(sandbox).stream("Hi")
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert sandbox.last_request.client_closed.wait(5)


async def test_leaving_an_async_stream_closes_the_connection(sandbox: Sandbox) -> None:
    sandbox.stall(after_events=8, seconds=30, reply="one two three four five six seven eight nine ten")
    stream = model(sandbox).astream("Hi")
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    assert await asyncio.to_thread(sandbox.last_request.client_closed.wait, 5)


# Copies


def test_copies_work(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    chat.invoke("Hi")
    for other in (
        copy.copy(chat),
        copy.deepcopy(chat),
        pickle.loads(pickle.dumps(chat)),  # noqa: S301 (our own)
        chat.model_copy(update={"temperature": 0.3}),
        chat.with_config(tags=["x"]),
    ):
        assert other.invoke("Hi").text


def test_a_copy_with_another_address_asks_there(sandbox: Sandbox) -> None:
    with Sandbox() as elsewhere:
        chat = model(sandbox)
        chat.invoke("Hi")
        moved = chat.model_copy(update={"base_url": elsewhere.base_url})
        moved.invoke("Hi")
        chat.base_url = elsewhere.base_url
        chat.invoke("Hi")
        assert (len(sandbox.requests), len(elsewhere.requests)) == (1, 2)


def test_clients_of_yours(sandbox: Sandbox) -> None:
    with httpx.Client() as mine:
        chat = model(sandbox, http_client=mine)
        assert chat.invoke("Hi").text
        assert copy.deepcopy(chat).http_client is mine
        assert pickle.loads(pickle.dumps(chat)).http_client is None  # noqa: S301
        assert not mine.is_closed


def test_fields_chosen_later(sandbox: Sandbox) -> None:
    chat = model(sandbox).configurable_fields(model=ConfigurableField("model"), temperature=ConfigurableField("t"))
    chat.with_config(configurable={"model": "gpt-4o", "t": 0.7}).invoke("Hi")
    assert (body(sandbox)["model"], body(sandbox)["temperature"]) == ("gpt-4o", 0.7)
    list(chat.with_config(configurable={"model": "gpt-4o"}).stream("Hi"))
    assert body(sandbox)["stream"] is True
    other = model(sandbox).configurable_alternatives(ConfigurableField("which"), second=model(sandbox, "gpt-4o"))
    other.with_config(configurable={"which": "second"}).invoke("Hi")
    assert body(sandbox)["model"] == "gpt-4o"


@pytest.mark.filterwarnings("ignore:.*`loads` is in beta.*")
def test_saved_and_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HATZ_API_KEY", SECRET)
    chat = ChatHatz("gpt-5.2", temperature=0.4, default_headers={"X-Secret": "hidden"}, extra_body={"a": 1})
    text = dumps(chat)
    again = loads(text, allowed_objects=[ChatHatz], valid_namespaces=["langchain_hatz"], secrets_from_env=True)
    assert (again.model, again.temperature, again.extra_body) == ("gpt-5.2", 0.4, {"a": 1})
    assert again.hatz_api_key.get_secret_value() == SECRET
    assert SECRET not in text
    assert "hidden" not in text


def test_a_cache_knows_what_was_asked(sandbox: Sandbox) -> None:
    cache = InMemoryCache()
    chat = model(sandbox, cache=cache)
    assert chat.invoke("Hi").text == chat.invoke("Hi").text
    assert len(sandbox.requests) == 1
    model(sandbox, cache=cache, temperature=0.9).invoke("Hi")
    assert len(sandbox.requests) == 2


# Life


def test_one_model_in_many_loops_one_after_the_other(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    for _ in range(4):
        assert asyncio.run(chat.ainvoke("Hi")).text
    assert len(sandbox.requests) == 4


def test_one_model_in_many_loops_at_the_same_time(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: asyncio.run(chat.ainvoke("Hi")).text, range(12)))
    assert len(answers) == len(sandbox.requests) == 12


async def test_batches(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    assert len(chat.batch(["Hi"] * 50, {"max_concurrency": 10})) == 50
    assert len(await chat.abatch(["Hi"] * 50)) == 50
    assert len(sandbox.requests) == 100


def _child(chat: ChatHatz, answers: Any) -> None:
    answers.put(str(chat.invoke("Hi").text))


def test_a_forked_process_talks_too(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    chat.invoke("Hi")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_child, args=(chat, answers))
    child.start()
    assert answers.get(timeout=20)
    child.join(20)
    assert child.exitcode == 0
    assert chat.invoke("Hi").text
    assert len(sandbox.requests) == 3


# Secrets


async def ask_key() -> str:
    return SECRET


async def test_the_key_is_nowhere(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("HATZ_API_KEY", SECRET)
    seen, texts = Seen(), []
    with Sandbox(api_key=SECRET) as sandbox:
        chat = ChatHatz("gpt-5.2", base_url=sandbox.base_url, default_headers={"X-Private": "hidden-header"})
        await chat.with_config(callbacks=[seen]).ainvoke("Hi")
        mcp = {"type": "mcp", "name": "x", "authorization": SECRET, "headers": {"X-Private": "hidden-header"}}
        chat.with_config(callbacks=[seen]).invoke("Hi", headers={"X-Private": "hidden-header"})
        texts.append(repr(chat._get_invocation_params(tools=[mcp])))
        sandbox.fail(status=500)
        with pytest.raises(Exception, match="500") as caught:
            chat.model_copy(update={"max_retries": 0}).invoke("Hi")
        texts += [repr(chat), str(chat), dumps(chat), repr(chat.asdict()), repr(caught.value), repr(vars(caught.value))]
        texts += [repr(seen.starts), caplog.text, repr(chat.bind_tools([]))]
        texts += [repr(chat._identifying_params), repr(caught.value.__cause__)]
    for text in texts:
        assert SECRET not in text
    assert SECRET.encode() not in pickle.dumps(chat)  # it is in the environment, there as here
    assert all("hidden-header" not in text for text in texts)


async def test_a_key_that_is_asked_for(sandbox: Sandbox) -> None:
    assert model(sandbox, api_key=lambda: sandbox.api_key).invoke("Hi").text
    sandbox.api_key = SECRET
    assert (await model(sandbox, api_key=ask_key).ainvoke("Hi")).text
    with pytest.raises(ValueError, match="async"):
        model(sandbox, api_key=ask_key).invoke("Hi")


# What the gateway has, and what models can do


async def test_discovery(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    assert "gpt-5.2" in {found.id for found in chat.list_models()}
    assert chat.list_models() == await chat.alist_models()
    (agent,) = chat.list_agents()
    assert (agent,) == await chat.alist_agents()
    assert model(sandbox, agent.model).invoke("Hi").response_metadata["endpoint"] == "chat"


async def test_discovery_without_a_model(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HATZ_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("HATZ_API_KEY", sandbox.api_key)
    models, agents = model(sandbox).list_models(), model(sandbox).list_agents()
    assert ChatHatz.list_models() == await ChatHatz.alist_models() == models
    assert ChatHatz.list_agents() == await ChatHatz.alist_agents() == agents
    assert model(sandbox).bind(temperature=0.5).list_models() == models  # type: ignore[attr-defined]
    assert "models this key may use" in vars(OnGateway)["list_models"].__doc__


async def test_profiles_from_the_gateway(sandbox: Sandbox) -> None:
    chat = model(sandbox, "moonshot.kimi-k2-thinking")
    assert chat.refresh_profile()["max_input_tokens"] == 256_000
    assert chat.profile is not None
    assert chat.profile["image_inputs"] is False
    assert await chat.arefresh_profile() == chat.profile
    with pytest.raises(HatzNotFoundError, match=r"it may use .*gpt-5.2"):
        model(sandbox, "no-such-model").refresh_profile()


@pytest.mark.parametrize(
    ("name", "context", "output"),
    [
        ("anthropic.claude-sonnet-4-5", 200_000, 64_000),
        ("us.anthropic.claude-haiku-4-5-20251001-v1:0", 200_000, 64_000),
        ("sonnet", 200_000, 64_000),
        ("gpt-5.2", 272_000, 128_000),
        ("gpt-4o-mini", 128_000, 16_384),
        ("google.gemini-3.1-pro-preview", 1_000_000, 65_536),
        ("mistral.mixtral-8x7b-instruct-v0:1", 32_000, None),
        ("us.meta.llama3-1-8b-instruct-v1:0", 128_000, None),
        ("unheard-of", None, None),
    ],
)
def test_profiles_by_name(name: str, context: int | None, output: int | None) -> None:
    profile = ChatHatz(name).profile
    assert profile is not None
    assert (profile.get("max_input_tokens"), profile.get("max_output_tokens")) == (context, output)
    assert profile["structured_output"]
    assert profile["tool_calling"]


def test_profiles_by_endpoint() -> None:
    chat = ChatHatz("gpt-5.2", endpoint="chat").profile
    assert chat is not None
    assert (chat["tool_calling"], chat["image_inputs"], chat["structured_output"]) == (False, False, True)
    mine = ChatHatz("gpt-5.2", profile={"max_input_tokens": 5})
    assert mine.profile == {"max_input_tokens": 5}
    assert profile_of("gpt-5.2", "chat") is not profile_of("gpt-5.2", "chat")


def test_the_profile_is_that_of_the_model() -> None:
    chat = ChatHatz("anthropic.claude-haiku-4-5")
    other = chat.model_copy(update={"model": "mistral.mixtral-8x7b-instruct-v0:1"})
    assert other.profile is not None
    assert other.profile["max_input_tokens"] == 32_000
    later = chat.configurable_fields(model=ConfigurableField("model"))
    prepared, _ = later.prepare({"configurable": {"model": "gpt-4o"}})
    assert prepared.profile["max_input_tokens"] == 128_000
    mine = ChatHatz("gpt-5.2", profile={"max_input_tokens": 5}).model_copy(update={"model": "gpt-4o"})
    assert mine.profile == {"max_input_tokens": 5}


def test_the_room_for_an_answer_is_that_of_the_model(sandbox: Sandbox) -> None:
    chat = model(sandbox, "anthropic.claude-haiku-4-5")
    for name, room in (("anthropic.claude-haiku-4-5", 64_000), ("mistral.mixtral-8x7b-instruct-v0:1", 4096)):
        chat.invoke("Hi", model=name)
        assert body(sandbox)["max_tokens"] == room
        chat.model_copy(update={"model": name}).invoke("Hi")
        assert body(sandbox)["max_tokens"] == room


async def test_counting(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    hello = chat._convert_input("Hello there, how are you?").to_messages()
    count = chat.get_num_tokens_from_messages(hello)
    assert count == chat.get_num_tokens_from_messages(hello) == await chat.aget_num_tokens_from_messages(hello)
    assert [request.path for request in sandbox.requests] == ["/v1/anthropic/messages/count_tokens"]
    tool = {"title": "look", "description": "Look it up.", "type": "object", "properties": {"a": {"type": "string"}}}
    assert chat.get_num_tokens_from_messages(hello, tools=[tool]) > count
    assert chat.get_num_tokens("Hello there, how are you?") > 3
    with pytest.raises(NotImplementedError, match="get_num_tokens_from_messages"):
        chat.get_token_ids("Hello")


async def test_counting_without_the_network(sandbox: Sandbox) -> None:
    chat = model(sandbox, token_counting="approximate")
    hello = chat._convert_input("Hello there, how are you?").to_messages()
    count = chat.get_num_tokens_from_messages(hello)
    assert count == await chat.aget_num_tokens_from_messages(hello) == count_tokens_approximately(hello)
    assert not sandbox.requests


async def test_counting_never_fails(caplog: pytest.LogCaptureFixture) -> None:
    chat = ChatHatz("gpt-5.2", base_url="http://127.0.0.1:9/v1", api_key="k", max_retries=0)
    messages = chat._convert_input("Hello there, how are you, unlike the others?").to_messages()
    with caplog.at_level(logging.DEBUG, logger="langchain_hatz"):
        assert chat.get_num_tokens_from_messages(messages) > 3
    assert "guessed" in caplog.text
    assert await chat.aget_num_tokens_from_messages(messages) > 3


# Beside the model


async def test_an_agent_as_a_tool(sandbox: Sandbox) -> None:
    (agent,) = model(sandbox).list_agents()
    made = hatz_agent_tool(agent, base_url=sandbox.base_url, api_key=sandbox.api_key)
    assert (made.name, made.description) == ("Research_Assistant", agent.description)
    sandbox.reply("Found.")
    sandbox.reply("Found again.")
    assert made.invoke({"request": "Look it up."}) == "Found."
    assert body(sandbox)["model"] == agent.model
    assert await made.ainvoke({"request": "Look it up."}) == "Found again."
    with pytest.raises(ValueError, match="description"):
        hatz_agent_tool("123")


@pytest.mark.parametrize("name", [None, "研究"])
@pytest.mark.parametrize("agent", ["12345678-9", "agent-12345678-9"])
def test_an_agent_without_a_tools_name_goes_by_its_id(agent: str, name: str | None) -> None:
    assert hatz_agent_tool(agent, name=name, description="Looks things up.").name == "hatz_agent_12345678"


def test_init_chat_model(sandbox: Sandbox) -> None:
    from langchain.chat_models import init_chat_model

    register_with_init_chat_model()
    chat = init_chat_model("hatz:gpt-5.2", base_url=sandbox.base_url, api_key=sandbox.api_key)
    assert isinstance(chat, ChatHatz)
    assert chat.invoke("Hi").text


@pytest.mark.parametrize(("name", "marked"), [("anthropic.claude-haiku-4-5", True), ("gpt-5.2", False)])
async def test_prompt_caching(sandbox: Sandbox, name: str, marked: bool) -> None:
    from langchain.agents import create_agent
    from langchain_core.tools import tool

    from langchain_hatz import HatzPromptCachingMiddleware

    @tool
    def look(at: str) -> str:
        """Look."""
        return at

    agent = create_agent(
        model(sandbox, name), [look], system_prompt="Be brief.", middleware=[HatzPromptCachingMiddleware()]
    )
    sandbox.reply("Fine.")
    sandbox.reply("Fine.")
    agent.invoke({"messages": [("user", "Hi")]})
    await agent.ainvoke({"messages": [("user", "Hi")]})
    for request in sandbox.requests:
        assert json.dumps(request.body).count("cache_control") == (3 if marked else 0)


def test_prompt_caching_where_there_is_none(sandbox: Sandbox) -> None:
    from langchain.agents import create_agent

    from langchain_hatz import HatzPromptCachingMiddleware

    agent: Any = create_agent(
        model(sandbox), [], middleware=[HatzPromptCachingMiddleware(unsupported_model_behavior="warn")]
    )
    with pytest.warns(UserWarning, match="not of the responses endpoint"):
        agent.invoke({"messages": [("user", "Hi")]})
    other = FakeListChatModel(responses=["Hi"])
    agent = create_agent(other, [], middleware=[HatzPromptCachingMiddleware(unsupported_model_behavior="raise")])
    with pytest.raises(ValueError, match="not of FakeListChatModel"):
        agent.invoke({"messages": [("user", "Hi")]})
    agent = create_agent(other, [], middleware=[HatzPromptCachingMiddleware()])
    assert agent.invoke({"messages": [("user", "Hi")]})["messages"][-1].text == "Hi"
