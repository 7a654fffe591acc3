"""LlamaIndex on the sandbox: engines answer by themselves; evaluators, extractors, selectors and rerankers are scripted.

These ask in prompts and forms of their own, several at once and in no order: `sandbox.answer` tells each by its words.
"""

from __future__ import annotations

import inspect
import json

import pytest
from llama_index.core import Document, PromptTemplate, SummaryIndex
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
from llama_index.core.indices.property_graph import SimpleLLMPathExtractor
from llama_index.core.indices.query.query_transform import HyDEQueryTransform
from llama_index.core.indices.query.query_transform.base import DecomposeQueryTransform
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer, FactExtractionMemoryBlock
from llama_index.core.postprocessor import LLMRerank, StructuredLLMRerank
from llama_index.core.postprocessor.rankGPT_rerank import RankGPTRerank
from llama_index.core.program import LLMTextCompletionProgram
from llama_index.core.query_engine import (
    CitationQueryEngine,
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

from hatz_sandbox import ToolCall
from llama_index_hatz import HatzLLM
from tests.harness.loops import own_loop

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


@pytest.mark.parametrize(("said", "verdict"), [("YES", True), ("NO", False)])
def test_yes_and_no(sandbox, claude, said, verdict):
    sandbox.answer(lambda _question: said)
    asked = {"query": QUESTION, "response": "Parking costs five euros a day.", "contexts": TEXTS}
    assert FaithfulnessEvaluator(claude).evaluate(**asked).passing is verdict
    assert RelevancyEvaluator(claude).evaluate(**asked).passing is verdict


async def test_scores(sandbox, llm):
    good = "Parking costs five euros a day."
    correctness = CorrectnessEvaluator(llm)
    sandbox.answer(
        lambda question: "5.0\nAll of it." if f"## Generated Answer\n{good}" in question.text else "1.0\nNone of it."
    )
    assert (await correctness.aevaluate(QUESTION, good, reference=good)).score == 5.0
    bad = await correctness.aevaluate(QUESTION, "Whales sing.", reference=good)
    assert (bad.score, bad.feedback) == (1.0, "None of it.")
    sandbox.answer(lambda question: f"Of use.\n\n[RESULT] {0 if 'Whales' in question.text else 2}")
    answers = AnswerRelevancyEvaluator(llm)
    assert (await answers.aevaluate(QUESTION, good)).score == 1.0
    assert (await answers.aevaluate(QUESTION, "Whales sing.")).score == 0.0
    sandbox.answer(lambda question: f"Of use.\n\n[RESULT] {0 if 'Whales' in question.text else 4}")
    contexts = ContextRelevancyEvaluator(llm)
    assert (await contexts.aevaluate(QUESTION, contexts=TEXTS)).score == 1.0
    assert (await contexts.aevaluate(QUESTION, contexts=["Whales sing."])).score == 0.0


async def test_verdicts_on_answers(sandbox, llm):
    first = "Parking costs five euros."
    # The pairwise evaluator asks twice, the second time with the answers in the other order.
    sandbox.answer(lambda question: f"[[{'A' if question.text.index(first) < question.text.index('Whales') else 'B'}]]")
    better = await PairwiseComparisonEvaluator(llm).aevaluate(QUESTION, first, second_response="Whales sing.")
    assert better.score == 1.0
    sandbox.answer(lambda question: json.dumps({"passing": "Whales" not in question.text, "feedback": "Read it."}))
    guideline = GuidelineEvaluator(llm)
    good = await guideline.aevaluate(QUESTION, first)
    assert (good.passing, good.feedback) == (True, "Read it.")
    assert not (await guideline.aevaluate(QUESTION, "Whales sing.")).passing


CHOICES = [ToolMetadata(name="cats", description="about cats and dogs"), ToolMetadata(name="cost", description="the cost of parking")]  # fmt: skip


def test_selectors(sandbox, llm):
    def function(question):
        if question.tools:
            one = {"index": 2, "reason": "It fits."}
            several = "selections" in question.tools[0].schema["properties"]
            return ToolCall(question.tools[0].name, {"selections": [one]} if several else one)
        return '[{"choice": 2, "reason": "It fits."}]'

    sandbox.answer(function)
    assert LLMSingleSelector.from_defaults(llm).select(CHOICES, QUESTION).ind == 1
    assert LLMMultiSelector.from_defaults(llm).select(CHOICES, QUESTION).inds == [1]
    if llm.metadata.is_function_calling_model:
        assert PydanticSingleSelector.from_defaults(llm=llm).select(CHOICES, QUESTION).ind == 1
        assert PydanticMultiSelector.from_defaults(llm=llm).select(CHOICES, QUESTION).inds == [1]


def test_rerankers(sandbox, llm):
    asked = QueryBundle("When was the Eiffel Tower finished?")
    sandbox.reply("Doc: 3, Relevance: 9")
    assert [one.node.id_ for one in LLMRerank(llm=llm, top_n=1).postprocess_nodes(scored(), asked)] == ["2"]
    sandbox.reply("[3] > [1] > [2]")
    assert [one.node.id_ for one in RankGPTRerank(llm=llm, top_n=1).postprocess_nodes(scored(), asked)] == ["2"]
    if llm.metadata.is_function_calling_model:
        best = {"documents": [{"document_number": 3, "relevance": 9}]}
        sandbox.answer(lambda question: ToolCall(question.tools[0].name, best))
        ranked = StructuredLLMRerank(llm=llm, top_n=1).postprocess_nodes(scored(), asked)
        assert [one.node.id_ for one in ranked] == ["2"]


async def test_metadata(sandbox, llm):
    def function(question):
        answers = {"keywords": "KEYWORDS: garage, parking", "title": "The garage", "questions": "What is the garage?"}
        return next((said for word, said in answers.items() if word in question.text), "A summary.")

    sandbox.answer(function)
    documents = [TextNode(text="# The garage\n\nParking costs five euros a day.", id_="a")]
    quiet = {"llm": llm, "show_progress": False}
    assert await TitleExtractor(**quiet).aextract(documents) == [{"document_title": "The garage"}]
    found = await KeywordExtractor(keywords=2, **quiet).aextract(documents)
    assert found == [{"excerpt_keywords": "KEYWORDS: garage, parking"}]
    (asked,) = await QuestionsAnsweredExtractor(questions=3, **quiet).aextract(documents)
    assert asked["questions_this_excerpt_can_answer"] == "What is the garage?"
    (told,) = await SummaryExtractor(summaries=["self"], **quiet).aextract(documents)
    assert told["section_summary"] == "A summary."


async def test_the_context_of_a_chunk(sandbox, claude):
    store = SimpleDocumentStore()
    store.add_documents([Document(text="# The garage\n\n" + " ".join(TEXTS), id_="whole")])
    chunk = TextNode(text=TEXTS[0], id_="chunk")
    chunk.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id="whole")
    sandbox.reply("It speaks of parking.")
    (found,) = await DocumentContextExtractor(store, llm=claude, show_progress=False).aextract([chunk])
    assert found["context"] == "It speaks of parking."


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


def test_queries_in_other_words(sandbox, llm):
    fusion = QueryFusionRetriever([Given()], llm=llm, num_queries=4, use_async=False)
    sandbox.reply("cost of parking\nparking fee\nprice of parking")
    made = [query.query_str for query in fusion._get_queries(QUESTION)]
    assert made == ["cost of parking", "parking fee", "price of parking"]
    sandbox.reply("Parking may cost five euros.")
    assert "Parking may cost five euros." in HyDEQueryTransform(llm=llm).run(QUESTION).embedding_strs
    sandbox.reply(QUESTION)
    assert DecomposeQueryTransform(llm=llm).run(QUESTION, {"index_summary": "On parking"}).query_str == QUESTION


def test_sub_questions(sandbox, llm):
    tools = [
        ToolMetadata(name=f"{name}_10k", description=f"Financials of {name} for 2021") for name in ("uber", "lyft")
    ]
    asked = [{"sub_question": f"Revenue of {name}?", "tool_name": f"{name}_10k"} for name in ("Uber", "Lyft")]
    sandbox.reply(f"```json\n{json.dumps({'items': asked})}\n```")
    made = LLMQuestionGenerator.from_defaults(llm).generate(tools, QueryBundle("Compare the revenue of Uber and Lyft"))
    assert [(one.tool_name, one.sub_question) for one in made] == [
        ("Uber_10k", "Revenue of Uber?"),
        ("Lyft_10k", "Revenue of Lyft?"),
    ]


@pytest.mark.parametrize("mode", ["compact", "refine", "tree_summarize", "accumulate", "simple_summarize"])
def test_responses(claude, mode):
    told = str(index().as_query_engine(llm=claude, response_mode=mode).query(QUESTION))
    assert "Parking costs five euros a day." in told
    assert "sandbox" not in told


def test_structured_responses(claude):
    class Told(BaseModel):
        answer: str
        confident: bool

    engine = index().as_query_engine(llm=claude.as_structured_llm(Told))
    assert engine.query(QUESTION).response.answer == "Parking costs five euros a day."


@pytest.mark.parametrize("kind", [ContextChatEngine, CondensePlusContextChatEngine, CondenseQuestionChatEngine])
def test_chat_engines(sandbox, llm, kind):
    memory = ChatMemoryBuffer.from_defaults(llm=llm)  # the default is an SQLite connection that nobody closes
    if kind is CondenseQuestionChatEngine:
        engine = kind.from_defaults(query_engine=index().as_query_engine(llm=llm), llm=llm, memory=memory)
    else:
        engine = kind.from_defaults(retriever=Given(), llm=llm, memory=memory)
    assert str(engine.chat("How tall is the Eiffel Tower?")) == "The Eiffel Tower is 330 metres tall."
    if kind is not ContextChatEngine:
        sandbox.reply("When was the Eiffel Tower finished?")  # the question that stands for itself
    assert "1889" in str(engine.chat("When was it finished?"))


async def test_facts_for_a_memory(sandbox, llm):
    block = FactExtractionMemoryBlock(llm=llm)
    sandbox.reply("<facts>\n  <fact>The user is called Ada.</fact>\n  <fact>Ada lives in Turin.</fact>\n</facts>")
    await block._aput([ChatMessage(content="Hello! My name is Ada. I live in Turin.")])
    assert block.facts == ["The user is called Ada.", "Ada lives in Turin."]


def test_triplets(sandbox, llm):
    extractor = SimpleLLMPathExtractor(llm=llm, num_workers=1)
    sandbox.reply("(Eiffel Tower, Was, finished in 1889)")
    (node,) = extractor([TextNode(text=TEXTS[2])], show_progress=False)
    assert {relation.label for relation in node.metadata["relations"]} == {"Was"}
    assert {entity.name for entity in node.metadata["nodes"]} == {"Eiffel tower", "Finished in 1889"}


def test_query_engines_over_query_engines(sandbox, claude):
    """Routed, in parts, and cited."""
    tools = [
        QueryEngineTool.from_defaults(
            SummaryIndex.from_documents([Document(text=text)]).as_query_engine(llm=claude), name=name, description=about
        )
        for text, name, about in zip(TEXTS, ("garage", "pets"), ("about parking", "about dogs and cats"), strict=False)
    ]
    sandbox.tool_call("SingleSelection", {"index": 2, "reason": "It speaks of dogs."})
    routed = RouterQueryEngine.from_defaults(tools, llm=claude).query("Are dogs welcome?")
    assert str(routed) == "Dogs are welcome on Fridays."
    asked = [("What does parking cost?", "garage"), ("Are dogs welcome?", "pets")]
    sandbox.reply(json.dumps({"items": [{"sub_question": text, "tool_name": name} for text, name in asked]}))
    parts = SubQuestionQueryEngine.from_defaults(
        tools, llm=claude, question_gen=LLMQuestionGenerator.from_defaults(claude), use_async=False, verbose=False
    )
    told = str(parts.query("What does parking cost, and are dogs welcome?"))
    assert "Parking costs five euros a day." in told
    assert str(CitationQueryEngine.from_args(index(), llm=claude).query(QUESTION)) == "Parking costs five euros a day."
