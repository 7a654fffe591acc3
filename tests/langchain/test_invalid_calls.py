"""Calls whose arguments are broken are never run; with the middleware the model is told and asked again."""

from typing import Any

import pytest
from langchain.agents import create_agent, middleware
from langchain_core import exceptions
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.tools import tool
from pydantic import BaseModel

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzInvalidToolCallMiddleware
from tests.harness.versions import needs

BROKEN = '{"folder": "/srv/scra'
KNOWS_REFUSALS = needs("langchain-core", "1.7.5")
HOWS = ["invoke", "ainvoke", "stream", "astream"]
ran: list[str] = []


@tool
def delete(folder: str = "/") -> str:
    """Delete what is in a folder."""
    ran.append(folder)
    return "deleted"


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    ran.clear()


@pytest.fixture(params=["messages", "responses"])
def chat(request: pytest.FixtureRequest, sandbox: Sandbox) -> ChatHatz:
    about: Any = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0}
    return ChatHatz("anthropic.claude-haiku-4-5", endpoint=request.param, **about)


async def run(agent: Any, how: str, text: str = "Clean up.") -> list[Any]:
    given = {"messages": [HumanMessage(text)]}
    match how:
        case "invoke":
            return agent.invoke(given)["messages"]
        case "ainvoke":
            return (await agent.ainvoke(given))["messages"]
        case "stream":
            return list(agent.stream(given, stream_mode=["values", "messages"]))[-1][1]["messages"]
        case _:
            return [one async for one in agent.astream(given, stream_mode=["values", "messages"])][-1][1]["messages"]


@pytest.mark.parametrize("how", HOWS)
async def test_the_model_is_told_and_asked_again(chat: ChatHatz, sandbox: Sandbox, how: str) -> None:
    sandbox.tool_calls([("delete", BROKEN)], finish="length")
    sandbox.tool_calls([("delete", {"folder": "/srv/scratch"})])
    sandbox.reply("Done.")
    agent = create_agent(chat, [delete], middleware=[HatzInvalidToolCallMiddleware()])
    messages = await run(agent, how)
    assert ran == ["/srv/scratch"]
    assert messages[-1].text == "Done."
    (told,) = (one for one in messages if isinstance(one, ToolMessage) and one.status == "error")
    # A whole Messages body holds an object in any case: what was cut off is not in it.
    assert BROKEN in told.text or "The arguments were: {}" in told.text
    assert told.tool_call_id == messages[1].invalid_tool_calls[0]["id"]


@pytest.mark.parametrize("how", ["invoke", "stream"])
async def test_valid_calls_beside_it_run(chat: ChatHatz, sandbox: Sandbox, how: str) -> None:
    sandbox.tool_calls([("delete", {"folder": "/a"}), ("delete", BROKEN)], finish="length")
    sandbox.reply("Done.")
    messages = await run(create_agent(chat, [delete], middleware=[HatzInvalidToolCallMiddleware()]), how)
    assert ran == ["/a"]
    assert sorted(one.status for one in messages if isinstance(one, ToolMessage)) == ["error", "success"]
    assert messages[-1].text == "Done."


async def test_it_is_not_asked_for_ever(chat: ChatHatz, sandbox: Sandbox) -> None:
    for _ in range(5):
        sandbox.tool_calls([("delete", BROKEN)], finish="length")
    messages = await run(
        create_agent(chat, [delete], middleware=[HatzInvalidToolCallMiddleware(max_attempts=2)]), "invoke"
    )
    assert sum(isinstance(one, AIMessage) for one in messages) == 3
    assert ran == []


@pytest.mark.parametrize("how", ["invoke", "ainvoke"])
async def test_a_valid_call_in_between_starts_the_count_again(chat: ChatHatz, sandbox: Sandbox, how: str) -> None:
    for _ in range(2):
        sandbox.tool_calls([("delete", BROKEN)], finish="length")
        sandbox.tool_calls([("delete", {"folder": "/a"})])
    for _ in range(3):
        sandbox.tool_calls([("delete", BROKEN)], finish="length")
    messages = await run(create_agent(chat, [delete], middleware=[HatzInvalidToolCallMiddleware(max_attempts=1)]), how)
    assert ran == ["/a", "/a"]
    assert len(sandbox.requests) == 6  # four, then two in a row that are invalid
    assert messages[-1].invalid_tool_calls


@pytest.mark.parametrize("how", HOWS)
async def test_without_it_the_run_ends_and_nothing_ran(chat: ChatHatz, sandbox: Sandbox, how: str) -> None:
    sandbox.tool_calls([("delete", BROKEN)], finish="length")
    messages = await run(create_agent(chat, [delete]), how)
    assert ran == []
    assert messages[-1].invalid_tool_calls
    sandbox.reply("Well.")
    chat.invoke([*messages, HumanMessage("Go on.")])  # such a history goes on


class Answer(BaseModel):
    """An answer."""

    words: str


@KNOWS_REFUSALS
@pytest.mark.parametrize("how", HOWS)
async def test_a_refusal_falls_back_to_another_model(chat: ChatHatz, sandbox: Sandbox, how: str) -> None:
    sandbox.reply(refusal="I will not.")
    sandbox.reply("Of course.")
    other = ChatHatz("gpt-5.2", base_url=sandbox.base_url, api_key=sandbox.api_key)
    falls_back: list[Any] = [middleware.ModelFallbackMiddleware(other), middleware.ModelRefusalMiddleware()]
    messages = await run(create_agent(chat, [], middleware=falls_back), how)
    assert messages[-1].text == "Of course."


@KNOWS_REFUSALS
def test_a_refusal_without_a_fallback_is_an_error_and_not_asked_again(chat: ChatHatz, sandbox: Sandbox) -> None:
    sandbox.reply(refusal="I will not.")
    sandbox.reply("Of course.")
    agent = create_agent(
        chat, [], middleware=[middleware.ModelRetryMiddleware(on_failure="error"), middleware.ModelRefusalMiddleware()]
    )
    with pytest.raises(exceptions.ModelRefusalError) as caught:
        agent.invoke({"messages": [HumanMessage("Hello")]})
    assert caught.value.raw_message.content_blocks[-1]["type"] == "refusal"
    assert len(sandbox.requests) == 1


@KNOWS_REFUSALS
def test_a_structured_refusal_is_an_error_too(chat: ChatHatz, sandbox: Sandbox) -> None:
    sandbox.reply(refusal="I will not.")
    agent = create_agent(chat, [], response_format=Answer, middleware=[middleware.ModelRefusalMiddleware()])
    with pytest.raises(exceptions.ModelRefusalError):
        agent.invoke({"messages": [HumanMessage("Hello")]})


@KNOWS_REFUSALS
@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_langchains_own_parsers_know_a_refusal(chat: ChatHatz, sandbox: Sandbox, how: str) -> None:
    sandbox.reply(refusal="I will not.")
    chain = chat | JsonOutputParser()
    with pytest.raises(exceptions.ModelRefusalError):
        chain.invoke("Hello") if how == "invoke" else list(chain.stream("Hello"))


def test_no_messages_are_named(chat: ChatHatz) -> None:
    with pytest.raises(ValueError, match="messages"):
        chat.invoke([])
