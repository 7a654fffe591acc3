"""Where pages and programs contradict each other, a refusal decides, once for a gateway and process."""

import json
import logging

import pytest

from hatz_client import AsyncClient, Client, Fold, HatzBadRequestError, Prompt, Tool
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
    assert notes == ["Responses refuses tools in the flat form: they are sent nested from now on."]
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
        (
            {"max_tokens": 16},
            "max_output_tokens",
            "what max_tokens sets: leave it unset, or set a whole number of 4096 or more",
        ),
        ({"parallel_tool_calls": False, "tools": (ADD,)}, "parallel_tool_calls", "leave it unset"),
        ({"reasoning_effort": "low"}, "reasoning", "what reasoning_effort sets: leave it unset"),
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
