"""Thoughts of the model: asked for, shown, sent back, and what goes with them."""

import pytest
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from hatz_client.errors import HatzInvalidInputError
from hatz_client.util import warn_once as notices

HI = [ChatMessage(role="system", content="be brief"), ChatMessage(content="hi")]
ON = {"type": "enabled", "budget_tokens": 2000}
EVERYWHERE = pytest.mark.parametrize("endpoint", ["messages", "responses", "chat"])
MESSAGES = pytest.mark.parametrize("endpoint", ["messages"])
RESPONSES = pytest.mark.parametrize("endpoint", ["responses"])


class Sum(BaseModel):
    """A sum."""

    total: int


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


ADD = FunctionTool.from_defaults(add)


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch):
    monkeypatch.setattr(notices, "_warned", set())


def test_thoughts_come_in_thinking_delta_and_a_block(llm, sandbox):
    sandbox.reply("Five.", reasoning="Two and three.")
    chunks = list(llm.stream_chat(HI))
    assert "".join(chunk.additional_kwargs.get("thinking_delta", "") for chunk in chunks) == "Two and three."
    assert "".join(chunk.delta for chunk in chunks) == "Five."
    assert [block.block_type for block in chunks[-1].message.blocks] == ["thinking", "text"]


def test_the_thought_goes_back_whole(llm, sandbox, asked):
    sandbox.reply("Five.", reasoning="Two and three.")
    own = ChatMessage.model_validate_json(llm.chat(HI).message.model_dump_json())
    llm.chat([*HI, own, ChatMessage(content="sure?")])
    assert "Two and three." in asked.text
    assert "signature" in asked.text or '"id": "rs_' in asked.text


@RESPONSES  # Anthropic does not tell them apart
async def test_their_tokens_are_counted_in_every_way(llm, sandbox):
    for _ in range(4):
        sandbox.reply("Five.", reasoning="Two and three.", usage={"input": 9, "output": 30, "reasoning": 20})
    streamed = [chunk async for chunk in await llm.astream_chat(HI)][-1]
    for answer in (llm.chat(HI), await llm.achat(HI), list(llm.stream_chat(HI))[-1], streamed):
        assert answer.message.blocks[0].num_tokens == 20
        assert answer.raw["usage"]["completion_tokens_details"] == {"reasoning_tokens": 20}


@EVERYWHERE
def test_are_asked_for_where_there_is_a_field(make, asked, caplog, endpoint):
    make(thinking=ON).chat(HI)
    assert asked.body.get("thinking") == (ON if endpoint == "messages" else None)
    assert ("thinking=" in caplog.text) == (endpoint != "messages")


@MESSAGES
def test_the_call_decides(make, asked):
    make(thinking=ON).chat(HI, thinking={"type": "disabled"})
    assert asked.body["thinking"] == {"type": "disabled"}
    make(thinking=ON, extra_body={"thinking": {"type": "adaptive"}}).chat(HI)
    assert asked.body["thinking"]["type"] == "adaptive"
    make().chat(HI, thinking=ON)
    assert asked.body["thinking"] == ON


@pytest.mark.parametrize("effort", ["low", "high"])
@pytest.mark.parametrize("model", ["gpt-5.2", "anthropic.claude-haiku-4-5", "somebody.unheard-of-1"])
def test_the_effort_of_any_model(make, asked, sandbox, effort, model, endpoint):
    sandbox.models = [{"name": model, "developer": "O", "display_name": "G", "max_tokens": 0, "vision": True}]
    make(model, reasoning_effort=effort).chat(HI)
    assert asked.body["reasoning" if endpoint == "responses" else "output_config"] == {"effort": effort}


@MESSAGES
class TestTools:
    @pytest.mark.parametrize("given", [{"tool_required": True}, {"tool_choice": "add"}, {"tool_choice": "any"}])
    def test_cannot_be_forced(self, make, asked, caplog, given):
        llm = make(thinking=ON)
        for _ in range(2):
            llm.chat_with_tools([ADD], user_msg="x", allow_parallel_tool_calls=True, **given)
        assert asked.body["tool_choice"] == {"type": "auto"}
        assert caplog.text.count("forced tool choice") == 1

    @pytest.mark.parametrize("word", ["auto", "none"])
    def test_can_be_left_to_the_model(self, make, asked, word, caplog):
        make(thinking=ON).chat_with_tools([ADD], user_msg="x", tool_choice=word)
        assert asked.choice == word
        assert not caplog.records

    async def test_objects_are_asked_for_in_words(self, make, sandbox, asked, caplog):
        for _ in range(4):
            sandbox.reply('{"total": 5}', reasoning="Two and three.")
        llm, prompt = make(thinking=ON), PromptTemplate("2+3?")
        assert llm.structured_predict(Sum, prompt) == Sum(total=5)
        assert await llm.astructured_predict(Sum, prompt) == Sum(total=5)
        assert list(llm.stream_structured_predict(Sum, prompt))[-1] == Sum(total=5)
        assert make().structured_predict(Sum, prompt, llm_kwargs={"thinking": ON}) == Sum(total=5)
        assert "tools" not in asked.body
        assert not caplog.records


@MESSAGES
class TestWhatGoesWithThem:
    def test_sampling_that_would_be_refused_is_not_sent(self, make, asked, caplog):
        llm = make(thinking=ON, temperature=0.2, top_p=0.5, top_k=10)
        for _ in range(2):
            llm.chat(HI)
        assert not {"temperature", "top_p", "top_k"} & asked.body.keys()
        for name in ("temperature=0.2", "top_p=0.5", "top_k=10"):
            assert caplog.text.count(f"{name} is not sent: with thinking on") == 1

    def test_sampling_that_is_accepted_is_sent(self, make, asked, caplog):
        make(thinking=ON, temperature=1.0, top_p=0.97).chat(HI)
        assert (asked.body["temperature"], asked.body["top_p"]) == (1.0, 0.97)
        make(thinking={"type": "disabled"}, temperature=0.2, top_k=10).chat(HI)
        assert (asked.body["temperature"], asked.body["top_k"]) == (0.2, 10)
        assert not caplog.records

    def test_the_answer_has_room_beside_them(self, make, asked):
        make(thinking=ON).chat(HI)
        assert asked.body["max_tokens"] > 2000
        make(thinking={"type": "enabled", "budget_tokens": 100_000}).chat(HI)
        assert asked.body["max_tokens"] > 100_000

    def test_no_room_is_said(self, make, sandbox):
        with pytest.raises(HatzInvalidInputError, match=r"max_tokens=2000 leaves no room.*budget_tokens=2000"):
            make(thinking=ON, max_tokens=2000).chat(HI)
        assert not sandbox.requests


@RESPONSES
class TestKeptByNobody:
    """With store=False the service keeps nothing, so thoughts can go back only if they come along, encrypted."""

    @pytest.mark.parametrize("how", ["for all calls", "for one", "in the body"])
    def test_they_come_along(self, make, asked, how):
        llm = make(extra_body={"store": False}) if how == "for all calls" else make()
        llm.chat(HI, **{"for one": {"store": False}, "in the body": {"extra_body": {"store": False}}}.get(how, {}))
        assert asked.body["store"] is False
        assert asked.body["include"] == ["reasoning.encrypted_content"]

    def test_what_is_asked_for_holds(self, make, asked):
        make(extra_body={"store": False, "include": []}).chat(HI)
        assert asked.body["include"] == []

    def test_where_it_is_refused_the_request_is_sent_without_it(self, llm, sandbox, asked):
        sandbox.fail(400, "include: unknown parameter")
        llm.chat(HI, store=False)
        assert "include" not in asked.body

    def test_unasked_nothing_is_sent(self, llm, asked):
        llm.chat(HI)
        llm.chat(HI, store=True)
        assert not any("include" in body for body in asked.bodies)


@EVERYWHERE
def test_a_seed_is_sent_where_it_may_be_heard(make, asked, caplog, endpoint):
    make(seed=7).chat(HI)
    assert asked.body.get("seed") == (None if endpoint == "messages" else 7)
    assert ("seed=7 is not sent" in caplog.text) == (endpoint == "messages")
