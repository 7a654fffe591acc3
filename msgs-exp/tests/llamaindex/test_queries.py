"""Query engines, routers and rerankers on HatzLLM, sync and async.

Where a test scripts nothing, the sandbox answers by itself: with the sentence of its context that fits best.
"""

import json

import pytest
from llama_index.core import MockEmbedding, Settings, SummaryIndex, VectorStoreIndex, get_response_synthesizer
from llama_index.core.evaluation import GuidelineEvaluator, RelevancyEvaluator
from llama_index.core.indices.query.query_transform import HyDEQueryTransform, StepDecomposeQueryTransform
from llama_index.core.postprocessor import LLMRerank, StructuredLLMRerank
from llama_index.core.postprocessor.rankGPT_rerank import RankGPTRerank
from llama_index.core.query_engine import (
    CitationQueryEngine,
    FLAREInstructQueryEngine,
    MultiStepQueryEngine,
    RetrieverQueryEngine,
    RetryGuidelineQueryEngine,
    RetryQueryEngine,
    RouterQueryEngine,
    SubQuestionQueryEngine,
    TransformQueryEngine,
)
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.retrievers import QueryFusionRetriever, RouterRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle
from llama_index.core.selectors import (
    LLMMultiSelector,
    LLMSingleSelector,
    PydanticMultiSelector,
    PydanticSingleSelector,
)
from llama_index.core.tools import QueryEngineTool, RetrieverTool

QUESTION = "Who built the harbor of Vell?"


@pytest.fixture
def engine(llm, retriever):
    return RetrieverQueryEngine.from_args(retriever, llm=llm)


class TestRetrieval:
    def test_an_answer_from_the_context(self, engine, nodes, ask, asked):
        answer = ask(engine, QUESTION)
        assert "Ida Marsh" in str(answer)
        assert nodes[0].text in asked.text
        assert answer.source_nodes

    async def test_streamed(self, llm, retriever):
        engine = RetrieverQueryEngine.from_args(retriever, llm=llm, streaming=True)
        assert "Ida Marsh" in "".join(engine.query(QUESTION).response_gen)
        answer = await engine.aquery(QUESTION)
        assert "Ida Marsh" in "".join([piece async for piece in answer.async_response_gen()])

    def test_by_vectors(self, llm, nodes, ask):
        index = VectorStoreIndex(nodes, embed_model=MockEmbedding(embed_dim=4))
        assert str(ask(index.as_query_engine(llm=llm), QUESTION))

    def test_hyde(self, llm, engine, sandbox, asked, ask):
        sandbox.reply("Ida Marsh built the harbor of Vell.")
        transform = HyDEQueryTransform(llm=llm, include_original=True)
        assert "Ida Marsh" in str(ask(TransformQueryEngine(engine, transform), QUESTION))
        assert len(asked.bodies) == 2

    @pytest.mark.parametrize("mode", ["reciprocal_rerank", "relative_score", "simple"])
    @pytest.mark.parametrize("use_async", [True, False])
    def test_fusion(self, llm, sandbox, retriever, nodes, ask, mode, use_async, asked):
        sandbox.reply("harbor of Vell\nIda Marsh")
        fusion = QueryFusionRetriever([retriever], llm=llm, num_queries=3, use_async=use_async, mode=mode)
        assert ask(fusion, QUESTION, "retrieve")[0].node.text == nodes[0].text
        assert len(asked.bodies) == 1

    def test_citations(self, llm, sandbox, nodes, ask):
        sandbox.reply("Ida Marsh [1].")
        engine = CitationQueryEngine.from_args(SummaryIndex(nodes), llm=llm, citation_chunk_size=512)
        answer = ask(engine, QUESTION)
        assert str(answer) == "Ida Marsh [1]."
        assert answer.source_nodes[0].node.text.startswith("Source 1:")

    def test_citations_streamed(self, llm, sandbox, nodes):
        sandbox.reply("Ida Marsh [1].", chunks=["Ida ", "Marsh [1]."])
        engine = CitationQueryEngine.from_args(SummaryIndex(nodes), llm=llm, streaming=True)
        assert list(engine.query(QUESTION).response_gen) == ["Ida ", "Marsh [1].", ""]

    def test_looking_things_up_while_writing(self, llm, engine, sandbox):
        sandbox.reply("The harbor was built by [Search(Who built the harbor of Vell?)]")
        sandbox.reply("Ida Marsh.")
        sandbox.reply("The harbor was built by Ida Marsh. done")
        flare = FLAREInstructQueryEngine(engine, llm=llm, max_iterations=3)
        assert "Ida Marsh" in str(flare.query(QUESTION))

    @pytest.fixture
    def _default(self, llm, monkeypatch):
        """What asks again takes the LLM that was set for everything."""
        monkeypatch.setattr(Settings, "_llm", llm)

    @pytest.mark.usefixtures("_default")
    def test_asking_again_until_it_is_good(self, llm, engine, sandbox, asked):
        for words in ("Nobody.", "NO", "Ida Marsh.", "YES"):
            sandbox.reply(words)
        retrying = RetryQueryEngine(engine, RelevancyEvaluator(llm=llm), max_retries=2)
        assert str(retrying.query(QUESTION)) == "Ida Marsh."
        assert len(asked.bodies) == 4

    @pytest.mark.usefixtures("_default")
    def test_asking_again_by_a_guideline(self, llm, engine, sandbox, asked):
        verdicts = [json.dumps({"passing": good, "feedback": "Say who."}) for good in (False, True)]
        for words in ("Somebody.", verdicts[0], "Ida Marsh.", verdicts[1]):
            sandbox.reply(words)
        judge = GuidelineEvaluator(llm=llm, guidelines="Say who.")
        retrying = RetryGuidelineQueryEngine(engine, judge, resynthesize_query=False, max_retries=2)
        assert str(retrying.query(QUESTION)) == "Ida Marsh."


class TestReranking:
    def order(self, rerank, nodes, ask):
        found = [NodeWithScore(node=node) for node in nodes]

        class One:
            def go(self, question):
                return rerank.postprocess_nodes(found, QueryBundle(question))

            async def ago(self, question):
                return await rerank.apostprocess_nodes(found, QueryBundle(question))

        return [one.node.id_ for one in ask(One(), "oil?", "go")]

    def test_by_words(self, llm, sandbox, nodes, ask):
        sandbox.reply("Doc: 2, Relevance: 9\nDoc: 1, Relevance: 3")
        assert self.order(LLMRerank(llm=llm, top_n=2, choice_batch_size=3), nodes, ask) == ["n1", "n0"]

    def test_by_objects(self, llm, sandbox, nodes, ask):
        documents = [{"document_number": 2, "relevance": 9}, {"document_number": 1, "relevance": 3}]
        sandbox.tool_call("DocumentRelevanceList", {"documents": documents})
        assert self.order(StructuredLLMRerank(llm=llm, top_n=2, choice_batch_size=3), nodes, ask) == ["n1", "n0"]

    def test_by_permutation(self, llm, sandbox, nodes, ask):
        sandbox.reply("[2] > [1] > [3]")
        assert self.order(RankGPTRerank(llm=llm, top_n=2), nodes, ask) == ["n1", "n0"]


class TestRouting:
    @pytest.fixture
    def tools(self, engine):
        return [
            QueryEngineTool.from_defaults(engine, name="town", description="about Vell"),
            QueryEngineTool.from_defaults(engine, name="tea", description="about tea"),
        ]

    def test_by_objects(self, llm, sandbox, tools, asked, ask):
        sandbox.tool_call("SingleSelection", {"index": 0, "reason": "Vell"})
        engine = RouterQueryEngine(PydanticSingleSelector.from_defaults(llm=llm), tools, llm=llm)
        assert "Ida Marsh" in str(ask(engine, QUESTION))
        choice = asked.bodies[0]["tool_choice"]
        assert (choice if isinstance(choice, str) else choice["type"]) in {"required", "any"}

    def test_by_words(self, llm, sandbox, tools, ask):
        sandbox.reply('[{"choice": 1, "reason": "Vell"}]')
        engine = RouterQueryEngine(LLMSingleSelector.from_defaults(llm=llm), tools, llm=llm)
        assert "Ida Marsh" in str(ask(engine, QUESTION))

    def test_by_several_objects(self, llm, sandbox, tools, ask):
        sandbox.tool_call("MultiSelection", {"selections": [{"index": 0, "reason": "a"}, {"index": 1, "reason": "b"}]})
        engine = RouterQueryEngine(PydanticMultiSelector.from_defaults(llm=llm), tools, llm=llm)
        assert str(ask(engine, QUESTION))

    def test_by_several_words(self, llm, sandbox, tools, ask):
        sandbox.reply('[{"choice": 1, "reason": "a"}, {"choice": 2, "reason": "b"}]')
        engine = RouterQueryEngine(LLMMultiSelector.from_defaults(llm=llm), tools, llm=llm)
        assert str(ask(engine, QUESTION))

    def test_of_retrievers(self, llm, sandbox, retriever, nodes, ask):
        sandbox.tool_call("SingleSelection", {"index": 0, "reason": "Vell"})
        tools = [RetrieverTool.from_defaults(retriever, description=about) for about in ("about Vell", "about tea")]
        routed = RouterRetriever(PydanticSingleSelector.from_defaults(llm=llm), tools, llm=llm)
        assert ask(routed, QUESTION, "retrieve")[0].node.text == nodes[0].text

    @pytest.mark.parametrize("use_async", [True, False])
    def test_sub_questions(self, llm, sandbox, tools, use_async, ask):
        asking = [{"sub_question": QUESTION, "tool_name": "town"}, {"sub_question": "Tea?", "tool_name": "tea"}]
        sandbox.reply("```json\n" + json.dumps({"items": asking}) + "\n```")
        engine = SubQuestionQueryEngine.from_defaults(
            tools,
            llm=llm,
            question_gen=LLMQuestionGenerator.from_defaults(llm=llm),
            use_async=use_async,
            verbose=False,
        )
        answer = ask(engine, "Tell me of Vell and of tea.")
        assert str(answer)
        assert any("Ida Marsh" in one.node.text for one in answer.source_nodes)

    def test_multi_step(self, llm, sandbox, engine, asked, ask):
        for words in ("Who is Ida Marsh?", "She built the harbor.", "None", "Ida Marsh."):
            sandbox.reply(words)
        steps = MultiStepQueryEngine(
            engine,
            query_transform=StepDecomposeQueryTransform(llm=llm, verbose=False),
            response_synthesizer=get_response_synthesizer(llm=llm),
            index_summary="Vell",
        )
        assert str(ask(steps, QUESTION)) == "Ida Marsh."
        assert len(asked.bodies) == 4
