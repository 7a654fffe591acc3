"""Where pages and programs contradict each other, a refusal decides, once for a gateway and process."""

import json
import logging

import pytest

from hatz_client import (
    AsyncClient,
    Client,
    Fold,
    HatzBadRequestError,
    Opaque,
    Prompt,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Turn,
    fold,
)
from hatz_client.operations import request_alternatives
from hatz_sandbox import QUIRKS, Sandbox

ADD = Tool("add", "Add two numbers.", {"type": "object", "properties": {"a": {"type": "integer"}}})
PROMPT = Prompt("gpt-5.2", "Add 2 and 3.", tools=(ADD,), tool_choice="required")


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(request_alternatives, "_accepted_forms", set())


@pytest.fixture
def nested_only():
    with Sandbox(quirks=QUIRKS | {"nested_tools_only"}) as sandbox:
        yield sandbox


def client(sandbox, **options):
    return Client(sandbox.api_key, sandbox.base_url, **options)


def forms(sandbox):
    return ["nested" if "function" in request.body["tools"][0] else "flat" for request in sandbox.requests]


def test_refused_flat_tools_are_sent_nested_and_that_is_remembered(nested_only, caplog):
    caplog.set_level(logging.INFO, "hatz_client")
    for _ in range(2):
        assert client(nested_only).ask(PROMPT).tool_calls[0].name == "add"
    assert forms(nested_only) == ["flat", "nested", "nested"]
    notes = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert notes == ["gpt-5.2: Responses refuses tools in the flat form: they are sent nested from now on."]
    sent = nested_only.last_request.body["tools"][0]
    assert sent["type"] == "function"
    assert sent["function"]["name"] == "add"


def test_streams_do_so_too(nested_only):
    fold = Fold()
    for event in client(nested_only).stream(PROMPT):
        fold.add(event)
    assert fold.reply.tool_calls[0].name == "add"
    assert forms(nested_only) == ["flat", "nested"]


async def test_the_async_client_does_so_too(nested_only):
    reply = await AsyncClient(nested_only.api_key, nested_only.base_url).ask(PROMPT)
    assert reply.tool_calls[0].name == "add"
    fold = Fold()
    async for event in AsyncClient(nested_only.api_key, nested_only.base_url).stream(PROMPT):
        fold.add(event)
    assert fold.reply.tool_calls
    assert forms(nested_only) == ["flat", "nested", "nested"]


def test_another_model_is_asked_for_itself(nested_only):
    client(nested_only).ask(PROMPT)
    for _ in range(2):
        client(nested_only).ask(PROMPT.replace(model="gpt-4o"))
    assert forms(nested_only) == ["flat", "nested", "flat", "nested", "nested"]


def test_another_gateway_is_asked_for_itself(nested_only, hatz_sandbox):
    client(nested_only).ask(PROMPT)
    client(hatz_sandbox).ask(PROMPT)
    assert forms(hatz_sandbox) == ["flat"]


def test_it_is_no_retry(nested_only):
    assert client(nested_only, max_retries=0).ask(PROMPT).tool_calls


def test_where_neither_form_is_taken_the_first_refusal_is_raised(hatz_sandbox):
    hatz_sandbox.fail(400, "Invalid schema in tools[0].parameters.")
    hatz_sandbox.fail(400, "Missing required parameter: 'tools[0].name'.")
    with pytest.raises(HatzBadRequestError, match=r"Invalid schema in tools\[0\]"):
        client(hatz_sandbox).ask(PROMPT)
    hatz_sandbox.requests.clear()
    client(hatz_sandbox).ask(PROMPT)
    assert forms(hatz_sandbox) == ["flat"]


def test_another_error_in_between_is_itself(hatz_sandbox):
    hatz_sandbox.fail(400, "tools are not right.")
    hatz_sandbox.fail(403, "No.")
    with pytest.raises(Exception, match=r"No\."):
        client(hatz_sandbox).ask(PROMPT)


@pytest.mark.parametrize("error", [{"status": 400, "message": "Something else."}, {"status": 401, "message": "tools"}])
def test_other_errors_change_nothing(hatz_sandbox, error):
    hatz_sandbox.fail(**error)
    with pytest.raises(Exception, match=error["message"]):
        client(hatz_sandbox).ask(PROMPT)
    assert len(hatz_sandbox.requests) == 1


def test_the_includes_of_the_client_are_left_out_when_refused(hatz_sandbox):
    prompt = Prompt("gpt-5.2", "Hello", extra={"store": False})
    hatz_sandbox.fail(400, "Unsupported parameter: 'include'.")
    for _ in range(2):
        assert client(hatz_sandbox).ask(prompt).text
    assert ["include" in request.body for request in hatz_sandbox.requests] == [True, False, False]


def test_the_includes_of_the_user_are_not(hatz_sandbox):
    prompt = Prompt("gpt-5.2", "Hello", extra={"include": ["reasoning.encrypted_content"]})
    hatz_sandbox.fail(400, "Unsupported parameter: 'include'.")
    with pytest.raises(HatzBadRequestError, match="leave it out"):
        client(hatz_sandbox).ask(prompt)
    assert len(hatz_sandbox.requests) == 1


@pytest.mark.parametrize(
    ("setting", "field", "way_out"),
    [
        ({"max_tokens": 16}, "max_output_tokens", "comes from max_tokens: set 4096 or more, or leave it unset"),
        ({"parallel_tool_calls": False, "tools": (ADD,)}, "parallel_tool_calls", "leave it unset"),
        ({"reasoning_effort": "low"}, "reasoning", "comes from reasoning_effort: leave it unset"),
        ({"extra": {"store": True}}, "store", "leave it out"),
    ],
)
def test_a_setting_of_the_user_is_never_left_out(hatz_sandbox, setting, field, way_out):
    hatz_sandbox.fail(400, f"Unsupported parameter: '{field}'.")
    with pytest.raises(HatzBadRequestError, match=way_out):
        client(hatz_sandbox).ask(Prompt("gpt-5.2", "Hello", **setting))
    (request,) = hatz_sandbox.requests
    assert field in request.body


def test_a_body_that_is_sent_again_is_otherwise_the_same(nested_only):
    client(nested_only).ask(PROMPT)
    first, second = (dict(json.loads(request.raw)) for request in nested_only.requests)
    first.pop("tools")
    second.pop("tools")
    assert first == second


NO_THOUGHT = "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`."
CALLED = (
    "Add.",
    Turn("assistant", ToolCall("c1", "add", {"a": 1})),
    Turn("tool", ToolResult("c1", (Text("1"),))),
)
THINKING = {"thinking": {"type": "enabled", "budget_tokens": 1024}}


@pytest.mark.parametrize("way", ["ask", "stream"])
def test_thinking_that_begins_after_a_tools_call_is_left_out_when_refused(hatz_sandbox, caplog, way):
    prompt = Prompt("anthropic.claude-haiku-4-5", CALLED, tools=(ADD,), extra=THINKING)
    hatz_sandbox.fail(400, NO_THOUGHT)
    for _ in range(2):
        answer = getattr(client(hatz_sandbox), way)(prompt)
        assert (answer if way == "ask" else fold(answer)).text
    client(hatz_sandbox).ask(prompt.replace(turns=(*CALLED, Turn("assistant", "1."), Turn("user", "Thanks."))))
    assert ["thinking" in request.body for request in hatz_sandbox.requests] == [True, False, False, True]
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "without `thinking`" in warning.getMessage()


def test_thinking_of_a_run_that_began_with_it_is_not_left_out(hatz_sandbox):
    thought = Reasoning("", {"messages": {"type": "redacted_thinking", "data": "x"}})
    call = ToolCall("c1", "add", {"a": 1})
    turns = ("Add.", Turn("assistant", (thought, call)), CALLED[2])
    hatz_sandbox.fail(400, NO_THOUGHT)
    with pytest.raises(HatzBadRequestError, match="Expected `thinking`"):
        client(hatz_sandbox).ask(Prompt("anthropic.claude-haiku-4-5", turns, tools=(ADD,), extra=THINKING))
    assert len(hatz_sandbox.requests) == 1


def test_refused_search_results_are_sent_as_text(hatz_sandbox):
    mark = {"cache_control": {"type": "ephemeral"}}
    found = {"type": "search_result", "title": "T", "source": "S", "content": [{"type": "text", "text": "It is far."}]}
    result = ToolResult("c1", (Opaque("messages", {**found, **mark}), Text("So.")))
    turns = (Turn("user", Opaque("messages", found)), CALLED[1], Turn("tool", result))
    hatz_sandbox.fail(400, "Input tag 'search_result' found using 'type' does not match any of the expected tags")
    assert client(hatz_sandbox).ask(Prompt("anthropic.claude-haiku-4-5", turns, tools=(ADD,))).text
    line, far, so = ({"type": "text", "text": text} for text in ("Source: T (S)", "It is far.", "So."))
    messages = hatz_sandbox.last_request.body["messages"]
    assert messages[0]["content"] == [line, far]
    assert messages[2]["content"][0]["content"] == [line, {**far, **mark}, so]
