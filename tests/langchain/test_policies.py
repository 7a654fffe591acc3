"""What the caller decides about histories that services refuse: late system messages, and tool calls without a result."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzBadRequestError, HatzInvalidInputError

ENDPOINTS = ["messages", "responses", "chat"]
GATEWAYS = ["messages", "responses"]
CALL = {"id": "call_1", "name": "look", "args": {"at": "it"}, "type": "tool_call"}
LOOK = {"type": "function", "function": {"name": "look", "description": "Look.", "parameters": {"type": "object"}}}
LATE = [SystemMessage("One."), HumanMessage("Hello"), SystemMessage("Two."), HumanMessage("Bye")]
UNANSWERED = [HumanMessage("x"), AIMessage("", tool_calls=[CALL]), HumanMessage("y")]
UNASKED = [HumanMessage("x"), ToolMessage("seen", tool_call_id="call_0"), HumanMessage("y")]


def model(sandbox: Sandbox, endpoint: str, **fields: Any) -> ChatHatz:
    url, key = sandbox.base_url, sandbox.api_key
    return ChatHatz("gpt-5.2", endpoint=endpoint, base_url=url, api_key=key, max_retries=0, **fields)


def order(sandbox: Sandbox) -> list[str]:
    sent = json.dumps(sandbox.last_request.body, sort_keys=False)
    system = str(sandbox.last_request.body.get("system") or sandbox.last_request.body.get("instructions") or "")
    there = sorted(("Hello", "Two.", "Bye"), key=sent.index)
    return ["Two.", "Hello", "Bye"] if "Two." in system else there


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_late_system_messages(sandbox: Sandbox, endpoint: str) -> None:
    model(sandbox, endpoint).invoke(LATE)
    in_place = ["Hello", "Two.", "Bye"] if endpoint != "chat" else ["Two.", "Hello", "Bye"]
    assert order(sandbox) == in_place
    model(sandbox, endpoint, system_messages="hoist").invoke(LATE)
    assert order(sandbox) == ["Two.", "Hello", "Bye"]
    with pytest.raises(HatzInvalidInputError, match="system_messages"):
        model(sandbox, endpoint, system_messages="raise").invoke(LATE)
    model(sandbox, endpoint, system_messages="raise").invoke(LATE, system_messages="hoist")
    assert order(sandbox) == ["Two.", "Hello", "Bye"]


@pytest.mark.parametrize("history", [UNANSWERED, UNASKED])
@pytest.mark.parametrize("endpoint", GATEWAYS)
def test_orphans_of_tools(sandbox: Sandbox, endpoint: str, history: Any) -> None:
    assert model(sandbox, endpoint).invoke(history, tools=[LOOK]).text
    with pytest.raises(HatzInvalidInputError, match=r"call_[01].*orphan_tools='repair'"):
        model(sandbox, endpoint, orphan_tools="raise").invoke(history, tools=[LOOK])
    asked = len(sandbox.requests)
    with pytest.raises(HatzBadRequestError):
        model(sandbox, endpoint, orphan_tools="pass").invoke(history, tools=[LOOK])
    assert len(sandbox.requests) == asked + 1
    assert model(sandbox, endpoint, orphan_tools="raise").invoke(history, tools=[LOOK], orphan_tools="repair").text


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_last_message_of_the_model(sandbox: Sandbox, endpoint: str) -> None:
    ending, newest = [HumanMessage("Hi"), AIMessage("So")], {"model": "anthropic.claude-opus-4-7"}
    assert model(sandbox, endpoint).invoke(ending, **newest).text
    assert "Continue." in str(sandbox.last_request.body)
    model(sandbox, endpoint, assistant_prefill="raise").invoke(ending)  # GPT models continue it
    assert "Continue." not in str(sandbox.last_request.body)
    model(sandbox, endpoint, assistant_prefill="raise").invoke(ending, **newest, assistant_prefill="pass")
    assert "Continue." not in str(sandbox.last_request.body)
    with pytest.raises(HatzInvalidInputError, match="claude-opus-4-7 refuses to continue it"):
        model(sandbox, endpoint, assistant_prefill="raise").invoke(ending, **newest)


@pytest.mark.parametrize("endpoint", GATEWAYS)
def test_counting_takes_them_too(sandbox: Sandbox, endpoint: str) -> None:
    for policy in ("repair", "raise", "pass"):
        chat = model(sandbox, endpoint, orphan_tools=policy)
        assert chat.get_num_tokens_from_messages(UNANSWERED, tools=[LOOK]) > 0  # a guess where it cannot be sent


@pytest.mark.parametrize("field", ["system_messages", "orphan_tools", "assistant_prefill"])
def test_a_policy_there_is_not_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        ChatHatz("m", **{field: "perhaps"})
    assert ChatHatz("m", **{field: "raise"})._identifying_params[field] == "raise"
