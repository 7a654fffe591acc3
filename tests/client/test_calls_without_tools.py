"""Some services refuse calls in a history without tools in the request: those of the history are then sent along."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from llama_index.core.base.llms.types import ChatMessage, TextBlock, ToolCallBlock

from hatz_client import AsyncClient, Client, Fold, HatzBadRequestError, Prompt, Text, Tool, ToolCall, ToolResult, Turn
from hatz_client.operations import request_alternatives
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz
from llama_index_hatz import HatzLLM

ENDPOINTS = pytest.mark.parametrize("endpoint", ["messages", "responses"])
REFUSALS = [
    "Requests which include `tool_use` or `tool_result` blocks must define tools.",
    "ValidationException: The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    "litellm.UnsupportedParamsError: Bedrock doesn't support tool calling without `tools=` param specified. Pass `tools=` param.",
    "Anthropic expects the tools= param to be passed in. Pass `tools=` param.",
]
CALLS = (ToolCall("c1", "web.search", {"q": "x"}), ToolCall("c2", "read", {}), ToolCall("c3", "read", {}))
HISTORY = (
    Turn("user", "Look."),
    Turn("assistant", CALLS),
    Turn("tool", tuple(ToolResult(call.id, (Text("ok"),)) for call in CALLS)),
    Turn("user", "Summarize."),
)
PROMPT = Prompt("anthropic.claude-haiku-4-5", HISTORY)
NO_ARGUMENTS = {"type": "object", "properties": {}}


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(request_alternatives, "_accepted_forms", set())


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


def options(sandbox, endpoint):
    return {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "endpoint": endpoint, "max_retries": 0}


def sent(sandbox):
    """The names of the tools of each request, and its tool choice."""
    bodies = [request.body for request in sandbox.requests]
    return [([tool["name"] for tool in body.get("tools", ())], body.get("tool_choice")) for body in bodies]


def along(endpoint, *names):
    return list(names), {"type": "none"} if endpoint == "messages" else "none"


@ENDPOINTS
@pytest.mark.parametrize("refusal", REFUSALS)
def test_the_tools_of_the_history_are_sent_along_after_the_refusal(sandbox, endpoint, refusal):
    client = Client(**options(sandbox, endpoint))
    sandbox.fail(400, refusal)
    for _ in range(2):
        assert client.ask(PROMPT).text
    plain, *others = sent(sandbox)
    assert plain == ([], None)
    assert others == [along(endpoint, "web_search", "read")] * 2
    tools = sandbox.last_request.body["tools"]
    assert [tool.get("input_schema") or tool["parameters"] for tool in tools] == [NO_ARGUMENTS] * 2


@ENDPOINTS
def test_a_history_without_calls_is_sent_without_tools(sandbox, endpoint):
    client = Client(**options(sandbox, endpoint))
    sandbox.fail(400, REFUSALS[0])
    client.ask(PROMPT)
    client.ask(Prompt(PROMPT.model, "Hello!"))
    assert sent(sandbox)[-1] == ([], None)


@ENDPOINTS
def test_the_callers_tools_stay_as_they_are(sandbox, endpoint):
    client = Client(**options(sandbox, endpoint))
    sandbox.fail(400, REFUSALS[0])
    client.ask(PROMPT)
    client.ask(PROMPT.replace(tools=(Tool("other"),)))
    assert sent(sandbox)[-1] == (["other"], None)


@ENDPOINTS
def test_the_first_refusal_is_raised_if_the_service_refuses_this_too(sandbox, endpoint):
    sandbox.fail(400, REFUSALS[1])
    sandbox.fail(400, "tool_choice.type: none is not supported")
    with pytest.raises(HatzBadRequestError, match="toolConfig field must be defined"):
        Client(**options(sandbox, endpoint)).ask(PROMPT)


@ENDPOINTS
async def test_streams_and_async_calls_do_so_too(sandbox, endpoint, monkeypatch):
    client = AsyncClient(**options(sandbox, endpoint))
    sandbox.fail(400, REFUSALS[0])
    fold = Fold()
    async for event in client.stream(PROMPT):
        fold.add(event)
    assert fold.reply.text
    monkeypatch.setattr(request_alternatives, "_accepted_forms", set())
    sandbox.fail(400, REFUSALS[0])
    assert (await client.ask(PROMPT)).text
    assert sent(sandbox) == [([], None), along(endpoint, "web_search", "read")] * 2


@ENDPOINTS
def test_both_integrations_do_so(sandbox, endpoint, monkeypatch):
    call = {"name": "read", "args": {}, "id": "c1"}
    sandbox.fail(400, REFUSALS[0])
    history = [HumanMessage("Look."), AIMessage("", tool_calls=[call]), ToolMessage("ok", tool_call_id="c1")]
    assert ChatHatz(PROMPT.model, **options(sandbox, endpoint)).invoke(history).text
    monkeypatch.setattr(request_alternatives, "_accepted_forms", set())
    sandbox.fail(400, REFUSALS[0])
    said = [
        ChatMessage("Look.", role="user"),
        ChatMessage(role="assistant", blocks=[ToolCallBlock(tool_call_id="c1", tool_name="read", tool_kwargs={})]),
        ChatMessage(role="tool", blocks=[TextBlock(text="ok")], additional_kwargs={"tool_call_id": "c1"}),
    ]
    assert HatzLLM(PROMPT.model, **options(sandbox, endpoint)).chat(said).message.content
    assert sent(sandbox) == [([], None), along(endpoint, "read")] * 2
