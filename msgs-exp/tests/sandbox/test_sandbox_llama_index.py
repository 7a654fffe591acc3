"""LlamaIndex's own evaluators, extractors, selectors and rerankers get answers they can read from the sandbox."""

from __future__ import annotations

import inspect

import pytest
from llama_index.core import Document, PromptTemplate, SummaryIndex, get_response_synthesizer
from llama_index.core.chat_engine import CondensePlusContextChatEngine, CondenseQuestionChatEngine, ContextChatEngine
from llama_index.core.evaluation import (
    AnswerRelevancyEvaluator,
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
from llama_index.core.indices.property_graph import DynamicLLMPathExtractor, SimpleLLMPathExtractor
from llama_index.core.indices.query.query_transform import HyDEQueryTransform
from llama_index.core.indices.query.query_transform.base import DecomposeQueryTransform, StepDecomposeQueryTransform
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer, FactExtractionMemoryBlock
from llama_index.core.postprocessor import LLMRerank, StructuredLLMRerank
from llama_index.core.postprocessor.rankGPT_rerank import RankGPTRerank
from llama_index.core.program import LLMTextCompletionProgram
from llama_index.core.query_engine import (
    CitationQueryEngine,
    MultiStepQueryEngine,
    RouterQueryEngine,
    SubQuestionQueryEngine,
)
from llama_index.core.question_gen import LLMQuestionGenerator
from llama_index.core.retrievers import BaseRetriever, QueryFusionRetriever
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode
from llama_index.core.selectors import (
    LLMMultiSelector,
    LLMSingleSelector,
    PydanticMultiSelector,
    PydanticSingleSelector,
)
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.core.tools import QueryEngineTool, ToolMetadata
from pydantic import BaseModel

from llama_index_hatz import HatzLLM
from loops import own_loop

TEXTS = [
    "Parking costs five euros a day. It is free on Sundays.",
    "Dogs are welcome on Fridays. Cats are never welcome.",
    "The Eiffel Tower is 330 metres tall. It was finished in 1889.",
]
QUESTION = "What does parking cost?"


@pytest.fixture(autouse=True)
def _loop_for_sync_code(request):
    if inspect.iscoroutinefunction(request.function):
        yield
        return
    with own_loop():
        yield


@pytest.fixture(params=["anthropic.claude-haiku-4-5", "gpt-5.2", "auto"])
def llm(request, sandbox):
    return HatzLLM(request.param, base_url=sandbox.base_url, api_key=sandbox.api_key, context_window=100_000)


@pytest.fixture
def claude(sandbox):
    return HatzLLM("anthropic.claude-haiku-4-5", base_url=sandbox.base_url, api_key=sandbox.api_key)


class Given(BaseRetriever):
    def _retrieve(self, query_bundle):
        return scored()


def nodes():
    return [TextNode(text=text, id_=str(at)) for at, text in enumerate(TEXTS)]


def scored():
    return [NodeWithScore(node=node, score=1.0) for node in nodes()]


def index():
    return SummaryIndex.from_documents([Document(text=text) for text in TEXTS])


@pytest.mark.parametrize(
    ("response", "verdict"),
    [
        ("Parking costs five euros a day.", True),
        ("Dogs are welcome on Fridays, and the tower was finished in 1889.", True),
        ("Parking costs nine euros a day.", False),
        ("Dogs are not welcome on Fridays.", False),
        ("Whales sing all night long.", False),
    ],
)
def test_yes_and_no(claude, response, verdict):
    asked = {"query": QUESTION, "response": response, "contexts": TEXTS}
    assert FaithfulnessEvaluator(claude).evaluate(**asked).passing is verdict
    assert RelevancyEvaluator(claude).evaluate(**asked).passing is verdict


async def test_scores(llm):
    correctness = CorrectnessEvaluator(llm)
    reference = "Parking costs five euros a day."
    good = await correctness.aevaluate(QUESTION, "Parking costs five euros a day.", reference=reference)
    poor = await correctness.aevaluate(QUESTION, "Parking is nice.", reference=reference)
    bad = await correctness.aevaluate(QUESTION, "Whales sing.", reference=reference)
    assert good.score == 5.0
    assert good.feedback
    assert 2.0 <= poor.score < 4.0
    assert bad.score == 1.0
    answers = AnswerRelevancyEvaluator(llm)
    assert (await answers.aevaluate(QUESTION, "Parking costs five euros.")).score == 1.0
    assert (await answers.aevaluate(QUESTION, "Whales sing.")).score == 0.0
    contexts = ContextRelevancyEvaluator(llm)
    assert (await contexts.aevaluate(QUESTION, contexts=TEXTS)).score == 1.0
    assert (await contexts.aevaluate(QUESTION, contexts=["Whales sing."])).score == 0.0


async def test_verdicts_on_answers(llm):
    pairwise = PairwiseComparisonEvaluator(llm)
    better = await pairwise.aevaluate(QUESTION, "Parking costs five euros.", second_response="Whales sing.")
    assert better.score == 1.0
    guideline = GuidelineEvaluator(llm)
    good = await guideline.aevaluate(QUESTION, "Parking costs five euros.")
    assert good.passing
    assert "words of the query" in good.feedback
    assert not (await guideline.aevaluate(QUESTION, "Whales sing.")).passing


CHOICES = [ToolMetadata(name="cats", description="about cats and dogs"), ToolMetadata(name="cost", description="the cost of parking")]  # fmt: skip


def test_selectors(llm):
    assert LLMSingleSelector.from_defaults(llm).select(CHOICES, QUESTION).ind == 1
    assert LLMMultiSelector.from_defaults(llm).select(CHOICES, QUESTION).inds == [1]
    if llm.metadata.is_function_calling_model:
        assert PydanticSingleSelector.from_defaults(llm=llm).select(CHOICES, QUESTION).ind == 1
        assert PydanticMultiSelector.from_defaults(llm=llm).select(CHOICES, QUESTION).inds == [1]


def test_rerankers(llm):
    asked = QueryBundle("When was the Eiffel Tower finished?")
    assert [one.node.id_ for one in LLMRerank(llm=llm, top_n=1).postprocess_nodes(scored(), asked)] == ["2"]
    assert [one.node.id_ for one in RankGPTRerank(llm=llm, top_n=1).postprocess_nodes(scored(), asked)] == ["2"]
    if llm.metadata.is_function_calling_model:
        ranked = StructuredLLMRerank(llm=llm, top_n=1).postprocess_nodes(scored(), asked)
        assert [one.node.id_ for one in ranked] == ["2"]


async def test_metadata(llm):
    page = (
        "# The garage\n\nParking costs five euros a day. The garage is open at night. Every parking place has a lamp."
    )
    documents = [TextNode(text=page, id_="a")]
    quiet = {"llm": llm, "show_progress": False}
    assert await TitleExtractor(**quiet).aextract(documents) == [{"document_title": "The garage"}]
    assert await KeywordExtractor(keywords=2, **quiet).aextract(documents) == [{"excerpt_keywords": "garage, parking"}]
    (asked,) = await QuestionsAnsweredExtractor(questions=3, **quiet).aextract(documents)
    lines = asked["questions_this_excerpt_can_answer"].splitlines()
    assert len(lines) == 3
    assert all(line.endswith("?") for line in lines)
    assert "What is the garage?" in lines[1]
    (told,) = await SummaryExtractor(summaries=["self"], **quiet).aextract(documents)
    assert told["section_summary"].startswith("Parking costs five euros a day.")


async def test_the_context_of_a_chunk(claude):
    store = SimpleDocumentStore()
    store.add_documents([Document(text="# The garage\n\n" + " ".join(TEXTS), id_="whole")])
    chunk = TextNode(text=TEXTS[0], id_="chunk")
    chunk.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id="whole")
    for prompt, begins in (
        (DocumentContextExtractor.ORIGINAL_CONTEXT_PROMPT, "This chunk is from “The garage” and speaks of parking"),
        (DocumentContextExtractor.SUCCINCT_CONTEXT_PROMPT, "parking, costs"),
    ):
        extractor = DocumentContextExtractor(store, llm=claude, prompt=prompt, show_progress=False)
        (found,) = await extractor.aextract([chunk])
        assert found["context"].startswith(begins)


class Fee(BaseModel):
    place: str
    euros: int


async def test_objects_out_of_a_text(llm):
    program = LLMTextCompletionProgram.from_defaults(output_cls=Fee, llm=llm, prompt_template_str="{input}")
    (found,) = await PydanticProgramExtractor(program=program, show_progress=False).aextract(
        [TextNode(text="Parking costs 5 euros in Rome.")]
    )
    assert found == {"place": "Rome", "euros": 5}
    prompt = PromptTemplate("Parking costs {n} euros in Rome.")
    assert llm.structured_predict(Fee, prompt, n=5) == Fee(place="Rome", euros=5)


def test_queries_in_other_words(llm):
    fusion = QueryFusionRetriever([Given()], llm=llm, num_queries=4, use_async=False)
    made = [query.query_str for query in fusion._get_queries(QUESTION)]
    assert len(set(made)) == 3
    assert all("parking" in query for query in made)
    hyde = HyDEQueryTransform(llm=llm).run(QUESTION)
    assert "parking" in hyde.embedding_strs[0]
    assert "sandbox" not in hyde.embedding_strs[0]
    step = DecomposeQueryTransform(llm=llm).run(QUESTION, {"index_summary": "On parking"})
    assert step.query_str == QUESTION


def test_sub_questions(llm):
    tools = [
        ToolMetadata(name=f"{name}_10k", description=f"Financials of {name} for 2021") for name in ("uber", "lyft")
    ]
    made = LLMQuestionGenerator.from_defaults(llm).generate(tools, QueryBundle("Compare the revenue of Uber and Lyft"))
    assert [(one.tool_name, one.sub_question) for one in made] == [
        ("uber_10k", "Compare the revenue of Uber"),
        ("lyft_10k", "Compare the revenue of Lyft"),
    ]


@pytest.mark.parametrize("mode", ["compact", "refine", "tree_summarize", "accumulate", "simple_summarize"])
def test_responses(claude, mode):
    told = str(index().as_query_engine(llm=claude, response_mode=mode).query(QUESTION))
    assert "Parking costs five euros a day." in told
    assert "sandbox" not in told


def test_structured_responses(claude):
    engine = index().as_query_engine(llm=claude, response_mode="refine", structured_answer_filtering=True)
    assert str(engine.query(QUESTION)) == "Parking costs five euros a day."
    assert "euros" not in str(engine.query("Who won the chess cup?"))

    class Told(BaseModel):
        answer: str
        confident: bool

    engine = index().as_query_engine(llm=claude.as_structured_llm(Told))
    assert engine.query(QUESTION).response.answer == "Parking costs five euros a day."


@pytest.mark.parametrize("kind", [ContextChatEngine, CondensePlusContextChatEngine, CondenseQuestionChatEngine])
def test_chat_engines(llm, kind):
    memory = ChatMemoryBuffer.from_defaults(llm=llm)  # the default is an SQLite connection that nobody closes
    if kind is CondenseQuestionChatEngine:
        engine = kind.from_defaults(query_engine=index().as_query_engine(llm=llm), llm=llm, memory=memory)
    else:
        engine = kind.from_defaults(retriever=Given(), llm=llm, memory=memory)
    assert str(engine.chat("How tall is the Eiffel Tower?")) == "The Eiffel Tower is 330 metres tall."
    assert "1889" in str(engine.chat("When was it finished?"))


async def test_facts_for_a_memory(llm):
    block = FactExtractionMemoryBlock(llm=llm)
    said = [ChatMessage(content="Hello! My name is Ada. What can you do? I live in Turin.")]
    await block._aput(said)
    assert block.facts == ["My name is Ada.", "I live in Turin."]
    await block._aput(
        [*said, ChatMessage(role="assistant", content="Good."), ChatMessage(content="I like tea. Thanks!")]
    )
    assert block.facts == ["My name is Ada.", "I live in Turin.", "I like tea."]
    block.max_facts = 2
    await block._aput([ChatMessage(content="I am 36.")])
    assert "I am 36." in block.facts


def test_triplets(llm):
    extractor = SimpleLLMPathExtractor(llm=llm, num_workers=1)
    (node,) = extractor([TextNode(text=TEXTS[2])], show_progress=False)
    assert {relation.label for relation in node.metadata["relations"]} == {"Is", "Was"}
    assert "The eiffel tower" in {entity.name for entity in node.metadata["nodes"]}
    (node,) = DynamicLLMPathExtractor(llm=llm, num_workers=1)([TextNode(text=TEXTS[2])], show_progress=False)
    assert len(node.metadata["relations"]) == 2


def test_query_engines_over_query_engines(claude):
    """Routed, in parts, in steps, and cited."""
    tools = [
        QueryEngineTool.from_defaults(
            SummaryIndex.from_documents([Document(text=text)]).as_query_engine(llm=claude), name=name, description=about
        )
        for text, name, about in zip(TEXTS, ("garage", "pets"), ("about parking", "about dogs and cats"), strict=False)
    ]
    both = "What does parking cost, and are dogs welcome?"
    routed = RouterQueryEngine.from_defaults(tools, llm=claude).query("Are dogs welcome?")
    assert str(routed) == "Dogs are welcome on Fridays."
    generator = LLMQuestionGenerator.from_defaults(claude)
    parts = SubQuestionQueryEngine.from_defaults(
        tools, llm=claude, question_gen=generator, use_async=False, verbose=False
    )
    assert str(parts.query(both)) == "Parking costs five euros a day. Dogs are welcome on Fridays."
    step = StepDecomposeQueryTransform(llm=claude)
    engine = index().as_query_engine(llm=claude)
    synthesizer = get_response_synthesizer(llm=claude)
    stepped = MultiStepQueryEngine(engine, step, response_synthesizer=synthesizer, index_summary="On everything")
    assert str(stepped.query("How tall is the Eiffel Tower?")) == "The Eiffel Tower is 330 metres tall."
    assert str(CitationQueryEngine.from_args(index(), llm=claude).query(QUESTION)) == "Parking costs five euros a day."
