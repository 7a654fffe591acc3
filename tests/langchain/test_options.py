"""Options of a call that the first tests of the model leave out: headers, uploads, thinking, what is not to be sent."""

import base64
import logging
from importlib.metadata import version
from typing import Any

import httpx
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel

import langchain_hatz
from hatz_client.operations import uploads as files
from hatz_client.util.bounded_dict import BoundedDict
from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzNotFoundError, HatzRateLimitError, HatzUnsupportedError
from tests.harness.ways import chat_answer

ENDPOINTS = ["messages", "responses", "chat"]
HOWS = ["invoke", "ainvoke", "stream", "astream"]
CLAUDE = "anthropic.claude-haiku-4-5"
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
PICTURE = [{"type": "text", "text": "What is it?"}, {"type": "image", "base64": PNG, "mime_type": "image/png"}]


class Weather(BaseModel):
    """The weather."""

    city: str


@pytest.fixture(autouse=True)
def _anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "UPLOADED", BoundedDict(256))
    monkeypatch.setattr(files, "_POLL_DELAYS", (0.01, 0.02))


def model(sandbox: Sandbox, name: str = CLAUDE, **fields: Any) -> ChatHatz:
    return ChatHatz(name, **{"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields})


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_headers_of_the_response_on_request(sandbox: Sandbox, endpoint: str, how: str) -> None:
    chat = model(sandbox, endpoint=endpoint, include_response_headers=True)
    told = (await chat_answer(chat, how, "Hi")).response_metadata
    assert told["headers"]["x-request-id"] == told["request_id"]
    assert told["headers"]["content-type"].count("/") == 1
    assert "headers" not in (await chat_answer(model(sandbox, endpoint=endpoint), how, "Hi")).response_metadata
    assert "headers" in (await chat_answer(model(sandbox), how, "Hi", include_response_headers=True)).response_metadata


def test_headers_without_cookies_and_with_all_that_is_said_twice() -> None:
    said = [("Set-Cookie", "session=secret"), ("X-Region", "one"), ("X-Region", "two")]
    body = {"type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "Hi"}]}
    client = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=body, headers=said)))
    chat = ChatHatz(CLAUDE, api_key="key", http_client=client, include_response_headers=True)
    headers = chat.invoke("Hi").response_metadata["headers"]
    assert headers["x-region"] == "one, two"
    assert "secret" not in str(headers)


@pytest.mark.parametrize("how", HOWS)
async def test_images_are_uploaded_for_native_chat(sandbox: Sandbox, how: str) -> None:
    chat = model(sandbox, endpoint="chat", auto_upload=True)
    said = await chat_answer(chat, how, [HumanMessage(PICTURE)])
    [file_id] = sandbox.last_request.body["file_uuids"]
    assert sandbox.last_request.body["messages"] == [{"role": "user", "content": "What is it?"}]
    await chat_answer(chat, how, [HumanMessage(PICTURE), said, HumanMessage("And?")])
    assert sandbox.last_request.body["file_uuids"] == [file_id]
    assert sum(request.path == "/v1/files/upload" for request in sandbox.requests) == 1


def test_uploads_are_asked_for_and_native_chats_alone(sandbox: Sandbox) -> None:
    with pytest.raises(HatzUnsupportedError, match="Upload it to Hatz"):
        model(sandbox, endpoint="chat").invoke([HumanMessage(PICTURE)])
    assert not sandbox.requests
    model(sandbox, auto_upload=True).invoke([HumanMessage(PICTURE)])
    assert [request.path for request in sandbox.requests] == ["/v1/anthropic/messages"]
    profiles = [ChatHatz(CLAUDE, endpoint="chat", auto_upload=on).profile or {} for on in (True, False)]
    assert [profile["image_inputs"] for profile in profiles] == [True, False]


def test_structured_answers_from_an_uploaded_image(sandbox: Sandbox) -> None:
    sandbox.reply('{"city": "Paris"}')
    chat = model(sandbox, endpoint="chat", auto_upload=True).with_structured_output(Weather)
    assert chat.invoke([HumanMessage(PICTURE)]) == Weather(city="Paris")
    assert len(sandbox.last_request.body["file_uuids"]) == 1


def test_thinking(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    thinking = {"type": "enabled", "budget_tokens": 2000}
    chat = model(sandbox, thinking=thinking)
    chat.invoke("Hi")
    assert sandbox.last_request.body["thinking"] == thinking
    chat.invoke("Hi", thinking={"type": "disabled"})
    assert sandbox.last_request.body["thinking"] == {"type": "disabled"}
    with caplog.at_level(logging.WARNING, "hatz_client"):
        chat.invoke("Hi", model="gpt-5.2")
    assert "thinking" not in sandbox.last_request.body
    assert "is not sent: the responses endpoint" in caplog.text
    assert chat._identifying_params["thinking"] == thinking


def test_reasoning(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    chat = model(sandbox, "gpt-5.2", reasoning={"summary": "auto"}, reasoning_effort="low")
    chat.invoke("Hi")
    assert sandbox.last_request.body["reasoning"] == {"effort": "low", "summary": "auto"}
    chat.invoke("Hi", reasoning={"effort": "high"})
    assert sandbox.last_request.body["reasoning"] == {"effort": "high"}
    with caplog.at_level(logging.WARNING, "hatz_client"):
        chat.invoke("Hi", model=CLAUDE, reasoning={"effort": "high", "summary": "auto"}, reasoning_effort=None)
    assert "reasoning" not in sandbox.last_request.body
    assert "is not sent: the messages endpoint" in caplog.text
    assert chat._identifying_params["reasoning"] == {"summary": "auto"}


def test_a_model_that_thinks_cannot_be_made_to_call_and_is_asked_for_json(sandbox: Sandbox) -> None:
    sandbox.reply('Here: {"city": "Paris"}')
    chat = model(sandbox, thinking={"type": "enabled", "budget_tokens": 2000})
    assert chat.with_structured_output(Weather).invoke("Where?") == Weather(city="Paris")
    assert "tool_choice" not in sandbox.last_request.body


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_parameters_that_are_not_to_be_sent(sandbox: Sandbox, endpoint: str) -> None:
    off = {"temperature": None, "max_tokens": [5], "seed": None, "stop": None}
    chat = model(sandbox, endpoint=endpoint, temperature=0.1, stop=["x"], disabled_params=off)
    chat.invoke("Hi", max_tokens=5, seed=7, stop=["y"])
    sent = sandbox.last_request.body
    assert not {"temperature", "seed", "stop", "stop_sequences"} & {*sent}
    assert 5 not in sent.values()
    chat.invoke("Hi", max_tokens=4096)
    assert 4096 in sandbox.last_request.body.values()


async def test_what_a_batch_used_is_added_up(sandbox: Sandbox) -> None:
    chat = model(sandbox)
    one = chat.generate([[HumanMessage("Hi")]])
    both = chat.generate([[HumanMessage("Hi")], [HumanMessage("Hi")]])
    assert both.llm_output is not None
    assert one.llm_output is not None
    assert both.llm_output["model_name"] == CLAUDE
    assert both.llm_output["token_usage"]["total_tokens"] == 2 * one.llm_output["token_usage"]["total_tokens"]
    assert (await chat.agenerate([[HumanMessage("Hi")]])).llm_output == one.llm_output
    assert BaseChatModel._combine_llm_outputs is not ChatHatz._combine_llm_outputs
    assert chat._combine_llm_outputs([None, {"model_name": "m", "token_usage": None}]) == {
        "model_name": "m",
        "token_usage": None,
    }
    assert chat._combine_llm_outputs([None]) == {}


@pytest.mark.parametrize("how", HOWS)
async def test_a_model_that_is_not_enabled(sandbox: Sandbox, how: str) -> None:
    with pytest.raises(HatzNotFoundError, match=r"This key may use: anthropic\.claude-haiku-4-5, "):
        await chat_answer(model(sandbox, "claude-hiaku-4-5"), how, "Hi")
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_late_system_message_keeps_its_place_where_there_is_one(sandbox: Sandbox, endpoint: str) -> None:
    model(sandbox, endpoint=endpoint).invoke([
        SystemMessage("One."), HumanMessage("Hello"), SystemMessage("Two."), HumanMessage("Bye"),
    ])  # fmt: skip
    sent = str(sandbox.last_request.body)
    order = [sent.index(word) for word in ("One.", "Hello", "Two.", "Bye")]
    if endpoint == "chat":  # it takes one system message, at the beginning
        order[1], order[2] = order[2], order[1]
    assert order == sorted(order)


def test_how_long_to_wait_is_known_to_who_tries_again(sandbox: Sandbox) -> None:
    sandbox.fail(429, "slow down", headers={"Retry-After": "120"})
    with pytest.raises(HatzRateLimitError) as caught:
        model(sandbox, max_retries=0).invoke("Hi")
    assert (caught.value.retry_after, caught.value.is_retryable) == (120.0, True)


def test_requests_say_who_asks(sandbox: Sandbox) -> None:
    model(sandbox).invoke("Hi")
    who = sandbox.last_request.headers["user-agent"]
    assert who == f"hatz-integrations/{langchain_hatz.__version__} langchain-core/{version('langchain-core')}"
    model(sandbox, default_headers={"user-agent": "mine"}).invoke("Hi")
    assert sandbox.last_request.headers["user-agent"] == "mine"


def test_tracing_knows_our_version() -> None:
    chat = ChatHatz(CLAUDE, metadata={"team": "us"})
    assert "hatz-integrations" in (chat.metadata or {})["lc_versions"]
    assert (chat.metadata or {})["team"] == "us"
