"""Evaluators, extractors, ingestion and property graphs on HatzLLM."""

import asyncio
import json
from typing import Literal

import pytest
from llama_index.core import Document, MockEmbedding, PropertyGraphIndex
from llama_index.core.evaluation import (
    AnswerRelevancyEvaluator,
    BatchEvalRunner,
    ContextRelevancyEvaluator,
    CorrectnessEvaluator,
    FaithfulnessEvaluator,
    GuidelineEvaluator,
    PairwiseComparisonEvaluator,
    RelevancyEvaluator,
)
from llama_index.core.extractors import (
    DocumentContextExtractor,
    KeywordExtractor,
    PydanticProgramExtractor,
    QuestionsAnsweredExtractor,
    SummaryExtractor,
    TitleExtractor,
)
from llama_index.core.indices.property_graph import (
    DynamicLLMPathExtractor,
    LLMSynonymRetriever,
    SchemaLLMPathExtractor,
    SimpleLLMPathExtractor,
)
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.schema import TextNode
from llama_index.core.storage.docstore import SimpleDocumentStore
from pydantic import BaseModel

QUESTION, ANSWER, CONTEXT = "Who built it?", "Ida Marsh.", ["Ida Marsh built the harbor."]


@pytest.fixture
def nodes():
    return [TextNode(text=f"Fact {n}: the harbor has {n} ships.", id_=f"n{n}") for n in range(3)]


class TestEvaluators:
    @pytest.mark.parametrize(
        ("evaluator", "verdict", "passing"),
        [
            (FaithfulnessEvaluator, "YES", True),
            (FaithfulnessEvaluator, "NO", False),
            (RelevancyEvaluator, "YES", True),
            (CorrectnessEvaluator, "4.5\nIt is right.", True),
            (CorrectnessEvaluator, "1.0\nIt is wrong.", False),
            (GuidelineEvaluator, '{"passing": true, "feedback": "good"}', True),
        ],
    )
    def test_verdicts(self, llm, sandbox, evaluator, verdict, passing):
        for _ in range(6):
            sandbox.reply(verdict)
        made = evaluator(llm=llm, guidelines="be brief") if evaluator is GuidelineEvaluator else evaluator(llm=llm)
        result = made.evaluate(query=QUESTION, response=ANSWER, contexts=CONTEXT, reference=ANSWER)
        assert result.passing is passing

    def test_many_in_a_row_make_a_loop_each(self, llm, sandbox):
        for _ in range(5):
            sandbox.reply("It answers.\n[RESULT] 2")
        evaluator = AnswerRelevancyEvaluator(llm=llm)
        results = [evaluator.evaluate(query=QUESTION, response=ANSWER) for _ in range(5)]
        assert all(result.score == 1.0 for result in results)

    def test_of_the_context(self, llm, sandbox):
        sandbox.reply("It fits.\n[RESULT] 4")
        made = ContextRelevancyEvaluator(llm=llm).evaluate(query="Who?", contexts=["Ida Marsh."])
        assert made.score == 1.0

    def test_in_pairs(self, llm, sandbox):
        sandbox.reply("[[A]]")
        sandbox.reply("[[B]]")
        evaluator = PairwiseComparisonEvaluator(llm=llm)
        assert evaluator.evaluate(query=QUESTION, response="one", second_response="two", reference=ANSWER).score == 1.0

    async def test_in_batches(self, llm, sandbox):
        for _ in range(8):
            sandbox.reply("YES")
        runner = BatchEvalRunner({"faithful": FaithfulnessEvaluator(llm=llm)}, workers=2)
        results = await runner.aevaluate_response_strs(
            queries=[QUESTION] * 4, response_strs=[ANSWER] * 4, contexts_list=[CONTEXT] * 4
        )
        assert all(result.passing for result in results["faithful"])


class Facts(BaseModel):
    """What a text says."""

    ships: int


class TestIngestion:
    def test_extractors(self, llm, nodes):
        pipeline = IngestionPipeline(
            transformations=[
                TitleExtractor(llm=llm, nodes=1, show_progress=False),
                KeywordExtractor(llm=llm, keywords=2, show_progress=False),
                SummaryExtractor(llm=llm, show_progress=False),
                QuestionsAnsweredExtractor(llm=llm, questions=1, show_progress=False),
            ],
            disable_cache=True,
        )
        made = pipeline.run(nodes=nodes)
        keys = {"document_title", "excerpt_keywords", "section_summary", "questions_this_excerpt_can_answer"}
        assert all(keys <= node.metadata.keys() for node in made)

    async def test_extractors_async(self, llm, nodes):
        pipeline = IngestionPipeline(transformations=[SummaryExtractor(llm=llm, show_progress=False)])
        assert all(node.metadata["section_summary"] for node in await pipeline.arun(nodes=nodes))

    def test_extractors_that_make_objects(self, llm, sandbox, nodes):
        for _ in range(3):
            sandbox.tool_call("Facts", {"ships": 2})
        program = FunctionCallingProgram.from_defaults(Facts, prompt_template_str="{input}", llm=llm)
        extractor = PydanticProgramExtractor(program=program, input_key="input", show_progress=False)
        assert [found["ships"] for found in extractor.extract(nodes)] == [2, 2, 2]

    @pytest.mark.parametrize("endpoint", ["responses"])  # one will do: it takes seconds
    def test_worker_processes(self, sandbox, make, nodes):
        pipeline = IngestionPipeline(
            transformations=[SummaryExtractor(llm=make(), show_progress=False)], disable_cache=True
        )
        made = pipeline.run(nodes=nodes, num_workers=2)
        assert all(node.metadata["section_summary"] for node in made)
        assert len(sandbox.requests) == 3

    def test_the_cache_knows_an_equal_llm(self, make, nodes, sandbox):
        pipeline = IngestionPipeline(transformations=[SummaryExtractor(llm=make(), show_progress=False)])
        pipeline.run(nodes=[node.model_copy(deep=True) for node in nodes])
        before = len(sandbox.requests)
        other = IngestionPipeline(
            transformations=[SummaryExtractor(llm=make(), show_progress=False)], cache=pipeline.cache
        )
        other.run(nodes=nodes)
        assert len(sandbox.requests) == before

    async def test_the_context_of_a_chunk(self, llm, sandbox, asked, endpoint):
        store = SimpleDocumentStore()
        store.add_documents([Document(text="The harbor of Vell has ships and tea.", id_="d1")])
        node = TextNode(text="ships and tea")
        from llama_index.core.schema import NodeRelationship, RelatedNodeInfo

        node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id="d1")
        sandbox.reply("This is about Vell.")
        extractor = DocumentContextExtractor(
            store, llm, max_context_length=10_000, max_output_tokens=77, show_progress=False
        )
        found = await extractor.aextract([node])
        assert found == [{"context": "This is about Vell."}]
        assert asked.body["max_tokens" if endpoint == "messages" else "max_output_tokens"] == 77
        assert ("cache_control" in asked.text) == (endpoint == "messages")
        assert sandbox.last_request.headers["anthropic-beta"]


class TestPropertyGraphs:
    def graph(self, nodes, *extractors):
        return PropertyGraphIndex(
            nodes=nodes[:1],
            kg_extractors=list(extractors),
            embed_model=MockEmbedding(embed_dim=4),
            embed_kg_nodes=False,
            show_progress=False,
        )

    def found(self, index):
        return [
            (one.name, relation.label, other.name)
            for one, relation, other in index.property_graph_store.get_triplets(entity_names=["Ida"])
        ]

    def test_simple(self, llm, sandbox, nodes):
        sandbox.reply("(Ida, BUILT, harbor)")
        index = self.graph(nodes, SimpleLLMPathExtractor(llm=llm, num_workers=1))
        assert self.found(index) == [("Ida", "Built", "Harbor")]

    def test_by_a_schema(self, llm, sandbox, nodes):
        sandbox.tool_call(
            "KGSchema",
            {
                "triplets": [
                    {
                        "subject": {"type": "PERSON", "name": "Ida"},
                        "relation": {"type": "BUILT"},
                        "object": {"type": "PLACE", "name": "harbor"},
                    }
                ]
            },
        )
        extractor = SchemaLLMPathExtractor(
            llm=llm,
            possible_entities=Literal["PERSON", "PLACE"],
            possible_relations=Literal["BUILT"],
            kg_validation_schema=[("PERSON", "BUILT", "PLACE")],
            num_workers=1,
        )
        assert self.found(self.graph(nodes, extractor)) == [("Ida", "BUILT", "harbor")]

    def test_freely(self, llm, sandbox, nodes):
        sandbox.reply(
            json.dumps(
                [{"head": "Ida", "head_type": "PERSON", "relation": "BUILT", "tail": "harbor", "tail_type": "X"}]
            )
        )
        index = self.graph(nodes, DynamicLLMPathExtractor(llm=llm, num_workers=1))
        assert [(one, label) for one, label, _ in self.found(index)] == [("Ida", "BUILT")]

    def test_synonyms(self, llm, sandbox, nodes):
        sandbox.reply("(Ida, BUILT, harbor)")
        index = self.graph(nodes, SimpleLLMPathExtractor(llm=llm, num_workers=1))
        sandbox.reply("Ida^Marsh")
        retriever = LLMSynonymRetriever(index.property_graph_store, llm=llm, include_text=False)
        assert retriever.retrieve("Who is Marsh?")


async def test_many_components_in_many_loops(llm):
    """LlamaIndex makes loops in threads all the time; one LLM serves them all."""

    def work():
        return asyncio.run(llm.acomplete("Say something.")).text

    assert all(await asyncio.gather(*(asyncio.to_thread(work) for _ in range(6))))
