"""What the gateway has, what models can do, how many tokens there are."""

import logging
from typing import Any

import pytest
from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.runnables import ConfigurableField

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzNotFoundError
from langchain_hatz.profiles import profile_of


def model(sandbox: Sandbox, name: str = "gpt-5.2", **fields: Any) -> ChatHatz:
    return ChatHatz(name, **{"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields})


def body(sandbox: Sandbox) -> Any:
    return sandbox.last_request.body


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
    assert "models this key may use" in ChatHatz.list_models.__doc__


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
    assert "estimated" in caplog.text
    assert await chat.aget_num_tokens_from_messages(messages) > 3
