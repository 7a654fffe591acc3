"""Recorded exchanges through the whole of HatzLLM: text, calls, thoughts and usage as the official SDKs read them."""

import json

import httpx
import pytest
from llama_index.core.base.llms.types import TextBlock, ThinkingBlock
from llama_index.core.llms import ChatMessage

from hatz_client import HatzError
from llama_index_hatz import HatzLLM
from tests.harness import recorded
from tests.harness.recorded import complete, failed, headers_of, parametrize

GOLD = list(recorded.exchanges("responses", "messages"))
HI = [ChatMessage(content="Hello!")]


def llm_of(row):
    def answer(_):
        return httpx.Response(row["status"], headers=headers_of(row), content=row["body"].encode())

    return HatzLLM(
        "any-model",
        api_key="key",
        base_url="https://gateway.example/v1",
        endpoint=row["wire"],
        max_retries=0,
        http_client=httpx.Client(transport=httpx.MockTransport(answer)),
        http_async_client=httpx.AsyncClient(transport=httpx.MockTransport(answer)),
    )


def asked(row):
    """The answer; of a stream, checked on the way."""
    llm = llm_of(row)
    if not row["stream"]:
        return llm.chat(HI)
    so_far = ""
    for chunk in llm.stream_chat(HI):
        so_far += chunk.delta
        assert (chunk.message.content or "") == so_far
        llm.get_tool_calls_from_response(chunk, error_on_no_tool_call=False)
    return chunk


async def asked_async(row):
    llm = llm_of(row)
    if not row["stream"]:
        return await llm.achat(HI)
    return [chunk async for chunk in await llm.astream_chat(HI)][-1]


def calls_of(result):
    """The calls as the official SDKs read them; arguments that are no JSON object stay text."""
    for call in result["tool_calls"]:
        arguments = call["args"]
        if call.get("type") == "custom":
            arguments = {"input": call["raw_args"]}
        yield call["id"], call["name"], arguments if isinstance(arguments, dict) else call["raw_args"]


def error_message(result):
    """Text and refusals, in the order of the messages."""
    if "messages" not in result:
        return result["text"]
    return "".join(message["text"] + (message["refusal"] or "") for message in result["messages"])


def thoughts_of(result):
    if "thinking" in result:
        return result["thinking"]
    return result["reasoning"] or result["reasoning_content"]


def usage_of(result):
    """Totals and details; None where nothing was counted of an answer that is something."""
    usage = result["usage"]
    if not usage:
        return None
    if "input_total" in usage:
        counted = (usage["input_total"], usage["output"], usage["cache_read"], None)
        something = bool(result["block_types"])
    else:
        counted = (usage["input"], usage["output"], usage["cached"], usage["reasoning"])
        something = bool(result["item_types"])
    return None if something and not (counted[0] or counted[1]) else counted


def counted(answer, *, messages):
    usage = answer.raw.get("usage")
    if usage is None:
        return None
    assert usage["total_tokens"] >= usage["prompt_tokens"]
    return (
        usage["prompt_tokens"],
        usage["completion_tokens"],
        usage.get("prompt_tokens_details", {}).get("cached_tokens"),
        None if messages else usage.get("completion_tokens_details", {}).get("reasoning_tokens"),
    )


@parametrize(GOLD, complete)
async def test_an_answer_is_read_whole(row, meant):
    answer, result = asked(row), meant["result"]
    blocks = answer.message.blocks
    assert "".join(block.text for block in blocks if isinstance(block, TextBlock)) == error_message(result)
    calls = [(b.tool_call_id, b.tool_name, b.tool_kwargs) for b in blocks if b.block_type == "tool_call"]
    assert calls == list(calls_of(result))
    assert counted(answer, messages=row["wire"] == "messages") == usage_of(result)
    assert answer.raw["model"] == result["model"]
    assert answer.raw["id"] == result["id"]
    assert answer.additional_kwargs.get("refusal") == result.get("refusal")
    other = await asked_async(row)
    assert other.message == answer.message
    assert other.additional_kwargs.keys() == answer.additional_kwargs.keys()


@parametrize(GOLD, lambda row, meant: complete(row, meant) and thoughts_of(meant["result"]))
def test_thoughts_are_blocks(row, meant):
    blocks = asked(row).message.blocks
    thoughts = [block.content or "" for block in blocks if isinstance(block, ThinkingBlock)]
    assert "".join(thoughts).replace("\n", "") == thoughts_of(meant["result"]).replace("\n", "")


@parametrize(GOLD, complete)
def test_an_answer_survives_a_store_and_goes_back(row, meant):
    answer = asked(row)
    json.dumps(answer.raw)
    stored = ChatMessage.model_validate_json(answer.message.model_dump_json())
    assert stored == answer.message
    sent = []

    def keep(request):
        sent.append(json.loads(request.content))
        return httpx.Response(503)

    llm = llm_of(row)
    llm.http_client = httpx.Client(transport=httpx.MockTransport(keep))
    results = [
        ChatMessage(role="tool", content="done", additional_kwargs={"tool_call_id": call.tool_id})
        for call in llm.get_tool_calls_from_response(answer, error_on_no_tool_call=False)
    ]
    with pytest.raises(HatzError):
        llm.chat([*HI, stored, *results, ChatMessage(content="Go on.")])
    body = json.dumps(sent[0], ensure_ascii=False)
    others = [block for block in answer.message.blocks if not isinstance(block, ThinkingBlock)]
    thoughts_alone = not any(getattr(block, "text", "more") for block in others)  # services refuse such a turn
    for block in answer.message.blocks:
        if isinstance(block, ThinkingBlock) and not thoughts_alone:
            kept = block.additional_information
            assert json.dumps(kept.get("signature") or kept.get("encrypted_content") or "")[1:-1] in body


# A stream that said why the answer ended is complete, though its last, empty event be missing.
@parametrize(GOLD, lambda row, meant: failed(meant) or not (complete(row, meant) or meant["result"].get("stop_reason")))
def test_a_failure_raises(row, meant):
    with pytest.raises(HatzError):
        asked(row)
