"""What an answer used: counted as LangChain counts, unknown where the gateway does not say."""

from typing import Any

import pytest

from hatz_client.content import Reply, Text, Usage
from hatz_sandbox import QUIRKS, Sandbox
from langchain_hatz import ChatHatz
from langchain_hatz._messages.metadata import end_metadata, usage_metadata
from tests.harness.ways import chat_answer

HOWS = ["invoke", "ainvoke", "stream", "astream"]
CLAUDE = "anthropic.claude-haiku-4-5"


def model(sandbox: Sandbox, name: str = CLAUDE, **fields: Any) -> ChatHatz:
    return ChatHatz(name, **{"base_url": sandbox.base_url, "api_key": sandbox.api_key, **fields})


def test_what_the_cache_gave_and_took() -> None:
    both = Usage(1000, 5, 1005, cache_read=100, cache_write=300)
    assert usage_metadata(both) == {
        "input_tokens": 1000, "output_tokens": 5, "total_tokens": 1005,
        "input_token_details": {"cache_read": 100, "cache_creation": 300},
    }  # fmt: skip
    lives = {"cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100}}
    told = usage_metadata(Usage(1000, 5, 1005, cache_read=100, cache_write=300, raw=lives))
    assert told is not None
    assert told["input_token_details"] == {
        "cache_read": 100, "cache_creation": 0, "ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100,
    }  # fmt: skip
    for odd in (
        {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        None,
        "x",
        {"ephemeral_5m_input_tokens": None},
    ):
        told = usage_metadata(Usage(1000, 5, 1005, cache_write=300, raw={"cache_creation": odd}))
        assert told is not None
        assert told["input_token_details"]["cache_creation"] == 300


@pytest.mark.parametrize("how", HOWS)
async def test_a_cached_prompt(sandbox: Sandbox, how: str) -> None:
    chat = model(sandbox)
    long = [{"type": "text", "text": "A very long text. " * 500, "cache_control": {"type": "ephemeral"}}]
    first, second = [(await chat_answer(chat, how, [("user", long)])).usage_metadata for _ in range(2)]
    assert first["input_token_details"]["cache_read"] == 0
    written = first["input_token_details"]
    assert sum(value for key, value in written.items() if key != "cache_read") > 500
    assert second["input_token_details"]["cache_read"] > 500


@pytest.mark.parametrize("how", ["stream", "astream"])
async def test_usage_that_nobody_knows_is_nowhere_zero(how: str) -> None:
    with Sandbox(quirks=QUIRKS) as sandbox:  # that Responses streams count nothing is one of them
        said = await chat_answer(model(sandbox, "gpt-5.2"), how)
    assert said.text
    assert said.usage_metadata is None
    assert not {"usage", "token_usage", "reported_usage"} & said.response_metadata.keys()


def test_usage_that_says_something_but_not_enough_is_kept_under_a_name_that_no_tracer_reads() -> None:
    reply = Reply((Text("a"),), endpoint="messages", residue={"messages": {"usage": {"output_tokens": 3}}})
    assert end_metadata(reply) == {"reported_usage": {"output_tokens": 3}}


@pytest.mark.parametrize("how", HOWS)
async def test_tokens_of_reasoning(how: str) -> None:
    with Sandbox(quirks=frozenset()) as sandbox:
        sandbox.reply("Yes.", reasoning="Let me see.", usage={"input": 10, "output": 30, "reasoning": 20})
        used = (await chat_answer(model(sandbox, "gpt-5.2"), how)).usage_metadata
    assert (used["output_tokens"], used["output_token_details"]["reasoning"]) == (30, 20)
