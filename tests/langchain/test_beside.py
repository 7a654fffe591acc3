"""What there is beside the model: agents as tools, `init_chat_model`, prompt caching."""

import json
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from hatz_client import HatzInvalidInputError
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, hatz_agent_tool, register_with_init_chat_model


def model(sandbox: Sandbox, name: str = "gpt-5.2", **fields: Any) -> ChatHatz:
    return ChatHatz(name, **{"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields})


def body(sandbox: Sandbox) -> Any:
    return sandbox.last_request.body


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


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"ttl": "10m"}, "ttl='10m' is unknown: use '5m', '1h'"),
        ({"unsupported_model_behavior": "error"}, "use 'ignore'"),
    ],
)
def test_a_wrong_setting_of_prompt_caching_is_an_error(setting: dict[str, Any], message: str) -> None:
    from langchain_hatz import HatzPromptCachingMiddleware

    with pytest.raises(HatzInvalidInputError, match=message):
        HatzPromptCachingMiddleware(**setting)
