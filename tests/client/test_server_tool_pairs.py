"""Messages: a history with calls of server tools can go on, also where a result is missing."""

import pytest

from hatz_client.content import Opaque, Prompt, Reasoning, Text, Tool, ToolCall, ToolResult, Turn
from hatz_client.wire import messages, responses

HI, MORE = Turn("user", (Text("hi"),)), Turn("user", (Text("more"),))
CALL = Opaque("messages", {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}})
RESULT = Opaque("messages", {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []})
OTHER = Opaque("messages", {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "x", "server_name": "s", "input": {}})
THOUGHT = Reasoning("hm", {"messages": {"signature": "S"}})


def sent(*turns):
    """The types of the blocks of the model's messages."""
    body = messages.encode(Prompt("m", turns, tools=(Tool("f"),)))
    return [
        [block["type"] for block in message["content"]] if isinstance(message["content"], list) else ["text"]
        for message in body["messages"]
        if message["role"] == "assistant"
    ]


def said(*parts):
    return Turn("assistant", parts)


@pytest.mark.parametrize(
    ("turns", "types"),
    [
        ((said(CALL, RESULT, Text("a")), MORE), [["server_tool_use", "web_search_tool_result", "text"]]),
        ((said(CALL), said(RESULT, Text("a")), MORE), [["server_tool_use", "web_search_tool_result", "text"]]),
        ((said(Text("a"), CALL), MORE), [["text"]]),
        ((said(CALL), MORE), []),
        ((said(Text("a"), OTHER), MORE), [["text"]]),
        ((said(RESULT, Text("a")), MORE), [["text"]]),
        ((said(Text("a"), THOUGHT, CALL), MORE), [["text"]]),
    ],
)
def test_what_has_no_other_half_is_left_out(turns, types):
    """The service answers with a 400: "… tool use … was found without a corresponding … block"."""
    assert sent(HI, *turns) == types


def test_a_paused_turn_goes_on():
    assert sent(HI, said(Text("a"), CALL)) == [["text", "server_tool_use"]]


def test_a_call_that_waits_for_tools_of_the_program_stays():
    """Code that calls them is a server tool: its result comes after theirs."""
    asked, results = said(CALL, ToolCall("t1", "f", {})), Turn("tool", (ToolResult("t1", (Text("3"),)),))
    whole = ["web_search_tool_result", "text"]
    assert sent(HI, asked, results) == [["server_tool_use", "tool_use"]]
    assert sent(HI, asked, results, said(RESULT, Text("a")), MORE) == [["server_tool_use", "tool_use"], whole]
    assert sent(HI, asked, results, said(Text("a")), MORE) == [["tool_use"], ["text"]]


def test_halves_that_may_belong_together_stay():
    other = Opaque("messages", {**RESULT.block, "tool_use_id": "redacted"})
    assert sent(HI, said(CALL, other, Text("a")), MORE) == [["server_tool_use", "web_search_tool_result", "text"]]


def test_the_prompt_is_not_changed_and_other_endpoints_leave_such_blocks_out():
    prompt = Prompt("m", (HI, said(Text("a"), CALL), MORE))
    messages.encode(prompt)
    assert prompt.turns[1].parts == (Text("a"), CALL)
    assert len(responses.encode(prompt)["input"]) == 3
