"""Recorded streams as LangChain's protocol events: made directly they say what they say made of chunks, and what the answer says."""

from typing import Any

import httpx
import pytest
from langchain_core.messages import AIMessage
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

from hatz_client import Client, Prompt, Reply, Text, Turn, fold
from langchain_hatz import ChatHatz
from langchain_hatz._messages.convert import to_ai_message
from langchain_hatz._messages.history import to_answer_parts
from tests.harness import recorded
from tests.harness.recorded import complete, headers_of
from tests.harness.versions import needs

URL = "https://gateway.example/v1"
pytestmark = [pytest.mark.filterwarnings("ignore:.*(is in beta|is experimental).*"), needs("langchain-core", "1.7")]
STREAMS = recorded.parametrize(
    recorded.exchanges("responses", "messages"), lambda row, meant: row["stream"] and complete(row, meant)
)


def told(row: Any, **fields: Any) -> AIMessage:
    reply = httpx.Response(row["status"], headers=headers_of(row), content=row["body"].encode())
    client = httpx.Client(transport=httpx.MockTransport(lambda _: reply))
    fields |= {"endpoint": row["wire"], "api_key": "key", "base_url": URL, "max_retries": 0, "http_client": client}
    stream = ChatHatz("asked-model", **fields).stream_events("Hello!", version="v3")
    assert_valid_event_stream(stream)
    return stream.output


def read(row: Any) -> Reply:
    reply = httpx.Response(row["status"], headers=headers_of(row), content=row["body"].encode())
    transport = httpx.MockTransport(lambda _: reply)
    client = Client("key", URL, endpoint=row["wire"], http_client=httpx.Client(transport=transport), max_retries=0)
    return fold(client.stream(Prompt("asked-model", (Turn("user", (Text("Hello!"),)),))))


def blocks(answer: AIMessage) -> list[Any]:
    """The content, without the numbers that streams give blocks, and without refusals.

    LangChain (core 1.8.3) leaves refusal blocks out of the content it adds up from events; `content_blocks` has them.
    """
    content: Any = answer.content
    kept = (block for block in content if block["type"] != "refusal")
    return [{key: value for key, value in block.items() if key != "index"} for block in kept]


def said(answer: AIMessage) -> list[Any]:
    """What the content says, calls aside: made of chunks they lack extras, and broken ones are kept broken by more in their end."""
    return [block for block in blocks(answer) if block["type"] not in {"tool_call", "invalid_tool_call"}]


def about(answer: AIMessage) -> Any:
    known = {key: value for key, value in answer.response_metadata.items() if key != "request_id"}
    return known, answer.usage_metadata, answer.additional_kwargs, answer.tool_calls


@STREAMS
def test_recorded_streams(row: Any, meant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    direct, reply = told(row), read(row)
    expected = to_ai_message(reply, model="asked-model", blocks=True)
    assert blocks(direct) == blocks(expected)
    assert about(direct) == about(expected)
    assert direct.invalid_tool_calls == expected.invalid_tool_calls
    if reply.refusal and not reply.text:
        assert [block["type"] for block in direct.content_blocks] == ["refusal"]
    if not reply.refusal:
        assert to_answer_parts(direct, row["wire"]) == reply.parts  # it goes back as it came
    monkeypatch.setattr(ChatHatz, "_stream_chat_model_events", None)
    bridged = told(row, output_version="v1")
    assert said(bridged) == said(direct)
    assert [block["type"] for block in blocks(bridged)] == [block["type"] for block in blocks(direct)]
    assert about(bridged) == about(direct)
    assert [broken["id"] for broken in bridged.invalid_tool_calls] == [
        broken["id"] for broken in direct.invalid_tool_calls
    ]
    in_words = told(row)
    assert str(in_words.text) == str(direct.text)
    assert (in_words.tool_calls, in_words.usage_metadata) == (direct.tool_calls, direct.usage_metadata)
