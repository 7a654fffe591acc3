"""`create_agent` and LangChain's middleware with ChatHatz, against the sandbox."""

import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    ClearToolUsesEdit,
    ContextEditingMiddleware,
    HumanInTheLoopMiddleware,
    LLMToolSelectorMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    PIIMiddleware,
    SummarizationMiddleware,
)
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzContextOverflowError, HatzCreditsError, HatzUnsupportedError

QUESTION = {"messages": [("user", "What is the weather in Paris?")]}
# Ids that LangChain takes the provider's way for structured output with, ids it does not, and ones with other endpoints.
MODELS = ["gpt-5.2", "anthropic.claude-haiku-4-5", "moonshot.kimi-k2-thinking", "google.gemini-3.1-pro-preview"]


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    return f"It is 21 degrees and sunny in {city}."


class Weather(BaseModel):
    """What the weather is like."""

    temperature: int
    conditions: str


ANSWER = {"temperature": 21, "conditions": "sunny"}


def model(sandbox: Sandbox, name: str, **fields: Any) -> ChatHatz:
    return ChatHatz(name, base_url=sandbox.base_url, api_key=sandbox.api_key, max_retries=0, **fields)


def asked(sandbox: Sandbox) -> list[Any]:
    return [request.body for request in sandbox.requests if request.method == "POST" and "count" not in request.path]


def said(state: Any) -> list[tuple[str, str]]:
    return [(message.type, message.text) for message in state["messages"]]


async def run(agent: Any, how: str) -> dict[str, Any]:
    if how == "invoke":
        return agent.invoke(QUESTION)
    if how == "stream":
        *_, last = agent.stream(QUESTION, stream_mode="values")
        return last
    if how == "messages":
        pieces: list[Any] = []
        state = None
        async for mode, piece in agent.astream(QUESTION, stream_mode=["messages", "values"]):
            if mode == "messages":
                pieces.append(piece[0])
            else:
                state = piece
        assert any(isinstance(piece, AIMessage) for piece in pieces)
        assert state is not None
        return state
    return await agent.ainvoke(QUESTION)


@pytest.mark.parametrize("how", ["invoke", "stream", "messages", "ainvoke"])
@pytest.mark.parametrize("name", MODELS)
async def test_tools(sandbox: Sandbox, name: str, how: str) -> None:
    sandbox.tool_call("get_weather", {"city": "Paris"})
    sandbox.reply("21 degrees.")
    state = await run(create_agent(model(sandbox, name), [get_weather]), how)
    assert said(state)[-2:] == [("tool", "It is 21 degrees and sunny in Paris."), ("ai", "21 degrees.")]


@pytest.mark.parametrize("how", ["invoke", "stream", "messages", "ainvoke"])
@pytest.mark.parametrize("name", MODELS)
async def test_tools_and_a_response_format(sandbox: Sandbox, name: str, how: str) -> None:
    sandbox.tool_call("get_weather", {"city": "Paris"})
    sandbox.tool_call("Weather", ANSWER)
    state = await run(create_agent(model(sandbox, name), [get_weather], response_format=Weather), how)
    assert state["structured_response"] == Weather(**ANSWER)
    assert [message.type for message in state["messages"]] == ["human", "ai", "tool", "ai"]
    assert json.loads(state["messages"][-1].text) == ANSWER
    assert state["messages"][-1].response_metadata["normalized_finish_reason"] == "stop"


@pytest.mark.parametrize("how", ["invoke", "messages"])
@pytest.mark.parametrize("name", MODELS)
async def test_a_response_format_alone(sandbox: Sandbox, name: str, how: str) -> None:
    sandbox.tool_call("Weather", ANSWER)
    state = await run(create_agent(model(sandbox, name), [], response_format=Weather), how)
    assert state["structured_response"] == Weather(**ANSWER)


@pytest.mark.parametrize("name", ["auto", "agent-a1b2c3d4-5678-4abc-8ef0-1234567890ab"])
def test_a_response_format_on_native_chat(sandbox: Sandbox, name: str) -> None:
    sandbox.reply(f"Here you are:\n```json\n{json.dumps(ANSWER)}\n```")
    state = create_agent(model(sandbox, name), [], response_format=Weather).invoke(QUESTION)
    assert state["structured_response"] == Weather(**ANSWER)


def test_tools_on_native_chat_are_refused(sandbox: Sandbox) -> None:
    with pytest.raises(HatzUnsupportedError, match='endpoint="messages"'):
        create_agent(model(sandbox, "auto"), [get_weather]).invoke(QUESTION)
    assert not sandbox.requests


@pytest.mark.parametrize("name", MODELS)
def test_no_tools_at_all_sends_none(sandbox: Sandbox, name: str) -> None:
    create_agent(model(sandbox, name), []).invoke(QUESTION)
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(asked(sandbox)[0])


def history() -> list[Any]:
    return [m for i in range(12) for m in (HumanMessage(f"Question {i}? " * 20), AIMessage(f"Answer {i}. " * 20))]


@pytest.mark.parametrize("name", MODELS[:2])
@pytest.mark.parametrize("trigger", [("fraction", 0.001), ("tokens", 500), ("messages", 10)])
def test_summarization(sandbox: Sandbox, trigger: Any, name: str) -> None:
    sandbox.reply("They talked about twelve questions.")
    sandbox.reply("Done.")
    chat = model(sandbox, name)
    agent = create_agent(chat, middleware=[SummarizationMiddleware(chat, trigger=trigger, keep=("messages", 2))])
    state = agent.invoke({"messages": [*history(), HumanMessage("And now?")]})
    assert "twelve questions" in state["messages"][0].text
    assert state["messages"][-1].text == "Done."


@pytest.mark.parametrize("name", MODELS[:2])
def test_summarization_of_what_is_too_long_even_for_that(sandbox: Sandbox, name: str) -> None:
    sandbox.fail(status=400, message="prompt is too long: 250000 tokens > 200000 maximum")
    sandbox.reply("They talked about twelve questions.")
    sandbox.reply("Done.")
    chat = model(sandbox, name)
    middleware = SummarizationMiddleware(
        chat, trigger=("fraction", 0.001), keep=("messages", 2), trim_tokens_to_summarize=None
    )
    state = create_agent(chat, middleware=[middleware]).invoke({"messages": [*history(), HumanMessage("And now?")]})
    assert "twelve questions" in state["messages"][0].text
    whole, cut, _ = (len(json.dumps(body)) for body in asked(sandbox))
    assert cut < whole


@pytest.mark.parametrize("name", MODELS[:2])
def test_summarization_by_the_tokens_that_were_reported(sandbox: Sandbox, name: str) -> None:
    chat = model(sandbox, name)
    sandbox.reply("Hi.", usage={"input": 150_000, "output": 10})
    sandbox.reply("Summed up.")
    sandbox.reply("Done.")
    middleware = SummarizationMiddleware(chat, trigger=("tokens", 100_000), keep=("messages", 1))
    agent = create_agent(chat, middleware=[middleware], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke({"messages": [("user", "Hello")]}, config)
    state = agent.invoke({"messages": [("user", "Again")]}, config)
    assert "Summed up." in state["messages"][0].text


@pytest.mark.parametrize("name", MODELS[:2])
def test_context_editing_counts_with_the_model(sandbox: Sandbox, name: str) -> None:
    edit = ClearToolUsesEdit(trigger=20, keep=0, clear_tool_inputs=True)
    middleware = ContextEditingMiddleware(edits=[edit], token_count_method="model")
    agent = create_agent(model(sandbox, name), [get_weather], middleware=[middleware])
    call = {"id": "call_1", "name": "get_weather", "args": {"city": "Berlin"}}
    before = [
        HumanMessage("Berlin?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("Rain. " * 50, tool_call_id="call_1"),
    ]
    sandbox.reply("Dry.")
    agent.invoke({"messages": [*before, AIMessage("It rains."), HumanMessage("And now?")]})
    assert any(request.path.endswith("/count_tokens") for request in sandbox.requests)
    body = asked(sandbox)[-1]
    if name == "gpt-5.2":
        results = [item["output"] for item in body["input"] if item.get("type") == "function_call_output"]
        calls = [json.loads(item["arguments"]) for item in body["input"] if item.get("type") == "function_call"]
    else:
        blocks = [block for turn in body["messages"] if isinstance(turn["content"], list) for block in turn["content"]]
        results = [block["content"] for block in blocks if block["type"] == "tool_result"]
        calls = [block["input"] for block in blocks if block["type"] == "tool_use"]
    assert "[cleared]" in json.dumps(results)
    assert "Rain" not in json.dumps(results)
    assert calls == [{}]


@pytest.mark.parametrize("name", MODELS[:2])
def test_retries_what_may_pass_and_nothing_else(sandbox: Sandbox, name: str) -> None:
    retry = ModelRetryMiddleware(max_retries=2, initial_delay=0, jitter=False, on_failure="error")
    agent = create_agent(model(sandbox, name), [], middleware=[retry])
    sandbox.fail(status=503)
    sandbox.reply("Back again.")
    assert agent.invoke(QUESTION)["messages"][-1].text == "Back again."
    assert len(asked(sandbox)) == 2
    sandbox.fail(status=402)
    with pytest.raises(HatzCreditsError):
        agent.invoke(QUESTION)
    assert len(asked(sandbox)) == 3


def test_an_overflow_is_seen_as_one(sandbox: Sandbox) -> None:
    sandbox.fail(status=400, message="prompt is too long: 250000 tokens > 200000 maximum")
    with pytest.raises(HatzContextOverflowError):
        model(sandbox, "anthropic.claude-haiku-4-5").invoke("Hello")


def test_falls_back_from_one_endpoint_to_another_and_back(sandbox: Sandbox) -> None:
    other = ModelFallbackMiddleware(model(sandbox, "anthropic.claude-haiku-4-5"))
    agent = create_agent(model(sandbox, "gpt-5.2"), [get_weather], middleware=[other])
    sandbox.tool_call("get_weather", {"city": "Paris"})
    sandbox.fail(status=503)
    sandbox.reply("21 degrees.")
    state = agent.invoke(QUESTION)
    assert state["messages"][-1].text == "21 degrees."
    assert [request.path.rsplit("/", 1)[-1] for request in sandbox.requests] == ["responses", "responses", "messages"]
    first, last = state["messages"][1], state["messages"][-1]
    assert (first.response_metadata["endpoint"], last.response_metadata["endpoint"]) == ("responses", "messages")


@pytest.mark.parametrize("name", MODELS)
def test_tool_selector(sandbox: Sandbox, name: str) -> None:
    @tool
    def search(query: str) -> str:
        """Search the web."""
        return query

    chat = model(sandbox, name)
    agent = create_agent(chat, [get_weather, search], middleware=[LLMToolSelectorMiddleware(model=chat, max_tools=1)])
    sandbox.tool_call("ToolSelectionResponse", {"tools": ["get_weather"]})
    sandbox.reply("Fine.")
    agent.invoke(QUESTION)
    assert [tool["name"] for tool in asked(sandbox)[-1]["tools"]] == ["get_weather"]


@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("name", ["gpt-5.2", "anthropic.claude-haiku-4-5"])
def test_a_call_that_a_human_edited(sandbox: Sandbox, name: str, version: str | None) -> None:
    ask_first = HumanInTheLoopMiddleware(interrupt_on={"get_weather": True})
    chat = model(sandbox, name, output_version=version)
    agent = create_agent(chat, [get_weather], middleware=[ask_first], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    sandbox.tool_call("get_weather", {"city": "Paris"})
    sandbox.reply("Fine.")
    agent.invoke(QUESTION, config)
    edited = {"name": "get_weather", "args": {"city": "Rome"}}
    agent.invoke(Command(resume={"decisions": [{"type": "edit", "edited_action": edited}]}), config)
    assert "sunny in Rome" in json.dumps(asked(sandbox)[-1])


@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("name", MODELS[:2])
async def test_of_several_calls_one_edited_and_one_rejected(sandbox: Sandbox, name: str, version: str | None) -> None:
    ask_first = HumanInTheLoopMiddleware(interrupt_on={"get_weather": True})
    chat = model(sandbox, name, output_version=version, streaming=True)
    agent = create_agent(chat, [get_weather], middleware=[ask_first], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    sandbox.tool_calls([("get_weather", {"city": city}) for city in ("Paris", "Oslo")], text="Both.", reasoning="Hm.")
    sandbox.reply("Fine.")
    await agent.ainvoke(QUESTION, config)
    edited = {"type": "edit", "edited_action": {"name": "get_weather", "args": {"city": "Rome"}}}
    rejected = {"type": "reject", "message": "Not that one."}
    state = await agent.ainvoke(Command(resume={"decisions": [edited, rejected]}), config)
    assert state["messages"][-1].text == "Fine."
    body = json.dumps(asked(sandbox)[-1])
    assert "sunny in Rome" in body
    assert "Not that one." in body
    assert "sunny in Paris" not in body


def test_system_messages_anywhere(sandbox: Sandbox) -> None:
    system = SystemMessage([{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}])
    agent = create_agent(model(sandbox, "anthropic.claude-haiku-4-5"), [], system_prompt=system)
    agent.invoke({"messages": [HumanMessage("Hi"), SystemMessage("Answer in French."), HumanMessage("Well?")]})
    body = asked(sandbox)[0]
    assert body["system"] == [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
    assert "Answer in French." in json.dumps(body["messages"])


@pytest.mark.parametrize("strategy", ["redact", "mask", "hash"])
@pytest.mark.parametrize("name", ["gpt-5.2", "anthropic.claude-haiku-4-5"])
def test_what_was_redacted_is_nowhere_in_the_answer(sandbox: Sandbox, name: str, strategy: Any) -> None:
    sandbox.reply("Write to ada@lovelace.org.", reasoning="Who was it?")
    redacting = PIIMiddleware("email", strategy=strategy, apply_to_output=True)
    chat = model(sandbox, name)
    answer = create_agent(chat, middleware=[redacting]).invoke(QUESTION)["messages"][-1]
    assert answer.additional_kwargs["reasoning_content"] == "Who was it?"
    assert "lovelace" not in answer.model_dump_json()
    assert answer.content_blocks[-1]["text"] == answer.content
    sandbox.reply("Fine.")
    chat.invoke([HumanMessage("Who?"), answer, HumanMessage("Thanks.")])
    sent = json.dumps(sandbox.last_request.body)
    assert answer.content in sent
    assert "lovelace" not in sent
