"""What a single call may say, what LangChain does around it, and what is never sent."""

import asyncio
import json
import logging
import time
import warnings
from typing import Any

import httpx
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.rate_limiters import BaseRateLimiter
from langchain_core.tools import tool
from pydantic import BaseModel

from hatz_sandbox import Sandbox
from langchain_hatz import ChatHatz, HatzContextOverflowError, HatzTimeoutError, HatzUnsupportedError
from tests.harness.cancelling import cancel_on_arrival

ENDPOINTS = ["messages", "responses", "chat"]
HOWS = ["invoke", "ainvoke", "stream", "astream"]

pytestmark = pytest.mark.usefixtures("no_waiting")


@tool
def look(at: str) -> str:
    """Look at something."""
    return at


def model(sandbox: Sandbox, endpoint: str = "messages", **fields: Any) -> ChatHatz:
    fields = {"base_url": sandbox.base_url, "api_key": sandbox.api_key, "max_retries": 0, **fields}
    return ChatHatz("gpt-5.2", endpoint=endpoint, **fields)


async def ask(chat: Any, how: str, said: Any = "Hi", **kwargs: Any) -> Any:
    match how:
        case "invoke":
            return chat.invoke(said, **kwargs)
        case "ainvoke":
            return await chat.ainvoke(said, **kwargs)
        case "stream":
            return list(chat.stream(said, **kwargs))
        case _:
            return [chunk async for chunk in chat.astream(said, **kwargs)]


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_nothing_of_langchains_machinery_is_sent(sandbox: Sandbox, endpoint: str, how: str) -> None:
    traced = {"kwargs": {"method": "function_calling"}, "schema": {"title": "A", "type": "object", "properties": {}}}
    await ask(model(sandbox, endpoint), how, stream_usage=True, ls_structured_output_format=traced, stop=[])
    body = sandbox.last_request.body
    assert set(body) <= {"model", "messages", "input", "max_tokens", "stream"}
    model(sandbox, endpoint)._generate([HumanMessage("Hi")], stream=False, structured_output_format=traced)
    assert set(sandbox.last_request.body) <= {"model", "messages", "input", "max_tokens"}


def test_a_keyword_that_is_none_of_ours_is_a_field_of_the_body(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "hatz_client"):
        model(sandbox, extra_body={"container": {"a": 1}}).invoke("Hi", service_tier="auto", container={"b": 2})
    assert sandbox.last_request.body["service_tier"] == "auto"
    assert sandbox.last_request.body["container"] == {"a": 1, "b": 2}
    assert "service_tier" in caplog.text


@pytest.mark.parametrize("timeout", [0.2, (5, 0.2), httpx.Timeout(5, read=0.2)])
@pytest.mark.parametrize("how", HOWS)
async def test_a_call_may_have_its_own_timeout(sandbox: Sandbox, how: str, timeout: Any) -> None:  # noqa: ASYNC109
    sandbox.stall(before_first_byte=5)
    with pytest.raises(HatzTimeoutError):
        await ask(model(sandbox), how, timeout=timeout)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", ["audio", "video"])
def test_what_no_endpoint_can_hear_or_see_is_refused_by_name(sandbox: Sandbox, endpoint: str, kind: str) -> None:
    block = {"type": kind, "base64": "AAAA", "mime_type": f"{kind}/mp4"}
    with pytest.raises(HatzUnsupportedError, match=kind):
        model(sandbox, endpoint).invoke([HumanMessage([block])])
    assert not sandbox.requests


def test_on_native_chat_tools_of_the_past_are_told_in_words(sandbox: Sandbox) -> None:
    call = {"id": "call_1", "name": "look", "args": {"at": "the sky"}, "type": "tool_call"}
    history = [
        HumanMessage("Look!"),
        AIMessage("", tool_calls=[call]),
        ToolMessage("It is blue.", tool_call_id="call_1"),
    ]
    model(sandbox, "chat").invoke(history)
    said = sandbox.last_request.body["messages"]
    assert all(isinstance(message["content"], str) for message in said)
    assert "the sky" in json.dumps(said)
    assert "It is blue." in json.dumps(said)


@pytest.mark.parametrize("kind", [None, "invalid_request_error", "api_error", "server_error", "of_tomorrow"])
@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_an_overflow_is_known_as_one(sandbox: Sandbox, endpoint: str, kind: str | None) -> None:
    words = "Input tokens exceed the configured limit of 272000 tokens."
    if kind is None:
        sandbox.fail(status=400, message=words)
    else:  # within the stream
        sandbox.error_event(after=1, type=kind, message=words)
    with pytest.raises(HatzContextOverflowError):
        list(model(sandbox, endpoint).stream("Hi"))


# What LangChain does around a call


class Told(BaseCallbackHandler):
    def __init__(self) -> None:
        self.tokens: list[Any] = []

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.tokens.append(str(kwargs["chunk"].text))  # of blocks LangChain itself hands on the list, not the text


@pytest.mark.parametrize("how", ["stream", "astream"])
@pytest.mark.parametrize("version", [None, "v1"])
async def test_every_token_is_told_once_for_words_and_for_blocks(
    sandbox: Sandbox, version: str | None, how: str
) -> None:
    told = Told()
    sandbox.reply("one two", chunks=["one", " two"])
    chat = model(sandbox, output_version=version, callbacks=[told])
    await ask(chat, how)
    assert "".join(told.tokens) == "one two"
    manager: Any = Told()
    sandbox.reply("one two", chunks=["one", " two"])
    chunks = list(chat._stream([HumanMessage("Hi")], run_manager=manager))
    assert "".join(manager.tokens) == "one two"
    assert len(manager.tokens) == len(chunks)


class Counting(BaseRateLimiter):
    count = 0

    def acquire(self, *, blocking: bool = True) -> bool:
        self.count += 1
        return True

    async def aacquire(self, *, blocking: bool = True) -> bool:
        return self.acquire()


@pytest.mark.parametrize("how", HOWS)
async def test_a_rate_limiter_counts_calls_and_no_further_attempts(sandbox: Sandbox, how: str) -> None:
    limiter = Counting()
    chat = model(sandbox, rate_limiter=limiter, max_retries=1)
    sandbox.fail(503)
    await ask(chat, how)
    chat.get_num_tokens_from_messages([HumanMessage("Hi")])
    assert limiter.count == 1
    assert len(sandbox.requests) == 3


@pytest.mark.parametrize("endpoint", ["messages", "responses"])
def test_streaming_may_be_off_where_there_are_tools(sandbox: Sandbox, endpoint: str) -> None:
    chat = model(sandbox, endpoint, disable_streaming="tool_calling")
    list(chat.bind_tools([look]).stream("Hi"))
    assert not sandbox.last_request.body.get("stream")
    list(chat.bind_tools([]).stream("Hi"))
    assert sandbox.last_request.body["stream"] is True


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_no_tools_no_word_of_them(sandbox: Sandbox, endpoint: str) -> None:
    bound = model(sandbox, endpoint).bind_tools([], tool_choice="any", parallel_tool_calls=False)
    bound.invoke("Hi")
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(sandbox.last_request.body)


@pytest.mark.parametrize("how", ["ainvoke", "astream"])
async def test_a_cancelled_call_is_cancelled_and_closes_its_connection(sandbox: Sandbox, how: str) -> None:
    sandbox.stall(before_first_byte=30)
    began = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await cancel_on_arrival(sandbox, ask(model(sandbox), how))
    assert time.monotonic() - began < 20
    assert await asyncio.to_thread(sandbox.last_request.client_closed.wait, 10)


class Found(BaseModel):
    """What was found."""

    where: str


@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_messages_are_plain_json(sandbox: Sandbox, endpoint: str, version: str | None) -> None:
    chat = model(sandbox, endpoint, output_version=version, include_response_headers=True)
    wanted: Any = chat.with_structured_output(Found, include_raw=True)
    if endpoint == "chat":
        sandbox.reply('{"where": "here"}')
    else:
        sandbox.tool_call("Found", {"where": "here"})
    found = wanted.invoke("Where?")
    assert found["parsed"] == Found(where="here")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for message in (found["raw"], chat.invoke("Hi"), *chat.stream("Hi")):
            assert json.loads(message.model_dump_json()) == json.loads(json.dumps(message.model_dump()))
