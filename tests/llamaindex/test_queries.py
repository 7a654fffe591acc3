"""Query engines, synthesizers, routers, rerankers and chat engines on HatzLLM.

Where a test scripts nothing, the sandbox answers by itself: with the sentence of its context that fits best.
"""

import contextlib
import json

import pytest
from llama_index.core import (
    MockEmbedding,
    PromptTemplate,
    SummaryIndex,
    VectorStoreIndex,
    get_response_synthesizer,
)
from llama_index.core.chat_engine import CondensePlusContextChatEngine, CondenseQuestionChatEngine, SimpleChatEngine
from llama_index.core.chat_engine.context import ContextChatEngine
from llama_index.core.indices.query.query_transform import HyDEQueryTransform, StepDecomposeQueryTransform
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import (
    ChatMemoryBuffer,
    ChatSummaryMemoryBuffer,
    FactExtractionMemoryBlock,
    Memory,
    StaticMemoryBlock,
)
from llama_index.core.postprocessor import LLMRerank, StructuredLLMRerank
from llama_index.core.query_engine import (
    CitationQueryEngine,
    MultiStepQueryEngine,
    RetrieverQueryEngine,
    RouterQueryEngine,
    SubQuestionQueryEngine,
    TransformQueryEngine,
)
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.response_synthesizers import ResponseMode
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.core.selectors import LLMSingleSelector, PydanticMultiSelector, PydanticSingleSelector
from llama_index.core.tools import QueryEngineTool
from llama_index.retrievers.bm25 import BM25Retriever
from pydantic import BaseModel

FACTS = [
    "The harbor of Vell was built in 1871 by Ida Marsh.",
    "The lighthouse of Vell burns whale oil.",
    "Tea is grown on the northern hills.",
]
QUESTION = "Who built the harbor of Vell?"


class Fact(BaseModel):
    """A fact."""

    who: str


@pytest.fixture
def nodes():
    return [TextNode(text=text, id_=f"n{at}") for at, text in enumerate(FACTS)]


@pytest.fixture
def retriever(nodes):
    return BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=2)


class TestRetrieval:
    def test_an_answer_from_the_context(self, llm, retriever, asked):
        engine = RetrieverQueryEngine.from_args(retriever, llm=llm)
        answer = engine.query(QUESTION)
        assert "Ida Marsh" in str(answer)
        assert FACTS[0] in asked.text
        assert answer.source_nodes

    async def test_async(self, llm, retriever):
        engine = RetrieverQueryEngine.from_args(retriever, llm=llm)
        assert "Ida Marsh" in str(await engine.aquery(QUESTION))

    def test_streamed(self, llm, retriever):
        engine = RetrieverQueryEngine.from_args(retriever, llm=llm, streaming=True)
        assert "Ida Marsh" in "".join(engine.query(QUESTION).response_gen)

    def test_by_vectors(self, llm, nodes):
        index = VectorStoreIndex(nodes, embed_model=MockEmbedding(embed_dim=4))
        assert str(index.as_query_engine(llm=llm).query(QUESTION))

    def test_hyde(self, llm, sandbox, retriever, asked):
        sandbox.reply("Ida Marsh built the harbor of Vell.")
        transform = HyDEQueryTransform(llm=llm, include_original=True)
        engine = TransformQueryEngine(RetrieverQueryEngine.from_args(retriever, llm=llm), transform)
        assert str(engine.query(QUESTION))
        assert len(asked.bodies) == 2

    def test_fusion(self, llm, sandbox, retriever):
        sandbox.reply("harbor of Vell\nIda Marsh")
        fusion = QueryFusionRetriever([retriever], llm=llm, num_queries=3, use_async=False, mode="reciprocal_rerank")
        assert fusion.retrieve(QUESTION)[0].node.text == FACTS[0]

    def test_citations(self, llm, sandbox, nodes):
        sandbox.reply("Ida Marsh [1].")
        index = SummaryIndex(nodes)
        engine = CitationQueryEngine.from_args(index, llm=llm, citation_chunk_size=512)
        answer = engine.query(QUESTION)
        assert str(answer) == "Ida Marsh [1]."
        assert answer.source_nodes[0].node.text.startswith("Source 1:")

    def test_rerank(self, llm, sandbox, nodes):
        sandbox.reply("Doc: 2, Relevance: 9\nDoc: 1, Relevance: 3")
        rerank = LLMRerank(llm=llm, top_n=2, choice_batch_size=3)
        found = rerank.postprocess_nodes([NodeWithScore(node=node) for node in nodes], QueryBundle("oil?"))
        assert [one.node.id_ for one in found] == ["n1", "n0"]

    def test_rerank_by_objects(self, llm, sandbox, nodes):
        sandbox.tool_call(
            "DocumentRelevanceList",
            {"documents": [{"document_number": 2, "relevance": 9}, {"document_number": 1, "relevance": 3}]},
        )
        rerank = StructuredLLMRerank(llm=llm, top_n=2, choice_batch_size=3)
        found = rerank.postprocess_nodes([NodeWithScore(node=node) for node in nodes], QueryBundle("oil?"))
        assert [one.node.id_ for one in found] == ["n1", "n0"]


class TestRouting:
    @pytest.fixture
    def tools(self, llm, retriever):
        engine = RetrieverQueryEngine.from_args(retriever, llm=llm)
        return [
            QueryEngineTool.from_defaults(engine, name="town", description="about Vell"),
            QueryEngineTool.from_defaults(engine, name="tea", description="about tea"),
        ]

    @pytest.mark.parametrize("how", ["sync", "async"])
    async def test_by_objects(self, llm, sandbox, tools, asked, how):
        sandbox.tool_call("SingleSelection", {"index": 0, "reason": "Vell"})
        engine = RouterQueryEngine(PydanticSingleSelector.from_defaults(llm=llm), tools, llm=llm)
        answer = engine.query(QUESTION) if how == "sync" else await engine.aquery(QUESTION)
        assert "Ida Marsh" in str(answer)
        choice = asked.bodies[0]["tool_choice"]
        assert (choice if isinstance(choice, str) else choice["type"]) in {"required", "any"}

    def test_by_text(self, llm, sandbox, tools):
        sandbox.reply('[{"choice": 1, "reason": "Vell"}]')
        engine = RouterQueryEngine(LLMSingleSelector.from_defaults(llm=llm), tools, llm=llm)
        assert "Ida Marsh" in str(engine.query(QUESTION))

    def test_by_several(self, llm, sandbox, tools):
        sandbox.tool_call("MultiSelection", {"selections": [{"index": 0, "reason": "a"}, {"index": 1, "reason": "b"}]})
        engine = RouterQueryEngine(PydanticMultiSelector.from_defaults(llm=llm), tools, llm=llm)
        assert str(engine.query(QUESTION))

    @pytest.mark.parametrize("use_async", [True, False])
    def test_sub_questions(self, llm, sandbox, tools, use_async):
        asking = [{"sub_question": QUESTION, "tool_name": "town"}, {"sub_question": "Tea?", "tool_name": "tea"}]
        sandbox.reply("```json\n" + json.dumps({"items": asking}) + "\n```")
        engine = SubQuestionQueryEngine.from_defaults(
            tools,
            llm=llm,
            question_gen=LLMQuestionGenerator.from_defaults(llm=llm),
            use_async=use_async,
            verbose=False,
        )
        answer = engine.query("Tell me of Vell and of tea.")
        assert str(answer)
        assert any("Ida Marsh" in one.node.text for one in answer.source_nodes)

    def test_multi_step(self, llm, sandbox, retriever, asked):
        sandbox.reply("Who is Ida Marsh?")
        sandbox.reply("She built the harbor.")
        sandbox.reply("None")
        sandbox.reply("Ida Marsh.")
        engine = MultiStepQueryEngine(
            RetrieverQueryEngine.from_args(retriever, llm=llm),
            query_transform=StepDecomposeQueryTransform(llm=llm, verbose=False),
            response_synthesizer=get_response_synthesizer(llm=llm),
            index_summary="Vell",
        )
        assert str(engine.query(QUESTION)) == "Ida Marsh."
        assert len(asked.bodies) == 4


MODES = [mode for mode in ResponseMode if mode not in {ResponseMode.NO_TEXT, ResponseMode.CONTEXT_ONLY}]


class TestSynthesizers:
    @pytest.fixture
    def found(self, nodes):
        return [NodeWithScore(node=node, score=1.0) for node in nodes]

    @pytest.mark.parametrize("mode", MODES)
    async def test_every_mode_sync_and_async(self, llm, found, mode):
        synthesizer = get_response_synthesizer(llm=llm, response_mode=mode)
        assert str(synthesizer.synthesize(QUESTION, nodes=found))
        assert str(await synthesizer.asynthesize(QUESTION, nodes=found))

    @pytest.mark.parametrize("mode", [mode for mode in MODES if "accumulate" not in mode.value])
    async def test_every_mode_that_streams(self, llm, found, mode):
        synthesizer = get_response_synthesizer(llm=llm, response_mode=mode, streaming=True)
        assert "".join(synthesizer.synthesize(QUESTION, nodes=found).response_gen)
        answer = await synthesizer.asynthesize(QUESTION, nodes=found)
        assert "".join([piece async for piece in answer.async_response_gen()])

    def test_objects(self, llm, sandbox, nodes):
        sandbox.tool_call("Fact", {"who": "Ida Marsh"})
        engine = SummaryIndex(nodes).as_query_engine(llm=llm.as_structured_llm(Fact), response_mode="compact")
        assert engine.query(QUESTION).response == Fact(who="Ida Marsh")

    def test_filtering_by_objects(self, llm, sandbox, found):
        for _ in range(3):
            sandbox.tool_call("StructuredRefineResponse", {"answer": "Ida Marsh", "query_satisfied": True})
        synthesizer = get_response_synthesizer(
            llm=llm, response_mode=ResponseMode.REFINE, structured_answer_filtering=True
        )
        assert str(synthesizer.synthesize(QUESTION, nodes=found)) == "Ida Marsh"

    def test_small_windows_pack_small(self, make, asked):
        words = " ".join(f"Part {n} of Vell." for n in range(40))
        index = SummaryIndex([TextNode(text=f"{at}: {words}") for at in range(40)])
        index.as_query_engine(llm=make(context_window=5000), response_mode="compact").query("Vell?")
        small = len(asked.bodies)
        index.as_query_engine(llm=make(context_window=200_000), response_mode="compact").query("Vell?")
        assert small > len(asked.bodies) - small == 1


class TestChatEngines:
    @pytest.fixture
    def memory(self):
        return ChatMemoryBuffer.from_defaults(token_limit=20_000)

    async def four(self, engine):
        yield str(engine.chat("Who built the harbor?"))
        yield str(await engine.achat("And when?"))
        yield "".join(engine.stream_chat("Why?").response_gen)
        streamed = await engine.astream_chat("How?")
        yield "".join([token async for token in streamed.async_response_gen()])

    async def check(self, engine):
        said = [words async for words in self.four(engine)]
        assert all(said)
        assert [one.role.value for one in engine.chat_history] == ["user", "assistant"] * 4
        assert [one.content for one in engine.chat_history[1::2]] == said

    async def test_simple(self, llm, memory):
        await self.check(SimpleChatEngine.from_defaults(llm=llm, memory=memory))

    async def test_context(self, llm, retriever, memory):
        await self.check(ContextChatEngine.from_defaults(retriever, llm=llm, memory=memory, system_prompt="SYSTEM"))

    async def test_condense_plus_context(self, llm, retriever, memory):
        await self.check(CondensePlusContextChatEngine.from_defaults(retriever, llm=llm, memory=memory))

    async def test_condense_question(self, llm, retriever, memory):
        query_engine = RetrieverQueryEngine.from_args(retriever, llm=llm)
        engine = CondenseQuestionChatEngine.from_defaults(query_engine=query_engine, llm=llm, memory=memory)
        assert "Ida Marsh" in str(engine.chat(QUESTION))
        assert str(await engine.achat("And when?"))

    def test_nothing_of_our_own_gets_into_prompts(self, llm, retriever, memory, asked, sandbox):
        engine = CondensePlusContextChatEngine.from_defaults(retriever, llm=llm, memory=memory)
        sandbox.reply("hello", reasoning="hm")
        engine.chat("Who built the harbor?")
        engine.chat("And when?")
        assert not any("prompt_tokens" in json.dumps(body) or "request_id" in json.dumps(body) for body in asked.bodies)


class TestMemory:
    def test_a_summary_of_what_was_said(self, llm, sandbox):
        sandbox.reply("They spoke of tea.")
        memory = ChatSummaryMemoryBuffer.from_defaults(llm=llm, token_limit=30)
        for n in range(6):
            memory.put(ChatMessage(role="user", content=f"Tell me of tea, part {n}, please."))
            memory.put(ChatMessage(role="assistant", content=f"Here is part {n}: tea is grown on hills."))
        assert any("They spoke of tea." in (one.content or "") for one in memory.get())

    async def test_facts_of_what_was_said(self, llm, sandbox, asked):
        sandbox.reply("<facts><fact>Ada likes tea.</fact></facts>")
        block = FactExtractionMemoryBlock(llm=llm)
        await block.aput(
            [ChatMessage(content="I am Ada and like tea."), ChatMessage(role="assistant", content="Fine.")]
        )
        assert block.facts == ["Ada likes tea."]
        assert "I am Ada" in asked.text

    async def test_a_database_keeps_answers_whole(self, llm, sandbox, tmp_path):
        place = {"async_database_uri": f"sqlite+aiosqlite:///{tmp_path}/chats.db", "session_id": "s"}
        sandbox.tool_calls([("add", {"a": 2})], text="Let me see.", reasoning="hm")
        said = (await llm.achat([ChatMessage(content="add")])).message
        async with contextlib.AsyncExitStack() as stack:
            written, read = (Memory.from_defaults(**place) for _ in range(2))
            for one in (written, read):
                stack.push_async_callback(lambda one=one: one.sql_store._async_engine.dispose())
            await written.aput(said)
            assert await read.aget() == [said]

    async def test_blocks_of_memory_are_sent(self, llm, sandbox, asked):
        sandbox.reply("<facts><fact>Ada likes tea.</fact></facts>")
        memory = Memory.from_defaults(
            token_limit=60,
            chat_history_token_ratio=0.2,
            token_flush_size=10,
            memory_blocks=[
                StaticMemoryBlock(name="static", static_content="The town is Vell.", priority=0),
                FactExtractionMemoryBlock(name="facts", llm=llm, priority=0),
            ],
        )
        await memory.aput_messages(
            [ChatMessage(role=role, content="I like tea very much.") for role in ("user", "assistant") * 3]
        )
        sent = await memory.aget()
        await memory.sql_store._async_engine.dispose()
        await llm.achat([*sent, ChatMessage(content="What do I like?")])
        assert "The town is Vell." in asked.text
        assert "Ada likes tea." in asked.text

    def test_the_models_answer_is_counted_as_text(self, llm, sandbox):
        sandbox.reply("x" * 40, reasoning="hm")
        memory = ChatMemoryBuffer.from_defaults(token_limit=1000)
        memory.put(llm.chat([ChatMessage(content="hi")]).message)
        assert memory._token_count_for_messages(memory.get_all()) < 40


def test_prompts_with_a_system_prompt(make, asked):
    make(system_prompt="SYSTEM").predict(PromptTemplate("q"))
    assert "SYSTEM" in asked.text
