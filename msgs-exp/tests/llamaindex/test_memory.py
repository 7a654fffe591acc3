"""Memory on HatzLLM: buffers, summaries, a database, and blocks of memory."""

import asyncio
import contextlib
import re

import pytest
from llama_index.core import MockEmbedding
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import (
    ChatMemoryBuffer,
    ChatSummaryMemoryBuffer,
    FactExtractionMemoryBlock,
    Memory,
    StaticMemoryBlock,
    VectorMemoryBlock,
)
from llama_index.core.vector_stores import SimpleVectorStore
from pydantic import PrivateAttr


def test_a_summary_of_what_was_said(llm, sandbox):
    sandbox.reply("They spoke of tea.")
    memory = ChatSummaryMemoryBuffer.from_defaults(llm=llm, token_limit=30)
    for n in range(6):
        memory.put(ChatMessage(role="user", content=f"Tell me of tea, part {n}, please."))
        memory.put(ChatMessage(role="assistant", content=f"Here is part {n}: tea is grown on hills."))
    assert any("They spoke of tea." in (one.content or "") for one in memory.get())


async def test_facts_of_what_was_said(llm, sandbox, asked):
    sandbox.reply("<facts><fact>Ada likes tea.</fact></facts>")
    block = FactExtractionMemoryBlock(llm=llm)
    await block.aput([ChatMessage(content="I am Ada and like tea."), ChatMessage(role="assistant", content="Fine.")])
    assert block.facts == ["Ada likes tea."]
    assert "I am Ada" in asked.text


async def test_a_database_keeps_answers_whole(llm, sandbox, tmp_path):
    place = {"async_database_uri": f"sqlite+aiosqlite:///{tmp_path}/chats.db", "session_id": "s"}
    sandbox.tool_calls([("add", {"a": 2})], text="Let me see.", reasoning="hm")
    said = (await llm.achat([ChatMessage(content="add")])).message
    async with contextlib.AsyncExitStack() as stack:
        written, read = (Memory.from_defaults(**place) for _ in range(2))
        for one in (written, read):
            stack.push_async_callback(lambda one=one: one.sql_store._async_engine.dispose())
        await written.aput(said)
        assert await read.aget() == [said]


class Vectors(SimpleVectorStore):
    """Vectors with the texts they are of, which is what memory wants and LlamaIndex's own store leaves out."""

    stores_text: bool = True
    _nodes: dict = PrivateAttr(default_factory=dict)

    def add(self, nodes, **options):
        self._nodes.update({node.node_id: node for node in nodes})
        return super().add(nodes, **options)

    def query(self, query, **options):
        found = super().query(query, **options)
        found.nodes = [self._nodes[one] for one in found.ids]
        return found


FACTS = "<facts><fact>Ada likes tea.</fact></facts>"


@pytest.mark.parametrize("method", ["system", "user"])
async def test_blocks_of_memory_are_sent(llm, sandbox, asked, method):
    sandbox.reply(FACTS)
    memory = Memory.from_defaults(
        token_limit=80,
        chat_history_token_ratio=0.2,
        token_flush_size=10,
        insert_method=method,
        memory_blocks=[
            StaticMemoryBlock(name="static", static_content="The town is Vell.", priority=0),
            FactExtractionMemoryBlock(name="facts", llm=llm, priority=0),
            VectorMemoryBlock(name="said", vector_store=Vectors(), embed_model=MockEmbedding(embed_dim=4), priority=0),
        ],
    )
    told = [ChatMessage(role=role, content=f"I like tea, {n}.") for n, role in enumerate(("user", "assistant") * 6)]
    await memory.aput_messages(told)
    sent = await memory.aget()
    await memory.sql_store._async_engine.dispose()
    assert len([one for one in sent if one.role != "system"]) < len(told)
    await llm.achat([*sent, ChatMessage(content="What do I like?")])
    assert "The town is Vell." in asked.text
    assert "Ada likes tea." in asked.text
    assert "<said>" in asked.text
    assert re.search(r"<message role='(user|assistant)'>I like tea, \d", asked.text)


async def test_facts_are_condensed(llm, sandbox, asked):
    sandbox.reply(FACTS)
    block = FactExtractionMemoryBlock(llm=llm, max_facts=1, facts=["Ada drinks tea.", "Ada loves tea."])
    sandbox.reply("<facts><fact>Ada drinks, loves and likes tea.</fact></facts>")
    await block.aput([ChatMessage(content="I like tea.")])
    assert block.facts == ["Ada drinks, loves and likes tea."]
    assert len(asked.bodies) == 2


def test_sync_code_within_an_agents_memory(llm, sandbox):
    """The sync verbs of `Memory` make a loop of their own in which its blocks ask the LLM."""
    sandbox.reply(FACTS)
    block = FactExtractionMemoryBlock(name="facts", llm=llm)
    memory = Memory.from_defaults(
        token_limit=40, chat_history_token_ratio=0.2, token_flush_size=5, memory_blocks=[block]
    )
    for n in range(4):
        memory.put(ChatMessage(content=f"I like tea, {n}."))
    assert "Ada likes tea." in block.facts
    asyncio.get_event_loop().run_until_complete(memory.sql_store._async_engine.dispose())


def test_the_models_answer_is_counted_as_text(llm, sandbox):
    sandbox.reply("x" * 40, reasoning="hm")
    memory = ChatMemoryBuffer.from_defaults(token_limit=1000)
    memory.put(llm.chat([ChatMessage(content="hi")]).message)
    assert memory._token_count_for_messages(memory.get_all()) < 40
