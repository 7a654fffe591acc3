"""Chat engines on HatzLLM: each remembers what was said, in one piece or streamed, sync or async."""

import json

import pytest
from llama_index.core import SummaryIndex
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.chat_engine import CondensePlusContextChatEngine, CondenseQuestionChatEngine, SimpleChatEngine
from llama_index.core.chat_engine.context import ContextChatEngine
from llama_index.core.chat_engine.multi_modal_condense_plus_context import MultiModalCondensePlusContextChatEngine
from llama_index.core.chat_engine.multi_modal_context import MultiModalContextChatEngine
from llama_index.core.chat_engine.types import ChatMode
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import ImageNode, NodeWithScore, TextNode

from hatz_client.errors import HatzStreamInterruptedError

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
QUESTION = "Who built the harbor of Vell?"


@pytest.fixture
def memory():
    return ChatMemoryBuffer.from_defaults(token_limit=20_000)


async def four(engine):
    yield str(engine.chat("Who built the harbor?"))
    yield str(await engine.achat("And when?"))
    yield "".join(engine.stream_chat("Why?").response_gen)
    streamed = await engine.astream_chat("How?")
    yield "".join([token async for token in streamed.async_response_gen()])


async def check(engine):
    said = [words async for words in four(engine)]
    assert all(said)
    assert [one.role.value for one in engine.chat_history] == ["user", "assistant"] * 4
    assert [one.content for one in engine.chat_history[1::2]] == said


async def test_simple(llm, memory):
    await check(SimpleChatEngine.from_defaults(llm=llm, memory=memory))


async def test_context(llm, retriever, memory):
    await check(ContextChatEngine.from_defaults(retriever, llm=llm, memory=memory, system_prompt="SYSTEM"))


async def test_condense_plus_context(llm, retriever, memory):
    await check(CondensePlusContextChatEngine.from_defaults(retriever, llm=llm, memory=memory))


async def test_condense_question(llm, retriever, memory):
    query_engine = RetrieverQueryEngine.from_args(retriever, llm=llm)
    engine = CondenseQuestionChatEngine.from_defaults(query_engine=query_engine, llm=llm, memory=memory)
    assert "Ida Marsh" in str(engine.chat(QUESTION))
    assert str(await engine.achat("And when?"))
    query_engine = RetrieverQueryEngine.from_args(retriever, llm=llm, streaming=True)
    engine = CondenseQuestionChatEngine.from_defaults(query_engine=query_engine, llm=llm, memory=memory)
    assert "".join(engine.stream_chat("Why?").response_gen)
    streamed = await engine.astream_chat("How?")
    assert "".join([token async for token in streamed.async_response_gen()])
    assert [one.role.value for one in engine.chat_history] == ["user", "assistant"] * 4


@pytest.mark.parametrize("mode", [ChatMode.BEST, ChatMode.CONTEXT, ChatMode.CONDENSE_PLUS_CONTEXT, ChatMode.SIMPLE])
async def test_made_of_an_index(llm, nodes, memory, mode):
    await check(SummaryIndex(nodes).as_chat_engine(chat_mode=mode, llm=llm, memory=memory))


class Pictures(BaseRetriever):
    """Finds a picture and a text."""

    def _retrieve(self, query_bundle):
        found = [ImageNode(image=PNG, text=""), TextNode(text="The harbor of Vell was built by Ida Marsh.")]
        return [NodeWithScore(node=node, score=1.0) for node in found]


@pytest.mark.parametrize("kind", [MultiModalContextChatEngine, MultiModalCondensePlusContextChatEngine])
async def test_pictures_in_the_context(llm, memory, kind, asked):
    engine = kind.from_defaults(Pictures(), multi_modal_llm=llm, memory=memory)
    said = [words async for words in four(engine)]
    assert all(said)
    assert PNG in asked.text


@pytest.mark.usefixtures("join_threads")  # LlamaIndex reads the stream in a thread, which ends with the same error
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_stream_that_breaks_off_is_not_taken_for_the_answer(llm, sandbox, memory):
    sandbox.cut_stream_after(12, reply="one two three " * 20)
    streamed = SimpleChatEngine.from_defaults(llm=llm, memory=memory).stream_chat("Tell me.")
    with pytest.raises(HatzStreamInterruptedError):
        list(streamed.response_gen)


def test_nothing_of_our_own_gets_into_prompts(llm, retriever, memory, asked, sandbox):
    engine = CondensePlusContextChatEngine.from_defaults(retriever, llm=llm, memory=memory)
    sandbox.reply("hello", reasoning="hm")
    engine.chat("Who built the harbor?")
    engine.chat("And when?")
    assert not any("prompt_tokens" in json.dumps(body) or "request_id" in json.dumps(body) for body in asked.bodies)
