"""Extractors, ingestion and property graphs on HatzLLM."""

import asyncio
import json
from typing import Literal

import pytest
from llama_index.core import Document, MockEmbedding, PropertyGraphIndex
from llama_index.core.extractors import (
    DocumentContextExtractor,
    KeywordExtractor,
    PydanticProgramExtractor,
    QuestionsAnsweredExtractor,
    SummaryExtractor,
    TitleExtractor,
)
from llama_index.core.extractors.loading import load_extractor
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


@pytest.fixture
def nodes():
    return [TextNode(text=f"Fact {n}: the harbor has {n} ships.", id_=f"n{n}") for n in range(3)]


class Facts(BaseModel):
    """What a text says."""

    ships: int


class Running:
    """A pipeline that runs with these options, sync or async."""

    def __init__(self, pipeline, **options):
        self._pipeline, self._options = pipeline, options

    def run(self, nodes):
        return self._pipeline.run(nodes=nodes, **self._options)

    async def arun(self, nodes):
        return await self._pipeline.arun(nodes=nodes, **self._options)


class TestIngestion:
    def test_extractors(self, llm, nodes, ask):
        pipeline = IngestionPipeline(
            transformations=[
                TitleExtractor(llm=llm, nodes=1, show_progress=False),
                KeywordExtractor(llm=llm, keywords=2, show_progress=False),
                SummaryExtractor(llm=llm, show_progress=False),
                QuestionsAnsweredExtractor(llm=llm, questions=1, show_progress=False),
            ],
            disable_cache=True,
        )
        made = ask(Running(pipeline), nodes, "run")
        keys = {"document_title", "excerpt_keywords", "section_summary", "questions_this_excerpt_can_answer"}
        assert all(keys <= node.metadata.keys() for node in made)

    def test_extractors_that_make_objects(self, llm, sandbox, nodes):
        for _ in range(3):
            sandbox.tool_call("Facts", {"ships": 2})
        program = FunctionCallingProgram.from_defaults(Facts, prompt_template_str="{input}", llm=llm)
        extractor = PydanticProgramExtractor(program=program, input_key="input", show_progress=False)
        assert [found["ships"] for found in extractor.extract(nodes)] == [2, 2, 2]

    @pytest.mark.timeout(240)  # two processes that import LlamaIndex, on a machine that may be busy
    def test_worker_processes(self, sandbox, make, nodes, ask):
        pipeline = IngestionPipeline(
            transformations=[SummaryExtractor(llm=make(), show_progress=False)], disable_cache=True
        )
        made = ask(Running(pipeline, num_workers=2), nodes, "run")
        assert all(node.metadata["section_summary"] for node in made)
        assert len(sandbox.requests) == 3

    def test_the_cache_knows_an_equal_llm(self, make, nodes, sandbox, ask):
        def run(llm, **given):
            pipeline = IngestionPipeline(transformations=[SummaryExtractor(llm=llm, show_progress=False)], **given)
            ask(Running(pipeline), [node.model_copy(deep=True) for node in nodes], "run")
            return pipeline.cache, len(sandbox.requests)

        cache, before = run(make())
        assert run(make(), cache=cache)[1] == before
        assert run(make(temperature=0.5), cache=cache)[1] == 2 * before

    def test_extractors_made_of_dictionaries(self, make, nodes, sandbox, monkeypatch):
        monkeypatch.setenv("HATZ_API_KEY", sandbox.api_key)
        stored = json.loads(json.dumps(SummaryExtractor(llm=make(temperature=0.5), show_progress=False).to_dict()))
        assert sandbox.api_key not in json.dumps(stored)
        again = load_extractor(stored)
        assert all(found["section_summary"] for found in again.extract(nodes))
        assert sandbox.last_request.body["temperature"] == 0.5

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

    def test_synonyms(self, llm, sandbox, nodes, ask):
        sandbox.reply("(Ida, BUILT, harbor)")
        index = self.graph(nodes, SimpleLLMPathExtractor(llm=llm, num_workers=1))
        sandbox.reply("Ida^Marsh")
        retriever = LLMSynonymRetriever(index.property_graph_store, llm=llm, include_text=False)
        assert ask(retriever, "Who is Marsh?", "retrieve")

    def test_answers(self, llm, sandbox, nodes, ask):
        sandbox.reply("(Ida, BUILT, harbor)")
        index = self.graph(nodes, SimpleLLMPathExtractor(llm=llm, num_workers=1))
        sandbox.reply("Ida^Marsh")
        sandbox.reply("Ida Marsh built it.")
        retriever = LLMSynonymRetriever(index.property_graph_store, llm=llm, include_text=False)
        engine = index.as_query_engine(llm=llm, sub_retrievers=[retriever])
        assert str(ask(engine, "Who built it?")) == "Ida Marsh built it."


async def test_many_components_in_many_loops(llm):
    """LlamaIndex makes loops in threads all the time; one LLM serves them all."""

    def work():
        return asyncio.run(llm.acomplete("Say something.")).text

    assert all(await asyncio.gather(*(asyncio.to_thread(work) for _ in range(6))))
