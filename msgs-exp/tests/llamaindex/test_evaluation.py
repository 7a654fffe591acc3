"""Every evaluator of LlamaIndex's on HatzLLM: sync, each time in an event loop of its own, and async."""

import gc

import pytest
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.evaluation import (
    AnswerRelevancyEvaluator,
    BatchEvalRunner,
    ContextRelevancyEvaluator,
    CorrectnessEvaluator,
    FaithfulnessEvaluator,
    GuidelineEvaluator,
    PairwiseComparisonEvaluator,
    RelevancyEvaluator,
    SemanticSimilarityEvaluator,
)
from llama_index.core.evaluation.multi_modal import MultiModalFaithfulnessEvaluator, MultiModalRelevancyEvaluator

QUESTION, ANSWER, CONTEXT = "Who built it?", "Ida Marsh.", ["Ida Marsh built the harbor."]
GIVEN = {
    "query": QUESTION,
    "response": ANSWER,
    "second_response": "Nobody.",
    "contexts": CONTEXT,
    "reference": ANSWER,
}
VERDICTS = [
    (FaithfulnessEvaluator, ["YES"], 1.0),
    (FaithfulnessEvaluator, ["NO"], 0.0),
    (RelevancyEvaluator, ["YES"], 1.0),
    (CorrectnessEvaluator, ["4.5\nIt is right."], 4.5),
    (CorrectnessEvaluator, ["1.0\nIt is wrong."], 1.0),
    (GuidelineEvaluator, ['{"passing": true, "feedback": "good"}'], 1.0),
    (AnswerRelevancyEvaluator, ["It answers.\n[RESULT] 2"], 1.0),
    (ContextRelevancyEvaluator, ["It fits.\n[RESULT] 4"], 1.0),
    (PairwiseComparisonEvaluator, ["[[A]]", "[[B]]"], 1.0),
    (MultiModalFaithfulnessEvaluator, ["YES"], 1.0),
    (MultiModalRelevancyEvaluator, ["YES"], 1.0),
]


@pytest.fixture
def _collected():
    """Where a loop runs already, LlamaIndex makes another in a thread, and closes it without ending what it holds."""
    yield
    gc.collect()


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("_collected")
@pytest.mark.parametrize(("evaluator", "verdict", "score"), VERDICTS)
async def test_twice_in_a_row_and_async(llm, sandbox, evaluator, verdict, score):
    for words in verdict * 3:
        sandbox.reply(words)
    name = "multi_modal_llm" if "MultiModal" in evaluator.__name__ else "llm"
    given = GIVEN if evaluator is not ContextRelevancyEvaluator else {"query": QUESTION, "contexts": CONTEXT}
    judge = evaluator(**{name: llm})
    results = [judge.evaluate(**given), judge.evaluate(**given), await judge.aevaluate(**given)]
    assert [result.score for result in results] == [score] * 3
    assert len(sandbox.requests) == 3 * len(verdict)


def test_many_in_a_row(llm, sandbox):
    for _ in range(5):
        sandbox.reply("It answers.\n[RESULT] 2")
    judge = AnswerRelevancyEvaluator(llm=llm)
    assert [judge.evaluate(**GIVEN).score for _ in range(5)] == [1.0] * 5


def test_pictures_are_seen(llm, sandbox, asked):
    sandbox.reply("YES")
    judge = MultiModalFaithfulnessEvaluator(multi_modal_llm=llm)
    url = "http://127.0.0.1:9/harbor.png"
    assert judge.evaluate(response=ANSWER, contexts=CONTEXT, image_urls=[url]).passing
    assert url in asked.text


def test_beside_one_that_asks_no_model(llm, sandbox):
    sandbox.reply("YES")
    similar = SemanticSimilarityEvaluator(embed_model=MockEmbedding(embed_dim=4))
    assert similar.evaluate(response=ANSWER, reference=ANSWER).passing
    assert RelevancyEvaluator(llm=llm).evaluate(**GIVEN).passing


async def test_in_batches(llm, sandbox):
    for _ in range(8):
        sandbox.reply("YES")
    judges = {"faithful": FaithfulnessEvaluator(llm=llm), "relevant": RelevancyEvaluator(llm=llm)}
    results = await BatchEvalRunner(judges, workers=2).aevaluate_response_strs(
        queries=[QUESTION] * 4, response_strs=[ANSWER] * 4, contexts_list=[CONTEXT] * 4
    )
    assert {name: [one.passing for one in found] for name, found in results.items()} == {
        "faithful": [True] * 4,
        "relevant": [True] * 4,
    }
