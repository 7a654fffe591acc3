"""Recorded exchanges through `ChatHatz`: what LangChain gets is what the official SDKs read, and goes back as it came."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import ModelError
from langchain_core.messages import AIMessage, message_chunk_to_message

from hatz_client import Client, HatzError, Prompt, Reasoning, Refusal, Reply, Text, ToolCall, Turn, fold
from langchain_hatz import ChatHatz
from langchain_hatz._messages.history import to_answer_parts
from tests.harness import recorded
from tests.harness.recorded import complete, headers_of

URL = "https://gateway.example/v1"


GOLD = list(recorded.exchanges("responses", "messages"))
ANSWERS = [pytest.param(*both, id=both[0]["id"]) for both in GOLD if complete(*both)]
FAILURES = [pytest.param(*both, id=both[0]["id"]) for both in GOLD if not complete(*both)]


def served(row: Any) -> httpx.MockTransport:
    return httpx.MockTransport(
        lambda _: httpx.Response(row["status"], headers=headers_of(row), content=row["body"].encode())
    )


def model(row: Any, **fields: Any) -> ChatHatz:
    return ChatHatz("asked-model", endpoint=row["wire"], api_key="key", base_url=URL, max_retries=0, **fields)


def answer(row: Any, **fields: Any) -> AIMessage:
    fields["http_client"] = httpx.Client(transport=served(row))
    if not row["stream"]:
        return model(row, **fields).invoke("Hello!")
    first, *others = model(row, **fields).stream("Hello!")
    return message_chunk_to_message(first + others)


async def answer_async(row: Any, **fields: Any) -> AIMessage:
    fields["http_async_client"] = httpx.AsyncClient(transport=served(row))
    if not row["stream"]:
        return await model(row, **fields).ainvoke("Hello!")
    first, *others = [chunk async for chunk in model(row, **fields).astream("Hello!")]
    return message_chunk_to_message(first + others)


def reply_of(row: Any) -> Reply:
    client = Client("key", URL, endpoint=row["wire"], http_client=httpx.Client(transport=served(row)), max_retries=0)
    prompt = Prompt("asked-model", (Turn("user", (Text("Hello!"),)),))
    return fold(client.stream(prompt)) if row["stream"] else client.ask(prompt)


def calls_of(result: Any) -> Iterator[tuple[str, str, Any]]:
    for call in result["tool_calls"]:
        arguments = {"input": call["raw_args"]} if call.get("type") == "custom" else call["args"]
        yield call["id"], call["name"], arguments if isinstance(arguments, dict) else call["raw_args"]


def check(message: AIMessage, row: Any, meant: Any) -> None:
    result, about = meant["result"], message.response_metadata
    calls = list(calls_of(result))
    assert str(message.text) == result["text"]
    assert message.additional_kwargs.get("refusal") == result.get("refusal")
    got = [(call["id"], call["name"], call["args"]) for call in message.tool_calls]
    assert got == [call for call in calls if isinstance(call[2], dict)]
    broken = [call for call in calls if isinstance(call[2], str)]
    assert [(call["id"], call["name"]) for call in message.invalid_tool_calls] == [call[:2] for call in broken]
    for call, (_, _, raw) in zip(message.invalid_tool_calls, broken, strict=True):
        assert call["args"].startswith(raw)
        assert row["stream"] or call["args"] == raw
    assert (about["model_name"], about["endpoint"]) == (result["model"] or "asked-model", row["wire"])
    assert result["id"] in {message.id, None}
    check_usage(message, row, result["usage"])


def check_usage(message: AIMessage, row: Any, counted: Any) -> None:
    usage = message.usage_metadata
    expected = None if counted is None else (counted.get("input_total", counted.get("input")), counted["output"])
    if expected is None or not any(expected) or None in expected:
        assert usage is None
        return
    assert usage is not None
    assert (usage["input_tokens"], usage["output_tokens"]) == expected
    details = usage.get("input_token_details", {})
    cached = counted["cache_read"] if row["wire"] == "messages" else counted["cached"]
    assert details.get("cache_read") == cached
    if row["wire"] == "responses":
        assert usage.get("output_token_details", {}).get("reasoning") == counted["reasoning"]


def thoughts(message: AIMessage) -> str:
    return "".join(block["reasoning"] for block in message.content_blocks if block["type"] == "reasoning")


def bare(part: Any) -> Any:
    return part.replace(residue={}) if isinstance(part, Text | ToolCall | Reasoning) else part


def goes_back(message: AIMessage, reply: Reply) -> None:
    """Sent to the same endpoint again, the message is what the service wrote (where LangChain's streams let it)."""
    if any(isinstance(call.arguments, str) for call in reply.tool_calls):
        return
    there = [part for part in reply.parts if not isinstance(part, Refusal)]
    back = [part for part in to_answer_parts(message, reply.endpoint) if not isinstance(part, Refusal)]
    if isinstance(message.content, str) and "hatz_blocks" not in message.additional_kwargs:
        assert [bare(part) for part in back] == [bare(part) for part in there if part != Text("")]
    else:
        assert back == there


@pytest.mark.parametrize(("row", "meant"), ANSWERS)
async def test_the_message_is_what_the_official_sdk_reads(row: Any, meant: Any) -> None:
    message, reply = answer(row), reply_of(row)
    check(message, row, meant)
    assert thoughts(message) == reply.reasoning
    assert row["wire"] != "messages" or reply.reasoning == meant["result"]["thinking"]
    goes_back(message, reply)
    again = await answer_async(row)
    for one in (message, again):  # a header of the recording may be missing, then the request's own id stands in
        one.response_metadata.pop("request_id", None)
        one.id = meant["result"]["id"]
    assert again == message


@pytest.mark.parametrize(("row", "meant"), ANSWERS)
def test_as_v1_blocks_it_says_the_same(row: Any, meant: Any) -> None:
    message = answer(row, output_version="v1")
    check(message, row, meant)
    assert isinstance(message.content, list)
    assert message.response_metadata["output_version"] == "v1"
    assert message.content_blocks == message.content
    called = [block for block in message.content if block["type"] == "tool_call"]
    assert [call["id"] for call in called] == [call["id"] for call in message.tool_calls]
    goes_back(message, reply_of(row))


@pytest.mark.parametrize(("row", "meant"), FAILURES)
def test_a_failure_is_an_error_that_langchain_knows(row: Any, meant: Any) -> None:
    if row["id"] in COMPLETE:
        check(answer(row), row, meant)
        return
    with pytest.raises(ModelError) as caught:
        answer(row)
    assert isinstance(caught.value, HatzError)
    assert row["status"] < 400 or caught.value.status_code == row["status"]


# A stream that said why the answer ended, and lacks nothing but the empty event after that.
COMPLETE = {"3117367dcd83b6a9"}
